"""A new recap of a call becomes the draft under review."""

from __future__ import annotations

from coachbot.model.recap import Recap
from coachbot.model.workspace import Call, CallState, RecapVersion, ReviewItem
from coachbot.review.items import items_of, recorded
from coachbot.store import Unit, now


def publish(unit: Unit, call: Call, recap: Recap, *, number: int | None = None) -> tuple[ReviewItem, ...]:
    """Store the recap as the call's next version and lay its items before the rep; returns all items.

    What a person decided or added stays as it is. With `number` the same recap may be published again
    without effect, as a step that runs twice does. A reviewed call stays reviewed.
    """
    number = number or unit.recaps.next_number(call.id)
    unit.recaps.put(
        RecapVersion(
            call_id=call.id,
            number=number,
            playbook=recap.playbook.id,
            playbook_version=recap.playbook.version,
            engine=recap.engine.name,
            created_at=now(),
            recap=recap.model_dump(mode="json", by_alias=True),
        )
    )
    items = unit.items.sync(call.id, items_of(recap, call.id, number), recap_version=number)
    count_objections(unit, call, items)
    if call.reviewed_at is None:
        unit.calls.set_state(call.id, CallState.DRAFT)
    return items


def count_objections(unit: Unit, call: Call, items: tuple[ReviewItem, ...]) -> None:
    """Bring the counted objections of a call to what its items say now."""
    counted = [
        recorded(i, call)
        for i in items
        if i.kind == "objection" and i.status != "rejected" and (not i.stale or i.status != "draft")
    ]
    there = {o.id for o in unit.objections.of_call(call.id)}
    unit.objections.remove(there - {o.id for o in counted})
    unit.objections.put_many(counted)
