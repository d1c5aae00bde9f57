"""What a document is: told by its content, whatever its name says."""

from __future__ import annotations

import codecs
import zipfile
from dataclasses import dataclass
from typing import IO

from coachbot.errors import InputError

HEAD = 8192
CONTENTS = 2_000
"""Entries of a package that are looked at; one with more is no office document."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document: its id, what people call it, and the endings that its files have."""

    id: str
    label: str
    endings: tuple[str, ...]


KINDS = {
    kind.id: kind
    for kind in (
        Kind("pdf", "PDF", (".pdf",)),
        Kind("docx", "Word", (".docx",)),
        Kind("xlsx", "Excel", (".xlsx",)),
        Kind("pptx", "PowerPoint", (".pptx",)),
        Kind("odt", "OpenDocument text", (".odt",)),
        Kind("ods", "OpenDocument sheet", (".ods",)),
        Kind("odp", "OpenDocument slides", (".odp",)),
        Kind("rtf", "Rich text", (".rtf",)),
        Kind("png", "PNG picture", (".png",)),
        Kind("jpeg", "JPEG picture", (".jpg", ".jpeg")),
        Kind("gif", "GIF picture", (".gif",)),
        Kind("webp", "WebP picture", (".webp",)),
        Kind("text", "Text", (".txt", ".md", ".csv", ".tsv", ".html", ".htm", ".eml", ".ics", ".json")),
    )
}
READS = "PDF, Word, Excel, PowerPoint, OpenDocument, RTF, text, Markdown, HTML, CSV, PNG, JPEG, GIF or WebP"
_MARKS = (
    (b"{\\rtf", "rtf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
)
_OFFICE = {"word/": "docx", "xl/": "xlsx", "ppt/": "pptx"}
_OPEN = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
    b"application/vnd.oasis.opendocument.presentation": "odp",
}
_CONTROL = bytes(set(range(32)) - {9, 10, 12, 13})


def kind_of(stream: IO[bytes], name: str) -> Kind:
    """What is in the stream, which is read from its beginning and left there.

    Raises InputError for what is no document: programs, recordings, archives, macros, nothing at all.
    """
    stream.seek(0)
    head = stream.read(HEAD)
    try:
        return KINDS[_of(head, stream, name)]
    finally:
        stream.seek(0)


def is_pdf(head: bytes) -> bool:
    """Whether a PDF begins there; white space may stand before it."""
    return head[:1024].removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"%PDF")


def _of(head: bytes, stream: IO[bytes], name: str) -> str:
    if not head:
        raise InputError("it is empty; attach a file with something in it", path=name)
    if head.startswith(b"PK"):
        return _packed(stream, name)
    if is_pdf(head):
        return "pdf"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    for mark, kind in _MARKS:
        if head.startswith(mark):
            return kind
    if head.startswith(b"#!"):
        raise InputError(f"it is a program; attach {READS}", path=name)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputError(
            "it is in the format of Office before 2007; save it as DOCX, XLSX, PPTX or PDF", path=name
        )
    if _is_text(head):
        return "text"
    raise InputError(f"it is no document that is taken in; attach {READS}", path=name)


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False  # UTF-16: notes are read as UTF-8, and few programs of today write it
    if head.translate(None, _CONTROL) != head:
        return False
    try:
        # A character may be cut at the end of the head.
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return b"\xff" not in head  # an older encoding of one byte a character
    return True


def _packed(stream: IO[bytes], name: str) -> str:
    try:
        with zipfile.ZipFile(stream) as package:
            names = package.namelist()
            if len(names) > CONTENTS:
                raise InputError(
                    "it holds too many parts to be a document; attach the document itself", path=name
                )
            if any(n.rsplit("/", 1)[-1].lower() == "vbaproject.bin" for n in names):
                raise InputError("it holds macros; save it without them", path=name)
            if "mimetype" in names and package.getinfo("mimetype").file_size < 100:
                kind = _OPEN.get(package.read("mimetype").strip())
                if kind:
                    return kind
            if "[Content_Types].xml" in names:
                for folder, kind in _OFFICE.items():
                    if any(n.startswith(folder) for n in names):
                        return kind
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError) as error:
        raise InputError("it is a damaged package; save it again", path=name) from error
    raise InputError(f"it is an archive; attach what is in it: {READS}", path=name)
