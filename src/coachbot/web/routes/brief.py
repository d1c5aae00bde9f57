"""The brief of a deal: one page to read before a call, as a page, as a file, and on paper."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from coachbot.coach import Brief, brief_html, brief_markdown, brief_of, notes_of
from coachbot.store import Unit
from coachbot.web.context import AtDesk, Desk, book_named, names_of
from coachbot.web.routes.calls import attachment
from coachbot.web.templating import page
from coachbot.web.views.brief import brief_view

router = APIRouter(prefix="/deals/{deal_id}")
FORMS = {"md": "text/markdown; charset=utf-8", "html": "text/html; charset=utf-8"}


@router.get("/brief", response_class=HTMLResponse)
def brief(request: Request, desk: AtDesk, deal_id: str) -> HTMLResponse:
    """The brief, with its notes."""
    return brief_answer(request, desk, deal_id)


@router.get("/brief.md")
def as_markdown(desk: AtDesk, deal_id: str) -> Response:
    """The brief as a Markdown file."""
    with desk.store.read() as unit:
        made = _made(unit, desk, deal_id)
    return attachment(brief_markdown(made), FORMS["md"], f"{made.deal.account} - brief.md")


@router.get("/brief.html")
def as_html(desk: AtDesk, deal_id: str) -> Response:
    """The brief as a page of its own that needs nothing else, to send along."""
    with desk.store.read() as unit:
        made = _made(unit, desk, deal_id)
    return attachment(brief_html(made), FORMS["html"], f"{made.deal.account} - brief.html")


def brief_answer(
    request: Request, desk: Desk, deal_id: str, *, wrong: tuple[str, ...] = (), status: int = 200
) -> HTMLResponse:
    """The page, with what went wrong with a note."""
    with desk.store.read() as unit:
        view = brief_view(unit, _made(unit, desk, deal_id))
        book = book_named(view.brief.deal.playbook)
        notes, names = notes_of(unit, deal_id), names_of(unit)
    return page(
        request, "pages/brief.html", status=status, view=view, b=view.brief, notes=notes, names=names,
        wrong=wrong, book=book,
    )  # fmt: skip


def _made(unit: Unit, desk: Desk, deal_id: str) -> Brief:
    deal = unit.deals.visible(deal_id, desk.viewer)
    return brief_of(unit, deal, book_named(deal.playbook), viewer=desk.viewer)
