"""Decisions on the items of a draft: accept, edit, reject, add, undo. Each leaves its trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from coachbot.errors import UsageError
from coachbot.model.claims import Evidence
from coachbot.model.playbook import Playbook
from coachbot.model.workspace import ItemKind, ReviewItem
from coachbot.review.draft import count_objections
from coachbot.review.facts import follow_decision
from coachbot.review.values import checked
from coachbot.store import Decision, Unit, new_id, now

REMEMBERED = ("key", "value", "evidence", "response_evidence", "status", "why", "proposed")


@dataclass(frozen=True)
class Reviewer:
    """Who decides, by the playbook of the call's deal. `user_id` is None on a machine without logins."""

    user_id: str | None
    playbook: Playbook


def accept(unit: Unit, item_id: str, by: Reviewer, *, version: int, why: str | None = None) -> ReviewItem:
    """Take the item as it stands. Raises ConflictError where somebody changed it since `version`."""
    item = unit.items.need(item_id)
    status = "edited" if item.proposed else "accepted"
    return _decide(unit, item, by, "accept", version, {"status": status, "why": why})


def edit(
    unit: Unit,
    item_id: str,
    by: Reviewer,
    *,
    version: int,
    value: dict[str, Any] | None = None,
    key: str | None = None,
    evidence: Sequence[Evidence] | None = None,
) -> ReviewItem:
    """Correct an item's value, its field or category, or the words it rests on; it counts as accepted.

    Raises UsageError for a value that the playbook does not allow or evidence of nothing, ConflictError.
    """
    item = unit.items.need(item_id)
    if evidence is not None and not evidence:
        raise UsageError("an item needs at least one quote of the call")
    key = _key(item.kind, key or item.key, value)
    whole = checked(item.kind, key, value or {}, by.playbook, before=item.value)
    changes: dict[str, Any] = {"value": whole, "key": key, "status": "edited", "why": None}
    if whole != item.value:
        changes["proposed"] = None if item.by_hand else item.proposed or item.value
    if evidence is not None:
        changes["evidence"] = tuple(evidence)
    return _decide(unit, item, by, "edit", version, changes)


def reject(unit: Unit, item_id: str, by: Reviewer, *, version: int, why: str | None = None) -> ReviewItem:
    """Say that the item is wrong, with the reason if there is one. Raises ConflictError."""
    return _decide(
        unit, unit.items.need(item_id), by, "reject", version, {"status": "rejected", "why": why or None}
    )


def add(
    unit: Unit,
    call_id: str,
    by: Reviewer,
    *,
    kind: ItemKind,
    key: str | None = None,
    value: dict[str, Any],
    evidence: Sequence[Evidence],
) -> ReviewItem:
    """Add what the engine missed, with the words that prove it. Raises UsageError."""
    if not evidence:
        raise UsageError("an item needs at least one quote of the call: select the words that prove it")
    call = unit.calls.need(call_id)
    key = _key(kind, key, value)
    latest = unit.recaps.latest(call_id)
    item = ReviewItem(
        id=new_id(),
        call_id=call_id,
        kind=kind,
        key=key,
        value=checked(kind, key, value, by.playbook),
        evidence=tuple(evidence),
        status="accepted",
        by_hand=True,
        recap_version=latest.number if latest else 1,
        decided_by=by.user_id,
        decided_at=now(),
    )
    unit.items.add(item)
    _note(unit, item, by, "add", None)
    follow_decision(unit, call, item, by.playbook)
    if kind == "objection":
        count_objections(unit, call, unit.items.of_call(call_id))
    return item


def undo(unit: Unit, item_id: str, by: Reviewer, *, version: int) -> ReviewItem:
    """Take back the last decision on an item; again, the one before it. Raises UsageError, ConflictError."""
    item = unit.items.need(item_id)
    stack: list[Decision] = []
    for decision in unit.decisions.of_item(item_id):
        if decision.action != "undo":
            stack.append(decision)
        elif stack:
            stack.pop()
    if not stack:
        raise UsageError("there is nothing to undo on this item")
    before = stack[-1].before
    if before is None:
        changes: dict[str, Any] = {"status": "rejected", "why": "added by mistake"}
    else:
        told = ReviewItem.model_validate({**item.model_dump(mode="json"), **before})
        changes = {name: getattr(told, name) for name in REMEMBERED}
    return _decide(unit, item, by, "undo", version, changes)


def _decide(
    unit: Unit, item: ReviewItem, by: Reviewer, action: str, version: int, changes: dict[str, Any]
) -> ReviewItem:
    decided = changes.get("status") != "draft"
    proposal = item.model_copy(
        update={
            **changes,
            "decided_by": by.user_id if decided else None,
            "decided_at": now() if decided else None,
        }
    )
    saved = unit.items.update(proposal, expected=version)
    _note(unit, saved, by, action, item)
    call = unit.calls.need(item.call_id)
    follow_decision(unit, call, saved, by.playbook)
    if item.kind == "objection":
        count_objections(unit, call, unit.items.of_call(call.id))
    return saved


def _note(unit: Unit, item: ReviewItem, by: Reviewer, action: str, was: ReviewItem | None) -> None:
    """The decision for the acceptance rates and for undo, and the audit's entry."""
    keep = set(REMEMBERED)
    before = was.model_dump(mode="json", include=keep) if was else None
    after = item.model_dump(mode="json", include=keep)
    engine, prompt = _made_by(unit, item)
    unit.decisions.add(
        Decision(
            item_id=item.id,
            call_id=item.call_id,
            kind=item.kind,
            key=item.key,
            action=action,
            by=by.user_id,
            at=now(),
            why=item.why,
            before=before,
            after=after,
            engine=engine,
            prompt=prompt,
        )
    )
    unit.audit.add(
        f"item.{action}", f"item:{item.id}", who=by.user_id, before=before, after=after, why=item.why
    )


def _made_by(unit: Unit, item: ReviewItem) -> tuple[str | None, str | None]:
    if item.by_hand:
        return None, None
    version = unit.recaps.load(item.call_id, item.recap_version)
    return version.engine, (version.recap.get("engine") or {}).get("prompts", {}).get("extract")


def _key(kind: ItemKind, key: str | None, value: dict[str, Any] | None) -> str | None:
    """The key that goes with a value: an objection's category and a stakeholder's name say it twice."""
    told = value or {}
    if kind == "objection":
        return told.get("category") or key
    if kind == "stakeholder":
        return told.get("name") or key or told.get("role")
    return key if kind == "field" else None
