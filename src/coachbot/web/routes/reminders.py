"""Reminders: taking one off the list."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from coachbot.insights.reminders import finish_task
from coachbot.web.context import AtDesk, Sent, text_of
from coachbot.web.templating import local_path

router = APIRouter(prefix="/reminders")


@router.post("/done")
def done(desk: AtDesk, form: Sent) -> Response:
    """It is done."""
    deal, key = text_of(form, "deal", most=80), text_of(form, "key", most=300)
    with desk.store.begin() as unit:
        finish_task(unit, deal, key, by=desk.user_id, viewer=desk.viewer)
    return RedirectResponse(local_path(form.get("back")), status_code=303)
