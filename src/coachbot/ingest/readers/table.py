"""Tables: CSV and TSV with a row of column names, such as Whisper's TSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from coachbot.errors import InputError
from coachbot.ingest.clock import Times, number
from coachbot.ingest.names import name_key
from coachbot.ingest.raw import Raw, RawCue, Source
from coachbot.ingest.vocabulary import END_COLUMNS, SPEAKER_COLUMNS, START_COLUMNS, TEXT_COLUMNS

SLOWEST_WORDS_PER_S = 0.1
"""Fewer words in a second than this, and the times are milliseconds."""


class Table:
    """One row a piece of speech; columns by their names."""

    id = "table"
    label = "Table"
    hint = "CSV or TSV with columns such as speaker, start, end, text"
    extensions: tuple[str, ...] = (".csv", ".tsv")

    def sniff(self, source: Source) -> float:
        """A first row that names a column of text and one of speakers or times."""
        return 0.0 if source.is_json or _layout(source.text) is None else 0.9

    def read(self, source: Source) -> Raw:
        """Cues in the order of the rows. Raises InputError where a row cannot be read."""
        layout = _layout(source.text)
        if layout is None:
            raise InputError(
                "the first row does not name the columns (speaker, start, end, text)", path=source.path
            )
        delimiter, columns = layout
        rows: list[list[str]] = []
        reader = csv.reader(io.StringIO(source.text.lstrip("\ufeff\n")), delimiter=delimiter)
        try:
            rows.extend(row for row in reader if row)
        except csv.Error as error:
            raise InputError(
                f"this row of the table cannot be read ({error})", path=source.path, line=reader.line_num
            ) from None
        rows = rows[1:]
        times = Times()
        raw = Raw()
        scale = _scale(rows, columns)
        for row in rows:
            start, end = times.span(
                times.seconds(_cell(row, columns, "start"), per_second=scale),
                times.seconds(_cell(row, columns, "end"), per_second=scale),
            )
            raw.cues.append(
                RawCue(_cell(row, columns, "text") or "", _cell(row, columns, "speaker"), start, end)
            )
        if scale != 1 and "milliseconds" not in columns:
            raw.warnings.append(
                "The times of the table are too large for seconds; they were read as milliseconds."
            )
        raw.warnings += times.warnings()
        return raw


def _layout(text: str) -> tuple[str, dict[str, int]] | None:
    """The delimiter, and which column holds what."""
    first = text.lstrip("\ufeff \n").split("\n", 1)[0][:1000]
    for delimiter in ("\t", ",", ";"):
        cells = [name_key(c) for c in first.split(delimiter)]
        columns: dict[str, int] = {}
        kinds = (
            ("text", TEXT_COLUMNS),
            ("speaker", SPEAKER_COLUMNS),
            ("start", START_COLUMNS),
            ("end", END_COLUMNS),
        )
        for kind, names in kinds:
            at = next((n for n, cell in enumerate(cells) if cell in names), None)
            if at is not None:
                columns[kind] = at
        if "text" in columns and len(columns) > 1:
            if any(cell in ("start ms", "end ms") for cell in cells):
                columns["milliseconds"] = 1
            return delimiter, columns
    return None


def _cell(row: Sequence[str], columns: dict[str, int], kind: str) -> str | None:
    at = columns.get(kind)
    return row[at].strip() or None if at is not None and at < len(row) else None


def _scale(rows: Sequence[Sequence[str]], columns: dict[str, int]) -> float:
    if "milliseconds" in columns:
        return 1000.0
    moments = [number(_cell(row, columns, kind)) for row in rows for kind in ("start", "end")]
    longest = max((m for m in moments if m is not None), default=0.0)
    words = sum(len((_cell(row, columns, "text") or "").split()) for row in rows)
    return 1000.0 if longest > 60 and words < SLOWEST_WORDS_PER_S * longest else 1.0
