"""Research notes that a rep drops in: text, Markdown, HTML or PDF, cited and never rewritten."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from math import log
from pathlib import Path
from typing import Any

from coachbot.coach.speak import content_words
from coachbot.errors import InputError
from coachbot.model.base import Frozen
from coachbot.store import Unit

MARK = "coach.note"
LARGEST = 5_000_000  # bytes
MOST_TEXT = 200_000  # characters that are kept of a note
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+|\n+")
_SKIPPED = {"script", "style", "head", "nav", "footer", "noscript", "template"}
_BLOCKS = {"p", "div", "li", "br", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "td"}


class Note(Frozen):
    """A note on a deal. `pages` holds its text, one string a page (one in all where it has none)."""

    id: str
    name: str
    pages: tuple[str, ...]
    by: str | None = None
    shortened: bool = False


class NoteLine(Frozen):
    """A sentence of a note, verbatim, and where it stands."""

    text: str
    note: str
    name: str
    page: int | None = None

    @property
    def place(self) -> str:
        """The note's name, with the page where it has several."""
        return f"{self.name}, p. {self.page}" if self.page else self.name


def read_note(path: Path) -> tuple[str, ...]:
    """The text of a note, by page. Raises InputError for what cannot be read."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror}); check the path", path=path) from error
    return pages_of(raw, path.name, path=path)


def pages_of(raw: bytes, name: str, *, path: Path | None = None) -> tuple[str, ...]:
    """The text of a note from its bytes, by page; the kind is told by content, then by name."""
    if len(raw) > LARGEST:
        raise InputError(f"is larger than {LARGEST // 1_000_000} MB; give the part that matters", path=path)
    if raw.startswith(b"%PDF"):
        return _pdf(raw, path)
    if b"\0" in raw[:4096]:
        raise InputError("is no text; give text, Markdown, HTML or PDF", path=path)
    text = raw.decode("utf-8-sig", errors="replace")
    if Path(name).suffix.casefold() in (".html", ".htm") or re.match(r"\s*<(!doctype|html)", text, re.I):
        text = _plain_html(text)
    if not text.strip():
        raise InputError("holds no text", path=path)
    return (text,)


def _pdf(raw: bytes, path: Path | None) -> tuple[str, ...]:
    import io

    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(raw))
        if reader.is_encrypted:
            raise InputError("is encrypted; save it without a password", path=path)
        pages = tuple((page.extract_text() or "").strip() for page in reader.pages)
    except (PyPdfError, ValueError, KeyError, TypeError, RecursionError, OSError) as error:
        raise InputError("is no PDF that can be read; save it again, or as text", path=path) from error
    if not any(pages):
        raise InputError("holds pictures of pages and no text; give it as text", path=path)
    return pages


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._skip = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self._skip += tag in _SKIPPED
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._skip = max(0, self._skip - (tag in _SKIPPED))
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._skip:
            self.parts.append(" ".join(data.split()) + " " if data.strip() else " ")


def _plain_html(text: str) -> str:
    parser = _Text()
    parser.feed(text)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).splitlines())
    return "\n".join(line for line in lines if line)


def add_note(unit: Unit, deal_id: str, name: str, pages: Sequence[str], *, by: str | None = None) -> Note:
    """Keep a note with its deal; the same name again takes the older one's place."""
    kept, room = [], MOST_TEXT
    for page in pages:
        kept.append(page[:room])
        room -= len(kept[-1])
    short = sum(map(len, kept)) < sum(map(len, pages))
    note_id = hashlib.sha256("\f".join(pages).encode()).hexdigest()[:12]
    value = {"id": note_id, "pages": kept, "shortened": short}
    unit.marks.add(MARK, f"deal:{deal_id}", key=name[:200], value=value, by=by)
    unit.audit.add("note.add", f"deal:{deal_id}", who=by, after={"name": name[:200]})
    return Note(id=note_id, name=name, pages=tuple(kept), by=by, shortened=short)


def remove_note(unit: Unit, deal_id: str, name: str, *, by: str | None = None) -> None:
    """Take a note away."""
    unit.marks.add(MARK, f"deal:{deal_id}", key=name, value={}, by=by)


def notes_of(unit: Unit, deal_id: str) -> tuple[Note, ...]:
    """The notes of a deal, oldest first."""
    return tuple(
        Note(id=m.value["id"], name=m.key or "", pages=tuple(m.value["pages"]), by=m.by,
             shortened=bool(m.value.get("shortened")))
        for m in unit.marks.current(MARK, subject=f"deal:{deal_id}")
        if m.value.get("pages")
    )  # fmt: skip


def summarised(
    notes: Sequence[Note],
    about: Sequence[str],
    *,
    most: int = 6,
    likeness: Callable[[str, Sequence[str]], Sequence[float]] | None = None,
) -> tuple[NoteLine, ...]:
    """The sentences that say most, verbatim and in the notes' order: central words, and near to `about`.

    Words weigh by how many sentences share them (SumBasic: Nenkova and Vanderwende 2005); each sentence
    that is taken makes its words weigh less, so that the next one says something else.
    """
    lines = [line for note in notes for line in _lines(note)][:1200]
    if not lines:
        return ()
    words = [content_words(line.text) for line in lines]
    counts = Counter(w for found in words for w in found)
    weight = {w: log(1 + n) for w, n in counts.items()}
    for word in content_words(" ".join(about)):
        weight[word] = weight.get(word, 0.0) + 1.5
    near = (
        likeness(" ".join(about)[:600], [line.text for line in lines])
        if likeness and about
        else [0.0] * len(lines)
    )
    taken: list[int] = []
    while len(taken) < min(most, len(lines)):
        rest = [n for n in range(len(lines)) if n not in taken]

        def score(n: int) -> float:
            return sum(weight[w] for w in words[n]) / (3 + len(words[n])) + float(near[n])

        best = max(rest, key=score)
        taken.append(best)
        for word in words[best]:
            weight[word] *= 0.25
    return tuple(lines[n] for n in sorted(taken))


def _lines(note: Note) -> list[NoteLine]:
    several = len(note.pages) > 1
    found = []
    for number, page in enumerate(note.pages, start=1):
        for sentence in _SENTENCE.split(page):
            text = " ".join(sentence.strip().lstrip("#*->• ").split())
            if 5 <= len(text.split()) <= 60:
                found.append(
                    NoteLine(text=text, note=note.id, name=note.name, page=number if several else None)
                )
    return found
