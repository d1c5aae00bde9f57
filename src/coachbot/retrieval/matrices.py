"""Exact vectors beside Chroma's index: of passages, their sentences, and pages.

Chroma finds the nearest passages; these arrays, mapped from disk and not read whole, then give exact
similarities for every candidate, also for those that only the word index found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coachbot.retrieval.encoders import Encoder
from coachbot.retrieval.passages import Piece

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Ints = NDArray[np.int64]

Progress = Callable[[int, int], None]
SENTENCE, PAGE = 2.0, 0.8
"""Weight of the nearest sentence and of the page, that of the passage being 1."""
ENCODED = 64  # texts at a time, between two steps of the progress
NAMES = ("passages", "sentences", "starts", "pages", "page_of")
_SENTENCE = re.compile(r"(?<=[.!?])[\"'”’)]*\s+|(?<=[。！？])[」』）]*\s*")


@dataclass(frozen=True)
class Matrices:
    """Rows are passages in the order they were built.

    `passages` (n, w) float32; `sentences` (m, w) float32, those of passage i from `starts[i]` to
    `starts[i + 1]`; `pages` (p, w) float32, the mean of a page's passages; `page_of` (n,) rows of `pages`.
    """

    passages: Floats
    sentences: Floats
    starts: Ints
    pages: Floats
    page_of: Ints

    def meaning(self, query: Floats, rows: Sequence[int]) -> Floats:
        """How near each of the rows is to a query's unit vector: shape (len(rows),), at most 1.

        A weighted mean of three cosines: of the passage, of its nearest sentence where that is nearer than
        the whole, and of its page. A passage is long for a short question; a sentence, apart from its
        heading, lacks what the page is about, and is never a reason to think less of the passage.
        """
        import numpy as np

        at = np.asarray(rows, dtype=np.int64)
        own = cosines(self.passages[at], query)
        page = cosines(self.pages[self.page_of[at]], query)
        counts = self.starts[at + 1] - self.starts[at]
        best = own.copy()
        if counts.sum():
            ends = np.cumsum(counts) - counts
            lines = np.repeat(self.starts[at] - ends, counts) + np.arange(counts.sum())
            near = cosines(self.sentences[lines], query)
            some = counts > 0
            best[some] = np.maximum.reduceat(near, ends[some])
        total = own + SENTENCE * np.maximum(own, best) + PAGE * page
        return np.asarray(total / (1 + SENTENCE + PAGE), dtype=np.float32)

    def save(self, folder: Path) -> None:
        """Write the arrays into a folder."""
        import numpy as np

        for name in NAMES:
            np.save(folder / f"{name}.npy", getattr(self, name), allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> Matrices:
        """The arrays of a folder, mapped. OSError or ValueError where they are gone or damaged."""
        import numpy as np

        found = cls(
            *(
                np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False).view(np.ndarray)
                for name in NAMES
            )
        )
        if len(found.starts) != len(found.passages) + 1 or len(found.page_of) != len(found.passages):
            raise ValueError(f"the arrays in {folder} do not fit each other")
        return found


def sentences(text: str) -> list[str]:
    """The sentences of a piece, without those that say next to nothing."""
    return [s for part in _SENTENCE.split(text) if len(s := part.strip()) > 8]


def make(
    pieces: Sequence[Piece],
    page_of: Sequence[int],
    encoder: Encoder,
    *,
    before: tuple[Matrices, dict[str, int]] | None = None,
    progress: Progress | None = None,
) -> Matrices:
    """Encode pieces and their sentences.

    `page_of`: the page's row of each piece, from 0 without gaps. `before`: arrays of an earlier build and
    the row of each fingerprint in them; what has not changed is not encoded again.
    """
    import numpy as np

    old, rows = before if before is not None else (None, {})
    fresh = {p.fingerprint: p for p in pieces if p.fingerprint not in rows}
    texts = [p.encoded for p in fresh.values()]
    lines = {key: sentences(p.words) for key, p in fresh.items()}
    texts += [line for part in lines.values() for line in part]
    vectors = _encode(texts, encoder, progress)
    place = {key: at for at, key in enumerate(fresh)}
    ends = len(fresh) + np.cumsum([0, *(len(part) for part in lines.values())])
    own: list[Floats] = []
    said: list[Floats] = []
    for piece in pieces:
        key = piece.fingerprint
        if key in place:
            own.append(vectors[place[key]])
            said.append(vectors[ends[place[key]] : ends[place[key] + 1]])
        elif old is not None:
            row = rows[key]
            own.append(np.asarray(old.passages[row]))
            said.append(np.asarray(old.sentences[old.starts[row] : old.starts[row + 1]]))
    stacked = np.asarray(own, dtype=np.float32)
    at = np.asarray(page_of, dtype=np.int64)
    sums = np.zeros((int(at.max()) + 1, stacked.shape[1]), dtype=np.float32)
    np.add.at(sums, at, stacked)
    starts = np.concatenate([[0], np.cumsum([len(part) for part in said])]).astype(np.int64)
    return Matrices(stacked, np.concatenate(said), starts, unit(sums), at)


def cosines(rows: Floats, query: Floats) -> Floats:
    """Of each row to the query, all of length 1: shape (len(rows),).

    Not by `@`: it shares out half a millisecond of work among threads that then wait longer for each other.
    """
    import numpy as np

    return np.asarray(np.einsum("ij,j->i", rows, query), dtype=np.float32)


def unit(rows: Floats) -> Floats:
    """Each row at length 1."""
    import numpy as np

    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def _encode(texts: Sequence[str], encoder: Encoder, progress: Progress | None) -> Floats:
    import numpy as np

    # by length, so that a batch holds little padding
    order = sorted(range(len(texts)), key=lambda n: len(texts[n]))
    out: Floats | None = None
    if progress is not None and order:
        progress(0, len(order))
    for at in range(0, len(order), ENCODED):
        part = order[at : at + ENCODED]
        made = encoder.encode([texts[n] for n in part])
        if out is None:
            out = np.zeros((len(texts), made.shape[1]), dtype=np.float32)
        out[part] = made
        if progress is not None:
            progress(min(at + ENCODED, len(order)), len(order))
    return out if out is not None else np.zeros((0, 0), dtype=np.float32)
