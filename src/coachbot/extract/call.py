"""A call while the local engine works on it: its turns, what the reader saw, and how words are quoted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from coachbot.extract.phrases import clean_phrase, sentences
from coachbot.extract.reading import Reading
from coachbot.extract.zero_shot import Likeness
from coachbot.model.claims import Quote
from coachbot.model.transcript import Side, Transcript

# A turn of up to this many words is quoted whole; of a longer one, the sentence that says it.
WHOLE_TURN_WORDS = 40
FEWEST_QUOTED_WORDS = 6
MOST_QUOTES = 4


@dataclass
class Call:
    """What the parts of the local engine share."""

    transcript: Transcript
    reading: Reading
    encode: Callable[[Sequence[str]], Any]

    def __post_init__(self) -> None:
        self._likeness: Likeness | None = None

    @property
    def likeness(self) -> Likeness:
        """Comparison with the playbook's examples; costs an encoding of the call at first use."""
        if self._likeness is None:
            self._likeness = Likeness(self.transcript, self.encode)
        return self._likeness

    def side(self, turn: int) -> Side:
        """Who speaks the turn."""
        return self.transcript.side_of(turn)

    def not_seller(self, turn: int) -> bool:
        """Whether the buyer may be speaking."""
        return self.side(turn) is not Side.SELLER

    def text(self, turn: int) -> str:
        """The turn's words."""
        return self.transcript.turns[turn].text

    def focus(self, turn: int, group: str, name: str) -> tuple[int, int]:
        """The sentence of the turn that speaks most for a label, widened until it can stand alone."""
        text = self.text(turn)
        spans = sentences(text)
        if len(spans) <= 1:
            return (0, len(text))
        scores = [self.reading.score_span(turn, group, name, a, b) for a, b in spans]
        best = max(range(len(spans)), key=scores.__getitem__)
        first = last = best
        while len(text[spans[first][0] : spans[last][1]].split()) < FEWEST_QUOTED_WORDS:
            if first == 0 and last == len(spans) - 1:
                break
            before = scores[first - 1] if first > 0 else float("-inf")
            after = scores[last + 1] if last < len(spans) - 1 else float("-inf")
            first, last = (first - 1, last) if before >= after else (first, last + 1)
        return spans[first][0], spans[last][1]

    def quotes(self, turns: Iterable[int], group: str, name: str) -> tuple[Quote, ...]:
        """One quote from each turn: all of it, or the sentence that speaks for the label."""
        found = []
        for turn in list(turns)[:MOST_QUOTES]:
            text = self.text(turn)
            if len(text.split()) > WHOLE_TURN_WORDS:
                start, end = self.focus(turn, group, name)
                text = text[start:end]
            found.append(Quote(turn=turn, text=text))
        return tuple(found)

    def phrase(self, turn: int, group: str, name: str) -> str:
        """The heart of a turn, cleaned, in the speaker's words."""
        return clean_phrase(self.text(turn), self.focus(turn, group, name))
