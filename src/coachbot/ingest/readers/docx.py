"""DOCX: what Teams and Google Meet (through Google Docs) save, and any other transcript in Word."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from coachbot.errors import InputError
from coachbot.ingest.clean import clean
from coachbot.ingest.raw import Raw, Source
from coachbot.ingest.readers.grammar import Line, row_line
from coachbot.ingest.readers.script import parse_script

MAX_XML = 64 * 1024 * 1024
"""A document's text may unpack to this much: more than any call, less than a zip bomb."""
_BODY = "word/document.xml"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"


class Docx:
    """Paragraphs as lines; then as any written transcript."""

    id = "docx"
    label = "Word document"
    hint = "Teams and Google Meet transcripts, and other transcripts in Word"
    extensions: tuple[str, ...] = (".docx",)

    def sniff(self, source: Source) -> float:
        """Every zip file comes here: nothing else reads one."""
        return 1.0 if source.is_zip else 0.0

    def read(self, source: Source) -> Raw:
        """Turns. Raises InputError for other zips, damaged files and zip bombs."""
        lines = list(_numbered(_paragraphs(_document(source), source)))
        return parse_script(lines, source)


def _document(source: Source) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
            names = set(archive.namelist())
            if _BODY not in names:
                raise InputError(_other_zip(names), path=source.path)
            with archive.open(_BODY) as file:  # the size that the zip states may be a lie
                data = file.read(MAX_XML + 1)
    except InputError:
        raise
    except (
        zipfile.BadZipFile,
        EOFError,
        OSError,
        ValueError,
        zipfile.LargeZipFile,
        NotImplementedError,
    ) as error:
        raise InputError(
            f"the document is damaged ({clean(str(error))}); save it again", path=source.path
        ) from None
    except RuntimeError:
        raise InputError("the document has a password; save it without one", path=source.path) from None
    except Exception as error:
        # zlib and lzma errors have no common parent
        raise InputError(
            f"the document is damaged ({type(error).__name__}); save it again", path=source.path
        ) from None
    if len(data) > MAX_XML:
        raise InputError(
            "the document unpacks to far more than a transcript; is it a zip bomb?", path=source.path
        )
    return data


def _other_zip(names: set[str]) -> str:
    if any(n.startswith(("xl/", "ppt/")) for n in names):
        return "this is a spreadsheet or a presentation; export the transcript as DOCX or text"
    if "content.xml" in names:
        return "this is an OpenDocument file; save it as DOCX or text"
    return "this is a zip archive without a Word document in it; unpack it and name the transcript"


def _paragraphs(data: bytes, source: Source) -> Iterator[tuple[str, bool, bool]]:
    """(text, begins in bold, is a heading) of each line; the rows of tables are lines too."""
    table = 0
    cells: list[str] = []
    cell: list[str] = []
    try:
        for event, node in iterparse(io.BytesIO(data), events=("start", "end"), forbid_dtd=True):
            tag = node.tag.replace(_STRICT, _W)
            if event == "start":
                table += tag == _W + "tbl"
                continue
            if tag == _W + "tbl":
                table -= 1
            elif tag == _W + "p":
                lines = _lines_of(node)
                if table:
                    cell += [text for text, _, _ in lines]
                else:
                    yield from lines
                node.clear()
            elif tag == _W + "tc":
                cells.append(clean(" ".join(cell)))
                cell = []
            elif tag == _W + "tr":
                yield row_line(cells), False, False
                cells = []
                node.clear()
    except DefusedXmlException:
        raise InputError(
            "the document holds forbidden XML (a DTD or entities); save it again", path=source.path
        ) from None
    except (ParseError, ValueError, LookupError) as error:
        raise InputError(
            f"the document's XML is damaged ({clean(str(error))}); save it again", path=source.path
        ) from None
    except RecursionError:
        raise InputError("the document is nested too deeply to be a transcript", path=source.path) from None


def _lines_of(paragraph: Element) -> list[tuple[str, bool, bool]]:
    lines: list[list[str]] = [[]]
    bold: list[bool | None] = [None]
    heading = False
    is_bold = False
    for node in paragraph.iter():
        tag = node.tag.replace(_STRICT, _W)
        if tag == _W + "pStyle":
            heading = (
                next(iter(node.attrib.values()), "").lower().startswith(("heading", "title", "berschrift"))
            )
        elif tag == _W + "r":
            mark = next((b for b in node.iter() if b.tag.replace(_STRICT, _W) == _W + "b"), None)
            is_bold = mark is not None and next(iter(mark.attrib.values()), "1") not in ("0", "false")
        elif tag in (_W + "br", _W + "cr"):
            lines.append([])
            bold.append(None)
        elif tag == _W + "tab":
            lines[-1].append("\t")
        elif tag == _W + "t" and node.text:
            for n, part in enumerate(node.text.split("\n")):
                if n:
                    lines.append([])
                    bold.append(None)
                lines[-1].append(part)
                if bold[-1] is None and part.strip():
                    bold[-1] = is_bold
    return [(clean("".join(parts)), bool(mark), heading) for parts, mark in zip(lines, bold, strict=True)]


def _numbered(paragraphs: Iterator[tuple[str, bool, bool]]) -> Iterator[Line]:
    for number, (text, bold, heading) in enumerate(paragraphs, 1):
        yield Line(number, text, marked=bold, heading=heading)
