"""Logins and API tokens. Only SHA-256 hashes of tokens are kept: they are random, so that is enough."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, or_, select, update

from coachbot.model.workspace import User
from coachbot.store import tables as t
from coachbot.store.base import Repository
from coachbot.store.ids import new_id
from coachbot.store.records import ApiToken, Session, now
from coachbot.store.users import Users

PREFIX = "cb_"


def hashed(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


class Access(Repository[ApiToken]):
    """Sessions of browsers and tokens of programs."""

    table = t.tokens
    kind = "token"
    model = ApiToken

    def open_session(
        self, user_id: str, *, lasts: timedelta = timedelta(days=14), data: dict[str, Any] | None = None
    ) -> tuple[str, Session]:
        """Start a login. Returns the secret for the cookie, and the session."""
        token = secrets.token_urlsafe(32)
        session = Session(user_id=user_id, created_at=now(), expires_at=now() + lasts, data=data or {})
        self.unit.connection.execute(
            insert(t.sessions).values(token_hash=hashed(token), **session.model_dump())
        )
        return token, session

    def session(self, token: str) -> tuple[Session, User] | None:
        """The session and active user of a cookie's secret; None where unknown or over."""
        query = (
            select(t.sessions, t.users)
            .join(t.users, t.users.c.id == t.sessions.c.user_id)
            .where(t.sessions.c.token_hash == hashed(token), t.sessions.c.expires_at > now())
            .where(t.users.c.active)
        )
        row = self.unit.connection.execute(query).first()
        if row is None:
            return None
        values = row._mapping
        session = Session(**{k: values[t.sessions.c[k]] for k in Session.model_fields})
        return session, self._user({k: values[t.users.c[k]] for k in User.model_fields})

    def close_session(self, token: str) -> None:
        """End a login."""
        self.unit.connection.execute(delete(t.sessions).where(t.sessions.c.token_hash == hashed(token)))

    def close_sessions_of(self, user_id: str) -> int:
        """End all logins of a user, such as after a new password. Returns how many."""
        return self.unit.connection.execute(
            delete(t.sessions).where(t.sessions.c.user_id == user_id)
        ).rowcount

    def sweep(self) -> int:
        """Remove sessions that are over. Returns how many."""
        return self.unit.connection.execute(
            delete(t.sessions).where(t.sessions.c.expires_at <= now())
        ).rowcount

    def create_token(
        self, user_id: str, name: str, *, expires_at: datetime | None = None
    ) -> tuple[str, ApiToken]:
        """Make an API token. Returns the secret, to be shown once, and what is kept of it."""
        secret = PREFIX + secrets.token_urlsafe(32)
        token = ApiToken(id=new_id(), user_id=user_id, name=name, created_at=now(), expires_at=expires_at)
        row = self.row(token) | {"token_hash": hashed(secret)}
        self.unit.connection.execute(insert(t.tokens).values(**row))
        return secret, token

    def user_of_token(self, secret: str, *, touch: bool = False) -> User | None:
        """The active user of an API token; None where unknown or expired. `touch` notes the use (a write)."""
        query = (
            select(t.users, t.tokens.c.id.label("token_id"))
            .join(t.tokens, t.users.c.id == t.tokens.c.user_id)
            .where(t.tokens.c.token_hash == hashed(secret), t.users.c.active)
            .where(or_(t.tokens.c.expires_at.is_(None), t.tokens.c.expires_at > now()))
        )
        row = self.unit.connection.execute(query).mappings().first()
        if row is None:
            return None
        if touch:
            self.unit.connection.execute(
                update(t.tokens).where(t.tokens.c.id == row["token_id"]).values(used_at=now())
            )
        return self._user(dict(row))

    def tokens(self, user_id: str) -> tuple[ApiToken, ...]:
        """A user's API tokens, newest first."""
        query = self.selected().where(t.tokens.c.user_id == user_id)
        return self.fetch(query.order_by(t.tokens.c.created_at.desc(), t.tokens.c.id))

    def revoke_token(self, token_id: str, *, user_id: str | None = None) -> bool:
        """Remove an API token (of that user, where given). False where there was none."""
        query = delete(t.tokens).where(t.tokens.c.id == token_id)
        if user_id is not None:
            query = query.where(t.tokens.c.user_id == user_id)
        return self.unit.connection.execute(query).rowcount == 1

    def _user(self, row: dict[str, Any]) -> User:
        return Users(self.unit).thing(row)
