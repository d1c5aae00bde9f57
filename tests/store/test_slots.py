"""Turns to send requests: counted over all processes, and given back by the dead."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest

from coachbot.store import Store, now, slots


def take(store: Store, holder: str = "a", provider: str = "llm", **more: float | None) -> str | None:
    limits = {"at_once": 2, "per_minute": None, "lease_s": 60, "dead_after_s": 5} | more
    return store.run(lambda unit: unit.slots.take(provider, holder, **limits))  # type: ignore[arg-type]


@pytest.fixture
def alive(store: Store) -> Store:
    """A store in which two workers give signs of life."""
    for name in ("a", "b"):
        store.run(lambda unit, n=name: unit.workers.beat(n))  # type: ignore[misc]
    return store


def test_no_more_at_once_than_may_be(alive: Store) -> None:
    first = take(alive)
    assert first is not None
    assert take(alive, "b") is not None
    assert take(alive, "a") is None
    assert take(alive, "a", "speech") is not None
    with alive.begin() as unit:
        unit.slots.give_back(first)
        unit.slots.give_back(first)
        assert unit.slots.under_way("llm", dead_after_s=5) == 1
    assert take(alive, "b") is not None


def test_no_more_a_minute_than_may_be(alive: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        slot = take(alive, per_minute=3)
        assert slot is not None
        with alive.begin() as unit:
            unit.slots.give_back(slot)
    assert take(alive, per_minute=3) is None
    later = now() + timedelta(seconds=61)
    monkeypatch.setattr(slots, "now", lambda: later)
    assert take(alive, per_minute=3, dead_after_s=120) is not None
    with alive.read() as unit:
        assert len(unit.connection.execute(slots.slots.select()).all()) == 1  # the old ones are forgotten


@pytest.mark.parametrize("end", ["lease", "silence", "gone", "inherit"])
def test_what_the_dead_held_comes_back(alive: Store, end: str) -> None:
    lease = 0.2 if end == "lease" else 60
    assert take(alive, "b", lease_s=lease) is not None
    assert take(alive, "b", lease_s=lease) is not None
    assert take(alive, "a") is None
    if end == "gone":
        alive.run(lambda unit: unit.workers.gone("b"))
    elif end == "inherit":  # a new process of that name
        alive.run(lambda unit: unit.slots.inherit("b", within_s=0.2))
    time.sleep(0.3)
    if end == "silence":
        alive.run(lambda unit: unit.workers.beat("a"))
    assert take(alive, "a", dead_after_s=0.25 if end == "silence" else 5) is not None


def test_many_who_ask_at_once(alive: Store) -> None:
    held: list[str | None] = []
    threads = [threading.Thread(target=lambda: held.append(take(alive))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(held) == 8
    assert sum(slot is not None for slot in held) == 2
