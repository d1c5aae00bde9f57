"""The whole of a deal in a fixed number of queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from coachbot.errors import NotFoundError
from coachbot.model.workspace import Account, RecapVersion
from coachbot.store import tables as t
from coachbot.store.records import DealOverview

if TYPE_CHECKING:
    from coachbot.store.unit import Unit


def overview(unit: Unit, deal_id: str) -> DealOverview:
    """Everything that hangs on the deal. Raises NotFoundError."""
    deal = unit.deals.need(deal_id)
    account: Account | None = unit.accounts.get(deal.account_id)
    if account is None:  # the foreign key forbids it
        raise NotFoundError("account", deal.account_id)
    calls = unit.calls.of_deal(deal_id)
    return DealOverview(
        deal=deal,
        account=account,
        people=unit.people.of_account(deal.account_id),
        calls=calls,
        open_items=_open_items(unit, deal_id),
        facts=unit.facts.of_deal(deal_id),
        objections=unit.objections.of_deal(deal_id),
        stage_changes=unit.deals.stage_changes(deal_id),
        close_dates=unit.deals.close_dates(deal_id),
        recap=_latest_recap(unit, deal_id),
    )


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
