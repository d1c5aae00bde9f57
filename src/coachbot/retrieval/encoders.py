"""The encoder of passages and queries, loaded once a process."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from coachbot.embed import EncoderMissingError, SentenceEncoder, find_weights
from coachbot.embed.weights import NAME, SHA256

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

QUERIES = 512


class Encoder(Protocol):
    """Makes unit vectors of texts. `id` changes whenever the vectors would."""

    @property
    def id(self) -> str: ...  # noqa: D102

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]: ...  # noqa: D102


class LocalEncoder:
    """MiniLM, loaded at its first use; vectors of the latest queries are kept."""

    id = f"{NAME}-{SHA256[:8]}"

    def __init__(self, home: Path, *, threads: int = 0) -> None:
        find_weights(home)
        self._home, self._threads = home, threads
        self._lock = threading.Lock()
        self._models: dict[int, SentenceEncoder] = {}
        self._recent: OrderedDict[str, NDArray[np.float32]] = OrderedDict()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), 384)."""
        if len(texts) != 1:
            return self._model(self._threads).encode(texts)
        text = texts[0]
        with self._lock:
            if text in self._recent:
                self._recent.move_to_end(text)
                return self._recent[text]
        # a question is too short to share out: threads would wait for each other longer than they work
        vectors = self._model(1).encode(texts)
        with self._lock:
            self._recent[text] = vectors
            if len(self._recent) > QUERIES:
                self._recent.popitem(last=False)
        return vectors

    def _model(self, threads: int) -> SentenceEncoder:
        with self._lock:
            if threads not in self._models:
                self._models[threads] = SentenceEncoder(self._home, threads=threads)
            return self._models[threads]


@lru_cache(maxsize=4)
def _shared(home: Path, threads: int) -> LocalEncoder:
    return LocalEncoder(home, threads=threads)


def local_encoder(home: Path, *, threads: int = 0) -> LocalEncoder | None:
    """The encoder of this process, or None where its weights are not installed."""
    try:
        return _shared(home, threads)
    except EncoderMissingError:
        return None
