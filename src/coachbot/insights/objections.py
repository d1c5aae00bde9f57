"""Objection patterns: what is raised where, what goes with it, and what is changing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from pydantic import Field

from coachbot.errors import UsageError
from coachbot.insights.compare import FALSE_DISCOVERIES, adjusted
from coachbot.insights.ledger import Ledger
from coachbot.insights.lifts import Lift, lifts
from coachbot.insights.patterns import Cell, cells, compared
from coachbot.insights.rates import Rate
from coachbot.insights.results import Share, judged
from coachbot.insights.selection import BY, Selection, groups, members, select
from coachbot.insights.series import change_point, trend
from coachbot.model.base import Frozen

ORDERS = 1_999


class Movement(Frozen):
    """A category month by month: the share of calls in which it was raised."""

    category: str
    months: dict[str, Share]
    changed_in: str | None = Field(default=None, description="first month of the likeliest new level")
    before: Share | None = None
    after: Share | None = None
    change_p: float | None = None
    change_q: float | None = None
    changed: bool = False
    slope: float | None = Field(default=None, description="by how much the share moves a month")
    slope_low: float | None = None
    slope_high: float | None = None
    trend_p: float | None = None
    trend_q: float | None = None
    moving: bool = False


class Totals(Frozen):
    """What was counted at all."""

    objections: int
    drafts: int = Field(description="of these, not reviewed yet")
    calls: int
    deals: int
    calls_with: Share
    deals_with: Share


class ObjectionReport(Frozen):
    """All of it. `found` says in words what is more than chance."""

    playbook: str
    by: str
    since: date | None
    until: date | None
    drafts: bool = Field(description="whether objections that nobody reviewed yet are counted too")
    where: dict[str, str]
    totals: Totals
    cells: tuple[Cell, ...]
    conversion: tuple[Lift, ...]
    loss: tuple[Lift, ...]
    movements: tuple[Movement, ...]


@dataclass(frozen=True)
class Behind:
    """The calls and deals behind a number, by id, calls in the order they were held."""

    calls: tuple[str, ...]
    deals: tuple[str, ...]


def objection_report(
    ledger: Ledger,
    *,
    by: str = "category",
    since: date | None = None,
    until: date | None = None,
    drafts: bool = False,
    where: Mapping[str, str] | None = None,
) -> ObjectionReport:
    """Count, compare and follow the objections of a ledger.

    All comparisons of the report are corrected together (Benjamini and Hochberg within conversion, loss,
    movement and groups, each with its part of the 5 %). Raises UsageError for an unknown `by` or group.
    """
    if by not in BY:
        raise UsageError(f"objections cannot be looked at by {by!r}; choose from {', '.join(BY)}")
    chosen = select(ledger, since=since, until=until, drafts=drafts, where=where)
    counted = cells(chosen, by)
    against = compared(chosen, by, counted)
    families = 4 if against else 3
    for (n, _), gap in zip(against, judged([g for _, g in against], families), strict=True):
        counted[n] = counted[n].model_copy(update={"against_others": gap})
    conversion, loss = lifts(chosen)
    return ObjectionReport(
        playbook=ledger.book.id,
        by=by,
        since=since,
        until=until,
        drafts=drafts,
        where=dict(where or {}),
        totals=_totals(chosen),
        cells=tuple(counted),
        conversion=_judged(conversion, families),
        loss=_judged(loss, families),
        movements=tuple(_movements(chosen, families)),
    )


def behind(
    chosen: Selection, category: str | None = None, *, by: str = "category", group: str | None = None
) -> Behind:
    """The calls, and their deals, behind a cell: those of the group in which the category was raised.

    Without a category: all calls that were counted for the group, which is the denominator. Raises UsageError
    for an unknown category or group.
    """
    ledger = chosen.ledger
    mask = chosen.calls.copy()
    if group is not None and by != "category":
        mask &= members(ledger, by, group)
    if category is not None:
        if category not in chosen.categories:
            known = ", ".join(chosen.categories)
            raise UsageError(f"there is no objection category {category!r}; there are: {known}")
        mask &= chosen.raised[:, chosen.categories.index(category)]
    places = np.flatnonzero(mask)
    places = places[np.argsort(ledger.call_day[places], kind="stable")]
    deals = dict.fromkeys(int(d) for d in ledger.call_deal[places] if d >= 0)
    return Behind(tuple(ledger.call_ids[n] for n in places), tuple(ledger.deal_ids[n] for n in deals))


def _judged(found: Sequence[Lift], families: int) -> tuple[Lift, ...]:
    gaps = judged([x.gap for x in found], families)
    return tuple(x.model_copy(update={"gap": g}) for x, g in zip(found, gaps, strict=True))


def _totals(chosen: Selection) -> Totals:
    ledger = chosen.ledger
    deals = ledger.call_deal[chosen.calls]
    objecting = chosen.calls & chosen.raised.any(axis=1)
    of_deals, with_it = np.unique(deals[deals >= 0]), np.unique(ledger.call_deal[objecting])
    return Totals(
        objections=int(chosen.objections.sum()),
        drafts=int((chosen.objections & ~ledger.obj_accepted).sum()),
        calls=int(chosen.calls.sum()),
        deals=len(of_deals),
        calls_with=Share.of(int(objecting.sum()), int(chosen.calls.sum())),
        deals_with=Share.of(int((with_it >= 0).sum()), len(of_deals)),
    )


def _movements(chosen: Selection, families: int) -> list[Movement]:
    names, of_call = groups(chosen.ledger, "month")
    held = np.bincount(of_call[chosen.calls], minlength=len(names))
    seen = np.flatnonzero(held)
    if not len(seen):
        return []
    span = range(int(seen[0]), int(seen[-1]) + 1)
    found, tests = [], []
    for k, category in enumerate(chosen.categories):
        raised = np.bincount(of_call[chosen.raised[:, k]], minlength=len(names))
        rates = [Rate(int(raised[n]), int(held[n])) for n in span]
        change, line = change_point(rates, orders=ORDERS), trend(rates, orders=ORDERS)
        tests += [change.p if change else None, line.p if line else None]
        found.append((category, rates, change, line))
    corrected = iter(adjusted(tests, families))
    movements = []
    for category, rates, change, line in found:
        change_q, trend_q = next(corrected), next(corrected)
        movements.append(
            Movement(
                category=category,
                months={names[n]: Share.of(r.count, r.total) for n, r in zip(span, rates, strict=True)},
                changed_in=names[span[change.at]] if change else None,
                before=Share.of(change.before.count, change.before.total) if change else None,
                after=Share.of(change.after.count, change.after.total) if change else None,
                change_p=change.p if change else None,
                change_q=change_q,
                changed=change_q is not None and change_q <= FALSE_DISCOVERIES,
                slope=line.slope if line else None,
                slope_low=line.interval.low if line else None,
                slope_high=line.interval.high if line else None,
                trend_p=line.p if line else None,
                trend_q=trend_q,
                moving=trend_q is not None and trend_q <= FALSE_DISCOVERIES,
            )
        )
    return movements
