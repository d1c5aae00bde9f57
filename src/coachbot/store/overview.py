"""The whole of a deal in a fixed number of queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Table, func, select

from coachbot.errors import NotFoundError
from coachbot.model.workspace import Account, RecapVersion
from coachbot.store import tables as t
from coachbot.store.records import DealOverview, DealTotals

if TYPE_CHECKING:
    from coachbot.store.unit import Unit


class Most(NamedTuple):
    """How much of a deal is given at most: newest calls and objections, and facts of each field or kind."""

    calls: int = 100
    objections: int = 100
    facts: int = 10


SHOWN = Most()
"""What a page and the API give."""


def overview(unit: Unit, deal_id: str, most: Most | None = None) -> DealOverview:
    """Everything that hangs on the deal, or the newest of it. Raises NotFoundError."""
    deal = unit.deals.need(deal_id)
    account: Account | None = unit.accounts.get(deal.account_id)
    if account is None:  # the foreign key forbids it
        raise NotFoundError("account", deal.account_id)
    open_items = _open_items(unit, deal_id)
    calls = unit.calls.of_deal(deal_id, most=most.calls if most else None)
    older = open_items.keys() - {c.id for c in calls}  # what waits for somebody is never left out
    waiting = sorted(unit.calls.many(older).values(), key=lambda c: (c.date or c.created_at, c.id))
    facts, facts_of = unit.facts.newest_of_deal(deal_id, most.facts if most else None)
    objections = unit.objections.of_deal(deal_id, most=most.objections if most else None)
    totals = DealTotals(
        calls=_count(unit, t.calls, deal_id) if most and len(calls) == most.calls else len(calls),
        facts=sum(facts_of.values()),
        objections=(
            _count(unit, t.objections, deal_id)
            if most and len(objections) == most.objections
            else len(objections)
        ),
        facts_of=facts_of,
    )
    return DealOverview(
        deal=deal,
        account=account,
        people=unit.people.of_account(deal.account_id),
        calls=(*calls, *reversed(waiting)),
        open_items=open_items,
        facts=facts,
        objections=objections,
        stage_changes=unit.deals.stage_changes(deal_id),
        close_dates=unit.deals.close_dates(deal_id),
        recap=_latest_recap(unit, deal_id),
        totals=totals,
    )


def _count(unit: Unit, table: Table, deal_id: str) -> int:
    query = select(func.count()).select_from(table).where(table.c.deal_id == deal_id)
    return int(unit.connection.execute(query).scalar_one())


def _open_items(unit: Unit, deal_id: str) -> dict[str, int]:
    query = (
        select(t.items.c.call_id, func.count())
        .join(t.calls, t.calls.c.id == t.items.c.call_id)
        .where(t.calls.c.deal_id == deal_id, t.items.c.status == "draft", ~t.items.c.stale)
        .group_by(t.items.c.call_id)
    )
    return {row[0]: row[1] for row in unit.connection.execute(query)}


def _latest_recap(unit: Unit, deal_id: str) -> RecapVersion | None:
    query = (
        unit.recaps.selected()
        .join(t.calls, t.calls.c.id == t.recaps.c.call_id)
        .where(t.calls.c.deal_id == deal_id)
        .order_by(t.calls.c.at.desc(), t.calls.c.id.desc(), t.recaps.c.number.desc())
    )
    return unit.recaps.one(query)
