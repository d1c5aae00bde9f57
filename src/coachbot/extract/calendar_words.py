"""How people say days and months: the words, the patterns they make, and the arithmetic behind them."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

from dateutil.easter import easter
from dateutil.relativedelta import relativedelta

_COUNTING = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_RANKING = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth"
)
_CARDINALS, _ORDINALS = _COUNTING.split(), _RANKING.split()

_TO_DAY = {w: n for n, w in enumerate(_ORDINALS, 1)} | {"twentieth": 20, "thirtieth": 30}
_TO_DAY |= {f"twenty{w}": 20 + n for n, w in enumerate(_ORDINALS[:9], 1)} | {"thirtyfirst": 31}
_TO_NUMBER = {w: n for n, w in enumerate(_CARDINALS, 1)} | {"a": 1, "an": 1, "twenty": 20, "thirty": 30}
_TO_NUMBER |= {f"twenty{w}": 20 + n for n, w in enumerate(_CARDINALS[:9], 1)} | {"thirtyone": 31}

_WEEKDAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
_MONTHS = {m.lower(): n for n, m in enumerate(calendar.month_abbr) if m}

_TENS = r"(?:twenty|thirty)[\s-]?"
ORDINAL = (
    rf"(?:{_TENS}(?:{'|'.join(_ORDINALS[:9])})|{'|'.join(_ORDINALS)}|twentieth|thirtieth"
    r"|\d{1,2}(?:st|nd|rd|th))"
)
CARDINAL = (
    rf"(?:{_TENS}(?:{'|'.join(_CARDINALS[:9])})|{'|'.join(reversed(_CARDINALS))}|twenty|thirty|\d{{1,2}})"
)
WEEKDAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|tues|weds|thurs)"
# Shorter forms are words of their own (sun, sat, wed), so they count only beside a number.
SHORT_WEEKDAY = rf"(?:{WEEKDAY}|(?:mon|tue|wed|thur?|fri|sat|sun)\b\.?)"
MONTH = (
    r"(?:(?:january|february|march|april|may|june|july|august|september|october|november|december)\b"
    r"|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?)"
)
YEAR = r"(?:,?\s+(?P<year>20\d\d))?"


def _key(words: str) -> str:
    return re.sub(r"[^a-z]", "", words.lower())


def day_number(words: str) -> int | None:
    """Day of the month that an ordinal or a number names ('twenty second', '22nd', '22'); None if none."""
    digits = re.match(r"\d{1,2}", words)
    day = int(digits[0]) if digits else _TO_DAY.get(_key(words)) or _TO_NUMBER.get(_key(words))
    return day if day and 1 <= day <= 31 else None


def count(words: str) -> int | None:
    """A small number said in words or digits; 'a' is one. None where it is no number."""
    return int(words) if words.isdigit() else _TO_NUMBER.get(_key(words))


def weekday_number(word: str) -> int:
    """0 for Monday to 6 for Sunday. KeyError where the word is no weekday."""
    return _WEEKDAYS[word[:3].lower()]


def month_number(word: str) -> int:
    """1 for January to 12. KeyError where the word is no month."""
    return _MONTHS[word[:3].lower()]


def on_or_after(day: date, weekday: int) -> date:
    """The first such weekday that is not before `day`."""
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def coming(day: date, weekday: int) -> date:
    """The first such weekday after `day`."""
    return on_or_after(day + timedelta(days=1), weekday)


def in_week(day: date, weekday: int, weeks: int = 0) -> date:
    """That weekday of the week (from Monday) `weeks` after the week of `day`."""
    return day + timedelta(days=weekday - day.weekday() + 7 * weeks)


def make(year: int, month: int, day: int) -> date | None:
    """A date, or None where the calendar has no such day."""
    return date(year, month, day) if day <= calendar.monthrange(year, month)[1] else None


def month_end(day: date, months: int = 0) -> date:
    """Last day of the month that lies `months` after that of `day`."""
    return day + relativedelta(months=months, day=31)


def days_of_month(said_on: date, day: int, first: int = 0, last: int = 3) -> list[date]:
    """The dates with that day number, from `first` to `last` months after the month of `said_on`."""
    months = (said_on + relativedelta(day=1, months=n) for n in range(first, last + 1))
    return [d for m in months if (d := make(m.year, m.month, day))]


def nearest_year(said_on: date, month: int, day: int, weekday: int | None = None) -> date | None:
    """The date meant by day and month alone: the coming one, unless it was only some months ago.

    With a weekday, the year must agree with it; None where no near year does.
    """
    years = (said_on.year - 1, said_on.year, said_on.year + 1)
    near = [d for y in years if (d := make(y, month, day)) and d >= said_on - timedelta(days=100)]
    fits = [d for d in near if weekday is None or d.weekday() == weekday]
    return fits[0] if fits else None


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date | None:
    """The first (1), second … or last (-1) such weekday of a month; None where the month has no fifth."""
    if nth < 0:
        last = month_end(date(year, month, 1))
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    day = on_or_after(date(year, month, 1), weekday) + timedelta(days=7 * (nth - 1))
    return day if day.month == month else None


def feast(words: str, said_on: date) -> date | None:
    """The coming public holiday of that name, where it falls on a day that can be reckoned."""
    for year in (said_on.year, said_on.year + 1):
        day = _feast(words.lower(), year)
        if day and day >= said_on:
            return day
    return None


def _feast(name: str, year: int) -> date | None:
    if name.startswith("easter monday"):
        return easter(year) + timedelta(days=1)
    if name.startswith("good friday"):
        return easter(year) - timedelta(days=2)
    if name.startswith("easter"):
        return easter(year)
    if name.startswith("christmas eve"):
        return date(year, 12, 24)
    if name.startswith("christmas"):
        return date(year, 12, 25)
    if name.startswith("thanksgiving"):
        return nth_weekday(year, 11, 3, 4)
    if name.startswith("labo"):
        return nth_weekday(year, 9, 0, 1)
    return date(year, 12, 31) if name.endswith("eve") else date(year, 1, 1)


FEAST = (
    r"(?:easter monday|easter sunday|easter|good friday|christmas eve|christmas|thanksgiving|labou?r day"
    r"|new year'?s eve|new year'?s(?: day)?|the new year)"
)
