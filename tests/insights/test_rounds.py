"""Reminders by the clock: when, once only with several workers, and again after what failed."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from test_reminders import Outbox, book, conf
from typer.testing import CliRunner

from coachbot.cli.app import app
from coachbot.errors import UsageError
from coachbot.insights import deliver, rounds
from coachbot.insights.rounds import LEASE, PAUSES, last_round, next_slot, run_due, slot_of
from coachbot.model.transcript import Side
from coachbot.model.workspace import Person
from coachbot.pipeline.reminding import ReminderClock
from coachbot.settings import settings
from coachbot.store import Store, open_store
from store_world import add_deal, add_user

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAILY = conf(remind_at="12:00")


@pytest.fixture
def one_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "books_of", lambda conf: [book(lapses_after=10_000)])


@pytest.fixture
def outbox(monkeypatch: pytest.MonkeyPatch) -> Outbox:
    box = Outbox()
    monkeypatch.setattr(deliver, "_server", lambda conf: box)
    return box


@pytest.fixture
def workspace(store: Store, one_rule: None) -> Store:
    with store.begin() as unit:
        add_user(unit, "Ana")
        add_deal(unit, "Alder", owner="ana", stage="discovery")
    return store


@pytest.fixture
def beside(workspace: Store, tmp_path: Path) -> Iterator[Store]:
    """The same workspace as another process has it open."""
    url = workspace.url.render_as_string(hide_password=False)
    with open_store(url=url, home=tmp_path / "beside", upgrade=False) as other:
        yield other


@pytest.mark.parametrize(
    ("when", "zone", "at", "slot", "coming"),
    [
        ("08:30", "UTC", "2026-03-02T08:30", "2026-03-02T08:30", "2026-03-03T08:30"),
        ("08:30", "UTC", "2026-03-02T08:29", None, "2026-03-02T08:30"),
        ("08:30", "UTC", "2026-03-02T14:30", "2026-03-02T08:30", "2026-03-03T08:30"),
        ("08:30", "UTC", "2026-03-02T14:31", None, "2026-03-03T08:30"),
        ("23:30", "UTC", "2026-03-03T01:00", "2026-03-02T23:30", "2026-03-03T23:30"),
        ("08:30", "Europe/Berlin", "2026-03-02T07:30", "2026-03-02T07:30", "2026-03-03T07:30"),
        ("08:30", "Europe/Berlin", "2026-03-28T09:00", "2026-03-28T07:30", "2026-03-29T06:30"),
        ("08:30", "Asia/Tokyo", "2026-03-01T23:45", "2026-03-01T23:30", "2026-03-02T23:30"),
        ("every 4h", "UTC", "2026-03-02T09:10", "2026-03-02T08:00", "2026-03-02T12:00"),
        ("every 30m", "UTC", "2026-03-02T09:30", "2026-03-02T09:30", "2026-03-02T10:00"),
        (None, "UTC", "2026-03-02T09:10", None, None),
    ],
)
def test_when_a_round_is_due(
    when: str | None, zone: str, at: str, slot: str | None, coming: str | None
) -> None:
    given, here = conf(remind_at=when, remind_zone=zone), datetime.fromisoformat(f"{at}+00:00")
    found = [m and f"{m:%Y-%m-%dT%H:%M}" for m in (slot_of(given, here), next_slot(given, here))]
    assert found == [slot, coming]


@pytest.mark.parametrize("when", ["8:30", "24:00", "every 0h", "every day", "hourly", ""])
def test_a_time_that_is_none_is_refused(when: str) -> None:
    with pytest.raises(ValidationError, match="remind_at"):
        conf(remind_at=when)


def test_a_zone_that_is_none_is_refused(sqlite_store: Store) -> None:
    with pytest.raises(UsageError, match="COACHBOT_REMIND_ZONE"):
        ReminderClock(sqlite_store, conf(remind_at="08:30", remind_zone="Mars/Olympus"), "one")


def test_of_two_workers_at_once_one_makes_the_round(workspace: Store, beside: Store, outbox: Outbox) -> None:
    together = threading.Barrier(8)

    def work(n: int) -> Any:
        together.wait()
        return run_due((workspace, beside)[n % 2], DAILY, f"worker {n % 2}", at=NOON)

    with ThreadPoolExecutor(8) as pool:
        made = [r for r in pool.map(work, range(8)) if r is not None]
    assert [(r.state, r.mailed) for r in made] == [("done", 1)]
    assert [m["To"] for m in outbox.sent] == ["Ana@Example.com"]
    assert run_due(beside, DAILY, "later", at=NOON + timedelta(hours=1)) is None
    following = run_due(beside, DAILY, "later", at=NOON + timedelta(days=1))
    assert following is not None
    assert (following.mailed, len(outbox.sent)) == (0, 1)  # each reminder is told once


def test_what_the_mail_server_refused_is_tried_again(workspace: Store, beside: Store, outbox: Outbox) -> None:
    outbox.broken = True
    first = run_due(workspace, DAILY, "one", at=NOON)
    assert first is not None
    assert (first.state, first.attempt, first.mailed) == ("failed", 1, 0)
    assert "check COACHBOT_SMTP_" in first.failed[0]
    assert first.again_at == NOON + PAUSES[0]
    assert run_due(beside, DAILY, "two", at=NOON + PAUSES[0] / 2) is None  # not yet
    outbox.broken = False
    again = run_due(beside, DAILY, "two", at=NOON + PAUSES[0])
    assert again is not None
    assert (again.state, again.attempt, again.worker, again.mailed) == ("done", 2, "two", 1)
    assert run_due(workspace, DAILY, "one", at=NOON + timedelta(hours=1)) is None
    assert len(outbox.sent) == 1
    with workspace.read() as unit:
        assert last_round(unit) == again


def test_what_the_webhook_refused_is_tried_again(workspace: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def post(url: str, task: Any) -> None:
        told.append(task.deal)
        if len(told) == 1:
            raise UsageError(f"{url} did not take it")

    monkeypatch.setattr(deliver, "post", post)
    given = conf(remind_at="12:00", smtp_host=None, notify_webhook="https://hooks.example.com/x")
    made = [run_due(workspace, given, "one", at=at) for at in (NOON, NOON + PAUSES[0])]
    assert [r and (r.state, r.posted) for r in made] == [("failed", 0), ("done", 1)]
    assert told == ["Alder", "Alder"]


def test_it_gives_up_after_some_tries_until_the_next_day(workspace: Store, outbox: Outbox) -> None:
    outbox.broken = True
    at, tries = NOON, 0
    while (made := run_due(workspace, DAILY, "one", at=at)) is not None:
        tries, at = made.attempt, at + timedelta(hours=1)
    assert tries == len(PAUSES) + 1
    with workspace.read() as unit:
        last = last_round(unit)
    assert last is not None
    assert (last.state, last.again_at) == ("failed", None)
    outbox.broken = False
    following = run_due(workspace, DAILY, "one", at=NOON + timedelta(days=1))
    assert following is not None
    assert following.mailed == 1


def test_a_round_of_a_dead_worker_is_taken_over(
    workspace: Store, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(rounds, "remind", die)
        with pytest.raises(KeyboardInterrupt):
            run_due(workspace, DAILY, "dead", at=NOON)
    assert run_due(workspace, DAILY, "two", at=NOON + LEASE) is None
    taken = run_due(workspace, DAILY, "two", at=NOON + LEASE + timedelta(seconds=1))
    assert taken is not None
    assert (taken.state, taken.attempt, taken.mailed, len(outbox.sent)) == ("done", 2, 1, 1)


def test_a_buyer_is_never_written_to(workspace: Store, outbox: Outbox) -> None:
    with workspace.begin() as unit:
        account = unit.accounts.ensure("Alder Ltd").id
        unit.people.add(
            Person(id="p", account_id=account, name="Ana B", email="ANA@example.com", side=Side.BUYER)
        )
    made = run_due(workspace, DAILY, "one", at=NOON)
    assert made is not None
    assert (made.state, outbox.sent) == ("failed", [])
    assert "colleagues only" in made.failed[0]


def wait_for(done: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not done():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.02)


def test_the_clocks_of_two_processes_tell_once(workspace: Store, beside: Store, outbox: Outbox) -> None:
    given = conf(remind_at="every 999h")
    clocks = [ReminderClock(s, given, f"clock {n}", poll_s=0.02) for n, s in enumerate((workspace, beside))]
    for clock in clocks:
        clock.start()

    def over() -> bool:
        with workspace.read() as unit:
            last = last_round(unit)
        return last is not None and last.state == "done"

    wait_for(over)
    time.sleep(0.2)  # several looks more of both
    for clock in clocks:
        clock.close()
    assert len(outbox.sent) == 1


def test_without_the_setting_no_clock_runs(sqlite_store: Store) -> None:
    clock = ReminderClock(sqlite_store, conf(), "one", poll_s=0.01)
    clock.start()
    assert "coachbot-reminders" not in {t.name for t in threading.enumerate()}
    clock.close()


def test_the_command_says_how_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outbox: Outbox, one_rule: None
) -> None:
    monkeypatch.setenv("COACHBOT_HOME", str(tmp_path))
    settings.cache_clear()

    def run(*args: str) -> str:
        return CliRunner().invoke(app, ["remind", *args]).output

    assert "COACHBOT_REMIND_AT" in run("--status")
    monkeypatch.setenv("COACHBOT_REMIND_AT", "every 999h")
    settings.cache_clear()
    assert "None went out by the clock yet" in run("--status")
    outbox.broken = True
    with open_store() as store:
        with store.begin() as unit:
            add_user(unit, "Ana")
            add_deal(unit, "Alder", owner="ana", stage="discovery")
        run_due(store, conf(remind_at="every 999h"), "one")
    said = run("--status")
    assert "failed (try 1, by one)" in said
    assert "not delivered: the mail server mail.example.com did not take" in said
    assert "tried again" in said
    assert json.loads(run("--status", "--format", "json"))["last"]["state"] == "failed"


def test_nothing_due_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACHBOT_HOME", str(tmp_path))
    settings.cache_clear()
    for args in (["remind"], ["remind", "--dry-run"]):
        assert CliRunner().invoke(app, args).output.startswith("Nothing is due:")
