"""Durable work on calls: the only module that knows DBOS.

A call's run is one workflow, whose steps keep their state in the store; what was done is not done again.
The workflow's id follows from the call and the number of its run, so that putting it in line twice is once.
"""

from __future__ import annotations

import logging
import os
import socket
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from coachbot.errors import StoreError, UsageError
from coachbot.llm import gate
from coachbot.model.workspace import STEPS, Call, CallState
from coachbot.pipeline import steps as course
from coachbot.pipeline.limits import Turns
from coachbot.pipeline.reminding import ReminderClock
from coachbot.settings import Settings
from coachbot.settings import settings as current_settings
from coachbot.store import Store, Unit

if TYPE_CHECKING:
    from dbos import DBOSConfig

APP = "coachbot"
VERSION = "1"
"""Raised when the steps change so that a run half done could not go on."""
CALLS, MODEL, INDEX = "calls", "language-model", "index"
POLL_S = 0.2
SELDOM_S = 2.0
"""Between looks at a line that nobody waits for."""
BEAT_S = 2.0
LAUNCHES = 10
OVER = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")

log = logging.getLogger("coachbot.pipeline")
_store: Store | None = None
"""Of the runtime in this process: workflows are plain functions that DBOS finds by name."""


class Runtime:
    """Takes calls from the line and works on them, in threads of this process. One for a process.

    `work=False` only puts calls in line for workers elsewhere.
    """

    def __init__(self, store: Store, *, conf: Settings | None = None, work: bool = True) -> None:
        self.store = store
        self.conf = conf or current_settings()
        self.works = work
        self.name = self.conf.worker_id or f"{socket.gethostname()}-{os.getpid()}"
        self._stop = threading.Event()
        self._turns = Turns(store, self.name, self.conf)
        self._beat: threading.Thread | None = None
        self._clock = ReminderClock(store, self.conf, self.name)

    def start(self) -> Self:
        """Begin to work, after taking over what dead workers left."""
        global _store
        if _store is not None:
            raise UsageError("this process works on calls already")
        _store = self.store
        # Before the first job: one without a sign of life would be taken for dead.
        self.store.run(lambda unit: unit.workers.beat(self.name, works=self.works))
        self._turns.begin()
        gate.use(self._turns)
        try:
            self._launch_patiently()
        except BaseException:
            _store = None
            gate.use(None)
            raise
        self._sweep()
        self._beat = threading.Thread(target=self._keep_watch, name="coachbot-watch", daemon=True)
        self._beat.start()
        if self.works:
            self._clock.start()
        return self

    def close(self, *, wait_s: int = 5) -> None:
        """Stop, after waiting a little for steps at work; the rest goes on when a worker is there again."""
        global _store
        from dbos import DBOS

        self._stop.set()
        self._clock.close()
        self._turns.stop()
        if self._beat is not None:
            self._beat.join(timeout=BEAT_S * 2)
        DBOS.destroy(workflow_completion_timeout_sec=wait_s)
        try:
            self.store.run(lambda unit: unit.workers.gone(self.name))
        except StoreError:
            log.warning("the store could not be told that worker %s stopped", self.name)
        _store = None
        gate.use(None)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def submit(self, call: Call) -> None:
        """Put a queued call in line. Twice is once."""
        from dbos import DBOS, SetEnqueueOptions, SetWorkflowID

        with self.store.read() as unit:
            number = course.run_number(unit, call.id)
        queue = MODEL if self.conf.engine == "llm" else CALLS
        # The line takes low numbers first.
        place = min(2000, max(1, 1000 - call.priority))
        with SetWorkflowID(_workflow_id(call.id, number)), SetEnqueueOptions(priority=place):
            DBOS.enqueue_workflow(queue, _registered(), call.id)

    def retry(self, call_id: str, step: str | None = None, *, by: str | None = None) -> Call:
        """Work on a call again: from `step` on, or from the first step that is not done."""

        def again(unit: Unit) -> Call:
            before = unit.calls.need(call_id)
            if before.state is CallState.RUNNING:
                raise UsageError("the call is being worked on: wait for it, or cancel it first")
            call = course.ready_again(unit, call_id, step)
            unit.audit.add("call.retry", f"call:{call_id}", who=by, after={"step": step})
            return call

        call = self.store.run(again)
        self.submit(call)
        return call

    def cancel(self, call_id: str, *, by: str | None = None) -> Call:
        """Stop the work on a call. The file stays, and `retry` takes it up again."""
        from dbos import DBOS

        def stop(unit: Unit) -> tuple[Call, int]:
            call = unit.calls.need(call_id)
            if call.state not in (CallState.QUEUED, CallState.RUNNING, CallState.FAILED):
                raise UsageError(f"the call is {call.state}: there is no work to cancel")
            unit.audit.add("call.cancel", f"call:{call_id}", who=by)
            return unit.calls.set_state(call_id, CallState.CANCELLED), course.run_number(unit, call_id)

        call, number = self.store.run(stop)
        DBOS.cancel_workflow(_workflow_id(call_id, number))
        return call

    def reindex(self, call_id: str) -> None:
        """Bring the search index to a call's accepted facts, such as after its review. Its state stays."""
        from dbos import DBOS

        _registered()
        DBOS.enqueue_workflow(INDEX, _functions["reindex"], call_id)

    def wait(self, call_ids: Iterable[str], *, timeout_s: float | None = None) -> bool:
        """Until nothing is left to do on these calls; False where the time was over before."""
        until = None if timeout_s is None else time.monotonic() + timeout_s
        left = deque(call_ids)
        while left:
            with self.store.read() as unit:
                # the others are looked at when the first is done: a look at each costs more than it tells
                while left and not course.at_work(unit, left[0]):
                    left.popleft()
            if left and until is not None and time.monotonic() > until:
                return False
            if left:
                time.sleep(POLL_S)
        return True

    def _launch_patiently(self) -> None:
        """Start DBOS; a database that goes away meanwhile is waited for, since its work is not lost."""
        from dbos import DBOS

        from coachbot.store.engine import is_transient

        for attempt in range(1, LAUNCHES + 1):
            try:
                _launch(self._config(), self.conf, work=self.works)
                return
            except Exception as error:
                DBOS.destroy()
                if attempt == LAUNCHES or not is_transient(error):
                    raise
                log.warning("the database went away while the work was being taken up: %s", error)
                time.sleep(min(10.0, 0.5 * 2**attempt))

    def _config(self) -> DBOSConfig:
        url = self.store.url
        sqlite = self.store.dialect == "sqlite"
        place = f"sqlite:///{Path(url.database or '').with_name('work.db')}" if sqlite else _plain(url)
        return {
            "name": APP,
            "system_database_url": place,
            "application_version": VERSION,
            "executor_id": self.name,
            "log_level": "ERROR",
            "notification_listener_polling_interval_sec": POLL_S,
        }

    def _keep_watch(self) -> None:
        while not self._stop.wait(BEAT_S):
            try:
                self.store.run(lambda unit: unit.workers.beat(self.name, works=self.works))
                self._sweep()
            except Exception as error:  # the database may be away for a while
                log.warning("the watch over the work failed: %s", error)

    def _sweep(self) -> None:
        """Put in line what waits without a run, and take over what dead workers left."""
        with self.store.read() as unit:
            waiting = unit.calls.waiting()
            running = unit.calls.list(states=[CallState.RUNNING], limit=200).items
            alive = unit.workers.alive(self.conf.worker_timeout)
            numbers = {c.id: course.run_number(unit, c.id) for c in (*waiting, *running)}
        known = _statuses([_workflow_id(i, n) for i, n in numbers.items()])
        for call in waiting:
            if _workflow_id(call.id, numbers[call.id]) not in known:
                self.submit(call)
        if self.works:
            _take_over(self.name, alive)
        for call in running:
            status = known.get(_workflow_id(call.id, numbers[call.id]))
            if status in OVER:
                self.store.run(lambda unit, i=call.id: _lost(unit, i))  # type: ignore[misc]


def _workflow_id(call_id: str, number: int) -> str:
    return f"{call_id}:{number}"


def _lost(unit: Unit, call_id: str) -> None:
    """A run that ended without settling its call: the call says so and can be retried."""
    call = unit.calls.get(call_id)
    if call is not None and call.state is CallState.RUNNING:
        unit.calls.set_state(
            call_id, CallState.FAILED, error="the work on this call stopped unexpectedly: retry it"
        )


def process(call_id: str) -> str:
    """The workflow: the steps one after the other, until one fails. An index out of reach comes later."""
    from dbos import DBOS

    for step in STEPS:
        outcome = str(_step()(call_id, step))
        if outcome == "later":
            DBOS.enqueue_workflow(INDEX, _functions["reindex"], call_id)
        elif outcome != "done":
            return outcome
    return str(_close()(call_id))


def reindex(call_id: str) -> str:
    """The workflow that only brings the index up to date."""
    return str(_functions["index"](call_id))


def _do_index(call_id: str) -> str:
    return course.refresh_index(_here(), call_id)


def _do_step(call_id: str, step: str) -> str:
    return course.run_step(_here(), call_id, step)


def _do_close(call_id: str) -> str:
    _here().run(lambda unit: course.finished(unit, call_id))
    return "done"


def _here() -> Store:
    if _store is None:
        raise StoreError("no store is open in this process")
    return _store


_functions: dict[str, Any] = {}


def _registered() -> Any:
    """The workflow as DBOS knows it. Registered once in a process, when it is first needed."""
    if not _functions:
        from dbos import DBOS

        _functions["step"] = DBOS.step(name="step")(_do_step)
        _functions["close"] = DBOS.step(name="close")(_do_close)
        _functions["index"] = DBOS.step(name="index")(_do_index)
        _functions["reindex"] = DBOS.workflow(name="reindex", max_recovery_attempts=1_000)(reindex)
        _functions["process"] = DBOS.workflow(name="process", max_recovery_attempts=1_000)(process)
    return _functions["process"]


def _step() -> Any:
    return _functions["step"]


def _close() -> Any:
    return _functions["close"]


def _launch(config: DBOSConfig, conf: Settings, *, work: bool) -> None:
    from dbos import DBOS

    logging.getLogger("dbos").setLevel(logging.CRITICAL)
    place = config["system_database_url"] or ""
    if place.startswith("sqlite:///"):
        with closing(sqlite3.connect(place.removeprefix("sqlite:///"))) as file:
            file.execute("PRAGMA journal_mode=WAL")  # the file remembers it; readers then never block
    DBOS(config=config)
    _registered()
    if not work:
        DBOS.listen_queues([])
    DBOS.launch()
    DBOS.register_queue(CALLS, worker_concurrency=conf.workers, polling_interval_sec=POLL_S)
    # One at a time, apart from the calls: it may have to wait for a server.
    DBOS.register_queue(INDEX, worker_concurrency=1, polling_interval_sec=SELDOM_S)
    DBOS.register_queue(
        MODEL,
        worker_concurrency=min(conf.workers, conf.llm_concurrency),
        # Requests are counted one by one (see `limits`); no more calls than that need leave the line.
        global_concurrency=conf.llm_concurrency,
        polling_interval_sec=POLL_S if conf.engine == "llm" else SELDOM_S,
    )


def _statuses(ids: list[str]) -> dict[str, str]:
    from dbos import DBOS

    if not ids:
        return {}
    found = DBOS.list_workflows(workflow_ids=ids, load_input=False, load_output=False)
    return {w.workflow_id: w.status for w in found}


def _take_over(me: str, alive: Iterable[str]) -> None:
    """Put the jobs of workers that gave no sign of life back in line; the steps done stay done."""
    from dbos import DBOS

    living = {*alive, me}
    pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
    for job in pending:
        if job.executor_id not in living:
            log.warning("taking over job %s of worker %s", job.workflow_id, job.executor_id)
            DBOS.resume_workflow(job.workflow_id, queue_name=job.queue_name)


def _plain(url: Any) -> str:
    return str(url.render_as_string(hide_password=False))
