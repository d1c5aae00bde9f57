"""What a page needs to know: the store, who is looking, which playbook holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import FormData

from coachbot.errors import CoachbotError, UsageError
from coachbot.model.playbook import Playbook
from coachbot.model.workspace import Call, Deal, Role, User
from coachbot.pipeline import playbook_of
from coachbot.playbook import load_playbook
from coachbot.review import Reviewer
from coachbot.settings import settings
from coachbot.store import Store, Unit, Viewer


@dataclass(frozen=True, slots=True)
class Desk:
    """The workspace as the person at the browser may see it. `user` is None on a machine without logins."""

    store: Store
    user: User | None

    @property
    def viewer(self) -> Viewer | None:
        """Whose eyes the store looks with; None sees all."""
        return Viewer.of(self.user) if self.user else None

    @property
    def user_id(self) -> str | None:
        """Whom decisions are noted for."""
        return self.user.id if self.user else None

    def has(self, *roles: Role) -> bool:
        """Whether this person has one of the roles; whoever works alone, and administrators, have all."""
        return self.user is None or self.user.role in (*roles, Role.ADMIN)

    def call(self, unit: Unit, call_id: str) -> Call:
        """The call, if this person may see it. Raises NotFoundError."""
        return unit.calls.visible(call_id, self.viewer)

    def reviewer(self, book: Playbook) -> Reviewer:
        """This person, deciding by that playbook."""
        return Reviewer(user_id=self.user_id, playbook=book)


def desk_of(request: Request) -> Desk:
    """The desk of the person who asks."""
    return Desk(request.app.state.store, getattr(request.state, "user", None))


async def form_of(request: Request) -> FormData:
    """The form that was sent."""
    return await request.form()


_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Signs that nobody types, and that a database may refuse."""
AtDesk = Annotated[Desk, Depends(desk_of)]
Sent = Annotated[FormData, Depends(form_of)]


def book_named(name: str | None) -> Playbook:
    """A playbook by its id; the standing one where there is none of that id any more."""
    home = settings().home
    try:
        return load_playbook(name or settings().playbook, home=home)
    except UsageError:
        return load_playbook(settings().playbook, home=home)


def book_title(name: str) -> str:
    """What people call a playbook; its id, where it cannot be read."""
    try:
        return load_playbook(name, home=settings().home).name
    except CoachbotError:
        return name


def book_of(unit: Unit, call: Call) -> Playbook:
    """The playbook of the call's deal, else the standing one."""
    return playbook_of(unit, call)


def deal_of(unit: Unit, call: Call) -> Deal | None:
    """The deal to which a call belongs."""
    return unit.deals.get(call.deal_id) if call.deal_id else None


def names_of(unit: Unit) -> dict[str, str]:
    """Users' names by id."""
    return {u.id: u.name for u in unit.users.list()}


def text_of(form: FormData, name: str, *, most: int = 4000) -> str:
    """A text of the form, without white space around it and control characters in it.

    422 where it is too long to be meant.
    """
    value = form.get(name)
    text = _UNSEEN.sub("", value).strip() if isinstance(value, str) else ""
    if len(text) > most:
        raise HTTPException(422, f"That is longer than {most} characters. Say it shorter.")
    return text


def number_of(form: FormData, name: str) -> int:
    """A whole number of the form. 422 where it is none."""
    try:
        return int(text_of(form, name, most=12))
    except ValueError:
        raise HTTPException(422, "The form is not whole. Load the page again, then repeat.") from None


def wants_json(request: Request) -> bool:
    """Whether a module asks, and not the browser itself."""
    return "application/json" in request.headers.get("accept", "")


def state_of(request: Request, name: str) -> Any:
    """What `create_app` was given under that name."""
    return getattr(request.app.state, name)
