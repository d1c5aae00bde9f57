"""Opening and changing deals, by the API's own functions."""

from __future__ import annotations

from typing import Any, TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData

from coachbot import review
from coachbot.api.deals import DealChange, NewDeal, change_deal, open_deal
from coachbot.api.desk import Desk as ApiDesk
from coachbot.errors import ConflictError, UsageError
from coachbot.web.context import AtDesk, Desk, Sent, book_named, book_of, number_of, state_of, text_of
from coachbot.web.routes.deals import deal_answer

router = APIRouter()
M = TypeVar("M", bound=BaseModel)
RULES = {
    "name": "Say what the deal is about: a name of 300 characters at most.",
    "account": "Name the account: 300 characters at most.",
    "amount": "The amount must be a number such as 48000, without signs or separators.",
    "currency": "The currency is three letters, such as EUR.",
    "close_date": "The close date must be a day such as 2026-03-31.",
    "outcome": "Choose the outcome from the list.",
}
"""What to write, where a field of a form does not fit."""
YEARS = range(1990, 2101)
"""Years in which a deal may close: others are slips of the finger."""


@router.post("/deals")
def open_(request: Request, desk: AtDesk, form: Sent) -> Response:
    """Open a deal; `call` names the call that it is opened for, which is then linked to it."""
    told = _filled(form, ("name", "account", "amount", "currency", "close_date"))
    stage = text_of(form, "stage", most=80) or next(iter(book_named(None).stage_by_id), None)
    deal = open_deal(_api(request, desk), _read(NewDeal, told | {"stage": stage}))
    call_id = text_of(form, "call", most=80)
    if not call_id:
        return RedirectResponse(f"/deals/{deal.id}", status_code=303)
    with desk.store.begin() as unit:
        call = desk.call(unit, call_id)
        by = desk.reviewer(book_of(unit, call))
        review.link(unit, call_id, deal.id, by, version=number_of(form, "version"))
    return RedirectResponse(f"/calls/{call_id}/finish", status_code=303)


@router.post("/deals/{deal_id}")
def change(request: Request, desk: AtDesk, form: Sent, deal_id: str) -> Response:
    """Change name, amount, close date and outcome. An empty field empties what may be empty."""
    names = ("name", "amount", "currency", "close_date", "outcome", "loss_reason")
    told = {n: text_of(form, n, most=300) or None for n in names if n in form}
    told = {n: v for n, v in told.items() if v is not None or n not in ("name", "outcome")}
    try:
        change_deal(
            _api(request, desk), deal_id, _read(DealChange, told | {"version": number_of(form, "version")})
        )
    except ConflictError:
        return deal_answer(
            request, desk, deal_id, wrong="Somebody changed the deal meanwhile. Look again.", status=409
        )
    except UsageError as error:
        return deal_answer(request, desk, deal_id, wrong=f"Nothing was changed. {error}", status=422)
    return RedirectResponse(f"/deals/{deal_id}", status_code=303)


def _api(request: Request, desk: Desk) -> ApiDesk:
    return ApiDesk(desk.store, state_of(request, "work"), desk.user)


def _filled(form: FormData, names: tuple[str, ...]) -> dict[str, str]:
    return {n: v for n in names if (v := text_of(form, n, most=300))}


def _read(model: type[M], told: dict[str, Any]) -> M:
    """What the form says. Raises UsageError, saying what to write, where it does not fit."""
    try:
        read = model.model_validate(told)
    except ValidationError as error:
        first = error.errors()[0]
        where = str(first["loc"][0] if first["loc"] else "form")
        wrong = f"{where.replace('_', ' ').capitalize()}: {first['msg'].lower()}."
        raise UsageError(RULES.get(where, wrong)) from error
    closes = getattr(read, "close_date", None)
    if closes is not None and closes.year not in YEARS:
        raise UsageError(f"No deal closes in {closes.year}. {RULES['close_date']}")
    return read
