"""A rep's page: what to keep, start and stop, over the last calls. Reps see their own."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from coachbot.coach import coach_rep
from coachbot.errors import NotFoundError
from coachbot.model.workspace import CallState, Role, User
from coachbot.web.coaching import EVERYBODY, rep_of
from coachbot.web.context import AtDesk, book_of
from coachbot.web.templating import page
from coachbot.web.views.coach import rep_page, sides_of

router = APIRouter(prefix="/team/reps")
LAST = (5, 10, 20, 50)
NEWEST = 10


@router.get("/{user_id}", response_class=HTMLResponse)
def rep(
    request: Request, desk: AtDesk, user_id: str, last: Annotated[int, Query(ge=1, le=200)] = 10
) -> HTMLResponse:
    """Keep, start, stop. `all` stands for all calls that the person may see."""
    with desk.store.read() as unit:
        if user_id == EVERYBODY:
            if not desk.has(Role.MANAGER, Role.ENABLEMENT):
                raise NotFoundError("rep whose page you may see", user_id)
            user = User(id="", name="All calls", email="")
        else:
            user = rep_of(unit, desk, user_id)
        sheet = coach_rep(unit, user, lambda call: book_of(unit, call), last=last, viewer=desk.viewer)
        named = unit.calls.many([i for h in sheet.habits for i in h.call_ids])
        view = rep_page(sheet, named, sides_of(unit, (m for h in sheet.habits for m in h.examples)))
        newest = unit.calls.list(
            owner=user.id or None, states=[CallState.DRAFT, CallState.REVIEWED], visible_to=desk.viewer,
            limit=NEWEST,
        ).items  # fmt: skip
    return page(
        request, "pages/rep.html", view=view, person=user if user.id else None, newest=newest, last=last,
        choices=[(str(n), f"the last {n} calls") for n in sorted({*LAST, last})],
        own=desk.user is not None and desk.user.id == user.id,
    )  # fmt: skip
