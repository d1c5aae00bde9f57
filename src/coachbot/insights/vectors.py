"""Vectors of sentences that were looked at before, so that a category is read anew in a moment."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from coachbot.insights.clusters import Encode, Vectors

_HASH = 16


def kept(encode: Encode, file: Path) -> Encode:
    """The same encoder, which remembers the vectors of the texts of its last call in that file.

    The file is replaced as a whole and holds hashes of the texts, not the texts. One that cannot be read or
    written costs time and nothing else.
    """

    def encoded(texts: Sequence[str]) -> Vectors:
        keys = [hashlib.sha256(text.encode()).digest()[:_HASH] for text in texts]
        known = _read(file)
        fresh = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if fresh:
            known |= dict(zip(fresh, encode(list(fresh.values())), strict=True))
            _write(file, {key: known[key] for key in dict.fromkeys(keys)})
        if not keys:
            return encode(texts)
        return np.stack([known[key] for key in keys])

    return encoded


def _read(file: Path) -> dict[bytes, Vectors]:
    try:
        with np.load(file, allow_pickle=False) as held:
            keys, vectors = held["keys"].tobytes(), held["vectors"].astype(np.float32)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return {}
    return {keys[n * _HASH : (n + 1) * _HASH]: vector for n, vector in enumerate(vectors)}


def _write(file: Path, known: dict[bytes, Vectors]) -> None:
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as out:
            keys = np.frombuffer(b"".join(known), dtype=np.uint8)
            np.savez(out, keys=keys, vectors=np.stack(list(known.values())))
        part.replace(file)
    except OSError:
        part.unlink(missing_ok=True)
