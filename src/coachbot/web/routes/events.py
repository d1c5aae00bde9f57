"""Server-sent events of a call: its work as it goes, and what others decide on its items."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from coachbot.store import Unit
from coachbot.web.context import AtDesk, Desk, book_of, names_of
from coachbot.web.views.items import words_of

router = APIRouter(prefix="/calls/{call_id}")
EVERY_S = 1.0
"""How often the store is asked."""
ALIVE_S = 15.0
"""How often a comment keeps the line open where nothing happens."""


@dataclass
class Watch:
    """What a browser has been told so far."""

    desk: Desk
    call_id: str
    work: tuple[Any, ...] = ()
    versions: dict[str, int] = field(default_factory=dict)
    seen: bool = False

    def news(self) -> list[tuple[str, dict[str, Any]]]:
        """What changed since the last look; at the first, how all stands, since the page may be older."""
        with self.desk.store.read() as unit:
            call = self.desk.call(unit, self.call_id)
            steps = tuple((s.step, s.state.value, s.attempts) for s in unit.steps.of_call(call.id))
            now = (call.state.value, steps)
            told: list[tuple[str, dict[str, Any]]] = []
            if now != self.work:
                told.append(("work", {"state": call.state.value}))
            self.work = now
            items = unit.items.of_call(call.id)
            if not self.seen:
                told.append(("all", {"versions": {i.id: i.version for i in items}}))
                self.seen = True
            changed = [i for i in items if self.versions.get(i.id, i.version) != i.version]
            self.versions = {i.id: i.version for i in items}
            told += self._items(unit, changed) if changed else []
        return told

    def _items(self, unit: Unit, changed: list[Any]) -> list[tuple[str, dict[str, Any]]]:
        names, book = names_of(unit), book_of(unit, unit.calls.need(self.call_id))
        decided, total = unit.items.progress([self.call_id]).get(self.call_id, (0, 0))
        return [
            (
                "item",
                {
                    "id": i.id,
                    "version": i.version,
                    "by": names.get(i.decided_by or "", ""),
                    "label": words_of(i.kind, i.key, i.value, book)[0],
                    "decided": decided,
                    "total": total,
                },
            )
            for i in changed
        ]


@router.get("/events")
def events(request: Request, desk: AtDesk, call_id: str) -> StreamingResponse:
    """The stream. The browser connects again by itself where it breaks."""
    watch = Watch(desk, call_id)
    with desk.store.read() as unit:
        desk.call(unit, call_id)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(_stream(request, watch), media_type="text/event-stream", headers=headers)


async def _stream(request: Request, watch: Watch) -> AsyncIterator[str]:
    yield "retry: 2000\n\n"
    silent = 0.0
    while not await request.is_disconnected():
        told = await run_in_threadpool(watch.news)
        for name, what in told:
            yield f"event: {name}\ndata: {json.dumps(what)}\n\n"
        silent = 0.0 if told else silent + EVERY_S
        if silent >= ALIVE_S:
            silent = 0.0
            yield ": here\n\n"
        await asyncio.sleep(EVERY_S)
