"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Text
from sqlalchemy.dialects.postgresql import JSON as PG_JSON
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

from coachbot.errors import UsageError

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_ESCAPED = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


class Words(TypeDecorator[str]):
    """Text. What no database stores (NUL, lone surrogates) becomes U+FFFD."""

    impl = Text
    cache_ok = True

    @property
    def python_type(self) -> type[str]:
        """What comes out."""
        return str

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Clean what goes in; an enum goes in as its value."""
        return None if value is None else clean(str(value))


class Moment(TypeDecorator[datetime]):
    """A moment in time: refuses naive ones, keeps UTC, gives UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What comes out."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC. Raises UsageError for a moment without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise UsageError(f"the time {value.isoformat()} has no zone; give one, such as +00:00")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def structured() -> Any:
    """A column of JSON: text on SQLite, JSONB on PostgreSQL."""
    return JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def verbatim() -> Any:
    """A column of JSON whose keys keep their order (JSONB sorts them)."""
    return JSON(none_as_null=True).with_variant(PG_JSON(none_as_null=True), "postgresql")


def clean(text: str) -> str:
    """The text with U+FFFD for what no database stores."""
    if text.isascii() and "\x00" not in text:
        return text
    return _UNSTORABLE.sub("\ufffd", text)


def dumps(value: Any) -> str:
    """JSON that both databases take: no NUL, no lone surrogate, no NaN (UsageError)."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError as error:
        raise UsageError("a number that is not finite cannot be stored; leave it out") from error
    return clean(_ESCAPED.sub("\\1\ufffd", text) if "\\u0000" in text else text)
