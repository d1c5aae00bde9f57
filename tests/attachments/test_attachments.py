"""Documents of deals: what a file is, keeping it, handing it out."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from paper_world import PDF_PAGE, WORD, a_package, a_pdf

from coachbot.attachments import attach, attach_path, file_name, headers, kind_of, pages_of, size_words
from coachbot.errors import InputError, NotFoundError
from coachbot.settings import settings
from coachbot.store import Store
from store_world import add_deal

OPEN = "application/vnd.oasis.opendocument."


@pytest.fixture
def deal_id(sqlite_store: Store) -> str:
    with sqlite_store.begin() as unit:
        return add_deal(unit).id


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (a_pdf("Hello"), "pdf"),
        (b"\xef\xbb\xbf\n %PDF-1.7", "pdf"),
        (WORD, "docx"),
        (a_package("[Content_Types].xml", "xl/workbook.xml"), "xlsx"),
        (a_package("[Content_Types].xml", "ppt/presentation.xml"), "pptx"),
        (a_package("content.xml", mimetype=OPEN + "text"), "odt"),
        (a_package("content.xml", mimetype=OPEN + "spreadsheet"), "ods"),
        (a_package("content.xml", mimetype=OPEN + "presentation"), "odp"),
        (b"{\\rtf1 hello}", "rtf"),
        (b"\x89PNG\r\n\x1a\n\0\0", "png"),
        (b"\xff\xd8\xff\xe0\0", "jpeg"),
        (b"GIF89a\0", "gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "webp"),
        ("Größe und Preis\n".encode(), "text"),
        ("Größe".encode("latin-1"), "text"),
        (b"x" * 8191 + "ö".encode(), "text"),
        (b"<!doctype html><script>alert(1)</script>", "text"),
    ],
)
def test_the_content_says_what_it_is(raw: bytes, kind: str) -> None:
    stream = io.BytesIO(raw)
    assert kind_of(stream, "proposal.exe").id == kind
    assert stream.tell() == 0


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "is empty"),
        (b"MZ\x90\0", "no document"),
        (b"\x7fELF\2\1", "no document"),
        (b"#!/bin/sh\nrm -r /", "a program"),
        (b"ID3\4\0", "no document"),
        (b"RIFF\0\0\0\0WAVEfmt ", "no document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "before 2007"),
        (a_package("a.txt", "b.exe"), "an archive"),
        (a_package("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "macros"),
        (a_package(*(f"word/{n}" for n in range(2001))), "too many parts"),
        (b"PK\3\4 and then nothing", "damaged"),
        ("Größe".encode("utf-16"), "no document"),
    ],
)
def test_what_is_no_document_is_refused(raw: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        kind_of(io.BytesIO(raw), "proposal.pdf")


@pytest.mark.parametrize(
    ("name", "raw", "holds"),
    [
        ("a.txt", b"They bought the mill last spring.", "They bought the mill last spring."),
        ("a.html", b"<html><style>p{}</style><p>They &amp; we</p><script>x()</script>", "They & we"),
        ("a.pdf", a_pdf(PDF_PAGE), PDF_PAGE),
    ],
)
def test_notes_are_read(name: str, raw: bytes, holds: str) -> None:
    assert holds in pages_of(raw, name)[0]
    assert "x()" not in pages_of(raw, name)[0]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"%PDF-1.4 broken", "no PDF"),
        (WORD, "is no text"),
        (b"  ", "holds no text"),
        (b"x" * 5_000_001, "larger than 5 MB"),
    ],
)
def test_a_note_that_cannot_be_read_is_not_kept(
    raw: bytes, said: str, sqlite_store: Store, deal_id: str
) -> None:
    with pytest.raises(InputError, match=said):
        attach(sqlite_store, deal_id, io.BytesIO(raw), "note", note=True)
    assert list(sqlite_store.files.all()) == []
    with sqlite_store.read() as unit:
        assert unit.documents.count(deal_id) == 0


def test_a_file_is_kept_with_its_deal(sqlite_store: Store, deal_id: str, tmp_path: Path) -> None:
    path = tmp_path / "proposal.docx"
    path.write_bytes(WORD)
    kept = attach_path(sqlite_store, deal_id, path, what=" Final \n pricing ")
    assert (kept.name, kept.what, kept.kind, kept.size, kept.note) == (
        "proposal.docx", "Final pricing", "docx", len(WORD), False,
    )  # fmt: skip
    assert sqlite_store.files.read(kept.file) == WORD
    with pytest.raises(InputError, match=r"gone\.pdf: cannot be read"):
        attach_path(sqlite_store, deal_id, tmp_path / "gone.pdf")
    with pytest.raises(NotFoundError, match="no deal 'none'"):
        attach(sqlite_store, "none", io.BytesIO(b"text"), "a.txt")


def test_a_long_note_says_that_it_was_shortened(sqlite_store: Store, deal_id: str) -> None:
    attach(sqlite_store, deal_id, io.BytesIO(b"word " * 50_000), "long.txt", note=True)
    with sqlite_store.read() as unit:
        ((_, pages, shortened),) = unit.documents.notes(deal_id)
    assert (len(pages[0]), shortened) == (200_000, True)


def test_a_file_that_is_too_large_leaves_nothing(
    sqlite_store: Store, deal_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COACHBOT_DOCUMENT_LIMIT", "10")
    settings.cache_clear()
    with pytest.raises(InputError, match=r"plan\.txt: it is larger than 10 bytes"):
        attach(sqlite_store, deal_id, io.BytesIO(b"more than ten"), "plan.txt")
    assert list(sqlite_store.files.all()) == []


@pytest.mark.parametrize(
    ("name", "kept", "saved"),
    [
        ("../../etc/passwd", "passwd", "passwd.txt"),
        ("C:\\Users\\ana\\plan.md", "plan.md", "plan.md"),
        ("invoice\u202etxt.exe", "invoice txt.exe", "invoice txt.exe.txt"),
        ("run.bat", "run.bat", "run.bat.txt"),
        ("a\r\nSet-Cookie: x.txt", "a Set-Cookie: x.txt", "a Set-Cookie: x.txt"),
        ("...", "document", "document.txt"),
        ("n" * 300 + ".txt", "n" * 196 + ".txt", "n" * 196 + ".txt"),
    ],
)
def test_names_are_plain_and_end_as_what_they_are(
    sqlite_store: Store, deal_id: str, name: str, kept: str, saved: str
) -> None:
    document = attach(sqlite_store, deal_id, io.BytesIO(b"text"), name)
    assert (document.name, file_name(document)) == (kept, saved)


def test_headers_keep_a_browser_from_showing_it(sqlite_store: Store, deal_id: str) -> None:
    document = attach(sqlite_store, deal_id, io.BytesIO(b"<script>"), 'Preis "für" 5 %.html')
    given = headers(document)
    assert given["content-disposition"] == (
        'attachment; filename="Preis _f_r_ 5 _.html"; '
        "filename*=UTF-8''Preis%20%22f%C3%BCr%22%205%20%25.html"
    )
    assert "sandbox" in given["content-security-policy"]
    assert given["x-content-type-options"] == "nosniff"
    assert given["content-length"] == "8"


@pytest.mark.parametrize(
    ("size", "said"),
    [(999, "999 B"), (1000, "1 KB"), (999_400, "999 KB"), (3_440_000, "3.4 MB"), (2 * 10**9, "2,000 MB")],
)
def test_sizes_in_words(size: int, said: str) -> None:
    assert size_words(size) == said
