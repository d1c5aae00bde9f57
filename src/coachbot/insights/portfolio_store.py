"""Putting a made-up portfolio into a workspace, or into the rows that a workspace gives."""

from __future__ import annotations

from collections.abc import Iterable

from coachbot.insights.portfolio_parts import Portfolio
from coachbot.store import Store
from coachbot.store.insights import AnswerRow

MANY = 1_000
"""Deals from which on the database is told of them at once."""


def keep(store: Store, parts: Iterable[Portfolio]) -> int:
    """Store the parts, each in a transaction of its own; returns the number of deals.

    The calls have no files: they are there to be counted, not to be read. Raises UsageError where something
    of the same id is there already.
    """
    deals = 0
    for part in parts:
        with store.begin() as unit:
            for user in part.users:
                unit.users.add(user)
            unit.accounts.add_many(part.accounts)
            unit.people.add_many(part.people)
            unit.deals.add_many(part.deals)
            unit.deals.record_stage_changes(part.stage_changes)
            unit.deals.record_close_dates(part.close_dates)
            unit.calls.add_many(part.calls)
            unit.items.add_many(part.items)
            unit.facts.add_many(part.facts)
            unit.objections.add_many(part.objections)
        deals += len(part.deals)
    if deals >= MANY:
        store.settle()
    return deals


def answer_rows(portfolio: Portfolio, category: str) -> tuple[AnswerRow, ...]:
    """A made-up portfolio's objections of a category with their answers, as the store would give them."""
    items = {i.id: i for i in portfolio.items if i.kind == "objection"}
    return tuple(
        AnswerRow(
            o.id, o.call_id, o.deal_id, o.category, o.stage, o.at.isoformat() if o.at else None,
            o.accepted, o.handled, o.text,
            (items[o.id].value["response"] or {}).get("text"), items[o.id].evidence,
            items[o.id].response_evidence,
        )
        for o in portfolio.objections
        if o.category == category
    )  # fmt: skip
