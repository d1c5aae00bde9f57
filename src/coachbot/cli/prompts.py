"""`coachbot prompts`: list, show, render, new, release."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from coachbot.errors import CoachbotError, UsageError
from coachbot.settings import settings

app = typer.Typer(help="Look at, try and release the prompts for language models.", no_args_is_help=True)
Form = Annotated[str, typer.Option("--format", help="terminal or json.")]
Task = Annotated[str, typer.Argument(help="A task, such as extract.", show_default=False)]


def form_of(form: str) -> str:
    """The format, or UsageError."""
    if form not in ("terminal", "json"):
        raise UsageError(f"--format {form!r} is not known; choose terminal or json")
    return form


@app.command(name="list")
def list_(form: Form = "terminal") -> None:
    """List every task and version: which is in production, which are released, where they lie."""
    from coachbot.llm import prompts

    home, as_json = settings().home, form_of(form) == "json"
    rows = [
        _row(task, version, home)
        for task in prompts.tasks(home)
        for version in reversed(prompts.versions(task, home))
    ]
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("prompt", "state", "tokens", "note"):
        table.add_column(name, justify="right" if name == "tokens" else "left")
    styles = {"production": "green", "released": "", "draft": "yellow", "wrong": "red"}
    for row in rows:
        table.add_row(
            Text(f"{row['task']}/{row['version']}", style="bold"),
            Text(row["state"], style=styles[row["state"]]),
            f"{row['tokens']:,}",
            Text(row["note"]),
        )
    Console(highlight=False).print(table)


def _row(task: str, version: str, home: Path) -> dict[str, Any]:
    from coachbot.llm import estimate_tokens, prompts

    path = prompts.find(task, version, home)
    row = {"task": task, "version": version, "path": str(path), "state": "draft", "tokens": 0, "note": ""}
    if version in prompts.released(path.parent.parent).get(task, {}):
        row["state"] = "released"
    try:
        if prompts.production(task, home) == version:
            row["state"] = "production"
    except UsageError:
        pass
    try:
        prompt = prompts.load_prompt(task, version, home)
    except CoachbotError as error:
        return {**row, "state": "wrong", "note": str(error)}
    text = "".join(source for _, source in prompt.sections)
    return {**row, "note": prompt.note, "tokens": estimate_tokens(text), "sha256": prompt.sha256}


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A task, or a version of it, such as extract/v1.")],
) -> None:
    """Show a prompt's file as it is; the version in production where none is named."""
    from coachbot.llm import load_prompt

    prompt = load_prompt(name, home=settings().home)
    typer.echo(prompt.path.read_text(encoding="utf-8"), nl=False)


@app.command()
def render(
    call: Annotated[Path, typer.Argument(help="A transcript.", show_default=False)],
    meta: Annotated[
        Path | None, typer.Option(help="What you know of the call (JSON). Default: NAME.meta.json beside it.")
    ] = None,
    playbook: Annotated[str | None, typer.Option(help="A playbook's id, or the path of one.")] = None,
    prompt: Annotated[str, typer.Option(help="The prompt, such as extract/v2.")] = "extract",
    form: Form = "terminal",
) -> None:
    """Print the messages that a model would get for a call, with about how many tokens they have."""
    from coachbot.cli.recap import _sidecar
    from coachbot.extract.llm import messages_for
    from coachbot.ingest import read_meta, read_transcript
    from coachbot.llm import estimate_tokens, load_prompt
    from coachbot.model.transcript import DealContext
    from coachbot.playbook import load_playbook

    conf, as_json = settings(), form_of(form) == "json"
    if not call.exists():
        raise UsageError(f"{call}: no such file; check the path")
    beside = meta or _sidecar(call)
    known = read_meta(beside) if beside else None
    messages = messages_for(
        read_transcript(call, known),
        load_playbook(playbook or conf.playbook, home=conf.home),
        known.deal if known else DealContext(),
        load_prompt(prompt, home=conf.home),
    )
    tokens = estimate_tokens(messages)
    if as_json:
        shown = [{"role": m.role, "content": m.content} for m in messages]
        typer.echo(json.dumps({"messages": shown, "tokens": tokens}, indent=1, ensure_ascii=False))
        return
    for message in messages:
        typer.echo(f"--- {message.role} ---\n{message.content}\n")
    Console(stderr=True, highlight=False).print(
        f"about {tokens:,} tokens, without the schema of the answer", style="dim"
    )


@app.command()
def new(
    task: Task,
    to: Annotated[
        Path | None, typer.Option(help="The folder of prompts to write into. Default: the workspace's.")
    ] = None,
) -> None:
    """Copy the latest version of a task to the next one, to be edited."""
    from coachbot.llm.release import new_version

    path = new_version(task, settings().home, to)
    typer.echo(f"{path}\nedit it, look at it with `coachbot prompts render`, then release it")


@app.command()
def release(
    task: Task,
    version: Annotated[str, typer.Argument(help="The version, such as v2.", show_default=False)],
) -> None:
    """Put a version into production. From then on its text may not change."""
    from coachbot.llm.release import release as do_release

    place, sha256 = do_release(task, version, settings().home)
    typer.echo(f"{task}/{version} is in production ({place}, sha256 {sha256[:12]})")
