"""The whole database as files that anything can read, and a check of what is stored."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Table, func, select, text

from coachbot.errors import InputError, StoreError
from coachbot.store import later_tables as later
from coachbot.store import tables as t
from coachbot.store.store import Store
from coachbot.store.transcripts import unpack

LEFT_OUT = ("sessions", "tokens", "search", "login_tries", "slots")
SECRET = ("password_hash",)
FILES = "files.jsonl"


class Exported(NamedTuple):
    """What an export wrote: rows by table, and files listed."""

    rows: dict[str, int]
    files: int


def export(store: Store, folder: Path, *, progress: Callable[[str], None] = lambda _: None) -> Exported:
    """Write every table as `TABLE.jsonl`, one object a line, and the list of stored files, from one snapshot.

    Logins, tokens and passwords are left out; transcripts are written as JSON. Raises InputError where the
    folder holds an export already or cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.glob("*.jsonl")):
            raise InputError("holds an export already; name another folder", path=folder)
        counts = {}
        with store.read() as unit:
            for table in t.metadata.sorted_tables:
                if table.name not in LEFT_OUT:
                    progress(table.name)
                    rows = unit.connection.execute(_ordered(table))
                    counts[table.name] = _write(folder / f"{table.name}.jsonl", map(_plain, rows.mappings()))
        progress("files")
        listed = ({"sha256": sha, "size": store.files.size(sha)} for sha in sorted(store.files.all()))
        return Exported(counts, _write(folder / FILES, listed))
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", path=folder) from error


def _ordered(table: Table) -> Any:
    columns = [c for c in table.c if c.name not in SECRET]
    return select(*columns).order_by(*table.primary_key.columns).execution_options(yield_per=1000)


def _plain(row: Any) -> dict[str, Any]:
    return {name: _value(value) for name, value in row.items()}


def _value(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        try:
            return json.loads(zlib.decompress(value))
        except (zlib.error, ValueError):
            return base64.b64encode(value).decode()
    return value


def _write(path: Path, rows: Iterator[dict[str, Any]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count


def check(store: Store, *, deep: bool = False) -> Iterator[str]:
    """What is wrong with the workspace, one line each that says what to do; nothing where all is well.

    Looks at the database's own integrity, transcripts against their hashes, calls without their file, and
    the search index; `deep` also reads every file against its name.
    """
    with store.read() as unit:
        if store.dialect == "sqlite":
            for (line,) in unit.connection.execute(text("PRAGMA integrity_check")):
                if line != "ok":
                    yield f"database: {line}: restore a backup"
            for row in unit.connection.execute(text("PRAGMA foreign_key_check")):
                yield f"database: table {row[0]} refers to a row of {row[2]} that is gone: restore a backup"
        columns = (t.transcripts.c.call_id, t.transcripts.c.body, t.transcripts.c.hash)
        stream = select(*columns).execution_options(yield_per=200)
        for call_id, body, digest in unit.connection.execute(stream):
            try:
                unpack(call_id, body, digest)
            except StoreError as error:
                yield str(error)
        missing = select(t.calls.c.id).outerjoin(t.search, t.search.c.call_id == t.calls.c.id)
        lost = unit.connection.execute(missing.where(t.search.c.seq.is_(None))).all()
        if lost:
            yield f"{len(lost)} calls are not in the search index: run `coachbot db check --repair`"
        known: dict[str, list[str]] = {}
        for call_id, sha in unit.connection.execute(select(t.calls.c.id, t.calls.c.file)):
            known.setdefault(sha, []).append(f"call {call_id}")
        kept = later.documents.c
        shown = select(kept.id, kept.file).where(kept.removed_at.is_(None))
        for document_id, sha in unit.connection.execute(shown):
            known.setdefault(sha, []).append(f"document {document_id}")
    for sha, things in sorted(known.items()):
        if not store.files.exists(sha):
            yield f"file {sha} of {things[0]} is missing: put it back, or remove the {things[0].split()[0]}"
        elif deep and not store.files.verify(sha):
            yield f"file {sha} of {things[0]} was changed: put the original back"


def row_counts(store: Store) -> dict[str, int]:
    """How many rows each table holds."""
    with store.read() as unit:
        return {
            name: int(unit.connection.execute(select(func.count()).select_from(table)).scalar_one())
            for name, table in sorted(t.metadata.tables.items())
            if name != "search"
        }


def repair(store: Store) -> int:
    """Make the search index anew. Returns how many calls it holds."""
    with store.begin() as unit:
        return unit.index.rebuild()
