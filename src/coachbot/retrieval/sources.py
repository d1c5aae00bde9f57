"""What a playbook's folder holds, as pieces: its definitions and its pages, or any folder of Markdown."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coachbot.errors import CoachbotError, InputError, PlaybookError, UsageError
from coachbot.model.playbook import Playbook
from coachbot.playbook import find_playbook, load_playbook
from coachbot.retrieval.definitions import FILE, definition_pieces
from coachbot.retrieval.markdown import page_parts, read_page
from coachbot.retrieval.passages import TAGS, Passage, Piece
from coachbot.retrieval.script import size

LARGEST = 2_000_000  # bytes of one page
MOST = 20_000  # pages of a folder
_UNSAFE = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Origin:
    """A playbook's files as they are now. `digest` changes with every byte of them."""

    folder: Path
    name: str
    book: Playbook | None
    files: tuple[Path, ...]
    digest: str
    notes: tuple[str, ...] = ()
    stamp: tuple[tuple[str, int, int], ...] = field(default=(), compare=False)


def locate(playbook: str | Path, *, home: Path | None) -> Path:
    """The folder of a playbook, or of a handbook without playbook.yaml. UsageError where there is none."""
    direct = Path(playbook)
    if direct.is_dir() and not (direct / FILE).is_file():
        if next(direct.rglob("*.md"), None) is None:
            raise UsageError(f"{direct}: neither a {FILE} nor a Markdown page in there; check the path")
        return direct.resolve()
    found = find_playbook(playbook, home=home)
    return (found if found.is_dir() else found.parent).resolve()


def stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Names, times and sizes of a playbook's files: what is looked at to see whether anything changed.

    The pages are those in plays/ of a playbook, else every Markdown file below the folder, hidden ones left
    out. UsageError where there are too many.
    """
    plays, main = folder / "plays", folder / FILE
    whole = not (main.is_file() or plays.is_dir())
    known = list(_walk(str(folder if whole else plays)))
    if len(known) > MOST:
        raise UsageError(f"{folder}: more than {MOST:,} pages; name a folder nearer to the handbook")
    if main.is_file():
        stat = main.stat()
        known.append((str(main), stat.st_mtime_ns, stat.st_size))
    return tuple(sorted(known))


def _walk(folder: str) -> Iterator[tuple[str, int, int]]:
    """scandir, because it brings each file's kind along: this runs before every other search."""
    try:
        entries = list(os.scandir(folder))
    except OSError:  # gone between the listing and now
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        try:
            if entry.is_dir():
                if not entry.is_symlink():
                    yield from _walk(entry.path)
            elif entry.name.endswith(".md"):
                stat = entry.stat()
                yield entry.path, stat.st_mtime_ns, stat.st_size
        except OSError:
            continue


def read_origin(folder: Path) -> Origin:
    """Read what identifies the folder's content, and its playbook where it has one.

    A playbook with mistakes does not stop the search: its pages are found all the same, with a note.
    """
    seen = stamp(folder)
    total = hashlib.sha256()
    files = [Path(name) for name, _, _ in seen]
    for path in files:
        total.update(path.relative_to(folder).as_posix().encode() + b"\0")
        total.update(hashlib.sha256(_bytes(path)).digest())
    book, notes = None, []
    if (folder / FILE).is_file():
        try:
            book = load_playbook(folder)
        except PlaybookError as error:
            notes.append(f"only the pages are searched: {error}")
    return Origin(folder, folder.name, book, tuple(files), total.hexdigest(), tuple(notes), seen)


def pieces_of(origin: Origin) -> list[Piece]:
    """Every piece of a folder, definitions first, pages by name."""
    pieces: list[Piece] = []
    if origin.book is not None:
        pieces += definition_pieces(origin.book, _lines(origin.folder / FILE))
    for path in origin.files:
        if path.name != FILE:
            pieces += page_pieces(path, origin)
    return pieces


def page_pieces(path: Path, origin: Origin) -> list[Piece]:
    """The pieces of a page."""
    text = _bytes(path).decode("utf-8-sig", errors="replace")
    page = read_page(text, name=path.stem)
    where = path.relative_to(origin.folder).as_posix()
    tags = {name: _ids(page.head.get(name)) for name in TAGS}
    pieces: list[Piece] = []
    seen: dict[str, int] = {}
    parts = page_parts([(s.path, size(s.plain)) for s in page.sections])
    for section, part in zip(page.sections, parts, strict=True):
        heading = " › ".join(section.path)
        base = f"{where}#{slug(heading)}" if heading else where
        seen[base] = seen.get(base, 0) + 1
        passage = Passage(
            id=base if seen[base] == 1 else f"{base}~{seen[base]}",
            text=section.text,
            source="playbook",
            path=where,
            heading=heading,
            playbook=origin.book.id if origin.book else origin.name,
            version=origin.book.version if origin.book else "",
            start_line=section.start,
            extra={"title": page.title, "kind": "play", "end_line": section.end},
            **tags,
        )
        pieces.append(Piece(passage, section.plain, " › ".join(part)))
    return pieces


def slug(text: str) -> str:
    """A heading as part of an id: lower case, words joined by -; other scripts stay as they are."""
    kept = "".join(c if c.isalnum() else "-" for c in text.lower())
    return re.sub("-+", "-", kept).strip("-") or "section"


def safe_name(text: str) -> str:
    """Lower-case ASCII for names of folders and collections."""
    return _UNSAFE.sub("-", text.lower()).strip("-")[:40] or "playbook"


def _ids(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(str(v) for v in value) if isinstance(value, list) else ()


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(f"larger than {LARGEST:,} bytes; cut it into pages", path=path)
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror}); check that it may be read", path=path
        ) from error


def _lines(path: Path) -> dict[str, int]:
    """Where ids stand in a playbook.yaml, by the keys that definitions have."""
    from coachbot.playbook.source import read_yaml

    try:
        source = read_yaml(path)
    except CoachbotError:
        return {}
    lines: dict[str, int] = {}
    data = source.data if isinstance(source.data, dict) else {}
    for group, value in data.items():
        lines[group] = source.line((group,))
        for at, entry in enumerate(value) if isinstance(value, list) else ():
            if not isinstance(entry, dict):
                continue
            lines[f"{group}/{entry.get('id')}"] = source.line((group, at))
            for key in ("entry_criteria", "exit_criteria"):
                for n, criterion in enumerate(entry.get(key) or ()):
                    lines[f"criteria/{criterion.get('id')}"] = source.line((group, at, key, n))
    return lines
