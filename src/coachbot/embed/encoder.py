"""Encoding: sentences to unit vectors, token sequences to one vector a token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coachbot.embed.convert import converted
from coachbot.embed.weights import find_weights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WIDTH = 384
CLS, SEP = 101, 102
LONGEST_SENTENCE = 256
BATCH_TOKENS = 2048


@lru_cache(maxsize=2)
def tokenizer(folder: Path) -> Any:
    """The encoder's WordPiece tokenizer, without its stored padding and cut."""
    from tokenizers import Tokenizer

    made = Tokenizer.from_file(str(folder / "tokenizer.json"))
    made.no_padding()
    made.no_truncation()
    return made


class TokenEncoder:
    """The encoder with an adapter: token ids in, one vector a token out."""

    def __init__(
        self,
        home: Path,
        *,
        adapter: Mapping[str, NDArray[np.float32]] | None = None,
        key: str = "plain",
        threads: int = 0,
        compute_type: str = "float32",
    ) -> None:
        import ctranslate2

        weights = find_weights(home)
        folder = converted(weights, home / "cache", adapter=adapter or {}, key=key)
        self.tokenizer = tokenizer(weights)
        self._model = ctranslate2.Encoder(
            str(folder), compute_type=compute_type, inter_threads=1, intra_threads=threads
        )

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, without the special ones."""
        return [e.ids for e in self.tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def encode(self, sequences: Sequence[Sequence[int]]) -> Iterator[NDArray[np.float32]]:
        """For each sequence of n token ids (special ones included), an array of shape (n, 384)."""
        import numpy as np

        for batch in _batches(sequences):
            output = self._model.forward_batch([list(s) for s in batch]).last_hidden_state
            array = np.array(output)
            for row, sequence in zip(array, batch, strict=True):
                yield row[: len(sequence)]


class SentenceEncoder:
    """The encoder as published: a unit vector for each sentence (mean over tokens)."""

    def __init__(self, home: Path, *, threads: int = 0, compute_type: str = "float32") -> None:
        self._encoder = TokenEncoder(home, threads=threads, compute_type=compute_type)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), 384). Text past 256 tokens does not count."""
        import numpy as np

        ids = [[CLS, *i[: LONGEST_SENTENCE - 2], SEP] for i in self._encoder.ids(texts)]
        order = sorted(range(len(ids)), key=lambda n: len(ids[n]))
        out = np.zeros((len(ids), WIDTH), dtype=np.float32)
        for n, tokens in zip(order, self._encoder.encode([ids[n] for n in order]), strict=True):
            out[n] = tokens.mean(axis=0)
        norms = np.linalg.norm(out, axis=1, keepdims=True)
        return np.asarray(out / np.maximum(norms, 1e-9), dtype=np.float32)


def _batches(sequences: Sequence[Sequence[int]]) -> Iterator[list[Sequence[int]]]:
    """Neighbouring sequences, until a batch would hold more than BATCH_TOKENS with its padding."""
    batch: list[Sequence[int]] = []
    longest = 0
    for sequence in sequences:
        longest = max(longest, len(sequence))
        if batch and longest * (len(batch) + 1) > BATCH_TOKENS:
            yield batch
            batch, longest = [], len(sequence)
        batch.append(sequence)
    if batch:
        yield batch
