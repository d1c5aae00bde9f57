"""What is known of each deal, as far as metrics need it: plain data, from the store or made up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from coachbot.insights.bulk import uncollected
from coachbot.insights.stays import Course, courses, moves_of
from coachbot.model.playbook import Playbook
from coachbot.model.transcript import Side
from coachbot.model.workspace import CloseDateChange, Deal
from coachbot.store.insights import CloseRow, FactRow, day_of
from coachbot.store.records import Viewer


@dataclass
class Known:
    """Of one deal. Days are those on which it was accepted; names are folded.

    `fields`: field's id to the day it was first known. `roles`: influence roles of the buyer's people.
    `steps`: dated next steps that somebody committed to, with the owner. `engaged`: the buyer's people who
    were on a call. `closes`: close dates in the order they were set.
    """

    fields: dict[str, date] = field(default_factory=dict)
    roles: dict[str, set[str]] = field(default_factory=dict)
    steps: list[tuple[date, str]] = field(default_factory=list)
    engaged: set[str] = field(default_factory=set)
    closes: list[CloseDateChange | CloseRow] = field(default_factory=list)
    first_call: date | None = None
    last_call: date | None = None


@dataclass(frozen=True)
class DealFacts:
    """The portfolio as metrics see it."""

    book: Playbook
    today: date
    courses: list[Course]
    known: dict[str, Known]


@uncollected()
def from_store(unit: Any, book: Playbook, *, today: date, viewer: Viewer | None = None) -> DealFacts:
    """Of a workspace, as that viewer may see it. `unit`: of `store.read()`."""
    deals = unit.insights.deals(book.id, viewer)
    known = {d.id: Known() for d in deals}
    changes = (c for c in unit.insights.changes() if c.deal_id in known)
    for deal_id, key, day in unit.insights.field_days():
        if deal_id in known:
            when, fields = day_of(day), known[deal_id].fields
            fields[key] = min(fields.get(key, when), when)
    take_facts(known, unit.insights.facts(["stakeholder", "next_step"], values=True))
    for deal, people in unit.insights.participants(viewer):
        if deal in known:
            known[deal].engaged |= {fold(p["name"]) for p in people if p.get("side") == Side.BUYER.value}
    for deal, first, last in unit.insights.call_days():
        if deal in known:
            known[deal].first_call, known[deal].last_call = day_of(first), day_of(last)
    for close in unit.insights.close_dates():
        if close.deal_id in known:
            known[close.deal_id].closes.append(close)
    return DealFacts(book, today, courses(book, deals, changes, today), known)


def of_deal(unit: Any, book: Playbook, deal: Deal, *, today: date) -> DealFacts:
    """The same of one open deal, without a look at any other: what its own page needs."""
    one = Known()
    kept = (
        FactRow(deal.id, f.call_id, f.kind, f.key, _utc(f.accepted_at).isoformat(), f.value)
        for f in unit.facts.of_deal(deal.id)
    )
    take_facts({deal.id: one}, kept)
    days = []
    for call in unit.calls.of_deal(deal.id):
        days.append(_utc(call.date or call.created_at))
        one.engaged |= {fold(p.name) for p in call.meta.participants if p.side is Side.BUYER}
    one.first_call, one.last_call = min(days, default=None), max(days, default=None)
    one.closes += unit.deals.close_dates(deal.id)
    moves = moves_of(unit.deals.stage_changes(deal.id))
    return DealFacts(book, today, courses(book, [deal], moves, today), {deal.id: one})


def _utc(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def from_portfolio(made: Any) -> DealFacts:
    """Of a made-up portfolio."""
    known = {d.id: Known() for d in made.deals}
    take_facts(
        known,
        (
            FactRow(f.deal_id, f.call_id, f.kind, f.key, f"{f.accepted_at:%Y-%m-%d}", f.value)
            for f in made.facts
        ),
    )
    for call in made.calls:
        one, day = known[call.deal_id], call.date.date()
        one.first_call = min(one.first_call or day, day)
        one.last_call = max(one.last_call or day, day)
        one.engaged |= {fold(p.name) for p in call.meta.participants if p.side is Side.BUYER}
    for close in made.close_dates:
        known[close.deal_id].closes.append(close)
    return DealFacts(
        made.playbook,
        made.today,
        courses(made.playbook, made.deals, moves_of(made.stage_changes), made.today),
        known,
    )


def take_facts(known: dict[str, Known], facts: Iterable[FactRow]) -> None:
    """Sort facts into what is known of their deals."""
    for fact in facts:
        one = known.get(fact.deal_id)
        if one is None:
            continue
        value = fact.value or {}
        if fact.kind == "field" and fact.key is not None:
            day = date.fromisoformat(fact.day)
            one.fields[fact.key] = min(one.fields.get(fact.key, day), day)
        elif fact.kind == "stakeholder" and value.get("side", "buyer") == Side.BUYER.value:
            name = fold(str(value.get("name") or fact.key or value.get("role") or ""))
            one.roles.setdefault(str(value.get("influence") or "unknown"), set()).add(name)
        elif fact.kind == "next_step" and value.get("committed") and value.get("date"):
            due = as_day(str(value["date"]))
            if due is not None:
                one.steps.append((due, str(value.get("owner") or "unknown")))


def as_day(text: str) -> date | None:
    """An ISO date, None where it is none."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def fold(text: str) -> str:
    """A name as it is compared."""
    return " ".join(text.casefold().split())
