"""What a phrase about time means. One reader for each way of saying it; `date_rules` has the patterns.

A reader turns a match into a `Reading`, or refuses it (None). A reading without a date is a phrase about
time that names no single day: it is kept, since it is what was said, and never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from coachbot.extract import calendar_words as words
from coachbot.extract.calendar_words import CARDINAL, FEAST


class Reading(NamedTuple):
    """What a phrase means: the day, if it names one, and the kind of phrase."""

    date: date | None
    kind: str


class Scene(NamedTuple):
    """What a phrase is read against: the day of the call, and the day that was spoken of just before."""

    said_on: date
    anchor: date | None


Match = re.Match[str]
Reader = Callable[[Match, Scene], Reading | None]

# An ordinal names a day only where no noun follows that it could belong to ('the second page').
_NO_NOUN = (
    r"at|in|for|is|it|it's|i|i'm|i'll|i'd|we|we're|we'll|we'd|you|you'll|to|so|and|or|then|if|because|but|that"
    r"|that's|this|works|would|will|she|he|they|on|with|by|before|after|from|through|till|until|about|around|oh"
    r"|okay|ok|yeah|yes|no|please|maybe|noon|morning|afternoon|evening|half|quarter|which|when|what|can|could"
    r"|does|do|are|was|fine|good|perfect|great|might|may|should|send|not|same|as|well|though|today|latest"
    r"|now|let|me|my|your|our|there's|here's|they're|he's|she's|whatever|thanks|thank|sure|actually"
)
_AFTER_DAY = re.compile(
    rf"\s*(?:$|[.,;:?!)\u2013\u2014\"\u201d-]|(?:{_NO_NOUN}|(?!one\b){CARDINAL}(?:\s+(?:o'?clock|[ap]\.?m))?)(?![\w']))",
    re.I,
)
_BEFORE_DAY = re.compile(
    r"\b(?:by|on|before|until|till|til|from|for|since|week of|starting|after|around|say|about|commencing|than"
    r"|is|was|to)\s+(?:the\s+)?$",
    re.I,
)
_BARE_BEFORE = re.compile(r"(?:^|[.,;:?!\u2013\u2014-])\s*$")
_LOOSE = re.compile(r"\b(?:every|each|any|a|an|most|some|one|else's|another|usually|normally)\s+$", re.I)


def _before(m: Match) -> str:
    return m.string[max(0, m.start() - 24) : m.start()]


def _rest(m: Match) -> str:
    return m.string[m.end() : m.end() + 24]


def _year(m: Match) -> int | None:
    year = m.groupdict().get("year")
    return int(year) if year else None


def day_and_month(m: Match, scene: Scene) -> Reading | None:
    """'Thursday the second of July', 'May 21', 'July ninth': the year is the near one."""
    day = words.day_number(m["day"] or m.groupdict().get("number") or "")
    month = words.month_number(m["month"])
    if day is None:
        return None
    named = m.groupdict().get("weekday")
    weekday = words.weekday_number(named) if named else None
    if year := _year(m):
        return Reading(words.make(year, month, day), "day")
    return Reading(
        words.nearest_year(scene.said_on, month, day, weekday)
        or words.nearest_year(scene.said_on, month, day),
        "day",
    )


def month_and_count(m: Match, scene: Scene) -> Reading | None:
    """'May 21', 'march the ninth'; lower-case 'may' and 'march' are verbs unless a day surely follows."""
    number = m["number"]
    if number and not number.isdigit() and m["month"] in ("may", "march", "mar"):
        return None
    if number and re.match(r"\s*(?:%|percent|per cent|[\d.,]\d|people|days|hours|o'?clock|thirty)", _rest(m)):
        return None
    return day_and_month(m, scene)


def day_then_weekday(m: Match, scene: Scene) -> Reading | None:
    """'the fourteenth, a Tuesday'; refused in 'the second Tuesday'."""
    return weekday_and_day(m, scene) if re.search(r",|\b(?:is|on|an?)\b", m[0], re.I) else None


def weekday_and_day(m: Match, scene: Scene) -> Reading | None:
    """'Monday the fourteenth': the near month in which weekday and number agree."""
    day = words.day_number(m["day"])
    if day is None:
        return None
    weekday = words.weekday_number(m["weekday"])
    near = words.days_of_month(scene.said_on, day, -1, 3)
    ahead = [d for d in near if d >= scene.said_on]
    spoken_of = words.days_of_month(scene.anchor, day, 0, 1) if scene.anchor else []
    spoken_of = [d for d in spoken_of if scene.anchor and 0 <= (d - scene.anchor).days < 7]
    agreeing = [d for d in [*spoken_of, *ahead, *near] if d.weekday() == weekday]
    return Reading(agreeing[0], "day") if agreeing else Reading(None, "conflict")


def day_alone(m: Match, scene: Scene) -> Reading | None:
    """'the ninth', 'by the twelfth': the next day of that number."""
    day = words.day_number(m["day"])
    if day is None or not _AFTER_DAY.match(m.string, m.end()):
        return None
    led = bool(_BEFORE_DAY.search(_before(m)))
    ends = bool(re.match(r"\s*(?:$|[.,;:?!]|at\b)", _rest(m)))
    if day < 4 and m["day"][0].isalpha() and not (m["the"] and led and ends):
        return None
    if not m["the"] and not led and not (_BARE_BEFORE.search(_before(m)) and (day > 10 or ends) and day > 3):
        return None
    # On the day itself people say 'today', so its number means that of the next month.
    ahead = [d for d in words.days_of_month(scene.said_on, day) if d > scene.said_on]
    return Reading(ahead[0], "day_of_month") if ahead else None


def day_of_this_month(m: Match, scene: Scene) -> Reading | None:
    """'the thirtieth of this month'."""
    day = words.day_number(m["day"])
    later = 1 if m["which"].lower() == "next" else 0
    found = words.days_of_month(scene.said_on, day, later, later) if day else []
    return Reading(found[0], "day") if found else None


def date_range(m: Match, scene: Scene) -> Reading | None:
    """'the eighteenth to the twenty-ninth of May': its first day."""
    first, last = words.day_number(m["from"]), words.day_number(m["day"])
    end = day_and_month(m, scene)
    if first is None or last is None or end is None or end.date is None:
        return None
    month = end.date if first <= last else end.date - relativedelta(months=1)
    return Reading(words.make(month.year, month.month, first), "range")


def weekday(m: Match, scene: Scene) -> Reading | None:
    """A weekday alone, with 'this', 'next', 'last', 'that' or 'the following', or with 'week' behind."""
    if _LOOSE.search(_before(m)) or m.string[m.end() : m.end() + 1] == "s":
        return None
    weekday = words.weekday_number(m["weekday"])
    lead = " ".join((m["lead"] or "").lower().split())
    tail = " ".join((m["tail"] or "").lower().split())
    soon = words.coming(scene.said_on, weekday)
    if tail in ("week", "next but one") or tail.endswith("after next"):
        base = words.in_week(scene.said_on, weekday, 1) if tail.endswith("after next") else soon
        return Reading(base + timedelta(days=7), "counted")
    if holiday := re.match(rf"\s+({FEAST})", _rest(m), re.I) if tail == "after" else None:
        day = words.feast(holiday[1], scene.said_on)
        return Reading(words.coming(day, weekday) if day else None, "counted")
    if tail.endswith(("after", "after that")) or lead == "the following":
        return (
            Reading(words.coming(scene.anchor, weekday), "following")
            if scene.anchor
            else _following(soon, lead)
        )
    if "next" in (lead, tail):
        return Reading(words.in_week(scene.said_on, weekday, 1), "counted")
    if lead in ("last", "this past"):
        return Reading(words.coming(scene.said_on, weekday) - timedelta(days=7), "past")
    if lead == "that" and scene.anchor:
        return Reading(words.in_week(scene.anchor, weekday), "following")
    if lead == "the" and scene.anchor and scene.anchor > scene.said_on:
        return Reading(words.on_or_after(scene.anchor, weekday), "following")
    if lead in ("this", "this coming") or _rest(m).lower().startswith(" this week"):
        return Reading(words.on_or_after(scene.said_on, weekday), "counted")
    return Reading(soon, "weekday")


def _following(soon: date, lead: str) -> Reading:
    return (
        Reading(soon + timedelta(days=7), "weekday")
        if lead == "the following"
        else Reading(None, "following")
    )


def nth_weekday(m: Match, scene: Scene) -> Reading:
    """'the first Thursday of June'; with 'of the month' it is a habit and names no day."""
    named, which = m["month"], (m["which"] or "").lower()
    nth = -1 if m["nth"].lower() == "last" else words.day_number(m["nth"]) or 1
    weekday = words.weekday_number(m["weekday"])
    if named is None and which not in ("this", "next"):
        return Reading(None, "vague")
    month = words.month_number(named) if named else words.month_end(scene.said_on, which == "next").month
    days = [words.nth_weekday(scene.said_on.year + later, month, weekday, nth) for later in (0, 1)]
    return Reading(next((d for d in days if d and d >= scene.said_on), None), "day")


def weekday_of_week(m: Match, scene: Scene) -> Reading:
    """'Thursday next week', 'Wednesday of this week', 'next week on Tuesday'."""
    weeks = {"this": 0, "next": 1, "after next": 2}[" ".join(m["which"].lower().split())]
    return Reading(words.in_week(scene.said_on, words.weekday_number(m["weekday"]), weeks), "counted")


def weeks_from(m: Match, scene: Scene) -> Reading | None:
    """'a week on Monday', 'two weeks from Friday', 'a week from today', 'a fortnight tomorrow'."""
    weeks = 2 if "fortnight" in m[0].lower() else words.count(m["n"])
    if weeks is None:
        return None
    day = m["base"].lower()
    if day in ("today", "now"):
        base = scene.said_on
    elif day == "tomorrow":
        base = scene.said_on + timedelta(days=1)
    else:
        base = words.coming(scene.said_on, words.weekday_number(day))
    return Reading(base + timedelta(days=7 * weeks), "counted")


def in_some_time(m: Match, scene: Scene) -> Reading | None:
    """'in two weeks', 'in ten days time'; said of the past or as a length of time it is refused."""
    n = words.count(m["n"])
    unit = m["unit"].lower()
    # 'Two in a day' is a rate, so one day or week counts only as 'in a week's time'.
    rate = n == 1 and not m[0].lower().endswith("time")
    if n is None or rate or re.match(r"\s+(?:or|to)\b", _rest(m)):
        return None
    if unit.startswith("fortnight"):
        return Reading(scene.said_on + timedelta(days=14 * n), "offset")
    if unit.startswith("month"):
        return Reading(scene.said_on + relativedelta(months=n), "offset")
    return Reading(scene.said_on + timedelta(days=n * (7 if unit.startswith("week") else 1)), "offset")


def today(m: Match, scene: Scene) -> Reading:
    """'tonight', 'by close of business', 'right after this call': the day of the call."""
    return Reading(scene.said_on, "today")


def tomorrow(m: Match, scene: Scene) -> Reading:
    """'tomorrow', 'the day after tomorrow', 'tomorrow week'."""
    days = 2 if m["after"] else 1
    return Reading(scene.said_on + timedelta(days=days + (7 if m["week"] else 0)), "tomorrow")


def yesterday(m: Match, scene: Scene) -> Reading:
    """'yesterday', 'last night'."""
    return Reading(scene.said_on - timedelta(days=1), "past")


def period_end(m: Match, scene: Scene) -> Reading:
    """'end of March', 'the end of next week', 'end of Q2': the last (working) day of it."""
    period = " ".join(m["period"].lower().split())
    later = 1 if "next" in period else 0
    if period.endswith("week"):
        friday = words.in_week(scene.said_on, 4, later)
        return Reading(max(friday, scene.said_on), "end")
    if period.endswith("month"):
        return Reading(words.month_end(scene.said_on, later), "end")
    if period.endswith("quarter"):
        return Reading(words.month_end(scene.said_on, 2 - (scene.said_on.month - 1) % 3 + 3 * later), "end")
    if period.endswith("year"):
        return Reading(date(scene.said_on.year + later, 12, 31), "end")
    if quarter := re.search(r"[1-4]|one|two|three|four", period if period[0] == "q" else ""):
        month = 3 * (words.count(quarter[0]) or 0)
    else:
        month = words.month_number(period)
    year = scene.said_on.year + (month < scene.said_on.month)
    return Reading(words.month_end(date(year, month, 1)), "end")


def feast_day(m: Match, scene: Scene) -> Reading:
    """'by Easter', 'before Labor Day'; without such a word it is a season, not a day."""
    led = re.search(r"\b(by|before|on|until|till)\s+(?:the\s+)?$", _before(m), re.I)
    return Reading(words.feast(m[0], scene.said_on) if led else None, "feast")


def numeric(m: Match, scene: Scene) -> Reading | None:
    """'21/5', '5/21', '21.05.2026': refused where day and month could be swapped."""
    a, b = int(m["a"]), int(m["b"])
    if m[0] == "24/7":
        return None
    pairs = {(d, mo) for d, mo in ((a, b), (b, a)) if 1 <= d <= 31 and 1 <= mo <= 12}
    if not pairs:
        return None
    if len(pairs) > 1:
        return Reading(None, "conflict") if m["y"] else None
    day, month = pairs.pop()
    if m["y"]:
        year = int(m["y"]) if len(m["y"]) == 4 else 2000 + int(m["y"])
        return Reading(words.make(year, month, day), "day")
    return Reading(words.nearest_year(scene.said_on, month, day), "day")


def iso(m: Match, scene: Scene) -> Reading | None:
    """'2026-05-21'."""
    month = int(m["m"])
    return Reading(words.make(int(m["y"]), month, int(m["d"])), "day") if 1 <= month <= 12 else None


def same_day(m: Match, scene: Scene) -> Reading | None:
    """'that same day', 'the day after': counted from the day spoken of before."""
    if scene.anchor is None:
        return Reading(None, "following")
    return Reading(scene.anchor + timedelta(days=1 if "after" in m[0].lower() else 0), "following")


def month_alone(m: Match, scene: Scene) -> Reading:
    """'in October', 'mid March': names no day."""
    return Reading(None, "month")


def vague(m: Match, scene: Scene) -> Reading:
    """'next week', 'in a couple of days': names no day."""
    return Reading(None, "week" if "week" in m[0].lower() else "vague")
