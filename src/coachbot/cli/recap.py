"""`coachbot recap`: one call to look at, or many as JSON lines."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from coachbot.cli.app import one_line
from coachbot.errors import CoachbotError, InputError, UsageError
from coachbot.extract import Engine
from coachbot.files import write_text, writing
from coachbot.model.playbook import Playbook
from coachbot.model.recap import Recap
from coachbot.render import FORMATS, render_text
from coachbot.settings import settings

if TYPE_CHECKING:
    from coachbot.transcribe import Progress as Step

SUFFIX = {"json": ".json", "markdown": ".md", "html": ".html"}
FORM_OF = {suffix: form for form, suffix in SUFFIX.items()}


@dataclass(frozen=True)
class Job:
    """One call to recap. Plain values, so that it travels to another process."""

    path: Path
    meta: Path | None
    playbook: str
    engine: str
    fall_back: bool = True


@dataclass(frozen=True)
class Outcome:
    """What became of a job: a recap's text, or the reason why there is none."""

    path: Path
    text: str | None = None
    error: str | None = None
    status: int = 0


def run_recap(
    files: list[Path],
    *,
    meta: Path | None,
    playbook: str | None,
    engine: str | None,
    fall_back: bool = True,
    form: str | None,
    out: Path | None,
    processes: int | None,
) -> None:
    """Carry out the command. Exits 1 or 2 when a call could not be done."""
    conf = settings()
    several = len(files) > 1 or any(f.is_dir() for f in files)
    by_name = FORM_OF.get(out.suffix.casefold(), "terminal") if out is not None else "terminal"
    chosen = form or ("json" if several else by_name)
    if chosen not in FORMATS:
        raise UsageError(f"--format {chosen!r} is not known; choose one of {', '.join(FORMATS)}")
    if meta is not None and several:
        raise UsageError("--meta belongs to one call; for several, put NAME.meta.json beside each of them")
    jobs = [
        Job(path, meta or _sidecar(path), playbook or conf.playbook, engine or conf.engine, fall_back)
        for path in _calls(files)
    ]
    if several:
        status = _many(jobs, chosen, out, conf.processes if processes is None else processes)
        if status:
            sys.exit(status)
    else:
        _one(jobs[0], chosen, out)


def _one(job: Job, form: str, out: Path | None) -> None:
    from coachbot.recap import is_recording

    if is_recording(job.path):
        from coachbot.cli.transcribe import watch

        with watch(job.path.name) as step:
            result, book = make(job, step)
    else:
        result, book = make(job)
    if form == "terminal" and out is None:
        from coachbot.render.terminal import show

        show(result, book, Console(highlight=False))
        return
    if form == "terminal":
        from io import StringIO

        from coachbot.render.terminal import show

        page = StringIO()
        show(result, book, Console(file=page, width=110, highlight=False))
        text = page.getvalue()
    else:
        text = render_text(result, book, form)
    if out is None:
        sys.stdout.write(text)
    else:
        write_text(out / f"{job.path.stem}{SUFFIX.get(form, '.txt')}" if out.is_dir() else out, text)


def _many(jobs: list[Job], form: str, out: Path | None, processes: int) -> int:
    if form == "terminal":
        raise UsageError("several calls are written as json lines; choose --format json, markdown or html")
    if form != "json" and out is None:
        raise UsageError(f"several calls as {form} need a folder: add --out FOLDER")
    # recaps stream to one file of JSON lines, or to a folder with one file a call
    lines = out is None or (form == "json" and out.suffix in (".jsonl", ".ndjson"))
    if not lines and out is not None:
        _folder(out)
    worst = 0
    errors = Console(stderr=True, highlight=False)
    with _sink(out if lines else None) as sink, Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=errors, transient=True,
    ) as progress:  # fmt: skip
        task = progress.add_task("recaps", total=len(jobs))
        taken: set[str] = set()
        for outcome in _outcomes(jobs, form, processes):
            progress.advance(task)
            if outcome.text is None:
                worst = max(worst, outcome.status)
                errors.print(f"coachbot: {outcome.error}", markup=False, soft_wrap=True)
            elif lines:
                sink.write(outcome.text)
                sink.flush()
            elif out is not None:
                write_text(out / f"{_free(outcome.path.stem, taken)}{SUFFIX[form]}", outcome.text)
    return worst


def _free(stem: str, taken: set[str]) -> str:
    """A file name that no other call of this run has taken; `call.vtt` and `call.srt` may be two calls."""
    names = (stem if n == 1 else f"{stem}-{n}" for n in count(1))
    name = next(n for n in names if n.casefold() not in taken)
    taken.add(name.casefold())
    return name


def _outcomes(jobs: list[Job], form: str, processes: int) -> Iterator[Outcome]:
    """Outcomes in the order of the jobs. Only a few are under way at a time, so memory stays flat."""
    workers = min(processes or os.cpu_count() or 1, len(jobs))
    if workers <= 1:
        yield from (_do(job, form, 0) for job in jobs)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting = iter(enumerate(jobs))
        running: dict[Future[Outcome], int] = {}
        done: dict[int, Outcome] = {}
        turn = 0
        while True:
            while len(running) < workers * 2 and (nxt := next(waiting, None)) is not None:
                running[pool.submit(_do, nxt[1], form, 1)] = nxt[0]
            if not running and turn not in done:
                return
            if turn not in done:
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    done[running.pop(future)] = future.result()
            while turn in done:
                yield done.pop(turn)
                turn += 1


def _do(job: Job, form: str, threads: int) -> Outcome:
    """One job in a worker. Errors come back as words: a bad file never stops the others."""
    if threads:
        os.environ.setdefault("COACHBOT_THREADS", str(threads))
    try:
        result, book = make(job)
        text = f"{result.to_json()}\n" if form == "json" else render_text(result, book, form)
    except CoachbotError as error:
        return Outcome(job.path, error=one_line(str(error)), status=error.exit_status)
    except (MemoryError, RecursionError) as error:
        return Outcome(job.path, error=f"{job.path}: too large to work on ({type(error).__name__})", status=1)
    return Outcome(job.path, text=text)


_books: dict[str, Playbook] = {}


def make(job: Job, progress: Callable[[Step], None] | None = None) -> tuple[Recap, Playbook]:
    """The recap of one job, and its playbook (loaded once a process)."""
    from coachbot.playbook import load_playbook
    from coachbot.recap import recap_file

    if job.playbook not in _books:
        _books[job.playbook] = load_playbook(job.playbook, home=settings().home)
    book = _books[job.playbook]
    return recap_file(job.path, meta=job.meta, playbook=book, engine=_engine(job), progress=progress), book


def _engine(job: Job) -> Engine | str:
    """The job's engine; without a stand-in where it shall fail rather than fall back."""
    if job.fall_back:
        return job.engine
    from coachbot.extract import get_engine

    engine = get_engine(job.engine)
    strict = getattr(engine, "without_fallback", None)
    chosen: Engine = strict() if strict is not None else engine
    return chosen


def _calls(files: list[Path]) -> list[Path]:
    found: list[Path] = []
    for path in files:
        if path.is_dir():
            inside = _inside(path)
            if not inside:
                raise InputError(
                    "no transcript in this folder, nor a recording; see `coachbot formats`", path=path
                )
            found += inside
        elif path.exists():
            found.append(path)
        else:
            raise InputError("no such file; check the path", path=path)
    return found


def _inside(folder: Path) -> list[Path]:
    """The calls of a folder. A recording whose transcript lies beside it is the same call."""
    from coachbot.ingest import is_transcript_name
    from coachbot.transcribe.audio import AUDIO_SUFFIXES

    files = sorted(p for p in folder.rglob("*") if p.is_file())
    read = {p.with_suffix("") for p in files if is_transcript_name(p)}
    calls = []
    for path in files:
        recording = path.suffix.casefold() in AUDIO_SUFFIXES and not path.name.startswith((".", "~$"))
        if recording and path.with_suffix("") in read:
            print(f"coachbot: {one_line(str(path))}: left out, its transcript is beside it", file=sys.stderr)  # noqa: T201
        elif recording or is_transcript_name(path):
            calls.append(path)
    return calls


def _sidecar(path: Path) -> Path | None:
    beside = path.with_name(f"{path.stem}.meta.json")
    return beside if beside.is_file() and beside != path else None


@contextmanager
def _sink(out: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that appears only when it is whole."""
    if out is None:
        yield sys.stdout
        return
    with writing(out) as file:
        yield file


def _folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{path}: cannot be made ({error.strerror}); choose another place") from error
