"""People who work with coachbot."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update

from coachbot.errors import NotFoundError, UsageError
from coachbot.model.workspace import Role, User
from coachbot.store import tables as t
from coachbot.store.base import Repository, fold
from coachbot.store.records import now


class Users(Repository[User]):
    """Users, found by id or e-mail (case does not matter)."""

    table = t.users
    kind = "user"
    model = User

    def row(self, thing: User) -> dict[str, Any]:
        """The user as a row."""
        return super().row(thing) | {"email_key": fold(thing.email), "created_at": now()}

    def add(self, user: User, *, password_hash: str | None = None) -> User:
        """Add a user. Raises UsageError where the e-mail or id is taken."""
        if self.by_email(user.email) is not None:
            raise UsageError(f"there is a user with the e-mail {user.email!r} already")
        row = self.row(user) | {"password_hash": password_hash}
        self.unit.connection.execute(t.users.insert().values(**row))
        return user

    def update(self, user: User) -> User:
        """Write name, e-mail, role, team and active. Raises NotFoundError."""
        row = self.row(user)
        for fixed in ("id", "created_at"):
            del row[fixed]
        self._change(user.id, row)
        return user

    def by_email(self, email: str) -> User | None:
        """The user of that e-mail."""
        return self.one(self.selected().where(t.users.c.email_key == fold(email)))

    def list(self, *, team: str | None = None, role: Role | None = None) -> tuple[User, ...]:
        """All users, by name."""
        query = self.selected().order_by(func.lower(t.users.c.name), t.users.c.id)
        if team is not None:
            query = query.where(t.users.c.team == team)
        if role is not None:
            query = query.where(t.users.c.role == role)
        return self.fetch(query)

    def count(self) -> int:
        """How many users there are."""
        return int(self.unit.connection.execute(select(func.count()).select_from(t.users)).scalar_one())

    def password_hash(self, user_id: str) -> str | None:
        """The stored hash of a user's password (made by the caller), None where none is set."""
        found = self.unit.connection.execute(
            select(t.users.c.password_hash).where(t.users.c.id == user_id)
        ).scalar()
        return None if found is None else str(found)

    def set_password_hash(self, user_id: str, password_hash: str | None) -> None:
        """Store a password's hash. Raises NotFoundError."""
        self._change(user_id, {"password_hash": password_hash})

    def _change(self, user_id: str, values: dict[str, Any]) -> None:
        done = self.unit.connection.execute(update(t.users).where(t.users.c.id == user_id).values(**values))
        if done.rowcount != 1:
            raise NotFoundError(self.kind, user_id)
