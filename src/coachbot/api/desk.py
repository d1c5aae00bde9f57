"""Who asks, what they may see, and the small things that every route needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Header, HTTPException, Query, Request, Response

from coachbot.model.base import Frozen
from coachbot.model.playbook import Playbook
from coachbot.model.workspace import Call, Deal, Role, User
from coachbot.pipeline import playbook_for
from coachbot.review import Reviewer
from coachbot.store import Page, Store, Unit, Viewer

T = TypeVar("T")
LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]", "testserver")


class SignInError(Exception):
    """Nobody is known by the token, or none was sent."""

    def __init__(self, said: str = "send a valid token: Authorization: Bearer TOKEN") -> None:
        super().__init__(said)


@dataclass(frozen=True, slots=True)
class Desk:
    """The workspace as whoever asks may see it. `user` is None on a machine without logins."""

    store: Store
    work: Any
    user: User | None

    @property
    def viewer(self) -> Viewer | None:
        """Whose eyes the store looks with; None sees all."""
        return Viewer.of(self.user) if self.user else None

    @property
    def user_id(self) -> str | None:
        """Whom changes are noted for."""
        return self.user.id if self.user else None

    def reviewer(self, book: Playbook) -> Reviewer:
        """Whoever asks, deciding by that playbook."""
        return Reviewer(user_id=self.user_id, playbook=book)

    def call(self, unit: Unit, call_id: str) -> Call:
        """The call, where it may be seen. Raises NotFoundError."""
        return unit.calls.visible(call_id, self.viewer)

    def deal(self, unit: Unit, deal_id: str) -> Deal:
        """The deal, where it may be seen. Raises NotFoundError."""
        return unit.deals.visible(deal_id, self.viewer)

    def book(self, unit: Unit, call: Call) -> Playbook:
        """The playbook of the call's deal."""
        return playbook_for(unit.deals.get(call.deal_id) if call.deal_id else None)

    def allow(self, *roles: Role) -> None:
        """Refuse (403) whoever has none of the roles. An administrator has all."""
        if self.user is not None and self.user.role not in (*roles, Role.ADMIN):
            raise HTTPException(403, f"this needs the role {' or '.join(roles)}; yours is {self.user.role}")


def who_asks(request: Request, authorization: Annotated[str | None, Header()] = None) -> None:
    """Note who asks. Raises SignInError; 403 for another site's page that reaches for this machine."""
    state = request.app.state
    request.state.user = None
    if state.local:
        host = request.headers.get("host", "").rsplit(":", 1)[0] or "localhost"
        foreign = request.headers.get("sec-fetch-site") in ("cross-site", "same-site")
        if host not in LOCAL_HOSTS or foreign:
            raise HTTPException(403, "this workspace answers only to this machine's own pages and programs")
        return
    kind, _, secret = (authorization or "").partition(" ")
    if kind.lower() != "bearer" or not secret.strip():
        raise SignInError
    with state.store.read() as unit:
        request.state.user = unit.access.user_of_token(secret.strip())
    if request.state.user is None:
        raise SignInError


def desk_of(request: Request) -> Desk:
    """The desk of whoever asks."""
    return Desk(request.app.state.store, request.app.state.work, getattr(request.state, "user", None))


AtDesk = Annotated[Desk, Depends(desk_of)]
Cursor = Annotated[str | None, Query(max_length=500, description="`next_cursor` of the part before")]
Limit = Annotated[int, Query(ge=1, le=200, description="how many at most")]
Key = Annotated[str, Query(max_length=100)]


class ListOf(Frozen, Generic[T]):
    """A part of a list."""

    items: tuple[T, ...]
    next_cursor: str | None = None


def listed(page: Page[T]) -> ListOf[T]:
    """A page of the store as an answer."""
    return ListOf(items=page.items, next_cursor=page.next_cursor)


def tagged(request: Request, response: Response, version: int | str) -> bool:
    """Set the ETag; True where the asker has this version already (answer 304)."""
    response.headers["etag"] = f'"{version}"'
    known = request.headers.get("if-none-match", "")
    return known in (f'"{version}"', f'W/"{version}"')
