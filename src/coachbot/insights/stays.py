"""What became of deals in each stage, worked out from their history.

A deal's history gives visits (it may come to a stage twice) and stays (deal and stage together, once). A stay
is over when the deal first moved on to any later stage or was won (advanced), or when it was closed without
that (lost, disqualified); otherwise it is open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from coachbot.model.playbook import Playbook
from coachbot.model.workspace import Deal, Outcome, StageChange
from coachbot.store.insights import ChangeRow, DealRow

AnyDeal = Deal | DealRow


class Fate(StrEnum):
    """How a stay in a stage ended, or that it did not yet."""

    ADVANCED = "advanced"
    LOST = "lost"
    DISQUALIFIED = "disqualified"
    OPEN = "open"


class Visit(NamedTuple):
    """A deal in a stage, from a day to a day. `ended` False: it is there still, or nothing more is known."""

    deal_id: str
    stage: str
    entered: date
    left: date
    ended: bool

    @property
    def days(self) -> int:
        """Whole days."""
        return max(0, (self.left - self.entered).days)


class Stay(NamedTuple):
    """A deal and a stage that it ever was in. `until`: the day it was decided; None while open."""

    deal_id: str
    stage: str
    entered: date
    until: date | None
    fate: Fate


@dataclass(frozen=True)
class Course:
    """A deal's way through the process. `changes`: its moves from one stage to another, oldest first."""

    deal: AnyDeal
    visits: tuple[Visit, ...]
    stays: tuple[Stay, ...]
    changes: tuple[ChangeRow, ...]

    @property
    def moves(self) -> int:
        """How often it moved."""
        return len(self.changes)


def courses(
    book: Playbook, deals: Iterable[AnyDeal], changes: Iterable[ChangeRow], today: date
) -> list[Course]:
    """The way of each deal. Stages that the playbook does not know (any more) are left out."""
    by_deal = of_deals(changes)
    order = {s.id: n for n, s in enumerate(book.stages)}
    return [_course(order, deal, by_deal.get(deal.id, []), today) for deal in deals]


def moves_of(changes: Iterable[StageChange]) -> list[ChangeRow]:
    """The same as plain rows, oldest first."""
    ordered = sorted(changes, key=lambda c: c.at)
    return [ChangeRow(c.deal_id, c.from_stage, c.to_stage, c.at.date()) for c in ordered]


def of_deals(changes: Iterable[ChangeRow]) -> dict[str, list[ChangeRow]]:
    """Changes by deal."""
    by_deal: dict[str, list[ChangeRow]] = {}
    for change in changes:
        by_deal.setdefault(change[0], []).append(change)
    return by_deal


def _course(order: Mapping[str, int], deal: AnyDeal, changes: list[ChangeRow], today: date) -> Course:
    entries = entries_of(order, deal, changes)
    closed = deal.closed_on if deal.outcome is not Outcome.OPEN else None
    moved = tuple(
        c for c in changes if c.from_stage in order and c.to_stage in order and c.from_stage != c.to_stage
    )
    visits = tuple(_visits(deal.id, entries, closed, today))
    stays = tuple(
        Stay(deal.id, stage, entered, until, fate)
        for stage, entered, until, fate in decided(order, deal, entries)
    )
    return Course(deal, visits, stays, moved)


def entries_of(
    order: Mapping[str, int], deal: AnyDeal, changes: Sequence[ChangeRow]
) -> list[tuple[str, date]]:
    """Stages with the day each was entered, oldest first; a stage that is entered again comes again."""
    found: list[tuple[str, date]] = []
    if changes and changes[0].from_stage is not None:
        found.append((changes[0].from_stage, deal.opened_on or changes[0].day))
    found += [(c[2], c[3]) for c in changes]
    last = found[-1][0] if found else None
    since = deal.entered_stage_on or (found[-1][1] if found else deal.opened_on)
    if deal.stage is not None and deal.stage != last and since is not None:
        found.append((deal.stage, since))
    known = [e for e in found if e[0] in order]
    return [e for n, e in enumerate(known) if n == 0 or e[0] != known[n - 1][0]]


def _visits(
    deal_id: str, entries: list[tuple[str, date]], closed: date | None, today: date
) -> Iterable[Visit]:
    for (stage, entered), (_, left) in pairwise(entries):
        yield Visit(deal_id, stage, entered, max(entered, left), True)
    if entries:
        stage, entered = entries[-1]
        # Entered on the day it was won, or later: that is life after the signature, and goes on.
        if closed is not None and (closed > entered or len(entries) == 1):
            yield Visit(deal_id, stage, entered, max(entered, closed), True)
        else:
            yield Visit(deal_id, stage, entered, max(entered, today), False)


def decided(
    order: Mapping[str, int], deal: AnyDeal, entries: Sequence[tuple[str, date]]
) -> Iterator[tuple[str, date, date | None, Fate]]:
    """For each stage that a deal ever entered: when, until when it was decided, and how."""
    outcome, closed = deal.outcome, deal.closed_on
    seen: set[str] = set()
    for n, (stage, entered) in enumerate(entries):
        if stage in seen:
            continue
        seen.add(stage)
        place = order[stage]
        for later, day in entries[n + 1 :]:
            if order[later] > place:
                yield stage, entered, day, Fate.ADVANCED
                break
        else:
            if outcome is Outcome.OPEN:
                yield stage, entered, None, Fate.OPEN
            else:
                yield stage, entered, closed or entries[-1][1], _CLOSED[outcome]


_CLOSED = {
    Outcome.WON: Fate.ADVANCED,
    Outcome.LOST: Fate.LOST,
    Outcome.DISQUALIFIED: Fate.DISQUALIFIED,
}
