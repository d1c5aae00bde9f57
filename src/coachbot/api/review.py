"""The review: decisions on items, the end, and undo."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field

from coachbot.api.desk import AtDesk
from coachbot.errors import UsageError
from coachbot.model.base import Frozen
from coachbot.model.claims import Evidence
from coachbot.model.transcript import Transcript
from coachbot.model.workspace import ItemKind, ReviewItem
from coachbot.review import (
    Acceptance,
    Finished,
    ReviewView,
    accept,
    acceptance,
    add,
    edit,
    evidence_at,
    evidence_for,
    finish,
    reject,
    review_of,
    undo,
)
from coachbot.store import Decision, Unit

router = APIRouter(tags=["review"])
Version = Annotated[int, Field(ge=1, description="the version that the change is based on")]
Why = Annotated[str | None, Field(max_length=2000)]


class Pointer(Frozen):
    """Words of the call: a stretch of a turn by offsets, or a quote to look for."""

    turn: int | None = Field(default=None, ge=0, le=1_000_000)
    start: int = Field(default=0, ge=0, le=10_000_000)
    end: int | None = Field(default=None, ge=0, le=10_000_000)
    quote: str | None = Field(default=None, max_length=5000)


class Accepted(Frozen):
    """Take it as it stands."""

    version: Version


class Edited(Frozen):
    """Correct it: value, field or category, or the words it rests on."""

    version: Version
    value: dict[str, Any] | None = Field(default=None, examples=[{"value": "Two days a month lost"}])
    key: str | None = Field(default=None, max_length=200)
    evidence: tuple[Pointer, ...] | None = Field(default=None, max_length=20)


class Rejected(Frozen):
    """It is wrong."""

    version: Version
    why: Why = None


class Added(Frozen):
    """What the engine missed, with the words that prove it."""

    kind: ItemKind
    key: str | None = Field(default=None, max_length=200, examples=["budget"])
    value: dict[str, Any] = Field(examples=[{"value": "Up to 40k a year"}])
    evidence: tuple[Pointer, ...] = Field(min_length=1, max_length=20)


class End(Frozen):
    """Close the review, with the person's word on the stage."""

    version: Version
    choice: Literal["stay", "advance", "revert"] = "stay"
    to: str | None = Field(default=None, max_length=200)
    why: Why = None
    deal_version: int | None = Field(default=None, ge=1)


@router.get("/calls/{call_id}/review")
def get_review(desk: AtDesk, call_id: str) -> ReviewView:
    """The draft: items beside what the deal knows, and the stage's gate."""
    with desk.store.read() as unit:
        call = desk.call(unit, call_id)
        return review_of(unit, call_id, desk.book(unit, call))


@router.post("/calls/{call_id}/items", status_code=201)
def add_item(desk: AtDesk, call_id: str, body: Added) -> ReviewItem:
    """Add an item by hand."""
    with desk.store.begin() as unit:
        call = desk.call(unit, call_id)
        return add(
            unit, call_id, desk.reviewer(desk.book(unit, call)),
            kind=body.kind, key=body.key, value=body.value,
            evidence=_evidence(unit.transcripts.load(call_id), body.evidence),
        )  # fmt: skip


@router.post("/items/{item_id}/accept")
def accept_item(desk: AtDesk, item_id: str, body: Accepted) -> ReviewItem:
    """Accept an item."""
    with desk.store.begin() as unit:
        return accept(unit, item_id, _by(desk, unit, item_id), version=body.version)


@router.post("/items/{item_id}/edit")
def edit_item(desk: AtDesk, item_id: str, body: Edited) -> ReviewItem:
    """Correct an item; it counts as accepted."""
    with desk.store.begin() as unit:
        by = _by(desk, unit, item_id)
        evidence = None
        if body.evidence is not None:
            transcript = unit.transcripts.load(unit.items.need(item_id).call_id)
            evidence = _evidence(transcript, body.evidence)
        return edit(
            unit, item_id, by, version=body.version, value=body.value, key=body.key, evidence=evidence
        )


@router.post("/items/{item_id}/reject")
def reject_item(desk: AtDesk, item_id: str, body: Rejected) -> ReviewItem:
    """Reject an item."""
    with desk.store.begin() as unit:
        return reject(unit, item_id, _by(desk, unit, item_id), version=body.version, why=body.why)


@router.post("/items/{item_id}/undo")
def undo_item(desk: AtDesk, item_id: str, body: Accepted) -> ReviewItem:
    """Take back the last decision on an item."""
    with desk.store.begin() as unit:
        return undo(unit, item_id, _by(desk, unit, item_id), version=body.version)


@router.get("/items/{item_id}/decisions")
def decisions(desk: AtDesk, item_id: str) -> tuple[Decision, ...]:
    """What was decided on an item, oldest first."""
    with desk.store.read() as unit:
        _by(desk, unit, item_id)
        return unit.decisions.of_item(item_id)


@router.post("/calls/{call_id}/finish")
def finish_review(desk: AtDesk, call_id: str, body: End) -> Finished:
    """Close the review: accepted items become facts of the deal, and the stage is as `choice` says."""
    with desk.store.begin() as unit:
        call = desk.call(unit, call_id)
        done = finish(
            unit, call_id, desk.reviewer(desk.book(unit, call)), version=body.version, choice=body.choice,
            to=body.to, why=body.why, deal_version=body.deal_version,
        )  # fmt: skip
    desk.work.reindex(call_id)
    return done


@router.get("/acceptance")
def acceptance_rates(desk: AtDesk, kind: ItemKind | None = None) -> tuple[Acceptance, ...]:
    """How often proposals are taken, by field, engine and prompt version."""
    with desk.store.read() as unit:
        return acceptance(unit, kind=kind)


def _by(desk: AtDesk, unit: Unit, item_id: str) -> Any:
    call = desk.call(unit, unit.items.need(item_id).call_id)
    return desk.reviewer(desk.book(unit, call))


def _evidence(transcript: Transcript, pointers: tuple[Pointer, ...]) -> list[Evidence]:
    found = []
    for pointer in pointers:
        if pointer.quote is not None:
            found.append(evidence_for(transcript, pointer.quote, pointer.turn))
        elif pointer.turn is not None:
            found.append(evidence_at(transcript, pointer.turn, pointer.start, pointer.end))
        else:
            raise UsageError("evidence needs a turn (with start and end), or a quote of the call")
    return found
