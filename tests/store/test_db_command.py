from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from coachbot.cli.app import app
from coachbot.errors import CoachbotError, InputError
from coachbot.store import Store, open_store
from coachbot.store.export import check, export, repair
from store_world import a_fact, a_recap, a_transcript, add_call, add_deal, add_user


def full(store: Store) -> None:
    sha, size = store.files.put(io.BytesIO(b"WEBVTT"))
    with store.begin() as unit:
        add_user(unit, "Ana")
        unit.users.set_password_hash("ana", "SECRET")
        unit.access.open_session("ana")
        unit.access.create_token("ana", "x")
        deal = add_deal(unit)
        call = add_call(unit, 1, "Hello", deal_id=deal.id, file=sha, size=size)
        unit.recaps.put(a_recap(call.id))
        unit.facts.put(a_fact(deal.id, call.id))
        unit.audit.add("call.add", f"call:{call.id}")


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_an_export_holds_everything_but_secrets(store: Store, tmp_path: Path) -> None:
    full(store)
    folder = tmp_path / "out"
    done = export(store, folder)
    assert done.rows["calls"] == done.rows["audit"] == done.files == 1
    assert {p.stem for p in folder.iterdir()} == {*done.rows, "files"}
    transcript = lines(folder / "transcripts.jsonl")[0]["body"]
    assert transcript == a_transcript("Hello").model_dump(mode="json", exclude_defaults=True)
    assert lines(folder / "recaps.jsonl")[0]["recap"] == a_recap("x").recap
    assert lines(folder / "calls.jsonl")[0]["created_at"] == "2026-03-02T09:01:00+00:00"
    everything = "".join(p.read_text(encoding="utf-8") for p in folder.iterdir())
    assert "SECRET" not in everything
    assert "token_hash" not in everything
    with pytest.raises(InputError, match="holds an export already"):
        export(store, folder)


def test_a_sound_workspace_has_nothing_to_report(store: Store) -> None:
    full(store)
    assert list(check(store, deep=True)) == []


def test_damage_is_reported(sqlite_store: Store) -> None:
    full(sqlite_store)
    with sqlite_store.begin() as unit:
        unit.connection.execute(text("DROP TRIGGER transcripts_no_update"))
        unit.connection.execute(text("UPDATE transcripts SET hash = 'x'"))
        unit.connection.execute(text("DELETE FROM search"))
        sha = unit.calls.need("call-0001").file
        add_call(unit, 2)
    path = sqlite_store.files.local_path(sha)
    assert path is not None
    path.write_bytes(b"other")
    assert [p.split(":")[0] for p in check(sqlite_store)] == [
        "the transcript of call call-0001 was changed outside coachbot",
        "1 calls are not in the search index",
        next(p for p in check(sqlite_store) if "missing" in p).split(":")[0],
    ]
    assert any("was changed: put the original back" in p for p in check(sqlite_store, deep=True))
    with sqlite_store.begin() as unit:
        unit.connection.execute(text("DELETE FROM transcripts"))
    assert repair(sqlite_store) == 2
    assert len(list(check(sqlite_store))) == 1


def test_the_commands(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACHBOT_HOME", str(tmp_path / "home"))
    with open_store(home=tmp_path / "home") as store:
        full(store)
    runner = CliRunner()

    def run(*words: str) -> str:
        done = runner.invoke(app, ["db", *words], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    status = json.loads(run("status", "--format", "json"))
    assert status["rows"]["calls"] == 1
    assert status["schema"] == status["newest"]
    assert "calls" in run("status")
    assert "already" in run("upgrade")
    assert json.loads(run("export", str(tmp_path / "a"), "--format", "json"))["files"] == 1
    assert "1 files listed" in run("export", str(tmp_path / "b"))
    assert run("check", "--deep") == "All is well.\n"
    assert run("check", "--repair").startswith("The search index was made anew: 1 calls.")
    with pytest.raises(CoachbotError, match="choose terminal or json"):
        run("status", "--format", "xml")


def test_status_of_a_database_that_is_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import command

    from coachbot.store.migrate import config

    monkeypatch.setenv("COACHBOT_HOME", str(tmp_path))
    with open_store() as store, store.begin() as unit:
        command.downgrade(config(unit.connection), "0001")
    assert "run `coachbot db upgrade`" in CliRunner().invoke(app, ["db", "status"]).stdout
    assert "from schema 0001 to" in CliRunner().invoke(app, ["db", "upgrade"]).stdout


def test_damage_makes_the_check_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACHBOT_HOME", str(tmp_path))
    with open_store() as store, store.begin() as unit:
        add_call(unit, 1)
    done = CliRunner().invoke(app, ["db", "check"])
    assert done.exit_code == 1
    assert "is missing: put it back" in done.stderr
