"""Recaps: every version of every call."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Any

from sqlalchemy import and_, func, or_, select

from coachbot.errors import ConflictError, NotFoundError
from coachbot.model.workspace import RecapVersion
from coachbot.store import tables as t
from coachbot.store.base import Repository


class Recaps(Repository[RecapVersion]):
    """Recaps by call and number, from 1."""

    table = t.recaps
    kind = "recap"
    model = RecapVersion

    def put(self, version: RecapVersion) -> RecapVersion:
        """Store a version. The same number with the same recap again changes nothing.

        Raises ConflictError where that number holds another recap.
        """
        fresh = self.unit.insert(t.recaps).values(**self.row(version))
        fresh = fresh.on_conflict_do_nothing(index_elements=["call_id", "number"])
        if self.unit.connection.execute(fresh.returning(t.recaps.c.number)).first() is not None:
            return version
        there = self.load(version.call_id, version.number)
        if there.recap != version.recap:
            subject = f"recap {version.number} of call {version.call_id}"
            raise ConflictError(subject, expected=version.number, current=there, proposed=version)
        return there

    def next_number(self, call_id: str) -> int:
        """The number that the next version gets."""
        query = select(func.max(t.recaps.c.number)).where(t.recaps.c.call_id == call_id)
        return int(self.unit.connection.execute(query).scalar() or 0) + 1

    def latest(self, call_id: str) -> RecapVersion | None:
        """The latest version, None where the call has none."""
        query = self.selected().where(t.recaps.c.call_id == call_id)
        return self.one(query.order_by(t.recaps.c.number.desc()))

    def load(self, call_id: str, number: int | None = None) -> RecapVersion:
        """That version, or the latest. Raises NotFoundError."""
        query = self.selected().where(t.recaps.c.call_id == call_id)
        if number is not None:
            query = query.where(t.recaps.c.number == number)
        found = self.one(query.order_by(t.recaps.c.number.desc()))
        if found is None:
            raise NotFoundError("recap of call", call_id)
        return found

    def criteria(
        self, deal_id: str, *, draft_call: str | None = None
    ) -> Iterator[tuple[str, builtins.list[dict[str, Any]]]]:
        """What the latest recap of each reviewed call of a deal says of exit criteria, newest call first.

        `draft_call` counts as reviewed. The database cuts it out: the recaps as a whole are long.
        """
        c, r, other = t.calls.c, t.recaps.c, t.recaps.alias("other")
        latest = select(func.max(other.c.number)).where(other.c.call_id == c.id).scalar_subquery()
        query = (
            select(c.id, r.recap[("stage", "exit_criteria")])
            .select_from(t.calls)
            .join(t.recaps, and_(r.call_id == c.id, r.number == latest))
            .where(c.deal_id == deal_id, or_(c.reviewed_at.is_not(None), c.id == draft_call))
            .order_by(c.at.desc(), c.id.desc())
        )
        return ((call_id, criteria or []) for call_id, criteria in self.unit.connection.execute(query))

    def versions(self, call_id: str) -> builtins.list[dict[str, Any]]:
        """All versions without their recap, oldest first."""
        columns = [c for c in self.columns if c.name != "recap"]
        query = select(*columns).where(t.recaps.c.call_id == call_id).order_by(t.recaps.c.number)
        return [dict(r) for r in self.unit.connection.execute(query).mappings()]
