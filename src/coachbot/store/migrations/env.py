"""Alembic's entry: runs migrations on the connection that coachbot hands over."""

from __future__ import annotations

from alembic import context

from coachbot.store.migrate import ours
from coachbot.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
    include_object=ours,
)
context.run_migrations()
