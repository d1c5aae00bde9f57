"""The durable runtime on both databases: in order, cancelled, retried, and killed without warning."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from coachbot.errors import UsageError
from coachbot.model.workspace import CallState, StepState
from coachbot.pipeline import Runtime, states, take_in
from coachbot.settings import settings
from coachbot.store import Store

TALK = b"""WEBVTT

00:00.000 --> 00:08.000
<v Mara Lind>What made you take this call?

00:09.000 --> 00:20.000
<v Tom Abara>We lose two days a month to invoices that were typed in wrong, about four thousand euros.

00:21.000 --> 00:30.000
<v Mara Lind>I will send you the comparison by Thursday.
"""


def come(store: Store, number: int, data: bytes = TALK) -> str:
    note = f"WEBVTT\n\nNOTE {number}\n".encode()
    return take_in(store, io.BytesIO(data.replace(b"WEBVTT\n", note)), f"talk-{number}.vtt").call.id


def test_calls_flow_to_drafts_and_a_broken_one_keeps_its_reason(store: Store) -> None:
    with Runtime(store) as runtime:
        good, broken = come(store, 1), come(store, 2, b"\x00\x01\x02 not a call")
        assert runtime.wait([good, broken], timeout_s=60)
        with store.read() as unit:
            calls = unit.calls.many([good, broken])
            assert calls[good].state is CallState.DRAFT
            assert [s.state for s in states(unit, good)] == [StepState.DONE] * 4
            assert unit.items.of_call(good)
            assert calls[broken].state is CallState.FAILED
            assert calls[broken].error
            assert store.files.exists(calls[broken].file)
            assert len(unit.marks.history("notice.draft", f"call:{good}")) == 1
        call = runtime.retry(good, "extract")
        assert call.state is CallState.QUEUED
        assert runtime.wait([good], timeout_s=60)
        with store.read() as unit:
            assert len(unit.recaps.versions(good)) == 2
            assert unit.calls.need(good).state is CallState.DRAFT
        with pytest.raises(UsageError, match="works on calls already"):
            Runtime(store).start()


def test_cancel_and_take_up_again(sqlite_store: Store) -> None:
    with Runtime(sqlite_store, work=False) as runtime:
        call_id = come(sqlite_store, 1)
        with sqlite_store.read() as unit:
            runtime.submit(unit.calls.need(call_id))
        assert runtime.cancel(call_id).state is CallState.CANCELLED
        with pytest.raises(UsageError, match="no work to cancel"):
            runtime.cancel(call_id)
    with Runtime(sqlite_store) as runtime:
        runtime.retry(call_id)
        assert runtime.wait([call_id], timeout_s=60)
    with sqlite_store.read() as unit:
        assert unit.calls.need(call_id).state is CallState.DRAFT


def test_a_worker_killed_in_the_middle_loses_nothing(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Path(sqlite_store.url.database or "").parent
    env = os.environ | {"COACHBOT_HOME": str(home), "COACHBOT_WORKER_ID": "one"}
    ids = [come(sqlite_store, n) for n in range(6)]
    worker = subprocess.Popen(
        [sys.executable, "-m", "coachbot", "worker"],
        env=env,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    until = time.monotonic() + 90
    while time.monotonic() < until:
        with sqlite_store.read() as unit:
            if unit.calls.counts().get(CallState.RUNNING):
                break
        time.sleep(0.02)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    # Another worker, under another name: it takes over what the dead one held.
    monkeypatch.setenv("COACHBOT_WORKER_TIMEOUT", "1")
    settings.cache_clear()
    with Runtime(sqlite_store) as runtime:
        assert runtime.wait(ids, timeout_s=90)
    with sqlite_store.read() as unit:
        assert {str(c.state) for c in unit.calls.many(ids).values()} == {"draft"}
        assert {len(unit.recaps.versions(i)) for i in ids} == {1}
        assert {len(unit.marks.history("notice.draft", f"call:{i}")) for i in ids} == {1}
