"""Review sheets: the weekly one of deals, the monthly one of the process; to read, print or take along."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from coachbot.insights import sheet_text
from coachbot.insights.process_sheet import monthly
from coachbot.insights.sheets import Sheet, weekly
from coachbot.web.context import AtDesk, Desk, names_of
from coachbot.web.routes.calls import policy_for
from coachbot.web.routes.insights import Filters, show
from coachbot.web.views.asked import Asked, today

router = APIRouter(prefix="/insights/sheets")
Kind = Literal["weekly", "monthly"]


@router.get("", response_class=HTMLResponse)
def sheets(request: Request, desk: AtDesk, given: Filters, kind: Kind = "weekly") -> HTMLResponse:
    """A sheet as a page."""
    made = _sheet(desk, given, kind)
    return show(
        request, "pages/insights_sheets.html", "sheets", given, sheet=made, when=sheet_text.span_of(made)
    )


@router.get("/{kind}.md")
def as_markdown(desk: AtDesk, given: Filters, kind: Kind) -> Response:
    """The sheet as Markdown."""
    text = sheet_text.markdown(_sheet(desk, given, kind))
    named = {"content-disposition": f'attachment; filename="{kind}-review.md"'}
    return Response(text, media_type="text/markdown; charset=utf-8", headers=named)


@router.get("/{kind}.html")
def as_html(desk: AtDesk, given: Filters, kind: Kind) -> Response:
    """The sheet as a page of its own, to print or send."""
    text = sheet_text.html(_sheet(desk, given, kind))
    return Response(text, media_type="text/html; charset=utf-8", headers=policy_for(text))


def _sheet(desk: Desk, given: Asked, kind: Kind) -> Sheet:
    book = given.book()
    with desk.store.read() as unit:
        if kind == "weekly":
            return weekly(unit, book, today=today(), viewer=desk.viewer, names=names_of(unit))
        return monthly(unit, book, today=today(), viewer=desk.viewer)
