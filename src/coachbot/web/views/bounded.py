"""Long lists on pages of several: the first rows, how many there are, and a way to the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from fastapi import Request

T = TypeVar("T")
MOST, WHOLE = 30, 1000
"""Rows that are shown at first, and the most that are shown where somebody asks for all."""
ASKED = "whole"


@dataclass(frozen=True, slots=True)
class Bounded(Generic[T]):
    """The rows that are shown. `href` leads to the others; empty where all are here, or no page has them."""

    key: str
    rows: tuple[T, ...]
    total: int
    href: str


def bounded(request: Request, key: str, rows: Sequence[T], *, most: int = MOST) -> Bounded[T]:
    """The first rows of a list; those that follow where the address asks for this list whole."""
    whole = request.query_params.get(ASKED) == key
    shown = tuple(rows[: WHOLE if whole else most])
    if whole or len(shown) == len(rows):
        return Bounded(key, shown, len(rows), "")
    others = [(k, v) for k, v in request.query_params.multi_items() if k != ASKED and v]
    return Bounded(key, shown, len(rows), f"?{urlencode([*others, (ASKED, key)])}#{key}")
