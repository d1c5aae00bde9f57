"""`coachbot transcribe` and `coachbot models`: recordings to transcripts, and the models for it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from coachbot.errors import CoachbotError, InputError, UsageError
from coachbot.settings import settings

if TYPE_CHECKING:
    from coachbot.transcribe import Progress as Step
    from coachbot.transcribe import Recording
    from coachbot.transcribe.diarize import Diarizer

SUFFIX = {"txt": ".txt", "vtt": ".vtt", "markdown": ".md", "json": ".json"}
models_app = typer.Typer(help="The speech models: which are here, and how to get one.", no_args_is_help=True)


def transcribe(
    files: Annotated[
        list[Path],
        typer.Argument(help="Recordings (audio or video), or folders of them.", show_default=False),
    ],
    meta: Annotated[
        Path | None, typer.Option(help="What you know of the call (JSON). Default: NAME.meta.json beside it.")
    ] = None,
    form: Annotated[str | None, typer.Option("--format", help="txt, vtt, markdown or json.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write here: a file, or a folder for several recordings.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="The speech model: a name, a folder, or a hub id.")
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="Language of the call, such as en; else found out.")
    ] = None,
    diarize: Annotated[
        bool, typer.Option("--diarize", help="Tell the voices of one channel apart (needs pyannote.audio).")
    ] = False,
    rttm: Annotated[Path | None, typer.Option(help="Who speaks when, from another diarizer (RTTM).")] = None,
    glossary: Annotated[
        Path | None, typer.Option(help="Names and terms to expect, one a line. Default: the workspace's.")
    ] = None,
    speakers: Annotated[
        int | None, typer.Option(min=1, max=20, help="How many people speak, for --diarize.")
    ] = None,
) -> None:
    """Transcribe recordings: who said what and when, with doubtful words marked."""
    several = len(files) > 1 or any(f.is_dir() for f in files)
    by_name = {suffix: name for name, suffix in SUFFIX.items()}
    chosen = form or by_name.get(out.suffix.casefold() if out else "", "txt")
    if chosen not in SUFFIX:
        raise UsageError(f"--format {chosen!r} is not known; choose one of {', '.join(SUFFIX)}")
    if several and (meta is not None or rttm is not None):
        raise UsageError(
            "--meta and --rttm belong to one recording; for several, put NAME.meta.json beside each"
        )
    if several and out is None:
        raise UsageError("several recordings need a folder: add --out FOLDER")
    from coachbot.cli.app import one_line

    status = 0
    for path in _recordings(files):
        try:
            made = _one(path, meta, model, language, glossary, _diarizer(diarize, rttm, speakers))
        except CoachbotError as error:
            if not several:
                raise
            status = max(status, error.exit_status)
            Console(stderr=True, highlight=False).print(
                f"coachbot: {one_line(str(error))}", markup=False, soft_wrap=True
            )
            continue
        _put(made, path, chosen, out, several)
    if status:
        sys.exit(status)


def _one(
    path: Path,
    meta: Path | None,
    model: str | None,
    language: str | None,
    glossary: Path | None,
    diarizer: Diarizer | None,
) -> Recording:
    from coachbot.ingest import infer_sides, read_meta
    from coachbot.transcribe import ready, transcribe_recording
    from coachbot.transcribe.glossary import terms_of

    conf = settings()
    recognizer = ready(path, model)
    beside = path.with_name(f"{path.stem}.meta.json")
    found = meta or (beside if beside.is_file() else None)
    known = read_meta(found) if found else None
    from coachbot.playbook import load_playbook

    book = load_playbook(conf.playbook, home=conf.home)
    terms = terms_of(known, glossary=glossary, home=conf.home, playbook=book)
    with watch(path.name) as step:
        made = transcribe_recording(
            path, known, language=language, diarizer=diarizer, recognizer=recognizer, glossary=terms,
            progress=step,
        )  # fmt: skip
    return replace(made, transcript=infer_sides(made.transcript, known))


def _put(recording: Recording, path: Path, form: str, out: Path | None, several: bool) -> None:
    from coachbot.files import write_text
    from coachbot.render.transcript import render_transcript

    made = recording.transcript
    text = render_transcript(made, form)
    notes = Console(stderr=True, highlight=False)
    for warning in made.warnings:
        notes.print(Text("note  ", style="yellow").append(warning, style="default"), soft_wrap=True)
    if out is None:
        if form == "txt" and sys.stdout.isatty():
            from coachbot.render.spoken import show_transcript

            show_transcript(made, Console(highlight=False))
        else:
            sys.stdout.write(text)
        return
    target = out / f"{path.stem}{SUFFIX[form]}" if several or out.is_dir() else out
    write_text(target, text)
    notes.print(_figures(recording))
    notes.print(Text(f"{path.name}  ->  {target}"), soft_wrap=True)


def _figures(recording: Recording) -> Table:
    from coachbot.transcribe.quality import measure, summary

    quality = measure(
        recording.transcript, recording.segments, speech=recording.speech, duration=recording.duration
    )
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for label, value in summary(quality):
        table.add_row(Text(label, style="dim"), Text(value))
    return table


@contextmanager
def watch(name: str) -> Iterator[Callable[[Step], None]]:
    """Shows on stderr what is done with a recording, and how long it still takes."""
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    console = Console(stderr=True, highlight=False)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[clock]}"),
        TimeRemainingColumn(), console=console, transient=True, disable=not console.is_terminal,
    ) as bars:  # fmt: skip
        current: dict[str, TaskID] = {}

        def step(now: Step) -> None:
            from coachbot.transcribe.audio import clock

            kind = "Recognising" if now.step.startswith("Recognising") else now.step
            if kind not in current:
                for old in current.values():
                    bars.update(old, visible=False)
                current[kind] = bars.add_task(name, total=max(now.total, 0.001), clock="")
            bars.update(
                current[kind], completed=now.done, total=max(now.total, 0.001),
                description=f"{name}: {now.step.lower()}",
                clock=f"{clock(now.done)} of {clock(now.total)}" if now.total > 1 else "",
            )  # fmt: skip

        yield step


def _diarizer(diarize: bool, rttm: Path | None, speakers: int | None) -> Diarizer | None:
    if diarize and rttm is not None:
        raise UsageError("--diarize and --rttm exclude each other; choose one")
    if speakers is not None and not diarize:
        raise UsageError("--speakers goes with --diarize")
    if rttm is not None:
        from coachbot.transcribe.diarize import RttmFile

        return RttmFile(rttm)
    if diarize:
        from coachbot.transcribe.diarize import PyannoteDiarizer

        return PyannoteDiarizer(settings().diarization_model, speakers=speakers)
    return None


def _recordings(files: list[Path]) -> list[Path]:
    from coachbot.transcribe.audio import AUDIO_SUFFIXES

    found: list[Path] = []
    for path in files:
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(
            p for p in path.rglob("*")
            if p.is_file() and p.suffix.casefold() in AUDIO_SUFFIXES and not p.name.startswith(".")
        )  # fmt: skip
        if not inside:
            raise InputError("no recording in this folder; name one", path=path)
        found += inside
    return found


@models_app.command(name="list")
def list_() -> None:
    """List the speech models, with their sizes, and which of them are on this machine."""
    from coachbot.transcribe.models import NAMES, installed

    conf = settings()
    here = {m.name: m for m in installed(conf.home)}
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("", "model", "MB", "where"):
        table.add_column(name, justify="right" if name == "MB" else "left")
    for name in [*NAMES, *(n for n in here if n not in NAMES)]:
        found = here.get(name)
        mark = Text("✓", style="green") if found else Text("·", style="dim")
        style = "bold" if name == conf.whisper_model else ""
        size = str(NAMES[name][1]) if name in NAMES else ""
        table.add_row(
            mark, Text(name, style=style), size, Text(f"{found.source}: {found.path}") if found else ""
        )
    console = Console(highlight=False)
    console.print(table)
    if conf.whisper_model not in here:
        console.print(f"Used by default: {conf.whisper_model}", markup=False)


@models_app.command()
def pull(
    name: Annotated[str, typer.Argument(help="A model's name, or its hub id.", show_default=False)],
) -> None:
    """Fetch a speech model into the workspace."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from coachbot.transcribe.fetch import pull as fetch

    notes = Console(stderr=True, highlight=False)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn(),
        console=notes, transient=True, disable=not notes.is_terminal,
    ) as bars:  # fmt: skip
        task = bars.add_task(f"Fetching {name}", total=None)
        found = fetch(
            name, settings().home, lambda done, total: bars.update(task, completed=done, total=total or None)
        )
    Console(highlight=False).print(f"{found.name}: {found.path}", markup=False, soft_wrap=True)


@models_app.command()
def check(
    name: Annotated[
        str | None, typer.Argument(help="A model's name, folder or hub id. Default: the one in the settings.")
    ] = None,
) -> None:
    """Say whether a speech model is here, whole, and can be loaded; and where it would run."""
    from coachbot.transcribe.fetch import damaged
    from coachbot.transcribe.models import SpeechModelError, find_model, shadowed
    from coachbot.transcribe.whisper import device_for, load

    conf = settings()
    console = Console(highlight=False, soft_wrap=True)
    found = find_model(name or conf.whisper_model, conf.home)
    note = shadowed(found.name)
    if note:
        console.print(Text(note, style="yellow"))
    wrong = damaged(found.path)
    if wrong:
        raise SpeechModelError(
            f"{', '.join(wrong)} in {found.path} is not what was published (damaged, or changed since): "
            f"fetch it again with `coachbot models pull {found.name}`"
        )
    device, compute = device_for(conf.transcribe_device, conf.transcribe_compute)
    start = time.perf_counter()
    model = load(found.path, device, compute, conf.threads)
    took = time.perf_counter() - start
    spoken = "many languages" if model.model.is_multilingual else "English only"
    console.print(
        f"{found.name}: sound ({found.source}: {found.path}); {spoken}; runs on {device} with {compute}; "
        f"loaded in {took:.1f} s",
        markup=False,
    )
