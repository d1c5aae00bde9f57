"""Connections: SQLite and PostgreSQL set up alike, and what their errors mean to a user."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from coachbot.errors import CoachbotError, StoreError, UsageError
from coachbot.store.columns import dumps

TRANSIENT_STATES = ("40001", "40P01", "55P03", "57P01", "57P02", "57P03", "08", "53300")
"""PostgreSQL's SQLSTATEs (or their beginnings) after which the same work may be tried again."""


def sqlite_url(folder: Path) -> URL:
    """The workspace's own database."""
    return URL.create("sqlite", database=str(folder / "coachbot.db"))


def parse_url(text: str) -> URL:
    """The URL with our drivers. Raises UsageError for a database that is not supported."""
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise UsageError("database_url is not a URL; write postgresql://user:password@host/name") from error
    kind = url.get_backend_name()
    if kind in ("postgres", "postgresql"):
        return url.set(drivername="postgresql+psycopg")
    if kind == "sqlite" and url.database not in (None, "", ":memory:"):
        return url.set(drivername="sqlite")
    raise UsageError(f"database_url: {kind!r} cannot be used here; write postgresql://… or sqlite:///FILE")


def connect(url: URL, *, wait: float) -> Engine:
    """An engine for the URL; nothing is opened yet. `wait` is the seconds a lock or connection may take."""
    if url.get_backend_name() == "sqlite":
        engine = create_engine(
            url, json_serializer=dumps, connect_args={"timeout": wait}, pool_size=8, max_overflow=32
        )
        event.listen(engine, "connect", _sqlite_settings)
        event.listen(engine, "begin", _sqlite_begin)
        event.listen(engine, "handle_error", _translate, retval=True)
        return engine
    try:
        engine = create_engine(
            url,
            json_serializer=dumps,
            pool_pre_ping=True,
            pool_size=8,
            max_overflow=16,
            pool_timeout=max(wait, 1),
            connect_args={"connect_timeout": max(2, round(wait))},
        )
    except (ImportError, NoSuchModuleError) as error:
        raise StoreError(
            "PostgreSQL needs its driver: pip install 'coachbot[postgres]', then try again"
        ) from error
    event.listen(engine, "handle_error", _translate, retval=True)
    return engine


def _sqlite_settings(connection: sqlite3.Connection, record: Any) -> None:
    # The module's own transaction handling begins too late for a snapshot; we begin ourselves.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", "cache_size=-32000",
                   "temp_store=MEMORY", "mmap_size=268435456"):  # fmt: skip
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(connection: Any) -> None:
    # A writer takes the lock at once: a later upgrade of a reader fails however long it waits.
    reading = connection.get_execution_options().get("coachbot_reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def is_transient(error: BaseException) -> bool:
    """Whether the same work may succeed when tried again."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated or isinstance(error, InterfaceError):
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return str(state).startswith(TRANSIENT_STATES)
    if isinstance(error.orig, sqlite3.OperationalError):
        return "locked" in str(error.orig) or "busy" in str(error.orig)
    return isinstance(error, OperationalError)


def explain(error: Exception, url: URL | None, *, lost: bool = False) -> CoachbotError:
    """The error as one line that says what to do."""
    cause = getattr(error, "orig", None)
    reason = next(iter(str(cause or error).strip().splitlines()), type(error).__name__)
    if isinstance(error, PoolTimeout):
        return StoreError("all database connections are in use; run fewer workers", transient=True)
    if isinstance(error, IntegrityError):
        return UsageError(f"the database refused it: {reason}")
    if isinstance(error, DataError) or isinstance(cause, OverflowError):
        return UsageError(f"a value does not fit the database: {reason}")
    if str(getattr(cause, "sqlstate", None) or "").startswith("54"):
        return UsageError(f"a text is too long for the database's index: {reason}")
    again = lost or is_transient(error)
    if url is None or url.get_backend_name() == "sqlite":
        return StoreError(_sqlite_advice(reason, (url and url.database) or "the database"), transient=again)
    return StoreError(_postgres_advice(reason, str(getattr(cause, "sqlstate", None) or ""), url, again=again),
                      transient=again)  # fmt: skip


def _postgres_advice(reason: str, state: str, url: URL, *, again: bool) -> str:
    place = f"PostgreSQL at {url.host or url.query.get('host') or 'the local socket'}"
    place += f":{url.port}/{url.database}" if url.port else f", database {url.database}"
    for start, advice in (
        ("53100", "has no disk space left: free some, then try again"),
        ("53300", "takes no more connections: run fewer workers, or raise max_connections"),
        ("28", "refuses the user or password: correct database_url"),
        ("3D", "does not exist: create it, or correct database_url"),
        ("42501", f"does not allow it ({reason}): grant the user its rights"),
        ("40", "had two transactions collide: try again"),
        ("25006", "is read-only: use the primary server, or write in a transaction for writing"),
    ):
        if state.startswith(start):
            return f"{place} {advice}"
    # libpq's own failures carry no SQLSTATE, only words.
    if state == "" and "authentication failed" in reason:
        return f"{place} refuses the user or password: correct database_url"
    if state == "" and "does not exist" in reason:
        return f"{place} does not exist ({reason}): create it, or correct database_url"
    if again or state == "":
        return f"{place} cannot be reached ({reason}): start it, then try again"
    return f"{place}: {reason}"


def _sqlite_advice(reason: str, path: str) -> str:
    low = reason.lower()
    for sign, advice in (
        ("locked", "is locked by another process: close it or wait, then try again"),
        ("disk is full", "has no disk space left: free some, then try again"),
        ("readonly", "cannot be written here: write in a transaction for writing, and allow writing to it"),
        ("unable to open", "cannot be opened: check that its folder exists and may be written"),
        ("not a database", "is not a coachbot database: move it away, or set COACHBOT_HOME elsewhere"),
        ("malformed", "is damaged: restore a backup, or `coachbot db export` what can be read"),
        ("disk i/o", "cannot be read or written (disk error): check the disk, then try again"),
    ):
        if sign in low:
            return f"{path} {advice}"
    return f"{path}: {reason}"


def _translate(context: ExceptionContext) -> BaseException | None:
    """Every error of the database becomes one of ours where it happens."""
    error = context.sqlalchemy_exception
    if error is None:  # not the driver's: raised while values were bound
        cause = context.original_exception
        return UsageError("a number is too large to be stored") if isinstance(cause, OverflowError) else None
    if context.is_pre_ping:
        return None  # the pool replaces such a connection by itself
    url = context.engine.url if context.engine is not None else None
    lost = context.is_disconnect
    return explain(error, url, lost=lost) if isinstance(error, DBAPIError) else _of_value(error)


def _of_value(error: BaseException) -> CoachbotError:
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, CoachbotError):
        return cause
    return UsageError(f"a value cannot be stored: {str(cause).splitlines()[0]}")


@contextmanager
def translated(url: URL) -> Iterator[None]:
    """Turns what reaches here without passing a connection into ours."""
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        raise explain(error, url) from error
    except StatementError as error:
        raise _of_value(error) from error
