"""The team: whose reviews wait, and which deals are at risk."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from coachbot.insights import deal_risks
from coachbot.insights.deal_facts import from_store
from coachbot.model.workspace import CallState, Outcome
from coachbot.store import Unit
from coachbot.web.context import AtDesk, Desk, Sent, book_named, names_of, text_of
from coachbot.web.templating import page
from coachbot.web.views.deals import deal_rows
from coachbot.web.views.team import rep_rows, risk_rows

router = APIRouter(prefix="/team")
MOST = 500


@router.get("", response_class=HTMLResponse)
def team(request: Request, desk: AtDesk) -> HTMLResponse:
    """Reviews outstanding by rep, and deals with the most warnings first."""
    with desk.store.read() as unit:
        names = names_of(unit)
        waiting = unit.calls.list(visible_to=desk.viewer, states=[CallState.DRAFT], limit=MOST).items
        failed = unit.calls.list(visible_to=desk.viewer, states=[CallState.FAILED], limit=MOST).items
        deals = unit.deals.list(visible_to=desk.viewer, outcome=Outcome.OPEN, limit=MOST).items
        books = {d.playbook: book_named(d.playbook) for d in deals}
        rows = deal_rows(deals, books, names, {})
        risks = _risks(unit, desk, books)
    return page(
        request,
        "pages/team.html",
        reps=rep_rows(waiting, failed, names),
        rows=risk_rows(rows, risks),
        waiting=len(waiting),
        failed=len(failed),
        deals=len(deals),
        late=sum(r.late for r in rows),
    )


@router.post("/risks")
def dismiss(desk: AtDesk, form: Sent) -> Response:
    """Say that a warning is none, and why. It stays away until something about the deal changes."""
    deal_id, risk = text_of(form, "deal", most=80), text_of(form, "risk", most=80)
    with desk.store.begin() as unit:
        deal = unit.deals.visible(deal_id, desk.viewer)
        found = _risks(unit, desk, [deal.playbook])
        deal_risks.dismiss(unit, found, deal_id, risk, by=desk.user_id, why=text_of(form, "why"))
    return RedirectResponse("/team", status_code=303)


def _risks(unit: Unit, desk: Desk, playbooks: Iterable[str]) -> list[deal_risks.DealRisk]:
    today = datetime.now(UTC).date()
    found: list[deal_risks.DealRisk] = []
    for name in playbooks:
        facts = from_store(unit, book_named(name), today=today, viewer=desk.viewer)
        found += deal_risks.with_history(unit, deal_risks.current_risks(facts), today)
    return found
