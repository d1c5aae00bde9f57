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
        self._model: SentenceEncoder | None = None
        self._recent: OrderedDict[str, NDArray[np.float32]] = OrderedDict()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), 384)."""
        key = texts[0] if len(texts) == 1 else None
        with self._lock:
            if self._model is None:
                self._model = SentenceEncoder(self._home, threads=self._threads)
            model = self._model
            if key is not None and key in self._recent:
                self._recent.move_to_end(key)
                return self._recent[key]
        vectors = model.encode(texts)  # outside the lock: a query need not wait for a building index
        if key is not None:
            with self._lock:
                self._recent[key] = vectors
                if len(self._recent) > QUERIES:
                    self._recent.popitem(last=False)
        return vectors


@lru_cache(maxsize=4)
def _shared(home: Path, threads: int) -> LocalEncoder:
    return LocalEncoder(home, threads=threads)


def local_encoder(home: Path, *, threads: int = 0) -> LocalEncoder | None:
    """The encoder of this process, or None where its weights are not installed."""
    try:
        return _shared(home, threads)
    except EncoderMissingError:
        return None
