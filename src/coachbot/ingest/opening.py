"""From a path to a Source: what may be read at all, in which encoding, and JSON where it is JSON."""

from __future__ import annotations

import codecs
import hashlib
import json
import re
import stat
from pathlib import Path
from typing import Any

from coachbot.errors import InputError
from coachbot.files import reading
from coachbot.ingest.raw import Source
from coachbot.ingest.refusals import refuse_binary, refuse_markup

MAX_BYTES = 100 * 1024 * 1024
"""Larger files are refused before they are read. A call of a day is a few megabytes."""
MAX_LINES = 2_000_000
MAX_VALUES = 40_000_000
"""Against files made to fill the memory; the longest calls stay far below."""


def open_source(path: Path, *, known: tuple[str, ...] = ()) -> tuple[Source, list[str]]:
    """The opened file, and sentences about how it had to be read. Raises InputError for what cannot be."""
    data = read_bytes(path, MAX_BYTES)
    digest = hashlib.sha256(data).hexdigest()
    if data.startswith(b"PK\x03\x04"):
        return Source(path, data, digest, is_zip=True, known=known), []
    refuse_binary(data, path)
    text, warnings = decode(data, path)
    if not text.strip():
        raise InputError("the file holds only white space; export the transcript again", path=path)
    if text.count("\n") > MAX_LINES:
        raise InputError(f"the file has more than {MAX_LINES:,} lines; is it really a transcript?", path=path)
    refuse_markup(text, path)
    value: Any = None
    is_json = looks_like_json(text)
    if is_json:
        value = parse_json(text, path)
    return Source(path, data, digest, text=text, json=value, is_json=is_json, known=known), warnings


def read_bytes(path: Path, limit: int) -> bytes:
    """The bytes of a regular file of at most `limit`; InputError says what is wrong otherwise."""
    with reading(path):
        info = path.stat()
        if stat.S_ISDIR(info.st_mode):
            raise InputError("this is a folder; name a transcript file in it", path=path)
        if not stat.S_ISREG(info.st_mode):
            raise InputError("this is not a regular file; save the transcript to a file first", path=path)
        if info.st_size > limit:
            raise InputError(_too_large(info.st_size, limit), path=path)
        with path.open("rb") as file:
            data = file.read(limit + 1)  # the file may grow after it was measured
    if len(data) > limit:
        raise InputError(_too_large(len(data), limit), path=path)
    if not data:
        raise InputError("the file is empty; export the transcript again", path=path)
    return data


def _too_large(size: int, limit: int) -> str:
    mib = 1024 * 1024
    return f"the file has {size // mib:,} MB, the limit is {limit // mib} MB; is it really a transcript?"


_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_DAMAGED = "Some characters of the file are damaged and show as \ufffd; the rest was read as it is."


def decode(data: bytes, path: Path) -> tuple[str, list[str]]:
    """Text with `\\n` line ends: UTF-8, UTF-16 with its mark, else Windows Western with a warning."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            text = data.decode(encoding, "replace")
            return _lines(text), [_DAMAGED] if "\ufffd" in text else []
    if b"\0" in data:
        raise InputError("this is a binary file, not a transcript", path=path)
    try:
        text = data.decode("utf-8")
        warnings: list[str] = []
    except UnicodeDecodeError:
        text, warnings = _not_quite_utf8(data, path)
    return _lines(text), warnings


def _not_quite_utf8(data: bytes, path: Path) -> tuple[str, list[str]]:
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(1 for c in text if c > "\x7f") - bad
    if good > 3 * bad or (good and bad == 1):  # UTF-8 with a few broken places, often cut at the end
        return text, [_DAMAGED]
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        raise InputError(
            "the text is neither UTF-8 nor UTF-16 nor Windows Western; save it as UTF-8", path=path
        ) from None
    odd = sum(1 for c in text if c < " " and c not in "\t\n\r\f")
    if odd > len(text) / 100:
        raise InputError("this is a binary file, not a transcript", path=path)
    return text, ["The file is not UTF-8; it was read as Windows Western (cp1252): check accented letters."]


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def looks_like_json(text: str) -> bool:
    """Whether the text starts as a JSON object or a list of values (and not as `[00:01] Name: ...`)."""
    return re.match(r"""\s*(?:\{\s*(?:["}]|$)|\[\s*(?:[\[{"\]]|$))""", text[:5000]) is not None


def parse_json(text: str, path: Path) -> Any:
    """The JSON value, or the list of values of JSON Lines. NaN and infinite numbers become None."""
    if text.count(",") + 8 * (text.count("[") + text.count("{")) > MAX_VALUES:
        raise InputError("the JSON holds far more values than a transcript has", path=path)
    try:
        return json.loads(text, strict=False, parse_constant=lambda _: None)
    except json.JSONDecodeError as error:
        lines = _json_lines(text) if error.msg == "Extra data" else None
        if lines is not None:
            return lines
        if error.pos >= len(text.rstrip()) - 1 or error.msg.startswith("Unterminated string"):
            reason = "the JSON stops in the middle, so the file is incomplete; export it again"
        else:
            reason = f"this is not valid JSON ({error.msg}, column {error.colno}); export it again"
        raise InputError(reason, path=path, line=error.lineno) from None
    except RecursionError:
        raise InputError("the JSON is nested too deeply to be a transcript", path=path) from None
    except ValueError:  # an integer of thousands of digits
        raise InputError("the JSON holds a number that is too long to be real", path=path) from None


def _json_lines(text: str) -> list[Any] | None:
    values = []
    try:
        for line in text.splitlines():
            if line.strip():
                values.append(json.loads(line, strict=False, parse_constant=lambda _: None))
    except (ValueError, RecursionError):
        return None
    return values
