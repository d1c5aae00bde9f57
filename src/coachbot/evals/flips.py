"""What changed between two runs of one call, with the words each of them cited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from coachbot.evals.cases import Case
from coachbot.evals.gold import GoldItem
from coachbot.evals.metrics import Metric
from coachbot.evals.records import Record, Run


class Cited(NamedTuple):
    """What a recap said of a gold fact: its value and the first words it cites."""

    value: str
    quote: str


class Fact(NamedTuple):
    """A gold fact that only one of two runs found. `said` are the words of the call that state it."""

    field: str
    gist: str
    said: str
    a: Cited | None
    b: Cited | None


class Wrong(NamedTuple):
    """An item that matches no gold fact."""

    field: str
    value: str
    quote: str


class Trapped(NamedTuple):
    """A trap that was fallen into."""

    kind: str
    why: str
    said: str


@dataclass(frozen=True)
class Flip:
    """How a call fared in two runs. `change` is of the primary metric, B minus A."""

    case: str
    title: str
    a: float | None
    b: float | None
    change: float
    stages: tuple[str, str, str]
    facts: tuple[Fact, ...]
    traps: tuple[tuple[Trapped, bool], ...]

    @property
    def stage_flipped(self) -> bool:
        """Whether only one of the two set the right stage."""
        there, a, b = self.stages
        return (a == there) != (b == there)


@dataclass(frozen=True)
class CallReview:
    """What one run missed and got wrong on a call."""

    case: str
    title: str
    value: float | None
    failed: str | None
    missed: tuple[Fact, ...]
    wrong: tuple[Wrong, ...]


def said(case: Case, item: GoldItem) -> str:
    """The words of the call that state a gold fact: its quotes, or its first core turn."""
    if item.quotes:
        return " … ".join(item.quotes)
    return _turn(case, min(item.core))


def _turn(case: Case, at: int) -> str:
    turn = case.transcript.turns[at]
    return f"{turn.speaker}: {turn.text}" if turn.speaker else turn.text


def _found(record: Record, case: Case) -> dict[tuple[str, int], Cited]:
    """What the recap says of each gold fact it found, with the quote from one of its core turns."""
    recap = record.recap
    if recap is None:
        return {}
    found = {}
    for field, pairs in record.score.pairs.items():
        for pair in pairs:
            item = recap.fields[field].items[pair.item]
            core = case.gold.fields[field][pair.gold].core
            best = next((e for e in item.evidence if e.turn in core), item.evidence[0])
            found[field, pair.gold] = Cited(item.value, best.quote)
    return found


def flips(a: Run, b: Run, cases: Mapping[str, Case], primary: Metric) -> list[Flip]:
    """The calls that fared otherwise in B than in A, the largest change first. First repeats are shown."""
    found = []
    for case_id in b.info.cases:
        old, new = a.of_case(case_id)[0], b.of_case(case_id)[0]
        flip = _flip(cases[case_id], old, new, primary)
        if flip.facts or flip.traps or flip.stage_flipped or flip.change:
            found.append(flip)
    return sorted(found, key=lambda f: -abs(f.change))


def _flip(case: Case, old: Record, new: Record, primary: Metric) -> Flip:
    in_a, in_b = _found(old, case), _found(new, case)
    keys = sorted(in_a.keys() ^ in_b.keys())
    x, y = primary.of_call(old.score), primary.of_call(new.score)
    trapped_a, trapped_b = set(old.score.traps), set(new.score.traps)
    return Flip(
        case=case.id,
        title=case.transcript.title,
        a=x,
        b=y,
        change=(y or 0.0) - (x or 0.0),
        stages=(
            new.score.stage_expected,
            old.score.stage_suggested or "none",
            new.score.stage_suggested or "none",
        ),
        facts=tuple(
            Fact(field, item.gist, said(case, item), in_a.get((field, n)), in_b.get((field, n)))
            for field, n in keys
            for item in (case.gold.fields[field][n],)
        ),
        traps=tuple((_trap(case, n), n in trapped_b) for n in sorted(trapped_a ^ trapped_b)),
    )


def _trap(case: Case, at: int) -> Trapped:
    trap = case.gold.must_not_appear[at]
    return Trapped(trap.kind, trap.why, _turn(case, min(trap.turns)))


def traps(run: Run, cases: Mapping[str, Case]) -> list[tuple[str, Trapped]]:
    """All traps that a run fell into, by case. First repeats only."""
    return [(c, _trap(cases[c], n)) for c in run.info.cases for n in run.of_case(c)[0].score.traps]


def weakest(run: Run, cases: Mapping[str, Case], primary: Metric, most: int) -> list[CallReview]:
    """The calls with the lowest primary value, with what was missed and what was wrong."""
    rows = [(run.of_case(c)[0], cases[c]) for c in run.info.cases]
    rows.sort(key=lambda row: (primary.good(primary.of_call(row[0].score) or 0.0), row[1].id))
    return [_review(record, case, primary) for record, case in rows[:most]]


def _review(record: Record, case: Case, primary: Metric) -> CallReview:
    found = _found(record, case)
    used = {(f, p.item) for f, pairs in record.score.pairs.items() for p in pairs}
    results = record.recap.fields if record.recap else {}
    return CallReview(
        case=case.id,
        title=case.transcript.title,
        value=primary.of_call(record.score),
        failed=record.error,
        missed=tuple(
            Fact(field, item.gist, said(case, item), None, None)
            for field, items in case.gold.fields.items()
            for n, item in enumerate(items)
            if (field, n) not in found
        ),
        wrong=tuple(
            Wrong(field, item.value, item.evidence[0].quote)
            for field, result in results.items()
            for n, item in enumerate(result.items)
            if (field, n) not in used
        ),
    )
