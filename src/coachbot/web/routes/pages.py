"""The review page itself, which several routes answer with."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import HTMLResponse

from coachbot import review
from coachbot.model.workspace import Call
from coachbot.web.context import Desk, book_of, names_of
from coachbot.web.media import is_audio
from coachbot.web.templating import page
from coachbot.web.views.review import review_page_view


def review_page(
    request: Request, desk: Desk, call_id: str, *, conflict: str = "", error: str = "", status: int = 200
) -> HTMLResponse:
    """The page, with the item being edited or rejected that the address names."""
    asked = request.query_params
    turn = asked.get("turn", "")
    with desk.store.read() as unit:
        call = desk.call(unit, call_id)
        book = book_of(unit, call)
        view = review_page_view(
            review.review_of(unit, call_id, book),
            review.transcript_of(unit, call_id),
            book,
            people=names_of(unit),
            audio=audio_of(call),
            first=int(turn) if turn.isdigit() else 0,
        )
    return page(
        request,
        "pages/review.html",
        status=409 if conflict else status,
        view=view,
        editing=asked.get("edit", ""),
        rejecting=asked.get("reject", "-"),
        adding=asked.get("add", ""),
        after=view.next_open(asked.get("from")) if "from" in asked else "",
        conflict=conflict,
        error=error,
    )


def audio_of(call: Call) -> str | None:
    """The address of the call's recording, None where it came as a transcript."""
    return f"/calls/{call.id}/audio" if is_audio(call.file_name) else None
