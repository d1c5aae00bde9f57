"""Bringing a database to the schema of this coachbot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, inspect, text

from coachbot.errors import StoreError
from coachbot.store.engine import translated

if TYPE_CHECKING:
    from alembic.config import Config

    from coachbot.store.store import Store

HEAD = "0005"
"""The newest migration. Kept here so that opening an up-to-date database does not load Alembic."""
KNOWN = ("0001", "0002", "0003", "0004", "0005")
FOLDER = Path(__file__).with_name("migrations")
LOCK = 0x636F616368  # of PostgreSQL's advisory locks: one process sets up at a time


def ours(thing: Any, name: str | None, kind: str, reflected: bool, compared: Any) -> bool:
    """Whether Alembic compares it: the full-text index is made by SQL alone."""
    return not (name or "").startswith("search_index") and "vector" not in (name or "")


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, for our folder and that connection."""
    from alembic.config import Config

    found = Config()
    found.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    found.attributes["connection"] = connection
    return found


def version(store: Store) -> str | None:
    """The migration that the database is at, None where it has no coachbot tables yet."""
    with store.begin() as unit:
        return _version(unit.connection)


def prepare(store: Store, *, upgrade: bool | None = None) -> str | None:
    """Set up a new database, or bring one that is behind up to date where that is allowed.

    `upgrade`: None on SQLite only, True also on PostgreSQL, False never. Returns the version it was at.
    Raises StoreError.
    """
    with store.read() as unit:
        at = _version(unit.connection)
    if at == HEAD:
        return at
    if at is not None and at not in KNOWN:
        raise StoreError(
            f"the database is at schema {at}, newer than this coachbot knows ({HEAD}): update coachbot"
        )
    allowed = at is None or store.dialect == "sqlite" if upgrade is None else upgrade
    if not allowed:
        raise StoreError(
            f"the database is at schema {at or 'none'}, behind {HEAD}: run `coachbot db upgrade`"
        )
    _upgrade(store)
    return at


def _upgrade(store: Store) -> None:
    from alembic import command

    with store.begin() as unit, translated(store.url):
        if store.dialect == "postgresql":
            unit.connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        if _version(unit.connection) != HEAD:  # another process may have been quicker
            command.upgrade(config(unit.connection), "head")


def _version(connection: Connection) -> str | None:
    tables = inspect(connection)
    if not tables.has_table("alembic_version"):
        if tables.has_table("calls"):
            raise StoreError("the database holds other tables of the same names: give coachbot its own")
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)
