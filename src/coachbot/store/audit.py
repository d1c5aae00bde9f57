"""The audit: who did what, when and why. Only ever added to; triggers in the database see to that."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import insert

from coachbot.model.workspace import AuditEntry
from coachbot.store import tables as t
from coachbot.store.base import Repository
from coachbot.store.records import Page, now


class Audit(Repository[AuditEntry]):
    """Entries in the order they were written."""

    table = t.audit
    kind = "audit entry"
    model = AuditEntry

    def add(
        self,
        what: str,
        subject: str,
        *,
        who: str | None = None,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
        why: str | None = None,
        at: datetime | None = None,
    ) -> AuditEntry:
        """Add an entry: `what` is a verb with its object (item.accept), `subject` kind and id (item:4f1c)."""
        entry = AuditEntry(
            id=0, at=at or now(), who=who, what=what, subject=subject, before=before, after=after, why=why
        )
        row = self.row(entry)
        del row["id"]
        done = self.unit.connection.execute(insert(t.audit).values(**row).returning(t.audit.c.id))
        return entry.model_copy(update={"id": done.scalar_one()})

    def list(
        self,
        *,
        subject: str | None = None,
        who: str | None = None,
        what: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[AuditEntry]:
        """Entries, newest first."""
        query = self.selected()
        for column, value in ((t.audit.c.subject, subject), (t.audit.c.who, who), (t.audit.c.what, what)):
            if value is not None:
                query = query.where(column == value)
        return self.page(query, [t.audit.c.id], cursor, limit)

    def since(self, after: int, *, subject: str | None = None, limit: int = 200) -> tuple[AuditEntry, ...]:
        """Entries with a higher number, oldest first: for showing live what others do.

        On PostgreSQL a number may become visible after a higher one, when its transaction ends later.
        """
        query = self.selected().where(t.audit.c.id > after)
        if subject is not None:
            query = query.where(t.audit.c.subject == subject)
        return self.fetch(query.order_by(t.audit.c.id).limit(limit))
