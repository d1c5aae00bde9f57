"""Cursors of lists: where the last page ended, opaque to the caller."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, or_
from sqlalchemy.sql.elements import ColumnElement

from coachbot.errors import UsageError

MAX_LIMIT = 500


def encode(values: Sequence[Any]) -> str:
    """The sort keys of a page's last row as text for a URL."""
    plain = [{"t": v.isoformat()} if isinstance(v, date) else v for v in values]
    return base64.urlsafe_b64encode(json.dumps(plain, separators=(",", ":")).encode()).decode().rstrip("=")


def decode(cursor: str, count: int) -> list[Any]:
    """The sort keys. Raises UsageError for anything that `encode` did not make."""
    try:
        plain = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        values = [_moment(v["t"]) if isinstance(v, dict) else v for v in plain]
    except (ValueError, KeyError, TypeError, binascii.Error, RecursionError) as error:
        raise UsageError("the cursor is not one of this list; start again without it") from error
    if len(values) != count or not all(isinstance(v, str | int | datetime) for v in values):
        raise UsageError("the cursor is not one of this list; start again without it")
    return values


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def check_limit(limit: int) -> None:
    """Raises UsageError for a page's size outside 1 … 500."""
    if not 1 <= limit <= MAX_LIMIT:
        raise UsageError(f"the limit must be between 1 and {MAX_LIMIT}, not {limit}")


def paged(
    query: Select[Any],
    keys: Sequence[ColumnElement[Any]],
    cursor: str | None,
    limit: int,
    *,
    descending: bool = True,
) -> Select[Any]:
    """The query ordered by `keys`, after the cursor, with one row more than `limit`.

    Raises UsageError for a foreign cursor or a limit outside 1 … 500.
    """
    check_limit(limit)
    if cursor is not None:
        query = query.where(_after(keys, decode(cursor, len(keys)), descending))
    order = [k.desc() if descending else k.asc() for k in keys]
    return query.order_by(*order).limit(limit + 1)


def _after(keys: Sequence[ColumnElement[Any]], values: list[Any], descending: bool) -> ColumnElement[bool]:
    for key, value in zip(keys, values, strict=True):
        if not isinstance(value, key.type.python_type):
            raise UsageError("the cursor is not one of this list; start again without it")
    # The bound on the first key lets both databases enter the index where the last page ended.
    first, head = keys[0], values[0]
    bound = first <= head if descending else first >= head
    parts = []
    for i, (key, value) in enumerate(zip(keys, values, strict=True)):
        same = [k == v for k, v in zip(keys[:i], values[:i], strict=True)]
        parts.append(and_(*same, key < value if descending else key > value))
    return and_(bound, or_(*parts))
