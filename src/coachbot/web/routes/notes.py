"""A research note of a deal, as the brief reads it. Adding and removing is with the deal's documents."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from coachbot.coach import notes_of
from coachbot.errors import NotFoundError
from coachbot.web.context import AtDesk, names_of
from coachbot.web.templating import page

router = APIRouter(prefix="/deals/{deal_id}/notes")


@router.get("/{note_id}", response_class=HTMLResponse)
def show(request: Request, desk: AtDesk, deal_id: str, note_id: str) -> HTMLResponse:
    """A note as it was read, page by page: where the brief's citations lead."""
    with desk.store.read() as unit:
        deal = unit.deals.visible(deal_id, desk.viewer)
        note = next((n for n in notes_of(unit, deal_id) if n.id == note_id), None)
        names = names_of(unit)
    if note is None:
        raise NotFoundError("note of this deal", note_id)
    return page(request, "pages/note.html", deal=deal, note=note, by=names.get(note.by or ""))
