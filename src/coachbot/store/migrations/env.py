"""Alembic's entry: runs migrations on the connection that coachbot hands over."""

from __future__ import annotations

from typing import Any

from alembic import context

from coachbot.store.tables import metadata

OURS_ONLY_IN_SQL = ("search_index", "vector")


def ours(thing: Any, name: str | None, kind: str, reflected: bool, compared: Any) -> bool:
    """Whether autogenerate compares it: the full-text index is made by SQL alone."""
    return not (name or "").startswith(OURS_ONLY_IN_SQL) and "vector" not in (name or "")


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
    include_object=ours,
    transaction_per_migration=False,
)
context.run_migrations()
