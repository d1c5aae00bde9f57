"""Running a suite: each call is recapped, scored and recorded; what is recorded already is not done again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from coachbot.errors import CoachbotError, MissingRecordingError, UsageError
from coachbot.evals.cases import Case
from coachbot.evals.records import (
    CaseRef,
    Contender,
    Record,
    Run,
    RunInfo,
    code_version,
    gold_key,
    playbook_sha,
    prompt_sha,
    read_record,
    read_run,
    record_key,
    record_path,
    write_info,
    write_record,
)
from coachbot.evals.scoring import Groups, score_call
from coachbot.evals.suite import Suite
from coachbot.model.playbook import Playbook
from coachbot.model.recap import Recap
from coachbot.model.transcript import DealContext, Transcript


class RecapFunction(Protocol):
    """The main job. With more than one process it must be importable by name."""

    def __call__(
        self, transcript: Transcript, /, *, playbook: Playbook, deal: DealContext, engine: Any
    ) -> Recap:
        """The recap of the call; `engine` is a name, or an engine that a prompt was set on."""
        ...


def main_job(transcript: Transcript, /, *, playbook: Playbook, deal: DealContext, engine: Any) -> Recap:
    """coachbot's own recap."""
    from coachbot.recap import make_recap

    return make_recap(transcript, playbook=playbook, deal=deal, engine=engine)


def takes_prompts(engine: str) -> bool:
    """Whether an engine of that name can be given a prompt version."""
    from coachbot.extract import get_engine

    return hasattr(get_engine(engine), "with_prompts")


@lru_cache(maxsize=4)
def ready_engine(contender: Contender) -> Any:
    """The engine's name, or the engine with the prompt version set. Raises UsageError where it takes none.

    An engine that another may stand in for fails instead: a stand-in's score would pass for its own.
    """
    from coachbot.extract import get_engine

    engine: Any = get_engine(contender.engine)
    strict = getattr(engine, "without_fallback", None)
    engine = strict() if strict is not None else engine
    if contender.prompt is None:
        return engine if strict is not None else contender.engine
    setter: Callable[[Mapping[str, str]], Any] | None = getattr(engine, "with_prompts", None)
    if setter is None:
        raise UsageError(f"engine {contender.engine!r} takes no prompts; leave --prompt out")
    name, _, version = contender.prompt.partition("/")
    return setter({name: version})


def contenders(
    suite: Suite,
    *,
    engine: str | None = None,
    prompt: str | None = None,
    promptable: Callable[[str], bool] = takes_prompts,
) -> list[Contender]:
    """What the suite measures: its engines, each with every prompt where it takes one. Options win."""
    engines = (engine,) if engine else suite.engines
    if prompt:
        return [Contender(engine=e, prompt=prompt) for e in engines]
    found: list[Contender] = []
    for name in engines:
        prompts = suite.prompts if suite.prompts and promptable(name) else (None,)
        found += [Contender(engine=name, prompt=p) for p in prompts]
    return found


@dataclass(frozen=True)
class Plan:
    """A run to be done: the suite's cases, each recapped by the contender and scored."""

    suite: Suite
    cases: Sequence[Case]
    playbook: Playbook
    groups: Groups
    contender: Contender
    recap: RecapFunction = main_job

    def keys(self) -> dict[tuple[str, int], str]:
        """The key of each recap, by case and repeat."""
        book, code = playbook_sha(self.playbook), code_version()
        prompt = prompt_sha(self.contender.prompt)
        return {
            (case.id, repeat): record_key(
                case, contender=self.contender, playbook=book, prompt=prompt, code=code, repeat=repeat
            )
            for case in self.cases
            for repeat in range(self.suite.repeats)
        }

    def info(self, name: str) -> RunInfo:
        """What run.json says of it."""
        suite = self.suite
        return RunInfo(
            name=name,
            suite=suite.id,
            contender=self.contender,
            playbook=f"{self.playbook.id} {self.playbook.version} {playbook_sha(self.playbook)}",
            code=code_version(),
            primary=suite.primary,
            margin=suite.margin,
            gates=suite.gates,
            alpha=suite.alpha,
            repeats=suite.repeats,
            seed=suite.seed,
            currency=suite.currency,
            prices=suite.prices,
            cases={c.id: CaseRef(cluster=c.file.cluster, gold=gold_key(c, self.groups)) for c in self.cases},
            started=_now(),
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


class _Job(NamedTuple):
    case: Case
    repeat: int
    key: str


class _Outcome(NamedTuple):
    """A recap as JSON (so that nothing but text crosses processes), or why there is none."""

    recap: str | None
    error: str | None
    seconds: float


class _Worker(NamedTuple):
    """What a process needs to make recaps."""

    recap: RecapFunction
    playbook: Playbook
    contender: Contender

    def do(self, case: Case) -> _Outcome:
        started = time.perf_counter()
        try:
            made = self.recap(
                case.transcript,
                playbook=self.playbook,
                deal=case.meta.deal,
                engine=ready_engine(self.contender),
            )
            return _Outcome(made.to_json(), None, time.perf_counter() - started)
        except (UsageError, MissingRecordingError):
            raise  # the request itself is wrong: it would fail on every call
        except CoachbotError as error:
            reason = str(error)
        except Exception as error:  # a crash on one call is that call's score, not the end of the run
            reason = f"{type(error).__name__}: {error}"
        return _Outcome(None, reason, time.perf_counter() - started)


_worker: _Worker | None = None


def _start(worker: _Worker) -> None:
    global _worker
    _worker = worker


def _do(case: Case) -> _Outcome:
    assert _worker is not None
    return _worker.do(case)


def _outcomes(worker: _Worker, jobs: Sequence[_Job], processes: int) -> Iterator[tuple[_Job, _Outcome]]:
    if processes <= 1 or len(jobs) <= 1:
        for job in jobs:
            yield job, worker.do(job.case)
        return
    with ProcessPoolExecutor(
        min(processes, len(jobs)), mp_context=get_context("spawn"), initializer=_start, initargs=(worker,)
    ) as pool:
        waiting: dict[Future[_Outcome], _Job] = {pool.submit(_do, job.case): job for job in jobs}
        try:
            for future in as_completed(waiting):
                yield waiting[future], future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def run_plan(
    plan: Plan,
    folder: Path,
    *,
    processes: int = 1,
    on_record: Callable[[Record, bool], None] = lambda record, reused: None,
) -> Run:
    """Carry a plan out in a folder, and read the run back.

    Recaps that are there already, made from the same content, are scored again but not made again; failed
    ones are tried again. `on_record(record, reused)` is told of each. Raises UsageError where the request
    cannot be carried out at all; what failed on one call only is recorded with a score of zero.
    """
    info = plan.info(folder.name)
    write_info(folder, info)
    todo: list[_Job] = []
    by_id = {c.id: c for c in plan.cases}
    for (case_id, repeat), key in plan.keys().items():
        kept = read_record(record_path(folder, case_id, repeat))
        if kept is not None and kept.key == key and kept.recap is not None:
            record = _record(plan, info, _Job(by_id[case_id], repeat, key), kept.recap, None, kept.seconds)
            if record != kept:
                write_record(folder, record)
            on_record(record, True)
        else:
            todo.append(_Job(by_id[case_id], repeat, key))
    worker = _Worker(plan.recap, plan.playbook, plan.contender)
    for job, (text, error, seconds) in _outcomes(worker, todo, processes):
        recap = Recap.model_validate_json(text) if text is not None else None
        record = _record(plan, info, job, recap, error, round(seconds, 4))
        write_record(folder, record)
        on_record(record, False)
    write_info(folder, info.model_copy(update={"finished": _now()}))
    return read_run(folder)


def _record(
    plan: Plan, info: RunInfo, job: _Job, recap: Recap | None, error: str | None, seconds: float
) -> Record:
    score = score_call(
        job.case, recap, playbook=plan.playbook, groups=plan.groups, failed=error, seconds=seconds
    )
    return Record(
        key=job.key,
        case=job.case.id,
        repeat=job.repeat,
        gold=info.cases[job.case.id].gold,
        error=error,
        seconds=seconds,
        score=score,
        recap=recap,
    )
