"""Spoken dates, resolved from the day of the call by rules alone.

Three habits of speech settle what a phrase means: a bare weekday is the coming one, 'next Friday' is the one
of the next calendar week, and a bare day of the month is the next day of that number. Where weekday and day
of the month are both said, the month is the near one in which they agree. What stays unclear has no date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from coachbot.extract.date_readers import Reader, Reading, Scene
from coachbot.extract.date_rules import RULES


class DateMention(NamedTuple):
    """A phrase about time: `text[start:end]`, and the day it names (None: no single day, or unclear)."""

    start: int
    end: int
    text: str
    date: date | None
    kind: str


# How sure a kind of phrase pins the day down; a later mention wins among equals.
_WEIGHT = {"day": 6, "range": 6, "day_of_month": 5, "counted": 4, "following": 4}
_WEIGHT |= {"tomorrow": 3, "weekday": 3, "today": 3, "end": 3, "week_of": 3, "offset": 2, "feast": 2}
_PRECISE = ("day", "week_of", "range", "day_of_month", "following")
_BORDER = re.compile(r"[.?!;,]\s|\s(?=and\b|but\b|so\b|then\b)", re.I)
_SET_ASIDE = ("past", "excluded", "bound")

_WEEK_OF = re.compile(
    r"(?:the\s+)?week\s+(?:of|commencing|beginning|starting|from)(?:\s+the)?\s*$|\bw/c(?:\s+the)?\s*$", re.I
)
_EXCLUDED = re.compile(
    r"(?:\bnot|\bnever|\bcan't do|\bcannot do|\bcouldn't do|\bisn't"
    r"|(?:'m|\bam|'s|\bis|'re|\bare|\bbe)\s+(?:off|away|out|closed|on leave|on holiday))\s+"
    r"(?:on\s+|by\s+|before\s+)?$",
    re.I,
)
_REFUSED = re.compile(
    r"\s*(?:(?:'s| is| are)\s+(?:not|no good|out|off|a holiday|holiday|bad|taken|full|impossible|too)\b"
    r"|(?:isn't|won't|doesn't|does not|will not|can't)\b)",
    re.I,
)
_BOUND = re.compile(r"\b(?:after|since)\s+(?:the\s+)?$", re.I)


def find_dates(text: str, said_on: date, anchor: date | None = None) -> list[DateMention]:
    """All phrases about time in a text, in order, without overlap.

    `said_on` is the day of the call; `anchor` the day spoken of just before, for 'the Tuesday after'.
    """
    found: list[DateMention] = []
    end = 0
    for match, reader in _candidates(text):
        if match.start() < end:
            continue
        reading = reader(match, Scene(said_on, anchor))
        if reading is None:
            continue
        mention = _in_context(text, match, reading)
        found.append(mention)
        end = mention.end
        if mention.date and mention.kind not in _SET_ASIDE:
            anchor = mention.date
    return _without_parts_of_day(found, text)


def _candidates(text: str) -> Iterator[tuple[re.Match[str], Reader]]:
    hits = [(m, reader) for pattern, reader in RULES for m in pattern.finditer(text)]
    return iter(sorted(hits, key=lambda hit: (hit[0].start(), -hit[0].end())))


def _in_context(text: str, match: re.Match[str], reading: Reading) -> DateMention:
    """The mention, with what the words right before it make of it."""
    before = text[max(0, match.start() - 40) : match.start()]
    start, kind, day = match.start(), reading.kind, reading.date
    if week := _WEEK_OF.search(before):
        start -= len(before) - week.start()
        kind = "week_of"
    elif _EXCLUDED.search(before) or _REFUSED.match(text, match.end()):
        kind = "excluded"
    elif _BOUND.search(before) and kind != "today":
        kind = "bound"
    end = match.end() - match[0].endswith(".")
    return DateMention(start, end, text[start:end], day, kind)


def _without_parts_of_day(found: list[DateMention], text: str) -> list[DateMention]:
    """Drops 'end of day' or 'this afternoon' where the day itself stands beside it ('Friday end of day')."""

    def beside_a_day(at: int) -> bool:
        here = found[at]
        if here.kind != "today" or re.match(r"today|tonight|this", here.text, re.I):
            return False
        gaps = [text[found[at - 1].end : here.start]] if at and found[at - 1].date else []
        gaps += [text[here.end : found[at + 1].start]] if at + 1 < len(found) and found[at + 1].date else []
        return any(re.fullmatch(r",?\s*(?:at|by|on|the)?\s*", gap) for gap in gaps)

    return [m for at, m in enumerate(found) if not beside_a_day(at)]


def resolve(
    when_texts: Sequence[str], said_on: date, anchor: date | None = None, about: str | None = None
) -> tuple[str | None, date | None]:
    """The phrase and the day that several texts about one step settle on; (None, None) where they name none.

    Every text has one voice, shared among the days it names, so that a roll-call of all dates at the end of
    a call outweighs nothing. The day with most voices wins; the more specific phrase and then the later one
    break ties: 'so the twelfth' refines 'Thursday'. A phrase that names no day ('some time in June') is given
    back without a date. `anchor` is a day spoken of before, for 'the Tuesday after'; `about` is what the step
    is, in words: phrases in a clause that shares words with it count more.
    """
    heard: list[list[_Heard]] = []
    for text in when_texts:
        mentions = [m for m in find_dates(text, said_on, anchor) if m.kind not in _SET_ASIDE]
        anchor = next((m.date for m in reversed(mentions) if m.date), anchor)
        heard.append([_Heard(m, _shared(text, m, about)) for m in mentions])
    ahead = [[h for h in row if h.mention.date and h.mention.date >= said_on] for row in heard]
    ahead = [
        [h._replace(mention=_refined(h.mention, at, ahead)) for h in row] for at, row in enumerate(ahead)
    ]
    placed = enumerate(h for row in ahead for h in row)
    best = max(placed, key=lambda p: (_voices(p[1], ahead), p[0]), default=None)
    if best:
        return best[1].mention.text, best[1].mention.date
    everything = [h.mention for row in heard for h in row if h.mention.date is None]
    return (everything[-1].text, None) if everything else (None, None)


class _Heard(NamedTuple):
    mention: DateMention
    shared: int


def _voices(heard: _Heard, ahead: Sequence[Sequence[_Heard]]) -> float:
    day = heard.mention.date
    days = [{h.mention.date for h in row} for row in ahead]
    votes = sum(1 / len(named) for named in days if day in named)
    return votes + _WEIGHT.get(heard.mention.kind, 1) / 6 + min(heard.shared, 3) / 2


def _shared(text: str, mention: DateMention, about: str | None) -> int:
    """How many longer words the clause around a mention has in common with the step."""
    if not about:
        return 0
    borders = [0, *(b.end() for b in _BORDER.finditer(text)), len(text)]
    start = max(b for b in borders if b <= mention.start)
    end = min(b for b in borders if b >= mention.end)
    return len(_stems(text[start:end]) & _stems(about) - _stems(mention.text))


def _stems(text: str) -> set[str]:
    return {w[:5] for w in re.findall(r"[\w']{4,}", text.lower())}


def _refined(mention: DateMention, at: int, ahead: Sequence[Sequence[_Heard]]) -> DateMention:
    """The mention with the day that a fuller one of the same step gives it: a month, or a number."""
    for row, others in enumerate(ahead):
        confirmed = any(h.mention.date == mention.date for h in others)
        for other in (h.mention for h in others):
            if other.date is None or mention.date is None or other.kind not in _PRECISE:
                continue
            same_number = mention.kind == "day_of_month" and other.date.day == mention.date.day
            same_weekday = mention.kind == "weekday" and other.date.weekday() == mention.date.weekday()
            if (same_number and other.kind != "day_of_month") or (
                same_weekday and row == at + 1 and not confirmed
            ):
                return mention._replace(date=other.date)
    return mention
