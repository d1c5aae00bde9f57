"""The course of a call through its steps, with state, attempts, error and times kept in the store."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable

from coachbot.errors import CoachbotError, NotFoundError, SearchError, StoreError
from coachbot.model.workspace import STEPS, Call, CallState, StepRun, StepState
from coachbot.pipeline.work import CancelledError, do
from coachbot.store import Store, Unit, now

TRIES = 3
LONGEST_PAUSE = 10.0
log = logging.getLogger("coachbot.pipeline")


def run_step(store: Store, call_id: str, step: str, *, pause: Callable[[float], None] = time.sleep) -> str:
    """Do one step, or find that it is done: `done`, `later`, `failed` or `cancelled`.

    Never raises for a bad call. What may go away by itself is tried again a few times; a store out of reach
    is waited for without end, since without it not even the failure could be kept. `later` is said of an
    index out of reach: nobody's draft waits for it, and `refresh_index` does the step when it is back.
    """
    for attempt in range(1, TRIES + 1):
        begun = _patiently(lambda: store.run(lambda unit: _begin(unit, call_id, step)), pause)
        if begun is not None:
            return begun
        error = _attempt(store, call_id, step, pause)
        if error is None:
            return "done"
        if isinstance(error, CancelledError):
            _patiently(lambda: store.run(lambda unit: _end(unit, call_id, step, StepState.CANCELLED)), pause)
            return "cancelled"
        later = _index_away(error)
        again = attempt < TRIES and (later or bool(getattr(error, "retryable", False)))
        message = str(error)
        state = StepState.PENDING if again or later else StepState.FAILED
        _patiently(lambda m=message, s=state: store.run(lambda unit: _end(unit, call_id, step, s, m)), pause)  # type: ignore[misc]
        if not again:
            return "later" if later else "failed"
        pause(_wait(attempt))
    raise AssertionError("unreachable")


def _attempt(store: Store, call_id: str, step: str, pause: Callable[[float], None]) -> CoachbotError | None:
    waits = 0
    while True:
        try:
            do(store, call_id, step)
            store.run(lambda unit: _end(unit, call_id, step, StepState.DONE))
            return None
        except StoreError as error:
            if not _away(error):
                return error
            waits += 1
            pause(_wait(waits))
        except CoachbotError as error:
            return error
        except Exception as error:  # a mistake of ours must not stop the other calls
            log.exception("step %s of call %s", step, call_id)
            return CoachbotError(f"{step} stopped on an unexpected {type(error).__name__}: {error}")


def _begin(unit: Unit, call_id: str, step: str) -> str | None:
    """Note that the step begins; or say what became of it already."""
    call = unit.calls.get(call_id)
    if call is None or call.state is CallState.CANCELLED:
        return "cancelled"
    run = unit.steps.load(call_id, step)
    if run.state is StepState.DONE:
        return "done"
    unit.steps.put(
        run.model_copy(
            update={
                "state": StepState.RUNNING,
                "attempts": run.attempts + 1,
                "error": None,
                "started_at": now(),
                "finished_at": None,
            }
        )
    )
    if call.state is CallState.QUEUED:
        unit.calls.set_state(call_id, CallState.RUNNING)
    return None


def _end(unit: Unit, call_id: str, step: str, state: StepState, error: str | None = None) -> None:
    run = unit.steps.load(call_id, step)
    unit.steps.put(run.model_copy(update={"state": state, "error": error, "finished_at": now()}))
    if state is StepState.FAILED:
        call = unit.calls.need(call_id)
        # A call whose draft or review is there keeps it: the failed step shows with its own retry.
        has_recap = unit.recaps.latest(call_id) is not None
        if call.state is not CallState.CANCELLED and not has_recap:
            unit.calls.set_state(call_id, CallState.FAILED, error=error)
        elif has_recap:
            _settle(unit, call, error)


def refresh_index(store: Store, call_id: str, *, pause: Callable[[float], None] = time.sleep) -> str:
    """Index a call anew without touching its state; a failure shows at its index step.

    An index out of reach is waited for without end; the step is pending meanwhile, and says why.
    """
    if _patiently(lambda: _unread(store, call_id), pause):
        return "done"  # its own run will index it
    waits = 0
    while True:
        error = _attempt(store, call_id, "index", pause)
        if error is None or isinstance(error, CancelledError):
            return "done" if error is None else "failed"
        away, message = _index_away(error), str(error)
        state = StepState.PENDING if away else StepState.FAILED
        _patiently(lambda s=state, m=message: store.run(lambda unit: _note(unit, call_id, s, m)), pause)  # type: ignore[misc]
        if not away:
            return "failed"
        waits += 1
        pause(_wait(waits))


def _unread(store: Store, call_id: str) -> str | None:
    with store.read() as unit:
        return "unread" if unit.transcripts.info(call_id) is None else None


def _note(unit: Unit, call_id: str, state: StepState, error: str) -> None:
    if unit.calls.get(call_id) is None:
        return  # deleted meanwhile
    run = unit.steps.load(call_id, "index")
    if (run.state, run.error) != (state, error):
        unit.steps.put(run.model_copy(update={"state": state, "error": error, "finished_at": now()}))


def finished(unit: Unit, call_id: str) -> None:
    """Leave a call whose steps are done as a draft, or as reviewed where it was before."""
    call = unit.calls.get(call_id)
    if call is not None and call.state in (CallState.QUEUED, CallState.RUNNING):
        _settle(unit, call, None)


def _settle(unit: Unit, call: Call, error: str | None) -> None:
    state = CallState.REVIEWED if call.reviewed_at is not None else CallState.DRAFT
    if (call.state, call.error) != (state, error):
        unit.calls.set_state(call.id, state, error=error)


def ready_again(unit: Unit, call_id: str, step: str | None = None) -> Call:
    """Queue a call anew, from `step` on (where none is given: from the first that is not done).

    Raises UsageError for a call at work, NotFoundError.
    """
    call = unit.calls.need(call_id)
    if step is not None and step not in STEPS:
        raise NotFoundError("step", step)
    if step is not None:
        unit.steps.clear(call_id, STEPS[STEPS.index(step) :])
    else:
        undone = [r.step for r in unit.steps.of_call(call_id) if r.state is not StepState.DONE]
        unit.steps.clear(call_id, undone)
    queue_up(unit, call_id, step=step)
    return unit.calls.set_state(call.id, CallState.QUEUED)


def queue_up(unit: Unit, call_id: str, *, step: str | None = None) -> None:
    """Begin a new run of a call; part of the transaction that adds the call or asks for it again."""
    unit.marks.add("call.run", f"call:{call_id}", value={"step": step})


def run_number(unit: Unit, call_id: str) -> int:
    """The number of the call's latest run, 0 where it never had one."""
    mark = unit.marks.latest("call.run", f"call:{call_id}")
    return mark.id if mark else 0


def at_work(unit: Unit, call_id: str) -> bool:
    """Whether something is left to do on a call. Its draft is there before its last steps are done.

    An index that waits for its server is not: it comes by itself, and nobody needs to stay for it.
    """
    call = unit.calls.get(call_id)
    if call is None or call.state in (CallState.FAILED, CallState.CANCELLED):
        return False
    if call.state in (CallState.QUEUED, CallState.RUNNING):
        return True
    left = [run for run in states(unit, call_id) if run.state is not StepState.DONE]
    return bool(left) and not any(run.state is StepState.FAILED for run in left) and not _waits(left)


def waits_for_index(unit: Unit, call_id: str) -> str | None:
    """Why all that is left of a call is its index, to be made when a server is back; None where it is not."""
    left = [run for run in states(unit, call_id) if run.state is not StepState.DONE]
    return left[0].error if _waits(left) else None


def _waits(left: list[StepRun]) -> bool:
    return [(r.step, r.state) for r in left] == [("index", StepState.PENDING)] and left[0].error is not None


def states(unit: Unit, call_id: str) -> tuple[StepRun, ...]:
    """All steps of a call, those not begun as pending."""
    known = {r.step: r for r in unit.steps.of_call(call_id)}
    return tuple(known.get(s, StepRun(call_id=call_id, step=s)) for s in STEPS)


def _index_away(error: CoachbotError) -> bool:
    return isinstance(error, SearchError) and error.transient


def _away(error: StoreError) -> bool:
    from coachbot.store.engine import is_transient

    # The flag tells; the cause is the driver's own error, or SQLAlchemy's where it did not pass our engine.
    return error.transient or (error.__cause__ is not None and is_transient(error.__cause__))


def _patiently(work: Callable[[], str | None], pause: Callable[[float], None]) -> str | None:
    waits = 0
    while True:
        try:
            return work()
        except StoreError as error:
            if not _away(error):
                raise
            waits += 1
            pause(_wait(waits))


def _wait(attempt: int) -> float:
    return float(min(LONGEST_PAUSE, 0.5 * 2**attempt) * (0.5 + random.random() / 2))
