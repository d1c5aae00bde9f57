"""Which answers come before progress: ways to answer an objection, and the best of them, quoted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field

from coachbot.insights.clusters import Encode, cluster, keywords
from coachbot.insights.compare import Stratum, compare
from coachbot.insights.results import Gap, judged
from coachbot.insights.stays import Course, Fate
from coachbot.insights.themes import Quoted, answered
from coachbot.model.base import Frozen
from coachbot.model.workspace import Outcome
from coachbot.store.insights import AnswerRow

BEST = 3
"""Quotes that are shown of a way to answer."""


class BestAnswer(Frozen):
    """An answer after which the deal moved on, or was won."""

    said: Quoted
    handled: bool
    stage: str | None
    won: bool


class Approach(Frozen):
    """A way to answer. Compared are first answers only: one for each deal and stage, one for each deal.

    `progress`: of the deals whose first answer in a stage was of this kind and that have left it or were
    closed in it, those that moved on; against those first answered in another way, stage by stage. `won`: the
    same of closed deals by their first answer at all.
    """

    id: str
    label: str
    answers: int
    calls: int
    progress: Gap
    won: Gap
    best: tuple[BestAnswer, ...]


class Answers(Frozen):
    """Ways to answer a category, those that come before progress most first. Never a proof of cause."""

    category: str
    looked_at: int
    answered: int
    total: int = Field(description="objections of the category; the latest of them were looked at")
    approaches: tuple[Approach, ...]


def find_answers(
    category: str,
    rows: Sequence[AnswerRow],
    courses: Sequence[Course],
    encode: Encode,
    *,
    total: int | None = None,
) -> Answers:
    """Group the answers to one category by what they say, and compare what became of the deals."""
    rows = sorted(rows, key=lambda r: (r.day or "", r.id))
    replies = [(r, said) for r in rows if (said := answered(r)) is not None and said.text]
    groups = cluster([said.text for _, said in replies], encode)
    way = {replies[n][0].id: g.id for g in groups for n in g.members}
    fates = {(s.deal_id, s.stage): s for c in courses for s in c.stays}
    outcomes = {c.deal.id: c.deal.outcome for c in courses}
    in_stage: dict[tuple[str, str], tuple[str, bool]] = {}
    in_deal: dict[str, tuple[str, bool]] = {}
    for row, _ in replies:
        if row.deal_id is None or row.id not in way:
            continue
        stay = fates.get((row.deal_id, row.stage or ""))
        if stay is not None and stay.fate is not Fate.OPEN and (row.day or "") <= str(stay.until):
            in_stage.setdefault((row.deal_id, stay.stage), (way[row.id], stay.fate is Fate.ADVANCED))
        if outcomes.get(row.deal_id) in (Outcome.WON, Outcome.LOST):
            in_deal.setdefault(row.deal_id, (way[row.id], outcomes[row.deal_id] is Outcome.WON))
    ids = [g.id for g in groups]
    by_stage: dict[str, list[tuple[str, bool]]] = {}
    for (_, stage), case in in_stage.items():
        by_stage.setdefault(stage, []).append(case)
    progress = judged([Gap.of(compare([_table(i, c) for c in by_stage.values()])) for i in ids], 2)
    won = judged([Gap.of(compare([_table(i, list(in_deal.values()))])) for i in ids], 2)
    texts = [said.text for _, said in replies]
    found = []
    for g, p, w in zip(groups, progress, won, strict=True):
        inside = set(g.members)
        words = keywords([texts[n] for n in g.members], [t for n, t in enumerate(texts) if n not in inside])
        mine = [replies[n] for n in g.members]
        found.append(
            Approach(
                id=g.id,
                label=", ".join(words) or texts[g.members[0]],
                answers=len(mine),
                calls=len({r.call_id for r, _ in mine}),
                progress=p,
                won=w,
                best=_best(mine, fates, outcomes),
            )
        )
    found.sort(key=lambda a: (not (a.progress.found or a.won.found), -(a.progress.gap or 0.0), a.id))
    return Answers(
        category=category,
        looked_at=len(rows),
        answered=len(replies),
        total=len(rows) if total is None else total,
        approaches=tuple(found),
    )


def _table(name: str, cases: Sequence[tuple[str, bool]]) -> Stratum:
    mine = [hit for way, hit in cases if way == name]
    others = [hit for way, hit in cases if way != name]
    return Stratum(sum(mine), len(mine), sum(others), len(others))


def _best(
    mine: Sequence[tuple[AnswerRow, Quoted]], fates: Mapping[tuple[str, str], object],
    outcomes: Mapping[str, Outcome],
) -> tuple[BestAnswer, ...]:  # fmt: skip
    """Answers of deals that moved on or were won: handled ones first, then won, then the most typical."""
    good: list[BestAnswer] = []
    seen: set[str] = set()
    for row, said in mine:
        stay = fates.get((row.deal_id or "", row.stage or ""))
        won = outcomes.get(row.deal_id or "") is Outcome.WON
        moved = getattr(stay, "fate", None) is Fate.ADVANCED
        if (won or moved) and said.text not in seen:
            seen.add(said.text)
            good.append(BestAnswer(said=said, handled=row.handled == "yes", stage=row.stage, won=won))
    return tuple(sorted(good, key=lambda b: (not b.handled, not b.won))[:BEST])
