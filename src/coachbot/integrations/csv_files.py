"""CSV files as CRMs and spreadsheets write them: any common encoding and delimiter."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from coachbot.errors import InputError

MOST_BYTES = 512 * 1024 * 1024
MOST_CELL = 1_000_000


def read_rows(path: Path) -> tuple[list[str], Iterator[tuple[int, dict[str, str]]]]:
    """The header, and each row with the number of the line it begins on. Raises InputError."""
    text = _text(path)
    csv.field_size_limit(MOST_CELL)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        header = [h.strip() for h in next(lines)]
    except (StopIteration, csv.Error) as error:
        raise InputError("the file is empty: export it again with its header row", path=path) from error
    twice = {h for h in header if h and header.count(h) > 1}
    if twice:
        raise InputError(f"the header names {', '.join(sorted(twice))} twice", path=path, line=1)
    return header, _rows(path, lines, header)


def _rows(path: Path, lines: Iterator[list[str]], header: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    reader = lines
    begun = getattr(reader, "line_num", 1)
    while True:
        line = begun + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InputError(f"the CSV breaks off here: {error}", path=path, line=line) from error
        begun = getattr(reader, "line_num", line)
        if any(c.strip() for c in cells):
            padded = [*cells, *[""] * (len(header) - len(cells))]
            yield line, {h: c.strip() for h, c in zip(header, padded, strict=False) if h}


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError("the file is larger than 512 MB: split it", path=path)
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path=path) from error
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif b"\0" in data[:4096]:
        raise InputError("this is no CSV file: export the list as CSV", path=path)
    else:
        encoding = "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        if data.startswith(b"PK"):
            raise InputError("this is a workbook or archive: export the list as CSV", path=path) from None
        return data.decode("cp1252", errors="replace")


def _delimiter(text: str) -> str:
    head = text.split("\n", 1)[0]
    return max(",;\t|", key=head.count)
