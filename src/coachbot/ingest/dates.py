"""Dates that exports write down, read strictly: a wrong date is worse than none."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from dateutil import parser as _parser

from coachbot.ingest.clock import number

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*\.?"
_TIME = (
    r"(?:(?:T|,?\s+(?:at\s+)?)\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?\s*(?:[AP]\.?M\.?)?\s*"
    r"(?P<zone>Z|UTC|GMT(?:[+-]\d{1,2}(?::?\d{2})?)?|[+-]\d{2}:?\d{2}|[A-Z]{2,5})?)?"
)
_DATE = re.compile(
    rf"(?:(?P<iso>\d{{4}}[-/]\d{{1,2}}[-/]\d{{1,2}})|(?P<us>{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}})"
    rf"|(?P<eu>\d{{1,2}}(?:st|nd|rd|th)?\.?\s+{_MONTH},?\s+\d{{4}})){_TIME}",
    re.IGNORECASE,
)
_ZONES = {
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "BST": 1, "WET": 0, "WEST": 1, "SAST": 2,
    "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "SGT": 8,
}  # fmt: skip


FIRST, LAST = 1990, 2100
"""Years in which a call may have been held. Past them arithmetic with days ends, and the date is a slip."""


def plausible(moment: datetime) -> bool:
    """Whether a call may have been held then."""
    return FIRST <= moment.year <= LAST


def find_date(text: str) -> datetime | None:
    """The first full date in a line (year, month and day), with its time and zone; UTC where none is named.

    Day/month orders that can be misread (03/04/2025) are not read at all.
    """
    match = _DATE.search(text[:200])
    if not match:
        return None
    zone = match["zone"] or ""
    body = match.group()[: len(match.group()) - len(zone)] if zone else match.group()
    try:
        found = _parser.parse(re.sub(r"(?i)\bat\b", " ", body), ignoretz=True, default=datetime(2000, 1, 1))
    except (ValueError, OverflowError):
        return None
    return found.replace(tzinfo=_zone(zone)) if plausible(found) else None


def without_date(text: str) -> str:
    """A title without the date at its end."""
    dates = list(_DATE.finditer(text[:200]))
    if not dates or dates[-1].start() < 3 or len(text) - dates[-1].end() > 2:
        return text
    return text[: dates[-1].start()].rstrip(" (-–,@")


def _zone(name: str) -> timezone:
    known = _ZONES.get(name.upper())
    if known is not None:
        return timezone(timedelta(hours=known))
    offset = re.search(r"([+-])(\d{1,2}):?(\d{2})?$", name)
    if not offset or int(offset[2]) > 14:
        return UTC
    span = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
    return timezone(span if offset[1] == "+" else -span)


def iso_date(value: object) -> datetime | None:
    """A date from JSON: ISO 8601, or the number of milliseconds (or seconds) since 1970."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str) and re.fullmatch(r"\s*\d{10,13}\s*", value):
        value = int(value)
    if isinstance(value, (int, float)):
        moment = number(value)
        if moment is None:
            return None
        seconds = moment / 1000 if moment > 1e11 else moment
        if not 631152000 <= seconds <= 4102444800:  # FIRST to LAST
            return None
        return datetime.fromtimestamp(seconds, UTC)
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
    except ValueError:
        return find_date(value)
    if not plausible(found):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
