"""Reminders that wait for whoever asks, and taking one off the list."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from coachbot.api.desk import AtDesk
from coachbot.insights.reminders import Waiting, finish_task, waiting
from coachbot.model.base import Frozen

router = APIRouter(prefix="/reminders", tags=["insights"])


class TaskDone(Frozen):
    """Which reminder of which deal is done."""

    deal_id: Annotated[str, Field(min_length=1, max_length=100)]
    key: Annotated[str, Field(min_length=1, max_length=300, description="rule, stage and day of the move")]


class Reminders(Frozen):
    """What waits, the oldest first; `keys` are what to hand back when it is done, in the same order."""

    items: tuple[Waiting, ...]
    keys: tuple[str, ...]


@router.get("")
def reminders(
    desk: AtDesk, team: Annotated[bool, Query(description="those of all deals that you may see")] = False
) -> Reminders:
    """Tasks that the playbook's rules brought up after deals moved."""
    with desk.store.read() as unit:
        found = waiting(unit, viewer=desk.viewer, whole_team=team)
    return Reminders(items=found, keys=tuple(w.task.key for w in found))


@router.post("/done", status_code=204)
def done(desk: AtDesk, body: TaskDone) -> Response:
    """It is done, for everybody it was for."""
    with desk.store.begin() as unit:
        finish_task(unit, body.deal_id, body.key, by=desk.user_id, viewer=desk.viewer)
    return Response(status_code=204)
