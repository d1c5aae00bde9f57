"""Labels the reader was not trained for: likeness to the playbook's own example utterances.

What a team adds to its playbook (a field, an objection category, a commitment, a reversion, a risk
signal) is listened for from the first call on, by its `listen_for` and `not_this` examples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coachbot.model.transcript import Transcript

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

# Cosine to the nearest example from which an utterance counts, and by how much it must be nearer to an
# example than to any counter-example.
ENOUGH, MARGIN = 0.52, 0.04
FEWEST_WORDS = 4
MOST_HITS = 4


@dataclass(frozen=True)
class Example:
    """A label with the utterances that state it and those that only look like it."""

    id: str
    listen_for: tuple[str, ...]
    not_this: tuple[str, ...] = ()


@dataclass(frozen=True)
class Utterance:
    """A sentence of a turn."""

    turn: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Hit:
    """An utterance that is like a label's examples. `score` is a cosine."""

    utterance: Utterance
    score: float


class Likeness:
    """Compares the sentences of a call with examples. Vectors are computed when first needed."""

    def __init__(self, transcript: Transcript, encode: Callable[[Sequence[str]], Any]) -> None:
        from coachbot.extract.phrases import sentences

        self._encode = encode
        self.utterances = [
            Utterance(turn.index, start, end, turn.text[start:end])
            for turn in transcript.turns
            for start, end in sentences(turn.text)
            if len(turn.text[start:end].split()) >= FEWEST_WORDS
        ]
        self._vectors: Floats | None = None

    @property
    def vectors(self) -> Floats:
        """Unit vectors of the utterances, shape (utterances, 384)."""
        if self._vectors is None:
            self._vectors = self._encode([u.text for u in self.utterances])
        return self._vectors

    def hits(self, example: Example, allowed: Callable[[int], bool]) -> list[Hit]:
        """Utterances of allowed turns that are like the label, best first, at most one a turn."""
        import numpy as np

        if not example.listen_for or not self.utterances:
            return []
        positive = (self.vectors @ self._encode(example.listen_for).T).max(axis=1)
        negative = (
            (self.vectors @ self._encode(example.not_this).T).max(axis=1)
            if example.not_this
            else np.zeros_like(positive)
        )
        found: dict[int, Hit] = {}
        for at in np.argsort(-positive):
            score = float(positive[at])
            if score < ENOUGH or len(found) >= MOST_HITS:
                break
            said = self.utterances[at]
            if allowed(said.turn) and score - negative[at] >= MARGIN and said.turn not in found:
                found[said.turn] = Hit(said, score)
        return list(found.values())
