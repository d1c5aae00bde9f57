"""Search, usage and health."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated, Any

from fastapi import APIRouter, Query

from coachbot import __version__
from coachbot.api.desk import AtDesk, Cursor, Limit, ListOf, listed
from coachbot.store import Hit

router = APIRouter(tags=["workspace"])


@router.get("/search")
def search(
    desk: AtDesk,
    q: Annotated[str, Query(min_length=1, max_length=300, description='words, "a phrase", begin*')],
    cursor: Cursor = None,
    limit: Limit = 25,
) -> ListOf[Hit]:
    """Calls whose words, title or facts hold all of these, newest first."""
    with desk.store.read() as unit:
        return listed(unit.search(q, limit=limit, cursor=cursor, visible_to=desk.viewer))


@router.get("/usage")
def usage(desk: AtDesk, since: date | None = None) -> list[dict[str, Any]]:
    """Requests, tokens, seconds and cost of the work on calls, by engine and model."""
    start = datetime.combine(since, time(), UTC) if since else None
    with desk.store.read() as unit:
        return unit.usage.totals(since=start)


@router.get("/status")
def status(desk: AtDesk) -> dict[str, Any]:
    """Version, database, steps by state, and the workers that are alive."""
    from coachbot.settings import settings

    with desk.store.read() as unit:
        steps = unit.steps.counts()
        alive = unit.workers.alive(settings().worker_timeout)
    return {
        "version": __version__,
        "database": desk.store.dialect,
        "engine": settings().engine,
        "steps": [{"step": s, "state": state, "calls": n} for (s, state), n in sorted(steps.items())],
        "workers": list(alive),
    }
