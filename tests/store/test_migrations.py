from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from coachbot.errors import StoreError
from coachbot.store import Store, open_store
from coachbot.store.migrate import HEAD, KNOWN, config, ours, prepare, version
from coachbot.store.tables import metadata
from store_world import add_call, add_deal


def test_migrations_make_what_the_tables_say(store: Store) -> None:
    with store.begin() as unit:
        context = MigrationContext.configure(
            unit.connection, opts={"compare_type": True, "include_object": ours, "render_as_batch": True}
        )
        assert compare_metadata(context, metadata) == []


def test_the_known_migrations_are_those_in_the_folder() -> None:
    scripts = ScriptDirectory.from_config(config())
    assert scripts.get_heads() == [HEAD]
    assert sorted(s.revision for s in scripts.walk_revisions()) == sorted(KNOWN)


def test_a_newer_database_is_left_alone(sqlite_store: Store) -> None:
    with sqlite_store.begin() as unit:
        unit.connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"9999.*update coachbot"):
        prepare(sqlite_store)


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    import sqlite3

    with sqlite3.connect(tmp_path / "coachbot.db") as connection:
        connection.execute("CREATE TABLE calls (id)")
    connection.close()
    with pytest.raises(StoreError, match="other tables"):
        open_store(home=tmp_path)


def test_sqlite_that_is_behind_is_brought_up_to_date(sqlite_store: Store) -> None:
    from alembic import command

    with sqlite_store.begin() as unit:
        add_call(unit, 1, "Hello")
        command.downgrade(config(unit.connection), "0001")
    assert version(sqlite_store) == "0001"
    with pytest.raises(StoreError, match="coachbot db upgrade"):
        prepare(sqlite_store, upgrade=False)
    assert prepare(sqlite_store) == "0001"
    assert version(sqlite_store) == HEAD


def test_postgresql_that_is_behind_waits_for_the_command(bare_postgres_url: str, tmp_path: Path) -> None:
    from alembic import command

    with open_store(url=bare_postgres_url, home=tmp_path) as store:  # set up at first
        assert version(store) == HEAD
        with store.begin() as unit:
            command.downgrade(config(unit.connection), "0001")
    with pytest.raises(StoreError, match=r"0001, behind .*coachbot db upgrade"):
        open_store(url=bare_postgres_url, home=tmp_path)
    with open_store(url=bare_postgres_url, home=tmp_path, upgrade=True) as store:
        assert version(store) == HEAD


def test_the_index_finds_what_came_before_it(sqlite_store: Store) -> None:
    from alembic import command

    with sqlite_store.begin() as unit:
        add_call(unit, 1, "Hello")
        command.downgrade(config(unit.connection), "0001")
        command.upgrade(config(unit.connection), "head")
        assert len(unit.search("hello").items) == 1


def test_several_processes_may_open_a_new_workspace_at_once(tmp_path: Path) -> None:
    def one(number: int) -> None:
        with open_store(home=tmp_path, wait=30) as store, store.begin() as unit:
            add_deal(unit, f"Deal {number}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(4)))
    with open_store(home=tmp_path) as store, store.read() as unit:
        assert len(unit.deals.all()) == 4
