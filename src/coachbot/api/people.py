"""Users and their tokens, for administrators; each sees and revokes their own tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from coachbot.api.desk import AtDesk
from coachbot.errors import UsageError
from coachbot.model.base import Frozen
from coachbot.model.workspace import Role, User
from coachbot.store import ApiToken, new_id

router = APIRouter(tags=["people"])


class NewUser(Frozen):
    """Somebody who is to work with coachbot. A password is set by `coachbot users password`."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    email: Annotated[str, Field(min_length=3, max_length=320, pattern=r"^[^@\s]+@[^@\s]+$")]
    role: Role = Role.REP
    team: str | None = Field(default=None, max_length=200)


class NewToken(Frozen):
    """A token for a program."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    expires_at: datetime | None = None


class ShownToken(Frozen):
    """The secret is shown this once."""

    secret: str
    token: ApiToken


@router.get("/me")
def me(desk: AtDesk) -> User | None:
    """Whoever asks; null on a machine without logins."""
    return desk.user


@router.get("/users")
def users(desk: AtDesk) -> tuple[User, ...]:
    """Everybody, by name."""
    with desk.store.read() as unit:
        return tuple(unit.users.list())


@router.post("/users", status_code=201)
def add_user(desk: AtDesk, body: NewUser) -> User:
    """Add somebody."""
    desk.allow(Role.ADMIN)
    with desk.store.begin() as unit:
        user = unit.users.add(User(id=new_id(), **body.model_dump()))
        unit.audit.add("user.add", f"user:{user.id}", who=desk.user_id, after={"email": user.email})
        return user


@router.get("/tokens")
def tokens(desk: AtDesk) -> tuple[ApiToken, ...]:
    """Your tokens, newest first."""
    with desk.store.read() as unit:
        return unit.access.tokens(_own(desk))


@router.post("/tokens", status_code=201)
def add_token(desk: AtDesk, body: NewToken) -> ShownToken:
    """Make a token that acts as you."""
    own = _own(desk)
    if body.expires_at is not None and body.expires_at.tzinfo is None:
        raise UsageError("expires_at needs a time zone, such as 2027-01-01T00:00:00Z")
    with desk.store.begin() as unit:
        secret, token = unit.access.create_token(own, body.name, expires_at=body.expires_at)
        unit.audit.add("token.add", f"user:{own}", who=own, after={"name": body.name})
    return ShownToken(secret=secret, token=token)


@router.delete("/tokens/{token_id}", status_code=204)
def revoke_token(desk: AtDesk, token_id: str) -> Response:
    """Revoke one of your tokens."""
    own = _own(desk)
    with desk.store.begin() as unit:
        unit.access.revoke_token(token_id, user_id=own)
        unit.audit.add("token.revoke", f"user:{own}", who=own, after={"token": token_id})
    return Response(status_code=204)


def _own(desk: AtDesk) -> str:
    if desk.user_id is None:
        raise UsageError("on this machine nobody signs in, so there are no tokens")
    return desk.user_id
