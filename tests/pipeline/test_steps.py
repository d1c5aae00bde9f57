"""A call's course: state, attempts and reasons are kept; what is done is not done again."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from coachbot.errors import CoachbotError, EngineError, StoreError, UsageError
from coachbot.model.workspace import CallState, StepState
from coachbot.pipeline import states, steps, take_in, work
from coachbot.pipeline.steps import finished, ready_again, run_step
from coachbot.store import Store, Unit
from store_world import add_user


class PassingError(EngineError):
    retryable = True


@pytest.fixture
def call_id(store: Store) -> str:
    return take_in(store, io.BytesIO(b"Ana: hello"), "talk.txt").call.id


def doing(monkeypatch: pytest.MonkeyPatch, work_: Callable[[], None]) -> list[str]:
    done: list[str] = []

    def fake(store: Store, call_id: str, step: str) -> None:
        done.append(step)
        work_()

    monkeypatch.setattr(steps, "do", fake)
    return done


def run(store: Store, call_id: str, step: str) -> str:
    return run_step(store, call_id, step, pause=lambda _: None)


def fail(error: Exception) -> Callable[[], None]:
    def raise_() -> None:
        raise error

    return raise_


def test_done_is_not_done_again(store: Store, call_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    done = doing(monkeypatch, lambda: None)
    assert [run(store, call_id, "transcribe"), run(store, call_id, "transcribe")] == ["done", "done"]
    assert done == ["transcribe"]
    with store.read() as unit:
        step = states(unit, call_id)[0]
        assert (step.state, step.attempts, step.error) == (StepState.DONE, 1, None)
        assert step.started_at is not None
        assert step.finished_at is not None
        assert unit.calls.need(call_id).state is CallState.RUNNING


@pytest.mark.parametrize(
    ("error", "attempts", "said"),
    [
        (UsageError("the file is empty"), 1, "the file is empty"),
        (PassingError("the model is busy"), 3, "the model is busy"),
        (ZeroDivisionError("oops"), 1, "transcribe stopped on an unexpected ZeroDivisionError: oops"),
    ],
)
def test_a_failure_is_a_state_with_its_reason(
    store: Store, call_id: str, monkeypatch: pytest.MonkeyPatch, error: Exception, attempts: int, said: str
) -> None:
    done = doing(monkeypatch, fail(error))
    assert run(store, call_id, "transcribe") == "failed"
    assert len(done) == attempts
    with store.read() as unit:
        call, step = unit.calls.need(call_id), states(unit, call_id)[0]
    assert (call.state, call.error, step.state, step.error, step.attempts) == (
        CallState.FAILED, said, StepState.FAILED, said, attempts,
    )  # fmt: skip


def test_a_store_that_is_away_is_waited_for(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    call_id = take_in(sqlite_store, io.BytesIO(b"Ana: hello"), "talk.txt").call.id
    away = StoreError("PostgreSQL cannot be reached")
    away.__cause__ = TimeoutError()
    monkeypatch.setattr(steps, "_away", lambda error: error is away)
    tries = iter([away, away, None])

    def sometimes() -> None:
        error = next(tries)
        if error:
            raise error

    done = doing(monkeypatch, sometimes)
    assert run(sqlite_store, call_id, "extract") == "done"
    assert len(done) == 3
    with sqlite_store.read() as unit:
        assert states(unit, call_id)[1].attempts == 1


def test_cancelled_calls_are_left_alone(store: Store, call_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    done = doing(monkeypatch, lambda: None)
    with store.begin() as unit:
        unit.calls.set_state(call_id, CallState.CANCELLED)
    assert run(store, call_id, "transcribe") == "cancelled"
    assert done == []
    doing(monkeypatch, fail(work.CancelledError("stopped")))
    with store.begin() as unit:
        ready_again(unit, call_id)
    assert run(store, call_id, "transcribe") == "cancelled"


def test_again_from_a_step_on(store: Store, call_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    done = doing(monkeypatch, lambda: None)
    for step in ("transcribe", "extract", "index", "notify"):
        run(store, call_id, step)
    with store.begin() as unit:
        finished(unit, call_id)
        assert unit.calls.need(call_id).state is CallState.DRAFT
        ready_again(unit, call_id, "extract")
        assert unit.calls.need(call_id).state is CallState.QUEUED
    for step in ("transcribe", "extract", "index", "notify"):
        run(store, call_id, step)
    assert done == ["transcribe", "extract", "index", "notify", "extract", "index", "notify"]
    with store.begin() as unit, pytest.raises(CoachbotError, match="no step"):
        ready_again(unit, call_id, "dance")


def test_a_store_that_says_it_will_pass_is_waited_for(
    store: Store, call_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = iter([StoreError("the server closed the connection", transient=True)] * 4)
    done = doing(monkeypatch, lambda: fail(error)() if (error := next(tries, None)) else None)
    assert run(store, call_id, "extract") == "done"
    assert len(done) == 5


def test_a_notice_is_kept_once_however_often_it_is_tried(
    store: Store, call_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the database went away at the commit: then nobody knows whether it was kept."""
    with store.begin() as unit:
        rep = add_user(unit, "Ana")
        call = unit.calls.need(call_id)
        unit.calls.update(call.model_copy(update={"owner": rep.id}), expected=call.version)
    once = store.run

    def in_doubt(work_: Callable[[Unit], object], **more: int) -> object:
        once(work_, **more)
        return once(work_, **more)

    monkeypatch.setattr(store, "run", in_doubt)
    for _ in range(2):
        work.do(store, call_id, "notify")
    with store.read() as unit:
        assert len(unit.marks.history("notice.draft", f"call:{call_id}")) == 1


def test_a_worker_killed_after_the_recap_leaves_the_step_done(
    store: Store, call_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    run(store, call_id, "transcribe")
    with monkeypatch.context() as patched:
        patched.setattr(steps, "_end", killed)
        with pytest.raises(KeyboardInterrupt):
            run(store, call_id, "extract")
    assert run(store, call_id, "extract") == "done"
    with store.read() as unit:
        assert unit.recaps.next_number(call_id) == 2
        assert unit.steps.load(call_id, "extract").attempts == 1
