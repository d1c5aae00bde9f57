"""Scoring a recap against the labels of its call.

Evidence decides (see words.py). Items and gold are matched one to one, so a duplicate is a false positive;
a hit needs one of the gold item's core turns. A wrong value is a false positive and a false negative.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

from coachbot.evals import gold as labels
from coachbot.evals.cases import Case
from coachbot.evals.gold import Gold, GoldItem, GoldPerson, Labelled
from coachbot.evals.matching import match
from coachbot.evals.score import CallScore, Pair, Reversion, Share, Spend, Tally
from coachbot.evals.words import Cited, TurnIndex, words
from coachbot.model.playbook import Playbook
from coachbot.model.recap import NextStep, Objection, Recap, Stakeholder

VERSION = "1"
"""Changes when the same recap may score otherwise."""

Groups = Sequence[Collection[str]]
Turns = frozenset[int]
_SMALL_WORDS = frozenset(["of", "the", "and", "for", "a", "an", "in", "at", "to"])


def neighbours(field: str, groups: Groups) -> frozenset[str]:
    """The field and all fields that share a group with it."""
    return frozenset({field}).union(*(g for g in groups if field in g))


class _Cites:
    """The turns that each item of a recap proves, and the count of its quotes."""

    def __init__(self, recap: Recap | None, index: TurnIndex) -> None:
        self._counts = Counter[str]()
        self._index = index
        self.fields: dict[str, list[Turns]] = {}
        self.objections: list[Turns] = []
        self.next_steps: list[Turns] = []
        self.stakeholders: list[Turns] = []
        self.matches = Counter[str]()
        if recap is None:
            return
        self.fields = {f: [self._of(i) for i in r.items] for f, r in recap.fields.items()}
        self.objections = [self._of(o) for o in recap.objections]
        self.next_steps = [self._of(s) for s in recap.next_steps]
        self.stakeholders = [self._of(s) for s in recap.stakeholders]

    def _of(self, item: object) -> Turns:
        evidence = getattr(item, "evidence", ())
        cited: Cited = self._index.cited(evidence)
        self._counts.update(quotes=cited.quotes, ungrounded=cited.ungrounded, vague=cited.vague)
        self.matches.update(e.match.value for e in evidence)
        return cited.turns

    def of_kind(self, kind: str) -> list[Turns]:
        """Turns of a field's items, or of a list of the recap."""
        lists = {
            labels.OBJECTIONS: self.objections,
            labels.NEXT_STEPS: self.next_steps,
            labels.STAKEHOLDERS: self.stakeholders,
        }
        return lists[kind] if kind in lists else self.fields.get(kind, [])

    def share(self, what: str) -> Share:
        return Share(yes=self._counts[what], of=self._counts["quotes"])


def _order(recap: Recap | None, gold: Gold, playbook: Playbook) -> list[str]:
    """All fields of recap and gold: the playbook's in its order, then others by name."""
    present = set(gold.fields) | (set(recap.fields) if recap else set())
    known = [f for f in playbook.field_by_id if f in present]
    return known + sorted(present - set(known))


class _FieldScores(NamedTuple):
    strict: dict[str, Tally]
    related: dict[str, Tally]
    pairs: dict[str, tuple[Pair, ...]]


def _fields(order: list[str], cites: _Cites, gold: Gold, groups: Groups) -> _FieldScores:
    strict, pairs = {}, {}
    for field in order:
        wanted, items = gold.fields.get(field, ()), cites.fields.get(field, [])
        hits = match([[j for j, x in enumerate(wanted) if turns & x.core] for turns in items])
        strict[field] = Tally(right=len(hits), predicted=len(items), found=len(hits), expected=len(wanted))
        if hits:
            pairs[field] = tuple(Pair(i, j) for i, j in sorted(hits.items()))
    return _FieldScores(strict, _related(order, cites, gold, groups), pairs)


def _related(order: list[str], cites: _Cites, gold: Gold, groups: Groups) -> dict[str, Tally]:
    """All items against all gold at once, an edge where the fields are neighbours.

    A fact that gold lists under two neighbouring fields is one fact: where one of the twins is matched,
    the other is no longer expected.
    """
    near = {f: neighbours(f, groups) for f in order}
    items = [(f, turns) for f in order for turns in cites.fields.get(f, [])]
    wanted: list[tuple[str, GoldItem]] = [(f, x) for f, facts in gold.fields.items() for x in facts]
    hits = match(
        [
            [j for j, (other, x) in enumerate(wanted) if other in near[f] and turns & x.core]
            for f, turns in items
        ]
    )
    found = set(hits.values())
    right = Counter(items[i][0] for i in hits)
    got = Counter(wanted[j][0] for j in found)
    twins = Counter(
        f
        for j, (f, x) in enumerate(wanted)
        if j not in found and any(wanted[k][0] in near[f] and wanted[k][1].core & x.core for k in found)
    )
    predicted, expected = Counter(f for f, _ in items), Counter(f for f, _ in wanted)
    return {
        f: Tally(right=right[f], predicted=predicted[f], found=got[f], expected=expected[f] - twins[f])
        for f in order
    }


def _pair_list(items: list[Turns], wanted: Sequence[Labelled], same: list[list[bool]]) -> dict[int, int]:
    """Match by core turns; among several, a gold item that agrees in the main value is taken first."""
    return match(
        [
            sorted((j for j, x in enumerate(wanted) if turns & x.core), key=lambda j, i=i: not same[i][j])  # type: ignore[misc]
            for i, turns in enumerate(items)
        ]
    )


def _share(answers: Sequence[bool]) -> Share:
    return Share(yes=sum(answers), of=len(answers))


def _plain(hits: int, predicted: int, expected: int) -> Tally:
    return Tally(right=hits, predicted=predicted, found=hits, expected=expected)


def _objections(rows: Sequence[Objection], cites: list[Turns], gold: Gold) -> tuple[Tally, dict[str, Share]]:
    same = [[r.category == g.category for g in gold.objections] for r in rows]
    hits = _pair_list(cites, gold.objections, same)
    pairs = [(rows[i], gold.objections[j]) for i, j in hits.items()]
    return _plain(len(hits), len(rows), len(gold.objections)), {
        "objection_category": _share([r.category == g.category for r, g in pairs]),
        "objection_handled": _share([r.handled == g.handled for r, g in pairs]),
    }


def _next_steps(rows: Sequence[NextStep], cites: list[Turns], gold: Gold) -> tuple[Tally, dict[str, Share]]:
    same = [[(r.date or None) == g.date for g in gold.next_steps] for r in rows]
    hits = _pair_list(cites, gold.next_steps, same)
    pairs = [(rows[i], gold.next_steps[j]) for i, j in hits.items()]
    return _plain(len(hits), len(rows), len(gold.next_steps)), {
        "next_step_owner": _share([r.owner == g.owner for r, g in pairs]),
        "next_step_committed": _share([r.committed is g.committed for r, g in pairs]),
        "next_step_date": _share([r.date == g.date for r, g in pairs if r.date or g.date]),
    }


def _same_person(row: Stakeholder, turns: Turns, person: GoldPerson) -> bool:
    """By first or last name; where either is not named, by the turns that speak of them."""
    a, b = (row.name or "").lower().split(), (person.name or "").lower().split()
    if a and b:
        return a[0] == b[0] or a[-1] == b[-1]
    return bool(turns & frozenset(person.turns))


def _same_role(said: str | None, role: str) -> bool:
    """Whether the shorter of two titles stands in the longer, word by word."""
    a, b = set(words(said or "")) - _SMALL_WORDS, set(words(role)) - _SMALL_WORDS
    return bool(a and b) and (a <= b or b <= a)


def _stakeholders(
    rows: Sequence[Stakeholder], cites: list[Turns], gold: Gold
) -> tuple[Tally, dict[str, Share]]:
    buyers = [(r, t) for r, t in zip(rows, cites, strict=True) if r.side == "buyer"]
    people = gold.stakeholders
    hits = match([[j for j, g in enumerate(people) if _same_person(r, t, g)] for r, t in buyers])
    pairs = [(buyers[i][0], people[j]) for i, j in hits.items()]
    return _plain(len(hits), len(buyers), len(people)), {
        "stakeholder_influence": _share([r.influence == g.influence for r, g in pairs]),
        "stakeholder_role": _share([_same_role(r.role, g.role) for r, g in pairs if g.role]),
    }


def _traps(cites: _Cites, gold: Gold, groups: Groups) -> tuple[int, ...]:
    """Positions of the traps that some item rests on, and that no gold fact of its field excuses."""

    def excused(turns: Turns, field: str) -> bool:
        return any(turns & x.core for x in gold.fields.get(field, ()))

    fallen = []
    for n, trap in enumerate(gold.must_not_appear):
        kinds = {trap.kind} if trap.kind in labels.LISTS else neighbours(trap.kind, groups)
        here = frozenset(trap.turns)
        if any(turns & here and not excused(turns, k) for k in kinds for turns in cites.of_kind(k)):
            fallen.append(n)
    return tuple(fallen)


def _states(recap: Recap | None, gold: Gold, playbook: Playbook) -> tuple[Counter[str], Share, Share]:
    """Confusion of field states, share of right ones, and share of blank fields that were filled."""
    confusion = Counter[str]()
    filled = []
    for field in playbook.field_by_id:
        result = recap.fields.get(field) if recap else None
        confusion[f"{gold.state_of(field)}>{result.state if result else 'none'}"] += 1
        if not gold.fields.get(field):
            filled.append(bool(result and result.items))
    right = sum(n for key, n in confusion.items() if key.split(">")[0] == key.split(">")[1])
    return confusion, Share(yes=right, of=len(playbook.field_by_id)), _share(filled)


def _goes_back(playbook: Playbook, before: str, to: str | None) -> bool:
    stages = playbook.stage_by_id
    return before in stages and to in stages and playbook.stage_index(to) < playbook.stage_index(before)


def _risks(recap: Recap | None, gold: Gold) -> Tally:
    said, there = {r.id for r in recap.risks} if recap else set(), set(gold.risks)
    return _plain(len(said & there), len(said), len(there))


def _spend(recap: Recap | None, seconds: float | None) -> Spend:
    if recap is None:
        return Spend(seconds=seconds or 0.0)
    engine = recap.engine
    return Spend(
        seconds=engine.seconds if seconds is None else seconds,
        requests=engine.requests,
        tokens_in=engine.tokens_in,
        tokens_out=engine.tokens_out,
        model=engine.model if engine.requests or engine.tokens_in else None,
    )


def score_call(
    case: Case,
    recap: Recap | None,
    *,
    playbook: Playbook,
    groups: Groups = (),
    failed: str | None = None,
    seconds: float | None = None,
) -> CallScore:
    """The score of a recap of the case's call; None for a recap that could not be made.

    `groups` are the related fields. `seconds` is the wall time of the whole job (default: the engine's).
    """
    gold = case.gold
    cites = _Cites(recap, TurnIndex(case.texts))
    strict, related, pairs = _fields(_order(recap, gold, playbook), cites, gold, groups)
    objections, on_objections = _objections(recap.objections if recap else (), cites.objections, gold)
    steps, on_steps = _next_steps(recap.next_steps if recap else (), cites.next_steps, gold)
    people, on_people = _stakeholders(recap.stakeholders if recap else (), cites.stakeholders, gold)
    confusion, states, filled = _states(recap, gold, playbook)
    fallen = _traps(cites, gold, groups)
    before, suggested = gold.deal.stage_before, recap.stage.suggested if recap else None
    ticks = {c.id: c.met for c in recap.stage.exit_criteria} if recap else {}
    return CallScore(
        case=case.id,
        cluster=case.file.cluster,
        failed=failed if recap is None else None,
        fields=strict,
        related=related,
        pairs=pairs,
        stakeholders=people,
        objections=objections,
        next_steps=steps,
        risks=_risks(recap, gold),
        shares={
            **on_objections,
            **on_steps,
            **on_people,
            "traps": Share(yes=len(fallen), of=len(gold.must_not_appear)),
            "stage": _share([suggested == gold.stage_after]),
            "exit_criteria": _share([ticks.get(c) is met for c, met in gold.exit_criteria.items()]),
            "states": states,
            "false_found": filled,
            "ungrounded": cites.share("ungrounded"),
            "vague": cites.share("vague"),
        },
        states=dict(sorted(confusion.items())),
        matches=dict(sorted(cites.matches.items())),
        traps=fallen,
        stage_before=before,
        stage_expected=gold.stage_after,
        stage_suggested=suggested,
        reversion=Reversion(
            expected=_goes_back(playbook, before, gold.stage_after),
            said=_goes_back(playbook, before, suggested),
        ),
        spend=_spend(recap, seconds),
    )
