"""Review sheets: a weekly one of deals, a monthly one of the process. Counted by code from what is known.

A sheet is sections with a table each; `sheet_text` writes it as Markdown or HTML.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Literal

from pydantic import Field

from coachbot.insights.deal_facts import DealFacts, from_store
from coachbot.insights.deal_risks import DealRisk, current_risks, with_history
from coachbot.insights.stays import Course
from coachbot.model.base import Frozen
from coachbot.model.playbook import Playbook
from coachbot.model.workspace import CallState, Outcome, StageChange
from coachbot.review import gate_of
from coachbot.store.records import Viewer

Names = Mapping[str, str]

WEEK = 7
TALKED_OF = 40
"""Deals of a weekly sheet; more than that nobody talks through."""


class Section(Frozen):
    """A table with its heading. `note` says what is counted; `nothing` stands where there are no rows."""

    title: str
    note: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    nothing: str = "Nothing."


class Sheet(Frozen):
    """A sheet for a meeting."""

    kind: Literal["weekly", "monthly"]
    title: str
    playbook: str
    since: date
    until: date
    intro: str
    sections: tuple[Section, ...] = Field(description="in the order in which they are gone through")


def weekly(
    unit: Any,
    book: Playbook,
    *,
    today: date,
    viewer: Viewer | None = None,
    names: Names | None = None,
) -> Sheet:
    """The deals to talk of this week: what endangers them, what moved, what closed, what waits.

    `names`: users' names by id.
    """
    people = dict(names or {})
    since = today - timedelta(days=WEEK)
    facts = from_store(unit, book, today=today, viewer=viewer)
    courses = {c.deal.id: c for c in facts.courses}
    risks = [r for r in with_history(unit, current_risks(facts), today) if not r.dismissed]
    moves = [c for c in unit.deals.stage_changes() if c.deal_id in courses and c.at.date() > since]
    open_deals = sum(c.deal.outcome is Outcome.OPEN for c in courses.values())
    opened = sum(c.deal.opened_on is not None and c.deal.opened_on > since for c in courses.values())
    return Sheet(
        kind="weekly", title="Weekly deal review", playbook=book.id, since=since, until=today,
        intro=f"{open_deals:,} open deals, {opened:,} of them opened this week, "
        f"{len({r.deal_id for r in risks}):,} with warnings. For each deal: what has the buyer agreed to "
        "since last week, what is agreed next and when, and what would have to be true for it to move on.",
        sections=(
            _to_talk_of(unit, facts, courses, risks, people),
            _moved(book, courses, moves, people),
            _closed(courses, since, people),
            _slipped(facts, courses, since, people),
            _waiting(unit, viewer, people),
        ),
    )  # fmt: skip


def _to_talk_of(
    unit: Any,
    facts: DealFacts,
    courses: Mapping[str, Course],
    risks: Iterable[DealRisk],
    people: Names,
) -> Section:
    by_deal: dict[str, list[DealRisk]] = {}
    for risk in risks:
        by_deal.setdefault(risk.deal_id, []).append(risk)
    order = sorted(by_deal, key=lambda d: (-len(by_deal[d]), courses[d].deal.name))
    rows = []
    for deal_id in order[:TALKED_OF]:
        course, known = courses[deal_id], facts.known[deal_id]
        gate = gate_of(unit, unit.deals.need(deal_id), facts.book)
        coming = sorted((due, who) for due, who in known.steps if due >= facts.today)
        rows.append(
            (
                course.deal.name, people.get(course.deal.owner or "", ""), _stage(course, facts),
                "; ".join(r.label for r in by_deal[deal_id]),
                f"{coming[0][0]:%d %b} ({coming[0][1]})" if coming else "none",
                "; ".join(c.text for c in gate.criteria if not c.met) or "none",
            )
        )  # fmt: skip
    more = len(order) - len(rows)
    return Section(
        title="Deals to talk of",
        note="Open deals with warnings, those with most first."
        + (f" {more:,} more have warnings; they stand in `coachbot risks`." if more else ""),
        columns=("Deal", "Owner", "Stage", "Warnings", "Next step", "Open before it may move on"),
        rows=tuple(rows),
        nothing="No open deal shows a warning.",
    )


def _stage(course: Course, facts: DealFacts) -> str:
    stage = facts.book.stage_by_id.get(course.deal.stage or "")
    if stage is None:
        return ""
    if not course.visits:
        return stage.name
    days = (facts.today - course.visits[-1].entered).days
    return f"{stage.name}, {days} days ({stage.healthy_days} are healthy)"


def _moved(
    book: Playbook, courses: Mapping[str, Course], moves: Iterable[StageChange], people: Names
) -> Section:
    texts = {c.id: c.text for s in book.stages for c in s.exit_criteria}
    names = {s.id: s.name for s in book.stages}
    rows = tuple(
        (
            courses[m.deal_id].deal.name,
            f"{names.get(m.from_stage, m.from_stage)} → {names.get(m.to_stage, m.to_stage)}",
            f"{m.at:%d %b}", people.get(m.by or "", ""), m.why or "",
            "; ".join(texts.get(u, u) for u in m.unmet),
        )
        for m in moves
        if m.from_stage is not None
    )  # fmt: skip
    return Section(
        title="Moved this week",
        note="A move against open criteria is worth a word: is the criterion wrong, or the move?",
        columns=("Deal", "Move", "Day", "By", "Why", "Open criteria"),
        rows=rows,
        nothing="No deal moved.",
    )


def _closed(courses: Mapping[str, Course], since: date, people: Names) -> Section:
    rows = tuple(
        (c.deal.name, people.get(c.deal.owner or "", ""), c.deal.outcome.value, c.deal.loss_reason or "")
        for c in courses.values()
        if c.deal.outcome is not Outcome.OPEN and c.deal.closed_on is not None and c.deal.closed_on > since
    )
    columns = ("Deal", "Owner", "Outcome", "Reason")
    return Section(title="Closed this week", columns=columns, rows=rows, nothing="No deal was closed.")


def _slipped(facts: DealFacts, courses: Mapping[str, Course], since: date, people: Names) -> Section:
    rows = []
    for deal_id, known in facts.known.items():
        for before, after in zip(known.closes, known.closes[1:], strict=False):
            old, new = before.close_date, after.close_date
            if after.at.date() > since and old is not None and new is not None and new > old:
                deal = courses[deal_id].deal
                rows.append(
                    (deal.name, people.get(deal.owner or "", ""), f"{old:%d %b %Y}", f"{new:%d %b %Y}")
                )
    columns = ("Deal", "Owner", "From", "To")
    return Section(
        title="Close dates that slipped", columns=columns, rows=tuple(rows), nothing="No close date slipped."
    )


def _waiting(unit: Any, viewer: Viewer | None, people: Names) -> Section:
    waiting: Counter[str] = Counter()
    cursor = None
    while True:
        part = unit.calls.list(visible_to=viewer, states=[CallState.DRAFT], cursor=cursor, limit=500)
        waiting.update(people.get(c.owner or "", "no owner") for c in part.items)
        cursor = part.next_cursor
        if cursor is None:
            break
    rows = tuple((name, f"{count:,}") for name, count in waiting.most_common())
    return Section(
        title="Reviews that wait",
        note="What nobody has reviewed does not count in any figure.",
        columns=("Rep", "Calls"),
        rows=rows,
        nothing="Every call has been reviewed.",
    )
