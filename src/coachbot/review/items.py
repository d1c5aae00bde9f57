"""From a recap to the items a person decides on, and back to a recap that shows what was decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from coachbot.model.claims import Evidence
from coachbot.model.recap import (
    FieldResult,
    FieldState,
    Item,
    NextStep,
    Objection,
    ObjectionResponse,
    Recap,
    Stakeholder,
)
from coachbot.model.workspace import Call, ItemKind, RecordedObjection, ReviewItem
from coachbot.store import stable_id

KEPT = ("accepted", "edited")
DECIDED = (*KEPT, "rejected")


def items_of(recap: Recap, call_id: str, number: int) -> list[ReviewItem]:
    """The recap's lines as items, in the order of the recap. `number` is the recap's version.

    An item's id follows from the call, its kind and key and the moment it rests on, so that a second
    reading of the same call gives the same ids however it words the values.
    """
    seen: Counter[tuple[str, str | None, int]] = Counter()
    found = []
    for kind, key, value, evidence, response, confidence in _lines(recap):
        # A next step has no key, and an objection keeps its id where only its category was read anew.
        place = (kind, key if kind in ("field", "stakeholder") else None, evidence[0].turn)
        seen[place] += 1
        found.append(
            ReviewItem(
                id=stable_id(call_id, *place, seen[place]),
                call_id=call_id,
                kind=kind,
                key=key,
                value=value,
                evidence=evidence,
                response_evidence=response,
                confidence=confidence,
                recap_version=number,
            )
        )
    return found


_Line = tuple[ItemKind, str | None, dict[str, Any], tuple[Evidence, ...], tuple[Evidence, ...], float]


def _lines(recap: Recap) -> Iterable[_Line]:
    for field, result in recap.fields.items():
        for item in result.items:
            yield "field", field, {"value": item.value}, item.evidence, (), item.confidence
    for person in recap.stakeholders:
        if person.evidence:
            told = person.model_dump(mode="json", exclude={"evidence"})
            yield "stakeholder", person.name or person.role, told, person.evidence, (), 1.0
    for objection in recap.objections:
        told = objection.model_dump(mode="json", exclude={"evidence", "response"})
        told["response"] = objection.response.text if objection.response else None
        answer = objection.response.evidence if objection.response else ()
        yield "objection", objection.category, told, objection.evidence, answer, 1.0
    for step in recap.next_steps:
        told = step.model_dump(mode="json", exclude={"evidence"})
        yield "next_step", None, told, step.evidence, (), 1.0


def recorded(item: ReviewItem, call: Call) -> RecordedObjection:
    """An objection's item as it is counted across calls."""
    return RecordedObjection(
        id=item.id,
        call_id=item.call_id,
        deal_id=call.deal_id,
        category=item.key or item.value.get("category", ""),
        text=item.value.get("text", ""),
        handled=item.value.get("handled", "no"),
        stage=call.stage,
        rep=call.owner,
        at=(call.date or call.created_at).date(),
        accepted=item.status in KEPT,
    )


def reviewed_recap(recap: Recap, items: Sequence[ReviewItem]) -> Recap:
    """The recap as decided: values and states of the items, what was added by hand, without what is stale.

    Rejected fields stay, marked so, because evals learn from them; other rejected items are left out.
    """
    live = [i for i in items if not i.stale]
    fields = {f: FieldResult(state=r.state) for f, r in recap.fields.items()}
    for item in live:
        if item.kind == "field" and item.key is not None and item.evidence:
            before = fields.get(item.key, FieldResult(state="not_discussed"))
            shown = Item(
                id=item.id[:12],
                value=str(item.value.get("value", "")),
                confidence=item.confidence,
                evidence=item.evidence,
                status=item.status,
            )
            state: FieldState = "conflicting" if before.state == "conflicting" else "found"
            fields[item.key] = FieldResult(state=state, items=(*before.items, shown))
    for field, result in fields.items():
        if not result.items and result.state in ("found", "conflicting"):
            fields[field] = FieldResult(state="not_discussed")
    other = [i for i in live if i.status != "rejected"]
    return recap.model_copy(
        update={
            "fields": fields,
            "stakeholders": tuple(
                Stakeholder(**i.value, evidence=i.evidence) for i in other if i.kind == "stakeholder"
            ),
            "objections": tuple(_objection(i) for i in other if i.kind == "objection"),
            "next_steps": tuple(
                NextStep(**i.value, evidence=i.evidence) for i in other if i.kind == "next_step"
            ),
        }
    )


def _objection(item: ReviewItem) -> Objection:
    told = {k: v for k, v in item.value.items() if k != "response"}
    said = item.value.get("response")
    answer = ObjectionResponse(text=said, evidence=item.response_evidence) if said else None
    return Objection(**told, response=answer, evidence=item.evidence)
