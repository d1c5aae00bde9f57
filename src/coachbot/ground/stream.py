"""A whole call as one line of comparable words."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property

from coachbot.ground import lexicon
from coachbot.ground.compare import similar
from coachbot.ground.normalise import Token, normalise, norms
from coachbot.model.transcript import Transcript, Turn


class Stream:
    """The normalised words of a call, turn after turn. A word's position here is its `index`."""

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self.tokens: list[Token] = []
        self.turn_of: list[int] = []
        self.first_of: list[int] = []
        for turn in transcript.turns:
            self.first_of.append(len(self.tokens))
            found = normalise(turn.text)
            self.tokens.extend(found)
            self.turn_of.extend([turn.index] * len(found))
        self.first_of.append(len(self.tokens))
        self.norms = [t.norm for t in self.tokens]

    def turn(self, index: int) -> Turn:
        """The turn that the word belongs to."""
        return self.transcript.turns[self.turn_of[index]]

    def span(self, turn: int) -> range:
        """The indices of a turn's words."""
        return range(self.first_of[turn], self.first_of[turn + 1])

    def covering(self, turn: int, start: int, end: int) -> range:
        """The indices of the words of a turn that touch the characters [start, end) of its text."""
        inside = [at for at in self.span(turn) if self.tokens[at].end > start and self.tokens[at].start < end]
        return range(inside[0], inside[-1] + 1) if inside else range(0)

    def before(self, index: int) -> int | None:
        """The word said right before, with no pause between; None where a clause begins.

        The same speaker's words before a back-channel ('yeah', 'mm-hm') run on where they were cut off.
        """
        if index > self.first_of[self.turn_of[index]]:
            return index - 1 if self.tokens[index].brk == 0 else None
        turn = self.turn(index)
        for earlier in range(turn.index - 1, max(turn.index - 4, -1), -1):
            other = self.transcript.turns[earlier]
            if other.speaker is not None and other.speaker == turn.speaker and self.span(earlier):
                ended = other.text.rstrip().endswith((".", "?", "!", ":", ";", ",", '"', "”", "。"))
                return None if ended else self.span(earlier)[-1]
            if not self.is_back_channel(earlier):
                return None
        return None

    def after(self, index: int) -> int | None:
        """The word said right after in the same turn, with no pause between."""
        following = index + 1
        if following >= self.first_of[self.turn_of[index] + 1] or self.tokens[following].brk:
            return None
        return following

    def is_back_channel(self, turn: int) -> bool:
        """Whether a turn only keeps the other one talking."""
        span = self.span(turn)
        return len(span) <= 3 and all(self.norms[at] in lexicon.BACK_CHANNEL for at in span)

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each word is said in the call."""
        return Counter(self.norms)

    @cached_property
    def people(self) -> frozenset[str]:
        """The words of the participants' names."""
        names = (t.norm for p in self.transcript.participants for t in normalise(p.name))
        return frozenset(n for n in names if n not in lexicon.STOP and len(n) > 1)

    @cached_property
    def names(self) -> frozenset[str]:
        """Words written with a capital inside a sentence, and the words of the participants' names."""
        found = set(self.people)
        for at, token in enumerate(self.tokens):
            if token.brk < 2 and token.norm not in lexicon.STOP and self.turn(at).text[token.start].isupper():
                found.add(token.norm)
        return frozenset(found - lexicon.CRITICAL - lexicon.DISCOURSE)

    def knows_name(self, name: str) -> bool:
        """Whether a part of the name, or a near spelling of it, is a participant's or is said in the call."""
        parts = [n for n in norms(name) if n not in lexicon.STOP and len(n) > 1]
        return any(part in self.people or similar(part, word) for part in parts for word in self.counts)

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """Where each word is said, in order."""
        found: dict[str, list[int]] = {}
        for at, norm in enumerate(self.norms):
            found.setdefault(norm, []).append(at)
        return found

    @cached_property
    def everything(self) -> Line:
        """All words, to be searched."""
        return Line(self.norms, range(len(self.norms)))

    @cached_property
    def spoken(self) -> Line | None:
        """All words but those of back-channel turns, None where there are no such turns."""
        kept = [
            at
            for turn in range(len(self.first_of) - 1)
            if not self.is_back_channel(turn)
            for at in self.span(turn)
        ]
        return Line([self.norms[at] for at in kept], kept) if len(kept) < len(self.norms) else None


class Line:
    """Words joined to one string, so that a run of them is found at the speed of str.find."""

    def __init__(self, norms: Sequence[str], indices: Sequence[int]) -> None:
        self.indices = indices
        self._text = f" {' '.join(norms)} "
        self._starts: list[int] = []
        at = 0
        for norm in norms:
            self._starts.append(at)
            at += len(norm) + 1

    def find(self, norms: Sequence[str], most: int = 5000) -> Iterator[Sequence[int]]:
        """The stream indices of each place where these words stand in a row, at most `most` places."""
        needle = f" {' '.join(norms)} "
        at = self._text.find(needle)
        while at >= 0 and most:
            first = bisect_left(self._starts, at)
            last = bisect_right(self._starts, at + len(needle) - 2)
            yield self.indices[first:last]
            most -= 1
            at = self._text.find(needle, at + 1)
