"""Ids of the workspace."""

from __future__ import annotations

import hashlib
import secrets
import time


def new_id() -> str:
    """A fresh id of 28 hex digits that sorts by the time it was made."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(8)}"


def stable_id(*parts: str | int | None) -> str:
    """An id of 24 hex digits that is the same for the same parts, such as a call's id and an item's."""
    text = "\0".join("" if p is None else str(p) for p in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]
