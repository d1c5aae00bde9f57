"""Small remembered things of the rooms above, without a table of their own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select

from coachbot.store import tables as t
from coachbot.store.base import Repository
from coachbot.store.records import Mark, now


class Marks(Repository[Mark]):
    """Marks by kind (risk.dismissed, prompt.useful …), subject (deal:ID …) and key. The latest counts."""

    table = t.marks
    kind = "mark"
    model = Mark

    def add(
        self,
        kind: str,
        subject: str,
        *,
        key: str | None = None,
        value: dict[str, Any] | None = None,
        by: str | None = None,
        why: str | None = None,
        at: datetime | None = None,
    ) -> Mark:
        """Add a mark; returns it with its number."""
        mark = Mark(kind=kind, subject=subject, key=key, value=value or {}, by=by, at=at or now(), why=why)
        row = self.row(mark)
        del row["id"]
        done = self.unit.connection.execute(insert(t.marks).values(**row).returning(t.marks.c.id))
        return mark.model_copy(update={"id": done.scalar_one()})

    def latest(self, kind: str, subject: str, key: str | None = None) -> Mark | None:
        """The mark that counts, None where there is none."""
        query = self._query(kind, subject).where(t.marks.c.key.is_not_distinct_from(key))
        return self.one(query.order_by(t.marks.c.id.desc()))

    def newest(self, kind: str, subject: str) -> Mark | None:
        """The mark that was added last to a subject, whatever its key."""
        return self.one(self._query(kind, subject).order_by(t.marks.c.id.desc()))

    def current(self, kind: str, *, subject: str | None = None) -> tuple[Mark, ...]:
        """The marks of a kind that count: the latest of each subject and key, oldest first."""
        last = select(func.max(t.marks.c.id)).where(t.marks.c.kind == kind)
        last = last.group_by(t.marks.c.subject, t.marks.c.key)
        query = self._query(kind, subject).where(t.marks.c.id.in_(last))
        return self.fetch(query.order_by(t.marks.c.id))

    def history(self, kind: str, subject: str | None = None) -> tuple[Mark, ...]:
        """All marks of a kind, oldest first."""
        return self.fetch(self._query(kind, subject).order_by(t.marks.c.id))

    def _query(self, kind: str, subject: str | None) -> Any:
        query = self.selected().where(t.marks.c.kind == kind)
        return query if subject is None else query.where(t.marks.c.subject == subject)
