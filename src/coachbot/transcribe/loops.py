"""Loops: the same words over and over, as a recogniser writes them and hardly anybody says them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

LONGEST_PERIOD = 40
"""Words in a round; Whisper's windows of 30 seconds hold some 80."""
_TWICE = 10
"""A stretch of this many words said twice in a row, word for word, is doubtful."""


class Loop(NamedTuple):
    """Words `start` up to `end` are one stretch of `period` words, `rounds` times. `twice`: only doubtful."""

    start: int
    end: int
    period: int
    rounds: int

    @property
    def twice(self) -> bool:
        """Whether it came only twice, as people may say it."""
        return self.rounds == 2


def find_loops(words: Sequence[str], weak: Sequence[bool]) -> list[Loop]:
    """The loops in comparable words (empty: punctuation), in order and without overlaps.

    `weak` says of each word whether the recogniser's figures are bad, where fewer rounds are enough. People
    repeat a word ("no, no, no, no") and a phrase ("I don't know, I don't know"): short rounds must come
    oftener than long ones.
    """
    places = [at for at, word in enumerate(words) if word]
    spoken = [words[at] for at in places]
    taken = [False] * len(spoken)
    found: list[Loop] = []
    for period in range(1, min(LONGEST_PERIOD, len(spoken) // 2) + 1):
        for start, end in _runs(spoken, period, taken):
            rounds = (end - start) // period
            doubtful = sum(weak[places[at]] for at in range(start, end)) * 2 > end - start
            if rounds < _rounds_needed(period, doubtful):
                continue
            end = start + rounds * period if rounds == 2 else end
            taken[start:end] = [True] * (end - start)
            first, last = places[start], places[end - 1] + 1
            # Marks that stand alone count with the words that they follow.
            while last < len(words) and not words[last]:
                last += 1
            ending = places[start + period] if start + period < len(places) else last
            found.append(Loop(first, last, ending - first, rounds))
    return sorted(found)


def _runs(spoken: Sequence[str], period: int, taken: Sequence[bool]) -> list[tuple[int, int]]:
    """Longest stretches in which every word equals that `period` words before."""
    runs = []
    start = None
    for at in range(len(spoken) - period + 1):
        same = (
            at < len(spoken) - period
            and spoken[at] == spoken[at + period]
            and not (taken[at] or taken[at + period])
        )
        if same and start is None:
            start = at
        elif not same and start is not None:
            if at - start >= period:
                runs.append((start, at + period))
            start = None
    return runs


def _rounds_needed(period: int, weak: bool) -> int:
    if period >= _TWICE:
        return 2
    needed = {1: 6, 2: 5, 3: 4}.get(period, 3)
    return max(3, needed - 1) if weak else needed
