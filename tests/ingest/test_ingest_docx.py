"""Word documents: as Teams and Google Meet save them, damaged ones, and other zips."""

from __future__ import annotations

import io
import zipfile
from html import escape

import pytest
from ingest_help import Read, outcome, said, times

from coachbot.errors import InputError
from coachbot.ingest.readers import docx

NS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def run(text: str, *, bold: bool = False) -> str:
    marks = "<w:rPr><w:b/></w:rPr>" if bold else ""
    return f'<w:r>{marks}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def paragraph(*runs: str, style: str = "") -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}{''.join(runs)}</w:p>"


BREAK = "<w:r><w:br/></w:r>"


def document(*parts: str, ns: str = NS) -> bytes:
    return archive(
        ("word/document.xml", f'<w:document xmlns:w="{ns}"><w:body>{"".join(parts)}</w:body></w:document>')
    )


def archive(*files: tuple[str, str | bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files:
            made.writestr(name, content)
    return data.getvalue()


@pytest.mark.parametrize("ns", [NS, "http://purl.oclc.org/ooxml/wordprocessingml/main"])
def test_teams(read: Read, ns: str) -> None:
    data = document(
        paragraph(run("Pump review-20260605_091052-Meeting Transcript", bold=True)),
        paragraph(run("June 5, 2026, 2:10PM")),
        paragraph(run("24m 9s")),
        paragraph(run("Ann Lee", bold=True), run(" started transcription")),
        paragraph(
            run("Ann Lee", bold=True),
            run("   0:04"),
            BREAK,
            run("Hi. One thing: R&D."),
            BREAK,
            run("And more."),
        ),
        paragraph(run("Ek, Bo", bold=True), run("   1:02:03"), BREAK, run("Yes.")),
        paragraph(run("Ann Lee", bold=True), run(" stopped transcription")),
        ns=ns,
    )
    call = read(data, "call.docx")
    assert call.source.format == "docx"
    assert said(call) == [("Ann Lee", "Hi. One thing: R&D. And more."), ("Bo Ek", "Yes.")]
    assert times(call) == [(4.0, None), (3723.0, None)]
    assert call.title == "Pump review"


def test_meet(read: Read) -> None:
    data = document(
        paragraph(run("Oct 2, 2025")),
        paragraph(run("Pump sync - Transcript"), style="Title"),
        paragraph(run("Attendees"), style="Heading1"),
        paragraph(run("Ann Lee, Bo Ek")),
        paragraph(run("Transcript"), style="Heading1"),
        paragraph(run("00:00:00"), style="Heading3"),
        paragraph(run("Ann Lee:", bold=True), run(" So the thing is: it")),
        paragraph(run("Bo Ek:", bold=True), run(" runs.")),
        paragraph(run("00:02:00"), style="Heading3"),
        paragraph(run("Bo Ek:", bold=True), run(" Well.")),
        paragraph(run("Meeting ended after 00:02:30"), style="Heading3"),
        paragraph(run("This editable transcript was computer generated and might contain errors.")),
    )
    call = read(data, "call.bin")  # content decides, not the name
    assert said(call) == [("Ann Lee", "So the thing is: it"), ("Bo Ek", "runs. Well.")]
    assert call.turns[0].start_s == 0.0
    assert call.turns[1].cues[0].start_s == 120.0
    assert call.title == "Pump sync"
    assert call.date is not None
    assert [p.name for p in call.participants] == ["Ann Lee", "Bo Ek"]


def test_table(read: Read) -> None:
    def row(*cells: str) -> str:
        return "<w:tr>" + "".join(f"<w:tc>{paragraph(run(c))}</w:tc>" for c in cells) + "</w:tr>"

    rows = (
        row("Time", "Speaker", "Text"),
        row("00:01", "Ann", "Hi."),
        row("00:05", "Bo", "Yes: sure."),
        row("00:09", "Ann", "So."),
    )
    call = read(document(f"<w:tbl>{''.join(rows)}</w:tbl>"), "call.docx")
    assert said(call) == [("Ann", "Hi."), ("Bo", "Yes: sure."), ("Ann", "So.")]
    assert [t.start_s for t in call.turns] == [1.0, 5.0, 9.0]


BOMB = f'<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><w:document xmlns:w="{NS}">&b;</w:document>'


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(archive(("hello.txt", "x")), "zip archive without a Word document", id="another zip"),
        pytest.param(archive(("xl/workbook.xml", "x")), "spreadsheet or a presentation", id="xlsx"),
        pytest.param(archive(("content.xml", "x")), "OpenDocument", id="odt"),
        pytest.param(document(paragraph(run("Ann: Hi.")))[:-40], "damaged", id="cut"),
        pytest.param(b"PK\x03\x04" + b"\x00" * 40, "damaged", id="nothing behind the mark"),
        pytest.param(archive(("word/document.xml", "<w:document")), "XML is damaged", id="not well formed"),
        pytest.param(archive(("word/document.xml", BOMB)), "forbidden XML", id="entities"),
        pytest.param(document(), "nobody says anything", id="no words"),
        pytest.param(
            document(*(paragraph(run(t), style="Heading1") for t in "abc"), paragraph(run("x"))),
            "these are notes",
            id="only headings",
        ),
    ],
)
def test_refused(read: Read, data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read(data, "call.docx")
    assert "\n" not in str(caught.value)


def test_zip_bomb(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docx, "MAX_XML", 100_000)
    with pytest.raises(InputError, match="unpacks to far more"):
        read(archive(("word/document.xml", b" " * 5_000_000)), "call.docx")


def test_flipped_bytes_never_end_in_a_traceback(read: Read) -> None:
    data = document(*(paragraph(run(f"Ann: line {n}")) for n in range(30)))
    for at in range(0, len(data), 7):
        damaged = data[:at] + bytes([data[at] ^ 0x5A]) + data[at + 1 :]
        found = outcome(lambda damaged=damaged: read(damaged, "call.docx"))  # type: ignore[misc]
        assert "\n" not in found if isinstance(found, str) else found.turns
