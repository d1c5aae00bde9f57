"""Vectors of a call's passages, made of its sentences' vectors.

A transcript's passage holds several voices and thoughts. The mean of its sentences' vectors finds it better
than one encoding of the whole (`benchmarks/calls.py`), and the local engine has encoded them already.
Mean of sentence vectors: Arora, Liang and Ma, "A simple but tough-to-beat baseline for sentence embeddings",
ICLR 2017; here weighted by the root of a sentence's length, so that a long one does not drown the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from coachbot.retrieval.encoders import Encoder
from coachbot.retrieval.passages import Passage, Piece

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

RECIPE = "sentences-1"
"""Part of the key of vectors; raised when they come out differently for the same passage."""
ENCODED = 64
"""Passages at a time."""


def recipe(encoder: Encoder) -> str:
    """What the vectors of calls are made by: changes whenever they would."""
    return f"{encoder.id}/{RECIPE}"


def call_vectors(
    pieces: Sequence[Piece], encoder: Encoder, known: Mapping[str, Floats] | None = None
) -> Floats:
    """Unit vectors of passages, shape (len(pieces), width). `known`: those there are, by fingerprint."""
    import numpy as np

    made: dict[str, Floats] = dict(known or {})
    fresh = [p for p in {p.fingerprint: p for p in pieces}.values() if p.fingerprint not in made]
    for at in range(0, len(fresh), ENCODED):
        part = fresh[at : at + ENCODED]
        parts = [parts_of(p) for p in part]
        texts = list(dict.fromkeys(text for some in parts for text in some))
        vectors = dict(zip(texts, encoder.encode(texts), strict=True))
        for piece, some in zip(part, parts, strict=True):
            weights = np.sqrt(np.array([len(text) or 1 for text in some], dtype=np.float32))
            total = weights @ np.array([vectors[text] for text in some])
            made[piece.fingerprint] = total / max(float(np.linalg.norm(total)), 1e-9)
    return np.array([made[p.fingerprint] for p in pieces], dtype=np.float32)


def parts_of(piece: Piece) -> list[str]:
    """What is encoded of a passage: the sentences of a stretch of talk, of anything else the whole."""
    from coachbot.extract.phrases import sentences
    from coachbot.extract.zero_shot import FEWEST_WORDS

    if piece.passage.source != "transcript":
        return [piece.encoded]
    said = [text[a:b] for text in _spoken(piece.passage) for a, b in sentences(text)]
    # the engine's own measure of what is worth encoding: "Okay, sure." is next to nothing
    return [s for s in said if len(s.split()) >= FEWEST_WORDS] or [piece.encoded]


def _spoken(passage: Passage) -> list[str]:
    """The lines of a stretch without the speakers' names."""
    names = [f"{name or 'Unknown'}: " for name in passage.extra.get("speakers", ())]
    lines = passage.text.split("\n")
    return [next((line[len(n) :] for n in names if line.startswith(n)), line) for line in lines]
