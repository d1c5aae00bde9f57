"""Coaching: prompts, scorecards, briefs, and questions to the calls."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import HTMLResponse, PlainTextResponse
from pydantic import Field

from coachbot.api.desk import AtDesk
from coachbot.coach import (
    Brief,
    CoachSheet,
    Reply,
    RepSheet,
    Scorecard,
    ask,
    brief_html,
    brief_markdown,
    brief_of,
    coach_call,
    coach_deal,
    coach_rep,
    exported,
    mark,
    override,
    score_call,
)
from coachbot.coach.scorecard import Verdict
from coachbot.errors import NotFoundError
from coachbot.model.base import Frozen
from coachbot.model.workspace import Role
from coachbot.pipeline import playbook_for

router = APIRouter(tags=["coaching"])


class Opinion(Frozen):
    """What somebody thinks of a prompt. `why` is needed where it was not useful."""

    useful: bool
    why: str | None = Field(default=None, max_length=2000)


class Override(Frozen):
    """A manager's word on an indicator; null takes it back."""

    verdict: Verdict | None
    why: str | None = Field(default=None, max_length=2000)


class Question(Frozen):
    """Something to ask the calls. `model`: let the language model of the settings answer."""

    question: str = Field(min_length=1, max_length=2000)
    deal: str | None = Field(default=None, max_length=100)
    model: bool = False


@router.get("/calls/{call_id}/coaching")
def of_call(desk: AtDesk, call_id: str) -> CoachSheet:
    """At most five prompts, each with its proof in the call and its page of the playbook."""
    with desk.store.read() as unit:
        call = desk.call(unit, call_id)
        return coach_call(unit, call, desk.book(unit, call))


@router.post("/calls/{call_id}/coaching/{prompt_id}", status_code=204)
def judge(desk: AtDesk, call_id: str, prompt_id: str, body: Opinion) -> None:
    """Mark a prompt as useful or not."""
    with desk.store.begin() as unit:
        call = desk.call(unit, call_id)
        sheet = coach_call(unit, call, desk.book(unit, call))
        prompt = next((p for p in sheet.prompts if p.id == prompt_id), None)
        if prompt is None:
            raise NotFoundError("prompt on this call", prompt_id)
        mark(unit, sheet, prompt, useful=body.useful, by=desk.user_id, why=body.why)


@router.get("/coaching/feedback")
def feedback(desk: AtDesk) -> list[dict[str, Any]]:
    """All marks on prompts, as eval cases. For managers and enablement."""
    desk.allow(Role.MANAGER, Role.ENABLEMENT)
    with desk.store.read() as unit:
        return list(exported(unit))


@router.get("/deals/{deal_id}/coaching")
def of_deal(desk: AtDesk, deal_id: str) -> CoachSheet:
    """The prompts for a deal, by its newest call that has a recap."""
    with desk.store.read() as unit:
        deal = desk.deal(unit, deal_id)
        return coach_deal(unit, deal, playbook_for(deal))


@router.get("/users/{user_id}/coaching")
def of_rep(desk: AtDesk, user_id: str, last: Annotated[int, Query(ge=1, le=200)] = 10) -> RepSheet:
    """Keep, start, stop over a rep's last calls. Reps see their own."""
    if desk.user is not None and desk.user.id != user_id:
        desk.allow(Role.MANAGER, Role.ENABLEMENT)
    with desk.store.read() as unit:
        user = unit.users.need(user_id)
        if desk.user is not None and desk.user.role is Role.MANAGER and user.team != desk.user.team:
            raise HTTPException(403, "this rep is not in your team")
        return coach_rep(unit, user, lambda call: desk.book(unit, call), last=last, viewer=desk.viewer)


@router.get("/calls/{call_id}/scorecard")
def scorecard(desk: AtDesk, call_id: str) -> Scorecard:
    """The call held against its stage's indicators, with what managers changed."""
    with desk.store.read() as unit:
        call = desk.call(unit, call_id)
        return score_call(unit, call, desk.book(unit, call))


@router.put("/calls/{call_id}/scorecard/{indicator_id}")
def change_scorecard(desk: AtDesk, call_id: str, indicator_id: str, body: Override) -> Scorecard:
    """Override an indicator, with a reason. For managers."""
    desk.allow(Role.MANAGER)
    with desk.store.begin() as unit:
        call = desk.call(unit, call_id)
        book = desk.book(unit, call)
        card = score_call(unit, call, book)
        stage = book.stage_by_id[card.stage]
        override(unit, call, stage, indicator_id, body.verdict, by=desk.user_id, why=body.why)
        return score_call(unit, call, book)


@router.get(
    "/deals/{deal_id}/brief",
    response_model=Brief,
    responses={200: {"content": {"text/markdown": {}, "text/html": {}}}},
)
def brief(
    desk: AtDesk,
    deal_id: str,
    form: Annotated[str, Query(alias="format", pattern="^(json|markdown|html)$")] = "json",
) -> Any:
    """One page to read before a call with the deal."""
    with desk.store.read() as unit:
        deal = desk.deal(unit, deal_id)
        made = brief_of(unit, deal, playbook_for(deal), viewer=desk.viewer)
    if form == "markdown":
        return PlainTextResponse(brief_markdown(made), media_type="text/markdown")
    return HTMLResponse(brief_html(made)) if form == "html" else made


@router.post("/ask")
def question(desk: AtDesk, body: Question) -> Reply:
    """Ask the calls: exact counts, and answers only from cited moments that you may see."""
    with desk.store.read() as unit:
        deal = desk.deal(unit, body.deal) if body.deal else None
        book = playbook_for(deal)
        return ask(
            unit, body.question, book, viewer=desk.viewer, deal=deal.id if deal else None, model=body.model
        )
