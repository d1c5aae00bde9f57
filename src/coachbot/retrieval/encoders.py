"""The encoder of passages and queries, loaded once a process."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from coachbot.embed import EncoderMissingError, SentenceEncoder, find_weights, recall
from coachbot.embed.encoder import WIDTH
from coachbot.embed.weights import NAME, SHA256
from coachbot.retrieval.prebuilt import prebuilt

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
    """MiniLM, loaded at its first use; vectors of the latest questions are kept.

    Questions are encoded in float32. Passages are encoded in eight bits, at less than half the work and with
    the same quality, and not at all where the same text was encoded a moment ago or comes with coachbot.
    """

    id = f"{NAME}-{SHA256[:8]}-int8"

    def __init__(self, home: Path, *, threads: int = 0) -> None:
        find_weights(home)
        self._home, self._threads = home, threads
        self._lock = threading.Lock()
        self._models: dict[str, SentenceEncoder] = {}
        self._recent: OrderedDict[str, NDArray[np.float32]] = OrderedDict()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), 384). A single text is taken for a question."""
        if len(texts) != 1:
            return self._passages(texts)
        text = texts[0]
        with self._lock:
            if text in self._recent:
                self._recent.move_to_end(text)
                return self._recent[text]
        # a question is too short to share out: threads would wait for each other longer than they work
        vectors = self._model("float32", 1).encode(texts)
        with self._lock:
            self._recent[text] = vectors
            if len(self._recent) > QUERIES:
                self._recent.popitem(last=False)
        return vectors

    def _passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        known = recall(texts)
        known |= prebuilt(text for text in dict.fromkeys(texts) if text not in known)
        fresh = [text for text in dict.fromkeys(texts) if text not in known]
        if fresh:
            known |= zip(fresh, self._model("int8", self._threads).encode(fresh), strict=True)
        return np.array([known[text] for text in texts], dtype=np.float32).reshape(len(texts), WIDTH)

    def _model(self, arithmetic: str, threads: int) -> SentenceEncoder:
        with self._lock:
            if arithmetic not in self._models:
                made = SentenceEncoder(self._home, threads=threads, compute_type=arithmetic)
                self._models[arithmetic] = made
            return self._models[arithmetic]


@lru_cache(maxsize=4)
def _shared(home: Path, threads: int) -> LocalEncoder:
    return LocalEncoder(home, threads=threads)


def local_encoder(home: Path, *, threads: int = 0) -> LocalEncoder | None:
    """The encoder of this process, or None where its weights are not installed."""
    try:
        return _shared(home, threads)
    except EncoderMissingError:
        return None
