"""Accepted items become facts of the deal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from coachbot.model.playbook import Playbook
from coachbot.model.transcript import Side
from coachbot.model.workspace import Call, Fact, Person, ReviewItem
from coachbot.review.items import KEPT
from coachbot.store import Unit, new_id, now, stable_id

SINGLE = ("choice", "money", "date", "duration", "person")
"""Kinds of fields that hold one value for a deal: a newer one takes the older one's place."""


def follow_decision(unit: Unit, call: Call, item: ReviewItem, playbook: Playbook) -> None:
    """Keep the deal's facts equal to a decision that comes after the review was finished."""
    if call.reviewed_at is not None and call.deal_id is not None:
        put_facts(unit, call, [item], playbook)


def put_facts(unit: Unit, call: Call, items: Iterable[ReviewItem], playbook: Playbook) -> list[Fact]:
    """Write the facts of accepted items to the call's deal and take back those of the others.

    Idempotent. A field that holds one value, a value said before and a person known by the same name take
    the place of the older fact, which stays in the history.
    """
    if call.deal_id is None:
        return []
    written = []
    for item in items:
        if item.status not in KEPT:
            unit.facts.withdraw(item.id)
            continue
        fact = unit.facts.put(
            Fact(
                id=stable_id("fact", item.id),
                deal_id=call.deal_id,
                call_id=call.id,
                item_id=item.id,
                kind=item.kind,
                key=item.key,
                value=item.value,
                evidence=item.evidence,
                accepted_by=item.decided_by,
                accepted_at=item.decided_at or now(),
            )
        )
        for old in same_thing(unit.facts.of_deal(call.deal_id, kind=item.kind), fact, playbook):
            if _said_at(unit, old) <= _said_at(unit, fact):
                unit.facts.replace(old.id, fact.id)
            else:
                unit.facts.replace(fact.id, old.id)
        if item.kind == "stakeholder":
            _know(unit, call, item)
        written.append(fact)
    return written


def same_thing(facts: Iterable[Fact], new: Fact, playbook: Playbook) -> list[Fact]:
    """The facts that speak of what the new one speaks of: they conflict with it, or say it again."""
    return [f for f in facts if f.id != new.id and f.replaced_by is None and _same(f, new, playbook)]


def _same(old: Fact, new: Fact, playbook: Playbook) -> bool:
    if new.kind == "field":
        if old.key != new.key:
            return False
        spec = playbook.field_by_id.get(new.key or "")
        single = spec is not None and spec.kind in SINGLE
        return (single and old.call_id != new.call_id) or _plain(old, "value") == _plain(new, "value")
    if new.kind == "stakeholder":
        return bool(new.value.get("name")) and _plain(old, "name") == _plain(new, "name")
    if new.kind == "next_step":
        return _plain(old, "what") == _plain(new, "what") and old.value.get("date") == new.value.get("date")
    return False


def _plain(fact: Fact, name: str) -> str:
    return " ".join(str(fact.value.get(name) or "").casefold().split()).rstrip(".")


def _said_at(unit: Unit, fact: Fact) -> tuple[datetime, datetime]:
    """When the call was held, and when it was accepted: an old call reviewed late does not win."""
    call = unit.calls.need(fact.call_id)
    return call.date or call.created_at, fact.accepted_at


def _know(unit: Unit, call: Call, item: ReviewItem) -> None:
    """The account's people follow the accepted stakeholders."""
    name = item.value.get("name")
    if not name or item.value.get("side") != "buyer" or call.deal_id is None:
        return
    account = unit.deals.need(call.deal_id).account_id
    known = unit.people.named(account, name)
    influence = item.value.get("influence") or "unknown"
    if known is None:
        known = unit.people.add(
            Person(
                id=new_id(), account_id=account, name=name, title=item.value.get("role"), side=Side.BUYER,
                influence=influence,
            )
        )  # fmt: skip
    else:
        changes = {"title": known.title or item.value.get("role")}
        if influence != "unknown":
            changes["influence"] = influence
        known = unit.people.update(known.model_copy(update=changes))
    if item.value.get("on_call") and call.date is not None:
        unit.people.touch(known.id, call.date)
