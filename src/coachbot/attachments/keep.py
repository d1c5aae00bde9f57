"""Keeping a document with its deal, and handing it out."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import IO
from urllib.parse import quote

from coachbot.attachments.kinds import KINDS, kind_of
from coachbot.attachments.text import LARGEST, pages_of, shortened
from coachbot.errors import InputError
from coachbot.model.workspace import Document
from coachbot.settings import settings
from coachbot.store import Store, new_id, now

MOST_NAME = 200
_POLICY = "default-src 'none'; sandbox"


def attach(
    store: Store,
    deal_id: str,
    stream: IO[bytes],
    name: str,
    *,
    what: str | None = None,
    note: bool = False,
    by: str | None = None,
) -> Document:
    """Keep a file with a deal; one of the same name takes the older one's place, which is hidden.

    `what`: what it is to the deal, in a few words. `note`: research that a brief reads. The stream must be
    seekable; it is told by its content what the file is. Raises InputError for what is no document, what is
    larger than the settings allow, and a note without text that can be read; NotFoundError for the deal.
    """
    shown = _plain(name)
    try:
        kind = kind_of(stream, shown)
        pages, short = shortened(_text(stream, shown)) if note else ((), False)
        with store.read() as unit:
            unit.deals.need(deal_id)
        sha, size = store.files.put(stream, limit=settings().document_limit)
    except InputError as error:
        raise InputError(error.reason, path=shown) from error
    document = Document(
        id=new_id(), deal_id=deal_id, name=shown, what=" ".join((what or "").split())[:MOST_NAME] or None,
        kind=kind.id, file=sha, size=size, note=note, added_by=by, added_at=now(),
    )  # fmt: skip
    return store.run(lambda unit: unit.documents.add(document, pages=pages, shortened=short))


def attach_path(
    store: Store, deal_id: str, path: Path, *, what: str | None = None, note: bool = False
) -> Document:
    """Keep a file of this machine with a deal. Raises InputError."""
    try:
        with path.open("rb") as stream:
            return attach(store, deal_id, stream, path.name, what=what, note=note)
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror}); check the path", path=path) from error
    except InputError as error:
        raise InputError(error.reason, path=path) from error


def file_name(document: Document) -> str:
    """The name to save it under: with an ending of what it is, so that no text runs as a program."""
    endings = KINDS[document.kind].endings if document.kind in KINDS else (".bin",)
    if PurePath(document.name.casefold()).suffix in endings:
        return document.name
    return document.name + endings[0]


def size_words(size: int) -> str:
    """`640 B`, `12 KB`, `3.4 MB`."""
    if size < 1000:
        return f"{size} B"
    if size < 1_000_000:
        return f"{size / 1000:,.0f} KB"
    return f"{size / 1_000_000:,.1f}".removesuffix(".0") + " MB"


def headers(document: Document) -> dict[str, str]:
    """The headers to hand it out with: to be saved, never shown as a page of this site."""
    name = file_name(document)
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name)
    return {
        "content-length": str(document.size),
        "content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "content-security-policy": _POLICY,
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "private, no-store",
    }


def _text(stream: IO[bytes], name: str) -> tuple[str, ...]:
    raw = stream.read(LARGEST + 1)
    stream.seek(0)
    return pages_of(raw, name)


def _plain(name: str) -> str:
    """The last part of a path, without control and direction characters, not too long; the ending stays."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    text = " ".join("".join(c if c.isprintable() else " " for c in last).split()).strip(". ") or "document"
    ending = PurePath(text).suffix[:20]
    return text if len(text) <= MOST_NAME else text[: MOST_NAME - len(ending)] + ending
