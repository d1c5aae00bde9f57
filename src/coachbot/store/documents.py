"""Documents of deals: research notes, proposals, plans. What was removed is hidden and kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, insert, select, update

from coachbot.errors import NotFoundError
from coachbot.model.workspace import Document
from coachbot.store import later_tables as t
from coachbot.store.base import Repository, fold
from coachbot.store.records import Page, now


class Documents(Repository[Document]):
    """Documents by deal. Of one name a deal shows one: a newer one hides the older."""

    table = t.documents
    kind = "document"
    model = Document

    def row(self, thing: Document) -> dict[str, Any]:
        """The document as a row."""
        return super().row(thing) | {"name_key": fold(thing.name), "shortened": False}

    def add(self, document: Document, *, pages: Sequence[str] = (), shortened: bool = False) -> Document:
        """Add a document; the one of the same name is hidden. `pages`: a note's text, one string a page.

        The same file under the same name, as the same thing, is the one that is there.
        """
        self.unit.lock(f"documents:{document.deal_id}")
        before = self.named(document.deal_id, document.name)
        alike = {"file", "what", "note"}
        if before is not None:
            if before.model_dump(include=alike) == document.model_dump(include=alike):
                return before
            self._hide(before, document.added_by)
        row = self.row(document) | {"pages": list(pages) if document.note else None, "shortened": shortened}
        self.unit.connection.execute(insert(t.documents).values(**row))
        told = {"document": document.id, "name": document.name, "file": document.file}
        self.unit.audit.add(
            "document.replace" if before else "document.add", f"deal:{document.deal_id}",
            who=document.added_by, before={"document": before.id, "file": before.file} if before else None,
            after=told,
        )  # fmt: skip
        return document

    def of_deal(self, deal_id: str, *, cursor: str | None = None, limit: int = 50) -> Page[Document]:
        """The deal's documents that are shown, newest first."""
        return self.page(self._shown(deal_id), [t.documents.c.added_at, t.documents.c.id], cursor, limit)

    def count(self, deal_id: str) -> int:
        """How many documents the deal shows."""
        query = select(func.count()).select_from(self._shown(deal_id).subquery())
        return int(self.unit.connection.execute(query).scalar_one())

    def shown(self, deal_id: str, document_id: str) -> Document:
        """The deal's document, where it is shown. Raises NotFoundError."""
        found = self.one(self._shown(deal_id).where(t.documents.c.id == document_id))
        if found is None:
            raise NotFoundError(self.kind, document_id)
        return found

    def named(self, deal_id: str, name: str) -> Document | None:
        """The deal's document of that name (case and white space do not matter)."""
        return self.one(self._shown(deal_id).where(t.documents.c.name_key == fold(name)))

    def notes(self, deal_id: str) -> tuple[tuple[Document, tuple[str, ...], bool], ...]:
        """The deal's research notes, oldest first: each with its pages, and whether they were shortened."""
        query = self._shown(deal_id).add_columns(t.documents.c.pages, t.documents.c.shortened)
        query = query.where(t.documents.c.note).order_by(t.documents.c.added_at, t.documents.c.id)
        rows = self.unit.connection.execute(query).mappings()
        return tuple((self.thing(r), tuple(r["pages"] or ()), bool(r["shortened"])) for r in rows)

    def remove(self, deal_id: str, document_id: str, *, by: str | None = None) -> Document:
        """Hide a document; its file stays, and the audit says who did it. Raises NotFoundError."""
        self.unit.lock(f"documents:{deal_id}")
        found = self.shown(deal_id, document_id)
        told = {"document": found.id, "name": found.name, "file": found.file}
        self.unit.audit.add("document.remove", f"deal:{deal_id}", who=by, before=told)
        return self._hide(found, by)

    def _hide(self, document: Document, by: str | None) -> Document:
        at: datetime = now()
        query = update(t.documents).where(t.documents.c.id == document.id)
        self.unit.connection.execute(query.values(removed_at=at, removed_by=by))
        return document.model_copy(update={"removed_at": at, "removed_by": by})

    def _shown(self, deal_id: str) -> Any:
        here = and_(t.documents.c.deal_id == deal_id, t.documents.c.removed_at.is_(None))
        return self.selected().where(here)
