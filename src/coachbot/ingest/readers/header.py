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
from coachbot.ingest.readers.grammar import Line, is_transcript_heading
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
    key = name_key(label[0]) if label else name_key(text) if len(text) < 30 else ""
    return key if key in HEADER_KEYS else None


def read_header(lines: Sequence[Line], raw: Raw) -> None:
    """Take title, date and participants from the lines above the first turn."""
    people: list[str] = []
    listing = False
    untitled: list[str] = []
    for line in lines:
        text = line.text
        if not text or line.rule or is_transcript_heading(text):
            listing = listing and not line.rule and not is_transcript_heading(text)
            continue
        key = key_of(text)
        label = split_label(text)
        value = clean(label[1]) if label else ""
        if line.heading and value and raw.title is None:
            raw.title, listing = _title(text), False
        elif key in PEOPLE_KEYS:
            people += split_people(value)
            listing = True
        elif key in DATE_KEYS:
            raw.date, listing = raw.date or find_date(value), False
        elif key in TITLE_KEYS and value:
            raw.title, listing = raw.title or value, False
        elif key == "language":
            raw.language, listing = raw.language or value, False
        elif key is not None:
            listing = False
        elif listing and (line.bullet or "," in text or shape(text) != "none"):
            people += [text] if line.bullet else split_people(text)
        else:
            listing = False
            raw.date = _fuller(raw.date, find_date(text))
            if (line.heading and raw.title is None) or _TAIL.search(text):
                raw.title = _title(text)
            else:
                untitled.append(text)
    if raw.title is None:
        plausible = [
            t
            for t in untitled
            if len(t) <= 120 and not t.endswith((".", "!", "?", ":")) and not _only_date(t)
        ]
        raw.title = _title(plausible[0]) if plausible and plausible[0] == untitled[0] else None
    raw.people += [RawPerson(name) for name in dict.fromkeys(people) if name and not _BOT.search(name)]


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
