"""Review sheets for meetings, as data, Markdown or a page."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from coachbot.api.desk import AtDesk
from coachbot.api.insights import Book, book_named, today
from coachbot.insights import sheet_text
from coachbot.insights.process_sheet import monthly
from coachbot.insights.sheets import Sheet, weekly

router = APIRouter(prefix="/insights/sheets", tags=["insights"])
FORMS: dict[int | str, dict[str, Any]] = {200: {"content": {"text/markdown": {}, "text/html": {}}}}


@router.get("/{kind}", response_model=Sheet, responses=FORMS)
def sheet(
    desk: AtDesk,
    kind: Literal["weekly", "monthly"],
    form: Annotated[Literal["json", "markdown", "html"], Query(alias="format")] = "json",
    playbook: Book = None,
) -> Any:
    """The weekly deal review, or the monthly process review, of what whoever asks may see."""
    book = book_named(playbook)
    with desk.store.read() as unit:
        if kind == "weekly":
            names = {u.id: u.name for u in unit.users.list()}
            made = weekly(unit, book, today=today(), viewer=desk.viewer, names=names)
        else:
            made = monthly(unit, book, today=today(), viewer=desk.viewer)
    if form == "json":
        return made
    if form == "markdown":
        return Response(sheet_text.markdown(made), media_type="text/markdown; charset=utf-8")
    policy = "default-src 'none'; style-src 'unsafe-inline'"  # its own style, and nothing else
    return Response(
        sheet_text.html(made), media_type="text/html; charset=utf-8",
        headers={"content-security-policy": policy},
    )  # fmt: skip
