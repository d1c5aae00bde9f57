"""Chroma's server stops and starts while calls come in: drafts do not wait for it, and nothing is missing."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chroma_server import ChromaServer
from coachbot.errors import SearchError
from coachbot.model.workspace import CallState, StepState
from coachbot.pipeline import Runtime, states, steps, take_in, waits_for_index, work
from coachbot.pipeline.steps import at_work, finished, refresh_index, run_step
from coachbot.retrieval import CallIndex
from coachbot.settings import settings
from coachbot.store import Store

AWAY = SearchError("the Chroma server cannot be used", transient=True)


def come(store: Store, number: int) -> str:
    talk = f"""WEBVTT

NOTE {number}

00:00.000 --> 00:08.000
<v Mara Lind>What made you take this call?

00:09.000 --> 00:20.000
<v Tom Abara>We lose {number} days a month to invoices that were typed in wrong, about four thousand euros.
"""
    return take_in(store, io.BytesIO(talk.encode()), f"talk-{number}.vtt").call.id


@pytest.fixture
def chroma(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ChromaServer]:
    """A server that is not started yet, and that the settings name."""
    server = ChromaServer(tmp_path / "chroma")
    monkeypatch.setenv("COACHBOT_CHROMA_URL", server.url)
    monkeypatch.setenv("COACHBOT_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    work._calls_index.cache_clear()
    yield server
    server.stop()
    work._calls_index.cache_clear()


def indexed(store: Store, ids: list[str]) -> bool:
    with store.read() as unit:
        return all(states(unit, i)[2].state is StepState.DONE for i in ids)


def until_indexed(store: Store, ids: list[str]) -> None:
    end = time.monotonic() + 90
    while not indexed(store, ids):
        assert time.monotonic() < end, "the index was not made"
        time.sleep(0.1)


def whole(ids: list[str]) -> bool:
    """Whether each call has its passages once, and Chroma one vector for each of them and no other."""
    index = work._calls_index(settings().home)
    assert isinstance(index, CallIndex)
    name, total = index._collection(), 0
    for call_id in ids:
        rows = index._words.rows("select n, fingerprint, id from passages where owner = ?", (call_id,))
        assert rows
        assert len({row[2] for row in rows}) == len(rows)
        assert sorted(index._chroma.owned(name, call_id)) == sorted(f"{n}-{mark}" for n, mark, _ in rows)
        total += len(rows)
    return index._chroma.count(name) == index.size == total


def test_a_server_that_comes_and_goes(
    sqlite_store: Store, chroma: ChromaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "LONGEST_PAUSE", 0.5)
    with Runtime(sqlite_store) as runtime:
        ids = [come(sqlite_store, n) for n in (1, 2)]
        assert runtime.wait(ids, timeout_s=90)
        with sqlite_store.read() as unit:
            for call_id in ids:
                assert unit.calls.need(call_id).state is CallState.DRAFT
                assert len(unit.marks.history("notice.draft", f"call:{call_id}")) == 1
                assert "start it with `chroma run`" in (waits_for_index(unit, call_id) or "")
        chroma.start()
        until_indexed(sqlite_store, ids)
        assert whole(ids)
        chroma.stop(kill=True)
        ids.append(come(sqlite_store, 3))
        assert runtime.wait(ids, timeout_s=90)
        assert not indexed(sqlite_store, ids)
        chroma.start()
        until_indexed(sqlite_store, ids)
        assert whole(ids)
        # And one that comes back without what it had.
        chroma.stop()
        chroma.forget()
        chroma.start()
        ids.append(come(sqlite_store, 4))
        assert runtime.wait(ids, timeout_s=90)
        until_indexed(sqlite_store, ids)
        assert whole(ids)


@pytest.fixture
def call_id(sqlite_store: Store) -> str:
    found = come(sqlite_store, 1)
    assert run_step(sqlite_store, found, "transcribe") == "done"
    assert run_step(sqlite_store, found, "extract") == "done"
    return found


def test_a_draft_does_not_wait_for_its_index(
    sqlite_store: Store, call_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def away(store: Store, call_id: str, step: str) -> None:
        tried.append(step)
        if step == "index" and len(tried) < 6:
            raise AWAY

    monkeypatch.setattr(steps, "do", away)
    assert run_step(sqlite_store, call_id, "index", pause=lambda _: None) == "later"
    assert tried == ["index"] * steps.TRIES
    with sqlite_store.read() as unit:
        assert at_work(unit, call_id)
    assert run_step(sqlite_store, call_id, "notify", pause=lambda _: None) == "done"
    with sqlite_store.begin() as unit:
        finished(unit, call_id)
        step = states(unit, call_id)[2]
        assert (step.state, step.error) == (StepState.PENDING, str(AWAY))
        assert (unit.calls.need(call_id).state, unit.calls.need(call_id).error) == (CallState.DRAFT, None)
        assert not at_work(unit, call_id)
        assert waits_for_index(unit, call_id) == str(AWAY)
    assert refresh_index(sqlite_store, call_id, pause=lambda _: None) == "done"
    with sqlite_store.read() as unit:
        assert (states(unit, call_id)[2].state, states(unit, call_id)[2].error) == (StepState.DONE, None)
        assert waits_for_index(unit, call_id) is None


def test_an_index_that_is_refused_is_not_asked_for_ever(
    sqlite_store: Store, call_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(store: Store, call_id: str, step: str) -> None:
        raise SearchError("the server refuses it")

    monkeypatch.setattr(steps, "do", refused)
    assert refresh_index(sqlite_store, call_id, pause=lambda _: None) == "failed"
    with sqlite_store.read() as unit:
        assert states(unit, call_id)[2].error == "the server refuses it"
    with sqlite_store.begin() as unit:
        unit.calls.delete(call_id)
    assert refresh_index(sqlite_store, call_id, pause=lambda _: None) in ("done", "failed")
