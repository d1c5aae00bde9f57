"""What the trained reader sees in a call: a score for every turn and label.

The reader is the sentence encoder with a small adapter and one linear head a label, fine-tuned on
labelled calls by `training/train_reader.py`. Turns are read in windows, so that each is seen with what
was said before and after it; a label's score is an attention-weighted mean over the turn's tokens
(label-wise attention: Mullenbach et al. 2018, https://aclanthology.org/N18-1100).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coachbot.embed import TokenEncoder
from coachbot.embed.encoder import CLS, SEP
from coachbot.model.transcript import Side, Transcript

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

# A window: tokens in all, tokens of context before the turns it scores, tokens of context after them.
WINDOW, BEFORE, AFTER = 256, 72, 40
LONGEST_PIECE = 160
# Rows of the vocabulary that the reader learnt as "the seller / the buyer / somebody speaks".
SPEAKS = {Side.SELLER: 2, Side.BUYER: 3, Side.UNKNOWN: 4}
NOTHING = 1012  # "."


@dataclass(frozen=True)
class Weights:
    """The trained part: adapter of the encoder, heads and their names."""

    adapter: dict[str, Floats]
    value: Floats  # (labels, 384)
    query: Floats  # (labels, 384)
    bias: Floats  # (labels,)
    labels: dict[str, list[str]]  # group -> names, in order
    thresholds: dict[str, float]
    sha256: str

    def columns(self, group: str) -> slice:
        """Where the labels of a group stand."""
        at = 0
        for name, names in self.labels.items():
            if name == group:
                return slice(at, at + len(names))
            at += len(names)
        raise KeyError(group)


@lru_cache(maxsize=1)
def load_weights() -> Weights:
    """The trained reader that comes with coachbot (`extract/weights/reader.safetensors`)."""
    import hashlib

    import numpy as np
    from safetensors import safe_open
    from safetensors.numpy import load

    path = Path(str(files("coachbot.extract") / "weights" / "reader.safetensors"))
    raw = path.read_bytes()
    tensors = load(raw)
    with safe_open(path, framework="numpy") as handle:
        meta = json.loads(handle.metadata()["coachbot"])
    adapter: dict[str, Floats] = {}
    for name in sorted({n.rsplit("|", 1)[0] for n in tensors if "|" in n}):
        if f"{name}|down" in tensors:  # a low-rank change: up @ down
            up, down = tensors[f"{name}|up"], tensors[f"{name}|down"]
            adapter[name] = up.astype(np.float32) @ down.astype(np.float32)
        elif f"{name}|rows" in tensors:  # a change of a few rows
            rows = tensors[f"{name}|rows"]
            full = np.zeros((meta["shapes"][name][0], rows.shape[1]), dtype=np.float32)
            full[meta["rows"][name]] = rows.astype(np.float32)
            adapter[name] = full
        elif f"{name}|scale" in tensors:  # a change in eight bits, one scale a row
            adapter[name] = tensors[f"{name}|int8"].astype(np.float32) * tensors[f"{name}|scale"][:, None]
        else:
            adapter[name] = tensors[f"{name}|full"].astype(np.float32)
    return Weights(
        adapter=adapter,
        value=tensors["head.value"].astype(np.float32),
        query=tensors["head.query"].astype(np.float32),
        bias=tensors["head.bias"].astype(np.float32),
        labels=meta["labels"],
        thresholds=meta["thresholds"],
        sha256=hashlib.sha256(raw).hexdigest(),
    )


@dataclass(frozen=True)
class Piece:
    """A turn, or a part of one that is too long to be read at once."""

    turn: int
    ids: list[int]
    offsets: list[tuple[int, int]]  # of each token in the turn's text; the first is the side's marker


@dataclass
class Reading:
    """Scores of a call. `logits` has shape (turns, labels); `tokens[t]` the parts they are made of."""

    weights: Weights
    logits: Floats
    tokens: list[list[tuple[Floats, Floats, list[tuple[int, int]]]]] = field(repr=False)
    _known: dict[str, Floats] = field(default_factory=dict, repr=False)

    def probabilities(self, group: str) -> Floats:
        """Shape (turns, labels of the group), each 0 to 1."""
        if group not in self._known:
            import numpy as np

            logits = self.logits[:, self.weights.columns(group)]
            self._known[group] = np.asarray(1.0 / (1.0 + np.exp(-logits)), dtype=np.float32)
        return self._known[group]

    def score_span(self, turn: int, group: str, name: str, start: int, end: int) -> float:
        """How strongly the words text[start:end] of the turn speak for a label: a logit."""
        import numpy as np

        column = self.weights.columns(group).start + self.weights.labels[group].index(name)
        best = -1e9
        for value, weight, offsets in self.tokens[turn]:
            inside = [n for n, (a, b) in enumerate(offsets) if b > a and a < end and b > start]
            if inside:
                w, v = weight[inside, column], value[inside, column]
                best = max(best, float((w * v).sum() / w.sum()) + float(np.log1p(len(inside))) * 0.05)
        return best


class Reader:
    """Reads calls. Loading takes a second; keep one."""

    def __init__(self, home: Path, *, threads: int = 0) -> None:
        self.weights = load_weights()
        self._encoder = TokenEncoder(
            home,
            adapter=self.weights.adapter,
            key=self.weights.sha256[:12],
            threads=threads,
            compute_type="int8",
        )

    def read(self, transcript: Transcript) -> Reading:
        """Score every turn of the call; every word is read."""
        import numpy as np

        logits = np.full((len(transcript.turns), len(self.weights.bias)), -30.0, dtype=np.float32)
        tokens: list[list[tuple[Any, Any, list[tuple[int, int]]]]] = [[] for _ in transcript.turns]
        for piece, rows in self.vectors(transcript):
            value = rows @ self.weights.value.T
            weight = np.exp(np.clip(rows @ self.weights.query.T, -15, 15))
            score = (weight * value).sum(axis=0) / weight.sum(axis=0) + self.weights.bias
            logits[piece.turn] = np.maximum(logits[piece.turn], score)
            tokens[piece.turn].append((value, weight, piece.offsets))
        return Reading(self.weights, logits, tokens)

    def vectors(self, transcript: Transcript) -> Iterator[tuple[Piece, Floats]]:
        """Each piece of the call once, with one vector a token, shape (tokens, 384), read in context."""
        pieces = list(self._pieces(transcript))
        windows = list(_windows([len(p.ids) for p in pieces]))
        sequences = [[CLS, *(i for p in pieces[w.first : w.last] for i in p.ids), SEP] for w in windows]
        for window, rows in zip(windows, self._encoder.encode(sequences), strict=True):
            at = 1
            for number in range(window.first, window.last):
                piece = pieces[number]
                if window.start <= number < window.end:
                    yield piece, rows[at : at + len(piece.ids)]
                at += len(piece.ids)

    def _pieces(self, transcript: Transcript) -> Iterator[Piece]:
        encodings = self._encoder.tokenizer.encode_batch(
            [t.text for t in transcript.turns], add_special_tokens=False
        )
        for turn, encoding in zip(transcript.turns, encodings, strict=True):
            marker = SPEAKS[transcript.side_of(turn)]
            ids, offsets = encoding.ids or [NOTHING], encoding.offsets or [(0, 0)]
            for at in range(0, len(ids), LONGEST_PIECE):
                part = slice(at, at + LONGEST_PIECE)
                yield Piece(turn.index, [marker, *ids[part]], [(0, 0), *offsets[part]])


@dataclass(frozen=True)
class Window:
    """Pieces first..last are read together; those in start..end are scored."""

    first: int
    start: int
    end: int
    last: int


def _windows(lengths: Sequence[int]) -> Iterator[Window]:
    """Cut pieces of these token counts into windows: each piece is scored once, with context around it."""
    room = WINDOW - 2
    start = 0
    while start < len(lengths):
        first, used = start, 0
        while first > 0 and used + lengths[first - 1] <= BEFORE:
            first -= 1
            used += lengths[first]
        end = start
        while end < len(lengths) and (used + lengths[end] <= room - AFTER or end == start):
            used += lengths[end]
            end += 1
        last = end
        while last < len(lengths) and used + lengths[last] <= room:
            used += lengths[last]
            last += 1
        if last == len(lengths):
            end = last
        yield Window(first, start, end, last)
        start = end
