"""A workspace's store: its database and its files."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from coachbot.errors import StoreError
from coachbot.settings import Settings
from coachbot.settings import settings as current_settings
from coachbot.store import migrate
from coachbot.store.engine import connect, explain, parse_url, sqlite_url, translated
from coachbot.store.files import Files
from coachbot.store.unit import Unit

R = TypeVar("R")


class Store:
    """Database and files. Safe to share between threads; one for a process is enough."""

    def __init__(self, url: URL, files: Files, *, wait: float = 10.0) -> None:
        self.url = url
        self.files = files
        self.wait = wait
        self.engine: Engine = connect(url, wait=wait)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @contextmanager
    def begin(self) -> Iterator[Unit]:
        """A transaction for writing: all of the block happens, or, where it raises, nothing.

        On SQLite one writer works at a time and others wait. Raises StoreError where the database stays
        locked or out of reach for `wait` seconds; what the block raises comes through.
        """
        with self._unit(reading=False) as unit:
            yield unit

    @contextmanager
    def read(self) -> Iterator[Unit]:
        """A snapshot for reading: everything in the block is as of one moment. Writing raises StoreError."""
        with self._unit(reading=True) as unit:
            yield unit

    def run(self, work: Callable[[Unit], R], *, attempts: int = 5) -> R:
        """`work(unit)` in a transaction, again where the connection was lost or transactions collided.

        `work` must do nothing outside the unit, since it may run several times.
        """
        for attempt in range(1, attempts + 1):
            try:
                with self.begin() as unit:
                    return work(unit)
            except StoreError as error:
                if attempt == attempts or not error.transient:
                    raise
                time.sleep(_pause(attempt))
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def settle(self) -> None:
        """After a bulk load: let the database see what it holds now, so that reads take the short ways.

        PostgreSQL reads an index alone only where VACUUM has seen that nothing in the table is in flux; it
        does so by itself in time, and this does it now.
        """
        if self.dialect == "sqlite":
            with self.begin() as unit:
                unit.connection.exec_driver_sql("ANALYZE")
            return
        with translated(self.url), self.engine.connect() as connection:
            alone = connection.execution_options(isolation_level="AUTOCOMMIT")
            alone.exec_driver_sql("VACUUM (ANALYZE)")

    @contextmanager
    def _unit(self, *, reading: bool) -> Iterator[Unit]:
        connection = self._begun(reading=reading)
        try:
            with translated(self.url):
                if reading and self.dialect == "sqlite":
                    connection.exec_driver_sql("PRAGMA query_only=1")
                yield Unit(connection)
                if reading:
                    connection.rollback()
                else:
                    connection.commit()
        finally:
            self._end(connection, reading=reading)

    def _end(self, connection: Connection, *, reading: bool) -> None:
        try:
            if connection.in_transaction():
                connection.rollback()
            if reading and self.dialect == "sqlite" and not connection.invalidated:
                driver = connection.connection.driver_connection
                if driver is not None:
                    driver.execute("PRAGMA query_only=0")
        except (DBAPIError, StoreError):
            connection.invalidate()
        finally:
            connection.close()

    def _begun(self, *, reading: bool) -> Connection:
        """A connection in a transaction; waits for a server that is starting or a lock that is held."""
        until = time.monotonic() + self.wait
        attempt = 0
        while True:
            attempt += 1
            connection: Connection | None = None
            try:
                connection = self.engine.connect().execution_options(coachbot_reading=reading)
                if reading and self.dialect == "postgresql":
                    connection = connection.execution_options(
                        isolation_level="REPEATABLE READ", postgresql_readonly=True
                    )
                connection.begin()
                return connection
            except (DBAPIError, PoolTimeout, StoreError) as raised:
                error = raised if isinstance(raised, StoreError) else explain(raised, self.url)
                if connection is not None:
                    connection.close()
                if not getattr(error, "transient", False) or time.monotonic() >= until:
                    raise error from raised
                time.sleep(min(_pause(attempt), max(0.0, until - time.monotonic())))


def open_store(
    settings: Settings | None = None,
    *,
    url: str | None = None,
    home: Path | str | None = None,
    files_url: str | None = None,
    wait: float | None = None,
    upgrade: bool | None = None,
    prepare: bool = True,
) -> Store:
    """Open the workspace: by the settings, or what is given instead.

    A new database is set up. One that is behind is brought up to date on SQLite, and on PostgreSQL only by
    `upgrade=True` (`coachbot db upgrade`), so that one machine's update does not surprise the others.
    `prepare=False` leaves it as it is and does not look.
    Raises StoreError where the database cannot be used, or is newer than this coachbot.
    """
    if settings is None:
        settings = current_settings()
    folder = Path(home) if home is not None else settings.home
    secret = settings.database_url.get_secret_value() if settings.database_url and home is None else None
    text = url or secret
    place = parse_url(text) if text else sqlite_url(folder)
    try:
        if place.get_backend_name() == "sqlite" and place.database:
            Path(place.database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the workspace {folder} cannot be made ({error.strerror}): set COACHBOT_HOME"
        ) from error
    files = Files(files_url or (settings.files_url if home is None else None) or folder / "files")
    store = Store(place, files, wait=settings.database_wait if wait is None else wait)
    try:
        if prepare:
            migrate.prepare(store, upgrade=upgrade)
    except BaseException:
        store.close()
        raise
    return store


def _pause(attempt: int) -> float:
    return float(min(2.0, 0.05 * 2**attempt) * (0.5 + random.random() / 2))
