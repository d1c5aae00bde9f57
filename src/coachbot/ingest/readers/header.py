"""What stands above a written transcript: title, date, participants."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time

from coachbot.ingest.clean import clean
from coachbot.ingest.dates import find_date, without_date
from coachbot.ingest.labels import shape, split_label
from coachbot.ingest.names import name_key
from coachbot.ingest.raw import Raw, RawPerson
from coachbot.ingest.readers.grammar import Line, is_notice, is_transcript_heading
from coachbot.ingest.vocabulary import DATE_KEYS, HEADER_KEYS, PEOPLE_KEYS, TITLE_KEYS

_BOT = re.compile(
    r"(?i)'s presentation$|note ?taker|meeting notes$|fireflies\.ai|otter\.ai|read\.ai|\brecorder\b"
)
_TAIL = re.compile(
    r"(?i)[\s-]*(?:-\s*Transcript|"
    r"-\d{8}[_-]\d{6}(?:UTC)?\s*-\s*Meeting (?:Recording|Transcript)(?: \d+)?)\s*$"
)
_STAMP_TAIL = re.compile(r"[\s(–-]*\d{4}[-/]\d{1,2}[-/]\d{1,2}[ T]\d{1,2}:\d{2}.{0,12}?\)?\s*$")


def key_of(text: str) -> str | None:
    """The key of a `Key: value` line that describes the call, None for all other lines."""
    label = split_label(text)
    key = label.key if label else name_key(text) if len(text) < 30 else ""
    return key if key in HEADER_KEYS else None


def read_header(lines: Sequence[Line], raw: Raw) -> list[Line]:
    """Take title, date and participants from the lines above the first turn; returns the rest of them."""
    people: list[str] = []
    unread: list[Line] = []
    listing = False  # whether the lines that follow list people
    for line in lines:
        if line.rule or is_transcript_heading(line.text):
            listing = False
        elif line.text and not is_notice(line.text):
            key = key_of(line.text)
            if key is not None and not (line.heading and raw.title is None and split_label(line.text)):
                people += _keyed(key, line.text, raw)
                listing = key in PEOPLE_KEYS
            elif listing and (found := _names(line)):
                people += found
            else:
                listing = False
                raw.date = _fuller(raw.date, find_date(line.text))
                if (line.heading and raw.title is None) or _TAIL.search(line.text):
                    raw.title = _title(line.text)
                else:
                    unread.append(line)
    if raw.title is None and unread and _may_be_title(unread[0].text):
        raw.title = _title(unread.pop(0).text)
    raw.people += [RawPerson(name) for name in dict.fromkeys(people) if name and not _BOT.search(name)]
    return unread


def _keyed(key: str, text: str, raw: Raw) -> list[str]:
    """Take over the value of a `Key: value` line; returns the people in it."""
    label = split_label(text)
    value = clean(label.text) if label else ""
    if key in PEOPLE_KEYS:
        return split_people(value)
    if key in DATE_KEYS:
        raw.date = raw.date or find_date(value)
    elif key in TITLE_KEYS:
        raw.title = raw.title or value or None
    elif key == "language":
        raw.language = raw.language or value or None
    return []


def _names(line: Line) -> list[str]:
    """The people of a line of a list: one a bullet, else divided by commas."""
    if line.bullet:
        return [line.text]
    names = split_people(line.text)
    return names if names and all(shape(n) != "none" for n in names) else []


def _may_be_title(text: str) -> bool:
    return len(text) <= 120 and not text.endswith((".", "!", "?", ":")) and not _only_date(text)


def _fuller(one: datetime | None, other: datetime | None) -> datetime | None:
    """The first date, or the other of the same day where only that has a time."""
    if one is None or other is None:
        return one or other
    return other if one.time() == time(0) and one.date() == other.date() else one


def _title(text: str) -> str | None:
    short = without_date(_STAMP_TAIL.sub("", _TAIL.sub("", text)).strip(" -–"))
    return short or clean(text) or None


def _only_date(text: str) -> bool:
    return (
        find_date(text) is not None and len(text) < 45 and not re.search(r"(?i)call|meeting|demo|sync", text)
    )


def split_people(text: str) -> list[str]:
    """Names of a list; commas inside brackets do not divide."""
    found: list[str] = []
    depth, start = 0, 0
    for at, char in enumerate(text):
        depth += (char in "([<") - (char in ")]>")
        if depth == 0 and (char in ",;•" or text.startswith(" and ", at)):
            found.append(text[start:at])
            start = at + (5 if char == " " else 1)
    found.append(text[start:])
    names = [clean(n).strip(" -–.") for n in found]
    return [n for n in names if n and not n.isdigit() and any(c.isalpha() for c in n) and len(n) <= 120]
