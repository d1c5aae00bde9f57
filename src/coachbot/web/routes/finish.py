"""The end of a review: what the stage asks for, what is missing, and a person's choice."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from coachbot import review
from coachbot.errors import ConflictError, UsageError
from coachbot.model.playbook import Playbook
from coachbot.web.context import AtDesk, Desk, Sent, book_of, number_of, state_of, text_of
from coachbot.web.templating import page
from coachbot.web.views.evidence import sides
from coachbot.web.views.finish import finish_view

router = APIRouter(prefix="/calls/{call_id}")


@router.get("/finish", response_class=HTMLResponse)
def finish(request: Request, desk: AtDesk, call_id: str) -> HTMLResponse:
    """The choice: stay, advance or go back."""
    return _page(request, desk, call_id)


@router.post("/finish")
def finished(request: Request, desk: AtDesk, form: Sent, call_id: str) -> Response:
    """Close the review, and move the deal where the person says so."""
    choice, why = text_of(form, "choice", most=20) or "stay", text_of(form, "why")
    to = text_of(form, "to", most=80) or None
    if choice not in ("stay", "advance", "revert"):
        raise HTTPException(422, "Choose to stay, to advance or to go back.")
    try:
        with desk.store.begin() as unit:
            call = desk.call(unit, call_id)
            deal_version = number_of(form, "deal_version") if form.get("deal_version") else None
            done = review.finish(
                unit, call_id, desk.reviewer(book_of(unit, call)),
                version=number_of(form, "version"), choice=choice,  # type: ignore[arg-type]
                to=to if choice == "revert" else None, why=why or None, deal_version=deal_version,
            )  # fmt: skip
    except ConflictError:
        wrong = "Somebody changed this call or its deal meanwhile. Look again, then finish."
        return _page(request, desk, call_id, choice=choice, to=to, why=why, wrong=wrong, status=409)
    except UsageError as error:
        return _page(request, desk, call_id, choice=choice, to=to, why=why, wrong=str(error), status=422)
    state_of(request, "work").reindex(call_id)
    return RedirectResponse(
        f"/deals/{done.deal.id}?done={call_id}" if done.deal else "/inbox", status_code=303
    )


@router.post("/link")
def link(request: Request, desk: AtDesk, form: Sent, call_id: str) -> Response:
    """Say to which deal the call belongs."""
    deal_id = text_of(form, "deal", most=80) or None
    with desk.store.begin() as unit:
        call = desk.call(unit, call_id)
        if deal_id:
            unit.deals.visible(deal_id, desk.viewer)
        by = desk.reviewer(book_of(unit, call))
        review.link(unit, call_id, deal_id, by, version=number_of(form, "version"))
    state_of(request, "work").reindex(call_id)
    return RedirectResponse(f"/calls/{call_id}/finish", status_code=303)


def _page(
    request: Request, desk: Desk, call_id: str, *, choice: str = "", to: str | None = None, why: str = "",
    wrong: str = "", status: int = 200,
) -> HTMLResponse:  # fmt: skip
    with desk.store.read() as unit:
        call = desk.call(unit, call_id)
        book: Playbook = book_of(unit, call)
        room = review.review_of(unit, call_id, book)
        confirmed = review.gate_of(unit, room.deal, book) if room.deal else None
        view = finish_view(room, book, confirmed, sides(review.transcript_of(unit, call_id)))
        deals = unit.deals.list(visible_to=desk.viewer, limit=100).items if view.deal is None else ()
    return page(
        request, "pages/finish.html", status=status, view=view,
        deals=[(d.id, " · ".join(dict.fromkeys((d.account, d.name)))) for d in deals],
        # The suggestion has a badge; what moves a deal is picked by a person.
        choice=choice or "stay", to=to, why=why, wrong=wrong,
    )  # fmt: skip
