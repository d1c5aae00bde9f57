"""The text of a note, by page: text, Markdown, HTML or PDF."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from coachbot.attachments.kinds import is_pdf
from coachbot.errors import InputError

LARGEST = 5_000_000  # bytes
MOST_TEXT = 200_000  # characters that are kept of a note
_SKIPPED = {"script", "style", "head", "nav", "footer", "noscript", "template"}
_BLOCKS = {"p", "div", "li", "br", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "td"}


def pages_of(raw: bytes, name: str) -> tuple[str, ...]:
    """The text of a note from its bytes, by page; the kind is told by content, then by name.

    Raises InputError for what holds no text that can be read.
    """
    if len(raw) > LARGEST:
        raise InputError(
            f"it is larger than {LARGEST // 1_000_000} MB; give the part that matters", path=name
        )
    if is_pdf(raw):
        return _pdf(raw, name)
    if b"\0" in raw[:4096]:
        raise InputError("it is no text; give text, Markdown, HTML or PDF", path=name)
    text = raw.decode("utf-8-sig", errors="replace")
    if Path(name).suffix.casefold() in (".html", ".htm") or re.match(r"\s*<(!doctype|html)", text, re.I):
        text = _plain_html(text)
    if not text.strip():
        raise InputError("it holds no text", path=name)
    return (text,)


def _pdf(raw: bytes, name: str) -> tuple[str, ...]:
    import io

    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(raw))
        if reader.is_encrypted:
            raise InputError("it is encrypted; save it without a password", path=name)
        pages = tuple((page.extract_text() or "").strip() for page in reader.pages)
    except (PyPdfError, ValueError, KeyError, TypeError, RecursionError, OSError) as error:
        raise InputError("it is no PDF that can be read; save it again, or as text", path=name) from error
    if not any(pages):
        raise InputError("it holds pictures of pages and no text; give it as text", path=name)
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


def shortened(pages: tuple[str, ...], most: int = MOST_TEXT) -> tuple[tuple[str, ...], bool]:
    """The first so many characters of the pages, and whether there were more."""
    kept, room = [], most
    for page in pages:
        kept.append(page[:room])
        room -= len(kept[-1])
    return tuple(kept), sum(map(len, kept)) < sum(map(len, pages))
