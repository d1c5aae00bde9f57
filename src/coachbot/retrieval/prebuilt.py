"""Vectors that come with coachbot: of the texts of its own playbooks, whose first search then need not wait.

    prebuilt/PLAYBOOK.npz    keys (n,) uint64, rows (n, 384) int8, scales (n,) float32, encoder: its name

A row times its scale is a vector; in eight bits it stays within 0.5 % of its length of the true one. Vectors
are found by the text's own hash: what was edited is encoded, what was copied into another playbook is found.
`training/make_playbook_vectors.py` writes them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coachbot.embed.weights import NAME, SHA256

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

FOLDER = Path(__file__).with_name("prebuilt")
ENCODER = f"{NAME}-{SHA256}"


def prebuilt(texts: Iterable[str]) -> dict[str, Floats]:
    """The unit vectors that come with coachbot, by their text; a text that has none is left out."""
    import numpy as np

    found: dict[str, Floats] = {}
    for text in texts:
        key = key_of(text)
        for keys, rows, scales in _shipped(FOLDER):
            at = int(np.searchsorted(keys, np.uint64(key)))
            if at < len(keys) and int(keys[at]) == key:
                vector = rows[at].astype(np.float32) * scales[at]
                found[text] = vector / np.linalg.norm(vector)
    return found


def key_of(text: str) -> int:
    """The first 64 bits of the text's SHA-256."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def write(path: Path, texts: Sequence[str], vectors: Floats) -> None:
    """Write the unit vectors of texts, shape (len(texts), 384)."""
    import numpy as np

    keys = np.array([key_of(text) for text in texts], dtype=np.uint64)
    keys, first = np.unique(keys, return_index=True)
    kept = vectors[first]
    scales = (np.abs(kept).max(axis=1) / 127).astype(np.float32)
    rows = np.round(kept / scales[:, None]).astype(np.int8)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, keys=keys, rows=rows, scales=scales, encoder=np.array(ENCODER))


@lru_cache(maxsize=2)
def _shipped(folder: Path) -> list[tuple[Any, Any, Any]]:
    """What the files hold. One that cannot be read is left out: encoding is all it costs."""
    import zipfile

    import numpy as np

    found = []
    for path in sorted(folder.glob("*.npz")):
        try:
            with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                if str(file["encoder"]) == ENCODER:
                    found.append((file["keys"], file["rows"], file["scales"]))
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
            continue
    return found
