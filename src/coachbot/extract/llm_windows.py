"""Parts of a call for a model that cannot read it whole: cut where the talk turns to something else.

After the idea of Hearst, TextTiling (1997): where the words before and after a gap have little in common, a
topic ends. Pauses and the change of who leads speak for it too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from coachbot.extract.llm_call import short_names, turn_line
from coachbot.llm.tokens import estimate_tokens
from coachbot.model.transcript import Transcript, Turn

_SIDE = 6
"""Turns before and after a gap whose words are compared."""
_FIRST = 0.55
"""A part is cut in the last 45 % of what fits, at the best gap there."""
_OVERLAP = 4
"""Turns of the part before that the next one sees again, where they take less than an eighth of it."""
_LONG_PAUSE_S = 6.0
_OPENINGS = re.compile(r"(?:okay|ok|right|so|now|alright|good|anyway|next|let's|great)\b", re.I)


@dataclass(frozen=True)
class Window:
    """A part of a call. `turns` are those it reads, `fresh` those that no part before it has read; `lines`
    is their text. A turn that is too long for one part goes on in the next.
    """

    turns: tuple[int, ...]
    fresh: tuple[int, ...]
    lines: str


def windows(transcript: Transcript, room: int) -> list[Window]:
    """The call in parts of up to `room` tokens each. One part where all of it fits."""
    pieces = _pieces(transcript, room)
    costs = [estimate_tokens(line) + 1 for _, line in pieces]
    gaps = _gaps(transcript)
    found: list[Window] = []
    seen: set[int] = set()
    start = 0
    while start < len(pieces):
        end = _end(pieces, costs, gaps, start, room)
        part = pieces[start:end]
        turns = tuple(dict.fromkeys(turn for turn, _ in part))
        found.append(
            Window(turns, tuple(t for t in turns if t not in seen), "\n".join(line for _, line in part))
        )
        seen |= set(turns)
        start = end if end >= len(pieces) else max(_again(costs, start, end, room), start + 1)
    return found


def _pieces(transcript: Transcript, room: int) -> list[tuple[int, str]]:
    """The lines of the call; a turn longer than half a part in several lines of the same label."""
    names = short_names(transcript)
    found: list[tuple[int, str]] = []
    most = max(40, int(room * 3.0 / 2))  # characters
    for turn in transcript.turns:
        line = turn_line(transcript, turn, names)
        while estimate_tokens(line) > room // 2 and len(line) > most:
            cut = line.rfind(" ", most // 2, most)
            cut = cut if cut > 0 else most
            found.append((turn.index, line[:cut]))
            label = line[: line.index(": ") + 2] if ": " in line[:120] else f"[T{turn.index}] "
            line = label + line[cut:].lstrip()
        found.append((turn.index, line))
    return found


def _end(
    pieces: Sequence[tuple[int, str]], costs: Sequence[int], gaps: Sequence[float], start: int, room: int
) -> int:
    """Behind the last piece of the part that begins at `start`: all that is left, or up to the best gap."""
    total, fits = 0, start
    while fits < len(pieces) and (fits == start or total + costs[fits] <= room):
        total += costs[fits]
        fits += 1
    if fits >= len(pieces):
        return fits
    least = start + 1 + int((fits - start - 1) * _FIRST)
    return max(range(least, fits + 1), key=lambda at: (gaps[pieces[at][0]] if at < len(pieces) else 0, at))


def _again(costs: Sequence[int], start: int, end: int, room: int) -> int:
    """Where the next part begins: a few pieces back, as long as they cost little; one if it can be."""
    at, cost = end, 0
    while at - 1 > start and end - at < _OVERLAP and cost + costs[at - 1] <= room // (4 if at == end else 8):
        at -= 1
        cost += costs[at]
    return at


def _gaps(transcript: Transcript) -> list[float]:
    """For each turn, how much speaks for a new topic beginning with it: about 0 to 2."""
    turns = transcript.turns
    bags = [_bag(turn) for turn in turns]
    return [0.0] + [
        1 - _alike(bags[max(0, at - _SIDE) : at], bags[at : at + _SIDE]) + _signs(turns[at - 1], turns[at])
        for at in range(1, len(turns))
    ]


def _signs(before: Turn, after: Turn) -> float:
    """A pause, an answer that had been short, and a word that opens something new."""
    score = 0.0
    if before.end_s is not None and after.start_s is not None:
        score += 0.5 * min(1.0, max(0.0, after.start_s - before.end_s) / _LONG_PAUSE_S)
    if len(before.text.split()) <= 4:
        score += 0.1
    if _OPENINGS.match(after.text):
        score += 0.2
    return score


def _bag(turn: Turn) -> Counter[str]:
    return Counter(word[:6] for word in re.findall(r"\w{4,}", turn.text.casefold()))


def _alike(before: Sequence[Counter[str]], after: Sequence[Counter[str]]) -> float:
    """Cosine of the words on both sides."""
    left, right = sum(before, Counter[str]()), sum(after, Counter[str]())
    shared = sum(count * right[word] for word, count in left.items())
    size = sqrt(sum(c * c for c in left.values()) * sum(c * c for c in right.values()))
    return shared / size if size else 0.0
