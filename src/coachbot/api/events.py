"""Server-sent events: what happens to a call, as it happens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from coachbot.api.desk import AtDesk, Desk
from coachbot.errors import NotFoundError, StoreError
from coachbot.pipeline import states

router = APIRouter(tags=["calls"])
EVERY_S = 0.5
LONGEST_S = 3600.0


@router.get(
    "/calls/{call_id}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "`state` events, as they happen"}},
)
async def call_events(
    desk: AtDesk,
    request: Request,
    call_id: str,
    until_done: Annotated[bool, Query(description="end when no work is left")] = True,
) -> StreamingResponse:
    """The call's state, steps and review progress: at once, then whenever they change."""
    first = await run_in_threadpool(_snapshot, desk, call_id)
    return StreamingResponse(
        _changes(desk, request, call_id, first, until_done),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def _changes(
    desk: Desk, request: Request, call_id: str, first: str, until_done: bool
) -> AsyncIterator[str]:
    shown, waited = "", 0.0
    now = first
    while waited < LONGEST_S:
        if now != shown:
            shown = now
            yield f"event: state\ndata: {now}\n\n"
            if until_done and json.loads(now)["state"] not in ("queued", "running"):
                return
        elif waited % 15 < EVERY_S:
            yield ": still here\n\n"
        await asyncio.sleep(EVERY_S)
        waited += EVERY_S
        if await request.is_disconnected():
            return
        try:
            now = await run_in_threadpool(_snapshot, desk, call_id)
        except NotFoundError:
            return
        except StoreError:
            continue  # the database is away for a while; the next look may find it


def _snapshot(desk: Desk, call_id: str) -> str:
    with desk.store.read() as unit:
        call = desk.call(unit, call_id)
        done, total = unit.items.progress([call_id]).get(call_id, (0, 0))
        steps = [
            {"step": s.step, "state": s.state, "attempts": s.attempts, "error": s.error}
            for s in states(unit, call_id)
        ]
    told = {
        "state": call.state, "error": call.error, "version": call.version,
        "steps": steps, "decided": done, "items": total,
    }  # fmt: skip
    return json.dumps(told)
