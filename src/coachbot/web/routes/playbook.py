"""The playbook: browse, search, one page, and what each field draws on."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from coachbot.insights.process_sheet import note_opened
from coachbot.playbook import list_playbooks
from coachbot.settings import settings
from coachbot.web.context import AtDesk, book_named
from coachbot.web.routes.calls import policy_for
from coachbot.web.templating import page
from coachbot.web.views.asked import today
from coachbot.web.views.playbook import field_page, markdown, search

router = APIRouter(prefix="/playbook")


@router.get("", response_class=HTMLResponse)
def browse(request: Request, q: str = "") -> HTMLResponse:
    """The whole process, or what of it holds the words."""
    book = book_named(None)
    asked = q.strip()[:200]
    return page(request, "pages/playbook.html", book=book, q=asked, found=search(book, asked))


@router.get("/onepage")
def onepage() -> Response:
    """How we sell here, on one sheet to print."""
    from coachbot.playbook.onepage import onepage_html

    html = onepage_html(book_named(None))
    return Response(html, media_type="text/html; charset=utf-8", headers=policy_for(html))


@router.get("/fields/{field}", response_class=HTMLResponse)
def field(request: Request, field: str) -> HTMLResponse:
    """A field: the question, what is listened for, what does not count, what rests on it."""
    book = book_named(None)
    if field not in book.field_by_id:
        raise HTTPException(404, f"Playbook {book.name} has no field {field}.")
    return page(request, "pages/field.html", view=field_page(book, field))


@router.get("/plays/{play}", response_class=HTMLResponse)
def play(request: Request, desk: AtDesk, play: str, book: str = "") -> HTMLResponse:
    """A coaching page, of the playbook `book` where that is another than the standing one.

    That it was opened is noted, for the monthly review of the process.
    """
    conf = settings()
    known = book in list_playbooks(home=conf.home)  # an id of the list, never a path
    chosen = book_named(book if known else conf.playbook)
    found = next((p for p in chosen.plays if p.id == play), None)
    if found is None:
        raise HTTPException(404, f"Playbook {chosen.name} has no page {play}.")
    desk.store.run(lambda unit: note_opened(unit, play, by=desk.user_id, on=today()))
    body = Markup(markdown(found.body))
    stages = [chosen.stage_by_id[s].name for s in found.stage if s in chosen.stage_by_id]
    fields = [chosen.field_by_id[f] for f in found.field if f in chosen.field_by_id]
    return page(request, "pages/play.html", play=found, body=body, stages=stages, fields=fields, book=chosen)
