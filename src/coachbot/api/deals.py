"""Deals: their stage, facts, people and history."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from coachbot.api.desk import AtDesk, Cursor, Limit, ListOf, listed, tagged
from coachbot.errors import NotFoundError, UsageError
from coachbot.model.base import Frozen
from coachbot.model.workspace import AuditEntry, Deal, Fact, Outcome, RecordedObjection
from coachbot.pipeline import playbook_for
from coachbot.review import Gate, gate_of, set_stage, tick
from coachbot.store import SHOWN, DealOverview, new_id

router = APIRouter(prefix="/deals", tags=["deals"])
Name = Annotated[str, Field(min_length=1, max_length=300)]


class NewDeal(Frozen):
    """A deal to open. The account is made where there is none of that name."""

    name: Name
    account: Name
    playbook: str | None = None
    stage: str | None = None
    segment: str | None = None
    product: str | None = None
    amount: float | None = Field(default=None, ge=0, le=1e15)
    currency: str | None = Field(default=None, max_length=3)
    opened_on: date | None = None
    close_date: date | None = None


class DealChange(Frozen):
    """What changes of a deal. The stage has its own route, because it has its own rules."""

    version: int = Field(ge=1)
    name: Name | None = None
    segment: str | None = None
    product: str | None = None
    amount: float | None = Field(default=None, ge=0, le=1e15)
    currency: str | None = Field(default=None, max_length=3)
    close_date: date | None = None
    outcome: Outcome | None = None
    loss_reason: str | None = Field(default=None, max_length=300)


class StageChoice(Frozen):
    """A person's word on the stage."""

    to: str
    why: str | None = Field(default=None, max_length=2000)
    version: int = Field(ge=1)


class Tick(Frozen):
    """A person's word on an exit criterion; null takes it back."""

    met: bool | None
    why: str | None = Field(default=None, max_length=2000)


class DealView(Frozen):
    """A deal with all that hangs on it, and its stage's gate."""

    overview: DealOverview
    gate: Gate


@router.get("")
def list_deals(
    desk: AtDesk,
    owner: Annotated[str | None, Query(max_length=100)] = None,
    team: Annotated[str | None, Query(max_length=100)] = None,
    stage: Annotated[str | None, Query(max_length=100)] = None,
    outcome: Outcome | None = None,
    text: Annotated[str | None, Query(max_length=200)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ListOf[Deal]:
    """Deals, latest change first."""
    with desk.store.read() as unit:
        return listed(
            unit.deals.list(
                visible_to=desk.viewer, owner=owner, team=team, stage=stage, outcome=outcome, text=text,
                cursor=cursor, limit=limit,
            )
        )  # fmt: skip


@router.post("", status_code=201)
def open_deal(desk: AtDesk, body: NewDeal) -> Deal:
    """Open a deal."""
    with desk.store.begin() as unit:
        account = unit.accounts.ensure(body.account, segment=body.segment)
        told = body.model_dump(exclude={"account", "playbook"})
        book = playbook_for(None)
        deal = Deal(
            id=new_id(), account_id=account.id, account=account.name, owner=desk.user_id,
            playbook=body.playbook or book.id, **told,
        )  # fmt: skip
        known = playbook_for(deal)
        if deal.stage is not None and deal.stage not in known.stage_by_id:
            raise UsageError(
                f"there is no stage {deal.stage!r}; the stages are {', '.join(known.stage_by_id)}"
            )
        unit.audit.add("deal.add", f"deal:{deal.id}", who=desk.user_id, after={"name": deal.name})
        return unit.deals.add(deal, by=desk.user_id)


@router.get("/{deal_id}", response_model=DealView, responses={304: {"description": "You have this version"}})
def get_deal(desk: AtDesk, request: Request, response: Response, deal_id: str) -> Any:
    """A deal with people, facts, calls, objections and history, and its stage's gate.

    The newest 100 calls and objections, and the newest 10 facts of each field; `overview.totals` count all.
    The rest: `/calls?deal_id=`, `/deals/{deal_id}/facts`, `/deals/{deal_id}/objections`.
    """
    with desk.store.read() as unit:
        deal = desk.deal(unit, deal_id)
        overview = unit.deals.overview(deal_id, SHOWN)
        view = DealView(overview=overview, gate=gate_of(unit, deal, playbook_for(deal)))
    body = view.model_dump_json(by_alias=True)
    if tagged(request, response, hashlib.sha256(body.encode()).hexdigest()[:24]):
        return Response(status_code=304, headers={"etag": response.headers["etag"]})
    return Response(body, media_type="application/json", headers={"etag": response.headers["etag"]})


@router.patch("/{deal_id}")
def change_deal(desk: AtDesk, deal_id: str, body: DealChange) -> Deal:
    """Change a deal. A new close date goes into its history."""
    with desk.store.begin() as unit:
        before = desk.deal(unit, deal_id)
        changes = body.model_dump(exclude_unset=True, exclude={"version"})
        if changes.get("outcome", before.outcome) is not Outcome.OPEN and before.closed_on is None:
            changes["closed_on"] = date.today()
        if changes.get("name", "x") is None or changes.get("outcome", "x") is None:
            raise UsageError("name and outcome cannot be empty")
        after = before.model_copy(update=changes)
        unit.audit.add(
            "deal.change", f"deal:{deal_id}", who=desk.user_id,
            before={k: str(getattr(before, k)) for k in changes},
            after={k: str(v) for k, v in changes.items()},
        )  # fmt: skip
        return unit.deals.update(after, expected=body.version, by=desk.user_id)


@router.put("/{deal_id}/stage")
def move_deal(desk: AtDesk, deal_id: str, body: StageChoice) -> Deal:
    """Change the stage: forward against open criteria, or back, needs a reason."""
    with desk.store.begin() as unit:
        deal = desk.deal(unit, deal_id)
        by = desk.reviewer(playbook_for(deal))
        return set_stage(unit, deal_id, by, to=body.to, why=body.why, version=body.version)


@router.put("/{deal_id}/criteria/{criterion_id}")
def tick_criterion(desk: AtDesk, deal_id: str, criterion_id: str, body: Tick) -> Gate:
    """Say that an exit criterion of the deal's stage holds, or does not, whatever the calls show."""
    with desk.store.begin() as unit:
        deal = desk.deal(unit, deal_id)
        book = playbook_for(deal)
        stage = book.stage_by_id.get(deal.stage or "")
        if stage is None or criterion_id not in {c.id for c in stage.exit_criteria}:
            raise NotFoundError("exit criterion of the deal's stage", criterion_id)
        tick(unit, deal, stage, criterion_id, met=body.met, by=desk.user_id, why=body.why)
        return gate_of(unit, deal, book)


@router.get("/{deal_id}/facts")
def facts(desk: AtDesk, deal_id: str, replaced: bool = False) -> tuple[Fact, ...]:
    """Accepted facts, oldest first; with `replaced` also those that no longer hold."""
    with desk.store.read() as unit:
        desk.deal(unit, deal_id)
        return unit.facts.of_deal(deal_id, replaced=replaced)


@router.get("/{deal_id}/objections")
def objections(
    desk: AtDesk, deal_id: str, cursor: Cursor = None, limit: Limit = 50
) -> ListOf[RecordedObjection]:
    """The deal's objections, drafts too, in no particular order."""
    with desk.store.read() as unit:
        desk.deal(unit, deal_id)
        return listed(unit.objections.list(deal_id=deal_id, cursor=cursor, limit=limit))


@router.get("/{deal_id}/audit")
def audit(desk: AtDesk, deal_id: str, cursor: Cursor = None, limit: Limit = 50) -> ListOf[AuditEntry]:
    """Who did what with the deal, newest first."""
    with desk.store.read() as unit:
        desk.deal(unit, deal_id)
        return listed(unit.audit.list(subject=f"deal:{deal_id}", cursor=cursor, limit=limit))
