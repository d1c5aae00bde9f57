"""Coaching on a call or a deal: prompts with their proof, what people think of them, the scorecard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from coachbot.coach import coach_call, mark, override, score_call
from coachbot.errors import UsageError
from coachbot.model.workspace import Call, Role
from coachbot.store import Unit
from coachbot.web.coaching import marks_on, newest_read, shown_sheet
from coachbot.web.context import AtDesk, Desk, Sent, book_named, book_of, names_of, text_of, wants_json
from coachbot.web.security import csrf_token
from coachbot.web.templating import fragment, local_path, page
from coachbot.web.views.bounded import bounded
from coachbot.web.views.coach import CardView, all_moments, card_view, opinions_of, sides_of

router = APIRouter()
LONGEST_WHY = 2000


@dataclass(frozen=True, slots=True)
class Wrong:
    """What did not fit, where it was, and what had been written. An empty `at` speaks of the whole page."""

    at: str = ""
    text: str = ""
    why: str = ""


NOTHING = Wrong()
GONE = "This prompt is no longer made: the call or its deal changed meanwhile. Look at what stands here now."


@router.get("/calls/{call_id}/coach", response_class=HTMLResponse)
def of_call(request: Request, desk: AtDesk, call_id: str) -> Response:
    """At most five prompts, the scorecard, and how the call was held."""
    return _page(request, desk, call_id)


@router.get("/deals/{deal_id}/coach", response_class=HTMLResponse)
def of_deal(request: Request, desk: AtDesk, deal_id: str) -> HTMLResponse:
    """The prompts for a deal, by its newest call that was read."""
    with desk.store.read() as unit:
        deal = unit.deals.visible(deal_id, desk.viewer)
        book = book_named(deal.playbook)
        call = newest_read(unit, deal)
        sheet = shown_sheet(unit, desk, call, book) if call else None
        calls = unit.calls.of_deal(deal.id)
        spec = book.stage_by_id.get(deal.stage or "")
    return page(
        request, "pages/coach_deal.html", deal=deal, call=call, sheet=sheet,
        calls=bounded(request, "calls", calls, most=10),
        stage=spec.name if spec else deal.stage or "no stage yet",
    )  # fmt: skip


@router.post("/calls/{call_id}/coach/{prompt_id}")
def judge(request: Request, desk: AtDesk, form: Sent, call_id: str, prompt_id: str) -> Response:
    """Say whether a prompt was useful. A word against it needs a reason."""
    useful, why = text_of(form, "useful", most=1), text_of(form, "why", most=LONGEST_WHY)
    if useful not in ("0", "1"):
        raise HTTPException(422, "The form is not whole. Load the page again, then repeat.")
    with desk.store.read() as unit:  # looking at a call takes seconds: nobody else's writing waits for it
        call = desk.call(unit, call_id)
        sheet = coach_call(unit, call, book_of(unit, call))
    prompt = next((p for p in sheet.prompts if p.id == prompt_id), None)
    if prompt is None:
        return _refused(request, desk, call_id, "", GONE, 409)
    try:
        with desk.store.begin() as unit:
            mark(unit, sheet, prompt, useful=useful == "1", by=desk.user_id, why=why or None)
    except UsageError as error:
        return _refused(request, desk, call_id, prompt_id, str(error), 422)
    if wants_json(request):
        return JSONResponse({"html": _opinions(request, desk, call_id, prompt_id)})
    return RedirectResponse(f"{_back(form, call_id)}#p-{prompt_id}", status_code=303)


@router.post("/calls/{call_id}/scorecard/{indicator_id}")
def change(request: Request, desk: AtDesk, form: Sent, call_id: str, indicator_id: str) -> Response:
    """A manager's word on an indicator, with a reason; an empty verdict takes it back."""
    if not desk.has(Role.MANAGER):
        raise HTTPException(403, "Managers change scorecards. Yours stays as the call shows it.")
    verdict, why = text_of(form, "verdict", most=20), text_of(form, "why", most=LONGEST_WHY)
    try:
        with desk.store.begin() as unit:
            call = desk.call(unit, call_id)
            book = book_of(unit, call)
            stage = book.stage_by_id[score_call(unit, call, book).stage]
            override(unit, call, stage, indicator_id, verdict or None, by=desk.user_id, why=why or None)
    except UsageError as error:
        wrong = Wrong(indicator_id, _sentence(str(error)), why)
        return _page(request, desk, call_id, wrong_line=wrong, status=422)
    return RedirectResponse(f"/calls/{call_id}/coach#s-{indicator_id}", status_code=303)


def _page(
    request: Request, desk: Desk, call_id: str, *, wrong: Wrong = NOTHING,
    wrong_line: Wrong = NOTHING, status: int = 200,
) -> Response:  # fmt: skip
    with desk.store.read() as unit:
        call = desk.call(unit, call_id)
        if unit.recaps.latest(call_id) is None:
            return RedirectResponse(f"/calls/{call_id}", status_code=303)
        book = book_of(unit, call)
        sheet = shown_sheet(unit, desk, call, book)
        card = _card(unit, call)
        deal = unit.deals.get(call.deal_id) if call.deal_id else None
        owner = names_of(unit).get(call.owner or "")
    return page(
        request, "pages/coach.html", status=status, call=call, sheet=sheet, card=card, deal=deal, owner=owner,
        may_change=desk.has(Role.MANAGER), wrong=wrong, wrong_line=wrong_line,
    )  # fmt: skip


def _card(unit: Unit, call: Call) -> CardView:
    book = book_of(unit, call)
    card = score_call(unit, call, book)
    spec = book.stage_by_id.get(card.stage)
    return card_view(
        card, spec.name if spec else card.stage, sides_of(unit, all_moments(card.lines)), names_of(unit)
    )


def _refused(request: Request, desk: Desk, call_id: str, prompt_id: str, text: str, status: int) -> Response:
    if wants_json(request):
        return JSONResponse({"text": _sentence(text)}, status_code=status)
    return _page(request, desk, call_id, wrong=Wrong(prompt_id, _sentence(text)), status=status)


def _opinions(request: Request, desk: Desk, call_id: str, prompt_id: str) -> str:
    """The foot of a prompt's card, as a piece of a page."""
    with desk.store.read() as unit:
        call = desk.call(unit, call_id)
        known = opinions_of(marks_on(unit, call), names_of(unit), desk.user_id)
    context: dict[str, Any] = {"opinions": known.get(prompt_id, ()), "call": call_id, "id": prompt_id}
    return fragment("parts/opinions.html", csrf=csrf_token(request), **context)


def _back(form: Any, call_id: str) -> str:
    """The page that the form was on: the call's, its deal's, or the team's."""
    back = form.get("back")
    return local_path(back) if back else f"/calls/{call_id}/coach"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
