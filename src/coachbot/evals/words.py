"""Which turns a quote is of, by its words.

Evidence is judged by what it quotes, not by the turn number it claims: it does not matter how a program
split or numbered the turns.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from coachbot.model.claims import Evidence

MOST_QUOTES = 4
"""An item's first quotes that count."""
MOST_TURNS = 2
"""A quote that fits more turns than this proves nothing."""
QUOTE_SHARE = 0.6
"""So much of a quote's word pairs has to stand in a turn (a light edit, or a quote over several turns)."""
TURN_SHARE = 0.8
"""Or so much of a turn's word pairs in the quote, where the turn has at least `SHORTEST` pairs."""
SHORTEST = 4

_WORD = re.compile(r"[\w']+")
Pairs = frozenset[tuple[str, ...]]


def words(text: str) -> list[str]:
    """Lower-case words; apostrophes are part of them."""
    return _WORD.findall(text.lower().replace("’", "'"))


def _pairs(text: Sequence[str]) -> Pairs:
    return frozenset(pairwise(text)) or frozenset({(w,) for w in text[:1]})


class Cited(NamedTuple):
    """What an item's quotes come to: the turns they prove, and how many there were of which kind."""

    turns: frozenset[int]
    quotes: int
    ungrounded: int
    vague: int


class TurnIndex:
    """Finds the turns of one call that a quote is of."""

    def __init__(self, texts: Iterable[str]) -> None:
        split = [words(t) for t in texts]
        self._joined = [f" {' '.join(t)} " for t in split]
        self._pairs = [_pairs(t) for t in split]

    def turns_of(self, quote: str) -> frozenset[int]:
        """The turns that hold the quote word by word; where none does, those that share most of its pairs."""
        said = words(quote)
        if not said:
            return frozenset()
        whole = f" {' '.join(said)} "
        exact = frozenset(n for n, text in enumerate(self._joined) if whole in text)
        return exact or frozenset(self._near(_pairs(said)))

    def _near(self, quote: Pairs) -> Iterable[int]:
        for n, turn in enumerate(self._pairs):
            if not turn:
                continue
            shared = len(quote & turn)
            if shared / len(quote) >= QUOTE_SHARE or (
                len(turn) >= SHORTEST and shared / len(turn) >= TURN_SHARE
            ):
                yield n

    def cited(self, evidence: Sequence[Evidence]) -> Cited:
        """The turns that an item's evidence proves."""
        proven: frozenset[int] = frozenset()
        ungrounded = vague = 0
        for n, piece in enumerate(evidence):
            found = self.turns_of(piece.quote)
            ungrounded += not found
            vague += len(found) > MOST_TURNS
            if n < MOST_QUOTES and len(found) <= MOST_TURNS:
                proven |= found
        return Cited(proven, len(evidence), ungrounded, vague)
