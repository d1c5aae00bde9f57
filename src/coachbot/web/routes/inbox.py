"""The inbox: drafts that wait, calls at work, failed ones; and the search over all calls."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from coachbot.insights.reminders import waiting
from coachbot.model.workspace import CallState
from coachbot.web.context import AtDesk, names_of
from coachbot.web.templating import page
from coachbot.web.views.bounded import bounded
from coachbot.web.views.inbox import call_rows, hit_views

router = APIRouter()
TABS: dict[str, tuple[str, tuple[CallState, ...]]] = {
    "review": ("To review", (CallState.DRAFT,)),
    "working": ("Working", (CallState.QUEUED, CallState.RUNNING)),
    "failed": ("Failed", (CallState.FAILED, CallState.CANCELLED)),
    "done": ("Done", (CallState.REVIEWED,)),
}


@router.get("/")
def home() -> RedirectResponse:
    """The inbox is where one begins."""
    return RedirectResponse("/inbox", status_code=303)


@router.get("/inbox", response_class=HTMLResponse)
def inbox(
    request: Request, desk: AtDesk, show: str = "", q: str = "", cursor: str = "", mine: bool = False
) -> HTMLResponse:
    """Calls by what they want from a person. `q` looks in titles and file names."""
    with desk.store.read() as unit:
        counts = unit.calls.counts(visible_to=desk.viewer)
        here = (
            show
            if show in TABS
            else next((k for k, (_, s) in TABS.items() if any(counts[x] for x in s)), "review")
        )
        found = unit.calls.list(
            visible_to=desk.viewer,
            states=TABS[here][1],
            owner=desk.user_id if mine else None,
            text=q.strip() or None,
            cursor=cursor or None,
            limit=30,
        )
        rows = call_rows(unit, found.items, names_of(unit))
        tasks = waiting(unit, viewer=desk.viewer)
    tabs = [
        (words, f"/inbox?show={key}", sum(counts[s] for s in states), key == here)
        for key, (words, states) in TABS.items()
    ]
    more = {"show": here, "q": q, "cursor": found.next_cursor or ""} | ({"mine": "1"} if mine else {})
    return page(
        request,
        "pages/inbox.html",
        tasks=bounded(request, "reminders", tasks, most=10),
        tabs=tabs,
        rows=rows,
        here=here,
        q=q,
        mine=mine,
        first=not any(counts.values()),
        older=f"/inbox?{urlencode(more)}" if found.next_cursor else "",
        cursor=cursor,
    )


@router.get("/search", response_class=HTMLResponse)
def search(request: Request, desk: AtDesk, q: str = "", cursor: str = "") -> HTMLResponse:
    """Calls whose words, title or facts hold all the words, newest first."""
    asked = q.strip()[:200]
    hits, older = [], ""
    if asked:
        with desk.store.read() as unit:
            found = unit.search(asked, limit=20, cursor=cursor or None, visible_to=desk.viewer)
            hits = hit_views(found.items)
            if found.next_cursor:
                older = f"/search?{urlencode({'q': asked, 'cursor': found.next_cursor})}"
    return page(request, "pages/search.html", q=asked, hits=hits, older=older)
