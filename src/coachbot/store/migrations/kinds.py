"""Column types of the migrations, fixed as they are: later changes of the code must not change the past."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSON, JSONB


def structured() -> Any:
    """JSON: text on SQLite, JSONB on PostgreSQL."""
    return sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def verbatim() -> Any:
    """JSON whose keys keep their order."""
    return sa.JSON(none_as_null=True).with_variant(JSON(none_as_null=True), "postgresql")


def serial() -> Any:
    """A whole number of 64 bits that SQLite counts up by itself."""
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")
