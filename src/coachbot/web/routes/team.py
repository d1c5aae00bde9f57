"""The team: whose reviews wait, and which deals are at risk."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from coachbot.insights.reminders import waiting as waiting_tasks
from coachbot.insights.risk_list import dismiss_risk, listed_risks
from coachbot.model.workspace import CallState, Outcome
from coachbot.web.coaching import reps_of
from coachbot.web.context import AtDesk, Sent, book_named, names_of, text_of
from coachbot.web.routes.queue import queue_view
from coachbot.web.templating import page
from coachbot.web.views.bounded import bounded
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
        counts = unit.calls.counts(visible_to=desk.viewer)
        deals = unit.deals.list(visible_to=desk.viewer, outcome=Outcome.OPEN, limit=MOST).items
        books = {d.playbook: book_named(d.playbook) for d in deals}
        rows = deal_rows(deals, books, names, {})
        people = reps_of(unit, desk)
        tasks = waiting_tasks(unit, viewer=desk.viewer, whole_team=True)
    now = datetime.now(UTC).date()
    risks = [r for b in books.values() for r in listed_risks(desk.store, b, today=now, viewer=desk.viewer)]
    return page(
        request,
        "pages/team.html",
        queue=queue_view(request, desk),
        people=people,
        tasks=bounded(request, "reminders", tasks, most=10),
        names=names,
        reps=rep_rows(waiting, failed, names),
        rows=bounded(request, "risks", risk_rows(rows, risks), most=20),
        waiting=counts.get(CallState.DRAFT, 0),
        failed=counts.get(CallState.FAILED, 0),
        deals=f"{MOST} or more" if len(deals) == MOST else len(deals),
        late=sum(r.late for r in rows),
    )


@router.post("/risks")
def dismiss(desk: AtDesk, form: Sent) -> Response:
    """Say that a warning is none, and why. It stays away until something about the deal changes."""
    deal_id, risk = text_of(form, "deal", most=80), text_of(form, "risk", most=80)
    with desk.store.begin() as unit:
        deal = unit.deals.visible(deal_id, desk.viewer)
        book, now = book_named(deal.playbook), datetime.now(UTC).date()
        dismiss_risk(unit, book, deal_id, risk, today=now, by=desk.user_id, why=text_of(form, "why"))
    return RedirectResponse("/team", status_code=303)
