"""Whether the numbers and dates that a claim writes were said where its evidence stands."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from coachbot.ground import lexicon
from coachbot.ground.compare import is_number, key
from coachbot.ground.normalise import Token, normalise
from coachbot.ground.numbers import plain

_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_DATE_LEADS = frozenset(
    [
        "in",
        "by",
        "of",
        "until",
        "since",
        "early",
        "late",
        "mid",
        "end",
        "before",
        "after",
        "to",
        "from",
        "next",
        "for",
        "around",
    ]
)
_AFTER_MAY = frozenset(["be", "have", "not", "need", "want", "go", "even", "still", "well", "also"])
_ALSO_WORDS = frozenset({"may", "march"})
_FIRST_FEW = frozenset({"1th", "2th", "3th"})
_CALENDAR = {*lexicon.MONTHS, *lexicon.WEEKDAYS}
_UNITS = frozenset(lexicon.TIME_UNITS.values()) | lexicon.CURRENCIES | {"percent"}
_CONVERSIONS = (
    ("month", "year", 12),
    ("month", "quarter", 3),
    ("week", "fortnight", 2),
    ("day", "week", 7),
    ("hour", "day", 24),
    ("minute", "hour", 60),
)
_NEXT_DAYS = {"today": 0, "tomorrow": 1, "yesterday": -1}
_LONGEST_WAIT = 60
"""Days from the call in which a weekday named without a date is looked for."""


class Said:
    """The numbers, months and weekdays of some texts."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.numbers: set[str] = set()
        self.words: set[str] = set()
        self.units: dict[str, set[str]] = {}
        self.ends: set[str] = set()
        self.days: dict[str, set[str]] = {}
        self.years_of: dict[str, set[str]] = {}
        for text in texts:
            self._read([t.norm for t in normalise(text)])

    def _read(self, norms: list[str]) -> None:
        self.words.update(key(n) for at, n in enumerate(norms) if not _is_modal(norms, at))
        for at, norm in enumerate(norms):
            self.numbers.update(lexicon.VAGUE.get(norm, ()))
            if norm in lexicon.MONTHS:
                near = [*norms[max(at - 6, 0) : at], *norms[at + 1 : at + 4]]
                days = {n.removesuffix("th") for n in near if is_number(n)}
                self.days.setdefault(norm, set()).update(days)
                self.years_of.setdefault(norm, set()).update(n for n in norms[at + 1 : at + 5] if _is_year(n))
            if norm == "end":
                self.ends.update(norms[at + 1 : at + 3])
            if not is_number(norm):
                continue
            self.numbers.add(norm.removesuffix("th"))
            self.numbers.update(_runs_on(norms, at))
            self.units.setdefault(norm, set()).add(_unit(norms, at))

    def has_short(self, number: str) -> bool:
        """Whether it was said without its thousands or millions, by someone who names them nearby:
        'two ninety, two thirty, eight hundred and six thousand'.
        """
        value = Decimal(number)
        return any(
            scale <= value < 1000 * scale and plain(value / scale) in self.numbers and scale in self.scales
            for scale in (1000, 10**6)
        )

    @cached_property
    def scales(self) -> set[int]:
        """The thousand and the million, where numbers of that size are among the numbers."""
        sizes = [Decimal(n) for n in self.numbers]
        thousands = any(1000 <= size < 10**6 and size % 1000 == 0 for size in sizes)
        return {scale for scale, used in ((1000, thousands), (10**6, any(s >= 10**6 for s in sizes))) if used}

    def has(self, number: str) -> bool:
        """Whether the number was said, as such or as part of a range ('forty to fifty thousand')."""
        return number in self.numbers

    @property
    def years(self) -> set[str]:
        """The years among the numbers."""
        return {n for n in self.numbers if _is_year(n)}


def unsupported(value: str, texts: Sequence[str], on: date | None = None) -> str | None:
    """What of the numbers and dates in `value` was not said in `texts`; None where all was.

    `on` is the day of the call: it gives dates the month and year that nobody says, and weekdays their date.
    """
    tokens = normalise(_ISO.sub(" ", value))
    found = [*_ISO.finditer(value)]
    if not found and not any(is_number(t.norm) or key(t.norm) in _CALENDAR for t in tokens):
        return None
    said = Said(texts)
    for iso in found:
        day = _day(*map(int, iso.groups()))
        if day is None or not _date_said(day, said, on):
            return f"the date {iso.group()} was not said"
    return next(_wrong(tokens, _ISO.sub(" ", value), said, on), None)


def _wrong(tokens: Sequence[Token], value: str, said: Said, on: date | None) -> Iterator[str]:
    norms = [key(t.norm) for t in tokens]
    dated = _spelled_dates(norms, said, on)
    for at, token in enumerate(tokens):
        norm = norms[at]
        if at in dated:
            continue
        spelled = value[token.start : token.end]
        if norm in lexicon.WEEKDAYS or _is_month(norms, at):
            if norm not in said.words:
                yield f"'{spelled}' was not said"
            continue
        if not is_number(norm) or (norm == "1" and spelled.isalpha()):
            continue
        if (norm not in _FIRST_FEW or _by_month(norms, at)) and not _number_said(norms, at, said, on):
            yield f"'{spelled}' was not said"


def _spelled_dates(norms: Sequence[str], said: Said, on: date | None) -> set[int]:
    """The positions of the words that make dates ('Thursday 24 April') which follow from what was said."""
    fine: set[int] = set()
    for at, norm in enumerate(norms):
        if norm not in lexicon.MONTHS or on is None:
            continue
        for beside in (at - 1, at + 1, at - 2):
            if not 0 <= beside < len(norms) or not norms[beside].removesuffix("th").isdecimal():
                continue
            number = int(norms[beside].removesuffix("th"))
            near = (_day(on.year + years, lexicon.MONTHS.index(norm) + 1, number) for years in (-1, 0, 1))
            for day in filter(None, near):
                weekday = {w for w in range(min(at, beside) - 2, max(at, beside) + 3) if 0 <= w < len(norms)}
                weekday = {w for w in weekday if norms[w] in lexicon.WEEKDAYS}
                right = all(norms[w] == lexicon.WEEKDAYS[day.weekday()] for w in weekday)
                if right and abs(day - on) <= timedelta(days=_LONGEST_WAIT) and _date_said(day, said, on):
                    fine |= {at, beside} | weekday
            break
    return fine


def _number_said(norms: Sequence[str], at: int, said: Said, on: date | None) -> bool:
    number = norms[at].removesuffix("th")
    if _is_year(number):
        month = next((norm for norm in norms[max(at - 3, 0) : at] if norm in lexicon.MONTHS), None)
        years = said.years_of.get(month) if month else said.years
        dated = month is not None or any(norm in ("q", "quarter") for norm in norms[max(at - 3, 0) : at])
        if dated and _year_fits(number, years, said, on):
            return True
        if number[2:] in said.numbers and not said.years - {number}:
            return True
    months = {m for m in norms[max(at - 2, 0) : at + 3] if m in said.ends and m in lexicon.MONTHS}
    if any(number == str(_last_day(lexicon.MONTHS.index(m) + 1, on)) for m in months):
        return True
    days = said.days.get(_month_of(norms, at), set())
    if days and number not in days:
        return False
    unit, units = _unit(norms, at), said.units.get(norms[at], set())
    if unit and _converted(Decimal(number), unit, said):
        return True
    if not said.has(number) and not any(map(said.has, _scaled(norms, at))):
        return said.has_short(number)
    return not unit or not units or unit in units or "" in units


def _month_of(norms: Sequence[str], at: int) -> str:
    """The month that a number is a day of ('24 April', 'April 24'), '' where it is none."""
    if len(norms[at].removesuffix("th")) > 2:
        return ""
    before, after = norms[max(at - 1, 0) : at], [n for n in norms[at + 1 : at + 3] if n != "of"][:1]
    return next((norm for norm in (*after, *before) if norm in lexicon.MONTHS), "")


def _year_fits(year: str, with_it: set[str] | None, said: Said, on: date | None) -> bool:
    """Whether a date may be of that year: it was said, or none was with it and it is one of the call's."""
    return year in said.years or (not with_it and on is not None and abs(int(year) - on.year) <= 1)


def _converted(number: Decimal, unit: str, said: Said) -> bool:
    """Whether the same span of time was said in another unit: 24 months for two years."""
    for small, large, factor in _CONVERSIONS:
        if unit == small and (large in said.units.get(plain(number / factor), ()) or number == factor):
            return number != factor or large in said.words
        if unit == large and small in said.units.get(plain(number * factor), ()):
            return True
    return False


def _unit(norms: Sequence[str], at: int) -> str:
    """The unit that follows a number, '' where none does."""
    following = key(norms[at + 1]) if at + 1 < len(norms) else ""
    return following if following in _UNITS else ""


def _runs_on(norms: Sequence[str], at: int) -> Iterator[str]:
    """'six fifty' may be written 650 or 6.50, 'a million four' 1.4 million."""
    joined = norms[at].removesuffix("th")
    yield from _scaled(norms, at)
    millions, digit = divmod(Decimal(joined), 10**6)
    if millions and 0 < digit < 10:
        yield plain(millions * 10**6 + digit * 10**5)
    for following in norms[at + 1 : at + 4]:
        if not following.isdecimal() or len(following) > 2 or "." in joined or len(norms[at]) > 2:
            return
        yield f"{joined}.{following}".rstrip("0")
        joined += following
        yield joined


def _scaled(norms: Sequence[str], at: int) -> Iterator[str]:
    """The 40,000 of 'forty to fifty thousand'."""
    for far in (1, 2):
        if at + far >= len(norms) or not is_number(norms[at + far]) or norms[at + far].endswith("th"):
            continue
        if far == 2 and norms[at + 1] not in ("to", "or", "and"):
            return
        small, large = Decimal(norms[at].removesuffix("th")), Decimal(norms[at + far])
        for scale in (10**9, 10**6, 1000, 100):
            if large >= scale and small < large / scale <= 1000:
                yield plain(small * scale)
                return


def _is_year(number: str) -> bool:
    return len(number) == 4 and number.isdecimal() and "1990" <= number <= "2100"


def _is_modal(norms: Sequence[str], at: int) -> bool:
    """'We may go' names no month."""
    before, after = norms[max(at - 1, 0) : at], norms[at + 1 : at + 2]
    return norms[at] == "may" and not (lexicon.PRONOUNS.isdisjoint(before) and _AFTER_MAY.isdisjoint(after))


def _is_month(norms: Sequence[str], at: int) -> bool:
    """'may' and 'march' are months only where something dates them."""
    if norms[at] not in lexicon.MONTHS:
        return False
    if norms[at] not in _ALSO_WORDS:
        return True
    beside = [*norms[max(at - 1, 0) : at], *norms[at + 1 : at + 2]]
    return any(map(is_number, beside)) or (at > 0 and norms[at - 1] in _DATE_LEADS)


def _by_month(norms: Sequence[str], at: int) -> bool:
    return any(norm in lexicon.MONTHS for norm in norms[max(at - 2, 0) : at + 3])


def _last_day(month: int, on: date | None) -> int:
    return calendar.monthrange(on.year if on else 2001, month)[1]


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _date_said(day: date, said: Said, on: date | None) -> bool:
    """Whether a date follows from what was said, given the day of the call."""
    month = lexicon.MONTHS[day.month - 1]
    year_fits = _year_fits(str(day.year), said.years_of.get(month), said, on)
    ends = month in said.ends and day.day == calendar.monthrange(day.year, day.month)[1]
    if year_fits and (ends or (str(day.day) in said.numbers and month in said.words)):
        return True
    if on is None:
        return False
    ahead = day - on
    if any(word in said.words and ahead == timedelta(days=days) for word, days in _NEXT_DAYS.items()):
        return True
    soon = timedelta(0) <= ahead <= timedelta(days=_LONGEST_WAIT)
    months = said.words.intersection(lexicon.MONTHS) - _ALSO_WORDS
    by_weekday = lexicon.WEEKDAYS[day.weekday()] in said.words
    return soon and year_fits and (by_weekday or str(day.day) in said.numbers) and not months
