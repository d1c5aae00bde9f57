"""Deals: the list, and one whole."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from coachbot import review
from coachbot.errors import ConflictError, UsageError
from coachbot.insights.risk_list import risks_of
from coachbot.model.workspace import Outcome
from coachbot.store import SHOWN
from coachbot.web.context import AtDesk, Desk, Sent, book_named, names_of, number_of, text_of
from coachbot.web.templating import page
from coachbot.web.views.asked import today
from coachbot.web.views.deals import deal_page, deal_rows
from coachbot.web.views.documents import documents_view

router = APIRouter(prefix="/deals")
DOCUMENTS = 8
"""Documents on a deal's page; a page of their own shows the others."""
OUTCOMES = [(o.value, o.value.capitalize()) for o in Outcome]


@router.get("", response_class=HTMLResponse)
def deals(
    request: Request, desk: AtDesk, q: str = "", stage: str = "", outcome: str = "open", cursor: str = ""
) -> HTMLResponse:
    """Deals, latest change first."""
    chosen = next((o for o in Outcome if o.value == outcome), None)
    with desk.store.read() as unit:
        found = unit.deals.list(
            visible_to=desk.viewer, text=q.strip() or None, stage=stage or None, outcome=chosen,
            cursor=cursor or None, limit=50,
        )  # fmt: skip
        books = {name: book_named(name) for name in {d.playbook for d in found.items}}
        rows = deal_rows(found.items, books, names_of(unit), {})
        some = bool(rows) or bool(unit.deals.list(visible_to=desk.viewer, limit=1).items)
    here = {"q": q, "stage": stage, "outcome": outcome}
    stages = [(s.id, s.name) for s in book_named(None).stages]
    return page(
        request, "pages/deals.html", rows=rows, some=some, q=q, stage=stage, stages=stages, outcome=outcome,
        outcomes=OUTCOMES,
        newer=f"/deals?{urlencode(here)}" if cursor else "",
        older=f"/deals?{urlencode({**here, 'cursor': found.next_cursor})}" if found.next_cursor else "",
    )  # fmt: skip


@router.get("/{deal_id}", response_class=HTMLResponse)
def deal(
    request: Request, desk: AtDesk, deal_id: str, method: str = "", done: str = "", whole: str = ""
) -> HTMLResponse:
    """One deal. `done` names the call whose review was just finished; `whole`: all of it, however much."""
    return deal_answer(request, desk, deal_id, method=method, done=bool(done), everything=bool(whole))


@router.post("/{deal_id}/stage")
def move(request: Request, desk: AtDesk, form: Sent, deal_id: str) -> Response:
    """Move the deal outside of a review."""
    to, why = text_of(form, "to", most=80), text_of(form, "why")
    try:
        with desk.store.begin() as unit:
            found = unit.deals.visible(deal_id, desk.viewer)
            by = desk.reviewer(book_named(found.playbook))
            review.set_stage(unit, deal_id, by, to=to, why=why or None, version=number_of(form, "version"))
    except ConflictError:
        return deal_answer(
            request, desk, deal_id, wrong="Somebody changed the deal meanwhile. Look again.", status=409
        )
    except UsageError as error:
        return deal_answer(request, desk, deal_id, wrong=str(error), status=422)
    return RedirectResponse(f"/deals/{deal_id}", status_code=303)


def deal_answer(
    request: Request, desk: Desk, deal_id: str, *, method: str = "", done: bool = False, wrong: str = "",
    status: int = 200, everything: bool = False,
) -> HTMLResponse:  # fmt: skip
    """The deal's page, with what went wrong."""
    chosen = method or request.cookies.get("coachbot_method", "")
    with desk.store.read() as unit:
        found = unit.deals.visible(deal_id, desk.viewer)
        book = book_named(found.playbook)
        whole = unit.deals.overview(deal_id, None if everything else SHOWN)
        drafts = unit.items.drafts_of_deal(deal_id) if whole.open_items else ()
        gate = review.gate_of(unit, found, book)
        names = names_of(unit)
        risks = risks_of(unit, book, found, today=today())
        view = deal_page(whole, gate, book, drafts, names, method=chosen, risks=risks)
        documents = documents_view(unit, found, book, names, limit=DOCUMENTS)
    answer = page(
        request, "pages/deal.html", status=status, view=view, documents=documents, done=done, wrong=wrong,
        outcomes=OUTCOMES,
    )  # fmt: skip
    if method and method == view.method:
        answer.set_cookie("coachbot_method", method, max_age=31_536_000, samesite="lax")
    return answer
