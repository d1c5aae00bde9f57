"""The coaching queue of a team: the strongest prompt of each deal's newest call, until it is marked."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from coachbot.coach import CoachPrompt
from coachbot.model.workspace import Call, CallState, Deal, Outcome, Role
from coachbot.store import Unit
from coachbot.web.coached import Coached, Wanted
from coachbot.web.coaching import marks_on
from coachbot.web.context import AtDesk, Desk, names_of, state_of
from coachbot.web.security import csrf_token
from coachbot.web.templating import fragment
from coachbot.web.views.coach import QueueRow, QueueView, moment_views, prompt_view, sides_of

router = APIRouter(prefix="/team")
READ = (CallState.DRAFT, CallState.REVIEWED)
NEWEST = 200
"""Calls among which each deal's newest is looked for."""
LOOKED = 24
"""Calls that are looked at."""
SHOWN = 8


@router.get("/queue", response_class=HTMLResponse)
def queue(request: Request, desk: AtDesk) -> HTMLResponse:
    """The queue as a piece of the team's page."""
    view = queue_view(request, desk)
    if view is None:
        raise HTTPException(403, "The queue is for managers. Your own calls are on your page.")
    return HTMLResponse(fragment("parts/queue.html", queue=view, csrf=csrf_token(request)))


def queue_view(request: Request, desk: Desk) -> QueueView | None:
    """The queue, as far as it is made; None for reps, who have pages of their own."""
    if not desk.has(Role.MANAGER, Role.ENABLEMENT):
        return None
    coached: Coached = state_of(request, "coached")
    with desk.store.read() as unit:
        calls, deals = newest(unit, desk)
        progress = unit.items.progress([c.id for c in calls])
        wanted = [Wanted(c.id, _stamp(c, deals.get(c.deal_id or ""), progress.get(c.id))) for c in calls]
        sheets = coached.of(wanted)
        strongest = [(c, s.prompts[0]) for c in calls if (s := sheets.get(c.id)) and s.prompts]
        open_ = [(c, p) for c, p in strongest if not _dealt_with(unit, c, p)]
        open_.sort(key=lambda row: -row[1].weight)
        rows = _rows(unit, open_[:SHOWN], deals)
    return QueueView(rows, len(calls), len(calls) - len(sheets), len(open_), len(strongest) - len(open_))


def newest(unit: Unit, desk: Desk) -> tuple[list[Call], dict[str, Deal]]:
    """The newest call of each open deal that was read, newest first, and the deals."""
    found = unit.calls.list(visible_to=desk.viewer, states=READ, limit=NEWEST).items
    deals = unit.deals.many([c.deal_id for c in found if c.deal_id])
    first: dict[str, Call] = {}
    for call in found:
        deal = deals.get(call.deal_id or "")
        if deal is None or deal.outcome is Outcome.OPEN:
            first.setdefault(deal.id if deal else call.id, call)
    return list(first.values())[:LOOKED], deals


def _stamp(call: Call, deal: Deal | None, progress: tuple[int, int] | None) -> tuple[object, ...]:
    """What of a call's sheet may have changed, as far as a list can tell; its own page is always exact."""
    return (call.version, deal.id if deal else "", deal.version if deal else 0, progress)


def _dealt_with(unit: Unit, call: Call, prompt: CoachPrompt) -> bool:
    """Whether somebody has marked it; a rep's word on their own call leaves it to the manager."""
    said = [m for m in marks_on(unit, call) if m.value.get("prompt", {}).get("id") == prompt.id]
    return any(m.by is None or m.by != call.owner for m in said)


def _rows(
    unit: Unit, found: Sequence[tuple[Call, CoachPrompt]], deals: dict[str, Deal]
) -> tuple[QueueRow, ...]:
    names, rows = names_of(unit), []
    for call, prompt in found:
        deal = deals.get(call.deal_id or "")
        known = sides_of(unit, prompt.moments[:1])
        rows.append(
            QueueRow(
                prompt=prompt_view(prompt, call.id, known),
                moments=moment_views(prompt.moments[:1], known, call.id),
                call=call,
                deal=" · ".join(dict.fromkeys((deal.account, deal.name))) if deal else "",
                deal_href=f"/deals/{deal.id}/coach" if deal else "",
                owner=names.get(call.owner or (deal.owner if deal else None) or ""),
                owner_id=call.owner or "",
                draft=call.state is CallState.DRAFT,
            )
        )
    return tuple(rows)
