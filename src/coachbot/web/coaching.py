"""What the pages of coaching share: a call's sheet with what people think of it."""

from __future__ import annotations

from coachbot.coach import CoachSheet, coach_call
from coachbot.coach.feedback import MARK
from coachbot.errors import NotFoundError
from coachbot.model.playbook import Playbook
from coachbot.model.workspace import Call, Deal, Role, User
from coachbot.store import Mark, Unit
from coachbot.web.context import Desk, names_of
from coachbot.web.views.coach import SheetView, all_moments, opinions_of, sheet_view, sides_of

EVERYBODY = "all"
"""The page of all calls that somebody may see, beside the pages of reps."""


def marks_on(unit: Unit, call: Call) -> tuple[Mark, ...]:
    """What people think of the prompts of a call, whether they said so of the call or of its deal."""
    found = unit.marks.current(MARK, subject=f"call:{call.id}")
    return (*found, *(unit.marks.current(MARK, subject=f"deal:{call.deal_id}") if call.deal_id else ()))


def shown_sheet(unit: Unit, desk: Desk, call: Call, book: Playbook) -> SheetView:
    """The sheet of a call as this person sees it. Raises NotFoundError where the call has no recap."""
    sheet = coach_call(unit, call, book)
    opinions = opinions_of(marks_on(unit, call), names_of(unit), desk.user_id)
    known = sides_of(unit, all_moments(sheet.prompts))
    return sheet_view(sheet, call, stage_name(book, sheet), known, opinions)


def stage_name(book: Playbook, sheet: CoachSheet) -> str:
    """The name of the stage that a sheet is about."""
    spec = book.stage_by_id.get(sheet.stage or "")
    return spec.name if spec else sheet.stage or "no stage"


def newest_read(unit: Unit, deal: Deal) -> Call | None:
    """A deal's newest call that has a recap, None where none has."""
    return next((c for c in unit.calls.of_deal(deal.id) if unit.recaps.latest(c.id) is not None), None)


def rep_of(unit: Unit, desk: Desk, user_id: str) -> User:
    """Somebody whose page this person may see. Raises NotFoundError where they may not."""
    user = unit.users.get(user_id)
    same_team = user is not None and desk.user is not None and user.team == desk.user.team
    seen = (
        desk.user is None
        or desk.user.id == user_id
        or desk.has(Role.ENABLEMENT)
        or (desk.has(Role.MANAGER) and same_team)
    )
    if user is None or not seen:
        raise NotFoundError("rep whose page you may see", user_id)
    return user


def reps_of(unit: Unit, desk: Desk) -> tuple[tuple[str, str], ...]:
    """(id, name) of those whose pages this person may see, themselves among them."""
    if desk.user is not None and desk.user.role is Role.REP:
        return ((desk.user.id, desk.user.name),)
    every = desk.has(Role.ENABLEMENT)
    team = desk.user.team if desk.user else None
    found = [u for u in unit.users.list() if u.role is Role.REP and u.active and (every or u.team == team)]
    return ((EVERYBODY, "All calls"), *((u.id, u.name) for u in sorted(found, key=lambda u: u.name)))
