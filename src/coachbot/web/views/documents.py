"""The documents of a deal, as its page lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from coachbot.attachments import KINDS, size_words
from coachbot.model.playbook import Playbook
from coachbot.model.workspace import Deal, Document
from coachbot.render.words import day
from coachbot.settings import settings
from coachbot.store import Unit

LATELY = 20
"""Removals that are looked at for putting back."""


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document in the list."""

    href: str
    name: str
    what: str
    about: str
    note: bool


@dataclass(frozen=True, slots=True)
class RemovedRow:
    """A document that somebody removed, with who and when, and where to put it back."""

    name: str
    about: str
    back: str


@dataclass(frozen=True, slots=True)
class DocumentsView:
    """The documents that are shown, of how many there are, and what may be added."""

    deal_id: str
    rows: tuple[DocumentRow, ...]
    total: int
    older: str
    newer: str
    suggested: tuple[str, ...]
    limit: str


def documents_view(
    unit: Unit, deal: Deal, book: Playbook, names: Mapping[str, str], *, limit: int, cursor: str = ""
) -> DocumentsView:
    """The deal's documents, newest first; `suggested` are the artifacts that the playbook asks for."""
    found = unit.documents.of_deal(deal.id, cursor=cursor or None, limit=limit)
    here = f"/deals/{deal.id}/documents"
    whole = bool(cursor or found.next_cursor)
    return DocumentsView(
        deal_id=deal.id,
        rows=tuple(_row(d, here, names) for d in found.items),
        total=unit.documents.count(deal.id) if whole else len(found.items),
        older=f"{here}?cursor={found.next_cursor}" if found.next_cursor else "",
        newer=here if cursor else "",
        suggested=tuple(dict.fromkeys(a for s in book.stages for a in s.required_artifacts)),
        limit=size_words(settings().document_limit),
    )


def removed_of(unit: Unit, deal_id: str, names: Mapping[str, str]) -> tuple[RemovedRow, ...]:
    """The documents that were removed lately, newest first; not those whose name another one has now."""
    entries = unit.audit.list(subject=f"deal:{deal_id}", what="document.remove", limit=LATELY).items
    found = unit.documents.many([str((e.before or {}).get("document")) for e in entries])
    rows: dict[str, RemovedRow] = {}
    for entry in entries:
        document = found.get(str((entry.before or {}).get("document")))
        if document is None or document.removed_at is None or unit.documents.named(deal_id, document.name):
            continue
        about = f"removed {day(entry.at.date().isoformat())}"
        if entry.who in names:
            about += f" · {names[entry.who or '']}"
        back = f"/deals/{deal_id}/documents/{document.id}/restore"
        rows.setdefault(document.name.casefold(), RemovedRow(document.name, about, back))
    return tuple(rows.values())


def _row(document: Document, here: str, names: Mapping[str, str]) -> DocumentRow:
    kind = KINDS[document.kind].label if document.kind in KINDS else document.kind
    about = [kind, size_words(document.size), day(document.added_at.date().isoformat())]
    if document.added_by in names:
        about.append(names[document.added_by or ""])
    return DocumentRow(
        f"{here}/{document.id}", document.name, document.what or "", " · ".join(about), document.note
    )
