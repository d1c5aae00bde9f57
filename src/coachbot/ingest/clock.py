"""Times of the sources, in seconds. What cannot be right is left out and counted, never repaired."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

STAMP = r"(?:\d{1,3}:\d{1,2}:\d{1,2}|\d{1,3}:\d{2})(?:[.,]\d{1,3})?"
"""A time of day or of the call inside text: m:ss, mm:ss, h:mm:ss, with or without a fraction."""

LONGEST_S = 48 * 3600
"""No call is longer; a time beyond is a mistake of the source."""

_CLOCK = re.compile(r"(?:(?P<h>\d{1,6}):)?(?P<m>\d{1,6}):(?P<s>\d{1,2})(?:[.,](?P<f>\d{1,9}))?")
_NUMBER = re.compile(r"[+-]?(?:\d{1,15}(?:\.\d{0,20})?|\.\d{1,20})(?:[eE][+-]?\d{1,3})?")


def clock(text: str) -> float | None:
    """Seconds of `h:mm:ss.fff`, `m:ss`, `0:0:0.570` or `00:00:01,500`; None where it is no time.

    Minutes above 59 are taken only where no hours are given.
    """
    match = _CLOCK.fullmatch(text.strip())
    if not match:
        return None
    hours, minutes, seconds = int(match["h"] or 0), int(match["m"]), int(match["s"])
    if seconds > 59 or (match["h"] is not None and minutes > 59):
        return None
    total = hours * 3600 + minutes * 60 + seconds + (float(f"0.{match['f']}") if match["f"] else 0.0)
    return round(total, 6) if total <= LONGEST_S else None


def number(value: object) -> float | None:
    """A finite number from a JSON value: a number, or a string that holds one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = value.strip()
        if not _NUMBER.fullmatch(value):
            return None
    if not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value)
    except (OverflowError, ValueError):
        return None
    return found if math.isfinite(found) else None


class Times:
    """Reads the times of one source and counts those that cannot be right."""

    def __init__(self) -> None:
        self.dropped = 0

    def seconds(self, value: object, *, per_second: float = 1.0) -> float | None:
        """A moment from whatever JSON holds: 1.2, "1.2", "1.200s", "00:00:01.2", {seconds, nanos}."""
        if value is None:
            return None
        found = self._value(value, per_second)
        if found is None or found < 0 or found > LONGEST_S:
            self.dropped += 1
            return None
        return round(found, 6)

    def millis(self, value: object) -> float | None:
        """A moment given in milliseconds."""
        return self.seconds(value, per_second=1000.0)

    def span(self, start: float | None, end: float | None) -> tuple[float | None, float | None]:
        """The pair as it is; both left out where the end lies before the start."""
        if start is not None and end is not None and end < start:
            self.dropped += 1
            return None, None
        return start, end

    def warnings(self) -> list[str]:
        """One sentence where times were left out."""
        if not self.dropped:
            return []
        return [f"{self.dropped} times of the source cannot be right and were left out; the words are kept."]

    def _value(self, value: object, per_second: float) -> float | None:
        if isinstance(value, Mapping):
            if "seconds" not in value and "nanos" not in value:
                return None
            whole, nanos = number(value.get("seconds") or 0), number(value.get("nanos") or 0)
            return None if whole is None or nanos is None else whole + nanos / 1e9
        if isinstance(value, str):
            text = value.strip()
            if ":" in text:
                return clock(text)
            if text[-1:] in ("s", "S"):
                return number(text[:-1])
            value = text
        found = number(value)
        return None if found is None else found / per_second
