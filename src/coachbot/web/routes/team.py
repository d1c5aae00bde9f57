"""The team: whose reviews wait, and which deals stand longer than they should."""

from __future__ import annotations

from collections import Counter

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from coachbot.model.recap import Recap
from coachbot.model.workspace import CallState, Outcome
from coachbot.web.context import AtDesk, book_named, names_of
from coachbot.web.templating import page
from coachbot.web.views.deals import deal_rows
from coachbot.web.views.team import rep_rows, risk_rows

router = APIRouter(prefix="/team")
MOST = 100


@router.get("", response_class=HTMLResponse)
def team(request: Request, desk: AtDesk) -> HTMLResponse:
    """Reviews outstanding by rep, and deals with the most warnings first."""
    with desk.store.read() as unit:
        names = names_of(unit)
        waiting = unit.calls.list(visible_to=desk.viewer, states=[CallState.DRAFT], limit=500).items
        failed = unit.calls.list(visible_to=desk.viewer, states=[CallState.FAILED], limit=500).items
        deals = unit.deals.list(visible_to=desk.viewer, outcome=Outcome.OPEN, limit=MOST).items
        books = {d.playbook: book_named(d.playbook) for d in deals}
        open_calls = Counter(c.deal_id for c in waiting if c.deal_id)
        rows = deal_rows(deals, books, names, open_calls)
        latest = {}
        for deal in deals:
            recap = unit.deals.overview(deal.id).recap
            latest[deal.id] = Recap.model_validate(recap.recap).risks if recap else ()
    return page(
        request,
        "pages/team.html",
        reps=rep_rows(waiting, failed, names),
        rows=risk_rows(rows, latest, {d.id: books[d.playbook] for d in deals}),
        waiting=len(waiting),
        failed=len(failed),
        deals=len(deals),
        late=sum(r.late for r in rows),
    )
