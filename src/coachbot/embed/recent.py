"""Vectors of the sentences encoded last, so that what reads a call next need not encode it again.

The local engine encodes nearly every sentence of a call; the search index needs the same vectors a moment
later. The engine itself never takes from here: its answers depend on the call alone.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST = 4096
"""Sentences, 1.5 kB each: those of some twenty calls."""

_vectors: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
_lock = threading.Lock()


def keep(texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
    """Keep the unit vectors of texts, shape (len(texts), 384), as the plain encoder made them."""
    with _lock:
        for text, vector in zip(texts, vectors, strict=True):
            _vectors[text] = vector.copy()  # a row would keep all of its array alive
            _vectors.move_to_end(text)
        while len(_vectors) > MOST:
            _vectors.popitem(last=False)


def recall(texts: Sequence[str]) -> dict[str, NDArray[np.float32]]:
    """The vectors that are still kept, by their text."""
    with _lock:
        return {text: _vectors[text] for text in texts if text in _vectors}
