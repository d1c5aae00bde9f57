"""`coachbot`: its commands, and how its errors look."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from coachbot import __version__
from coachbot.errors import CoachbotError

app = typer.Typer(
    name="coachbot",
    help="Sales call recaps where every line is proven, mapped to the stages of your playbook.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"coachbot {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@app.command()
def recap(
    files: Annotated[
        list[Path], typer.Argument(help="Transcripts or recordings, or folders of them.", show_default=False)
    ],
    meta: Annotated[
        Path | None, typer.Option(help="What you know of the call (JSON). Default: NAME.meta.json beside it.")
    ] = None,
    playbook: Annotated[str | None, typer.Option(help="A playbook's id, or the path of one.")] = None,
    engine: Annotated[
        str | None, typer.Option(help="`local`: no network, no language model; `llm`: the model you set.")
    ] = None,
    fallback: Annotated[
        bool, typer.Option(help="Where the language model fails, let the local engine make the recap.")
    ] = True,
    form: Annotated[
        str | None, typer.Option("--format", help="terminal, json, markdown or html. Folders: json lines.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write here: a file, or a folder for several calls.")
    ] = None,
    processes: Annotated[
        int | None, typer.Option(min=0, help="Processes for several calls; 0: one a core.")
    ] = None,
) -> None:
    """Turn a call into a recap: proven facts, people, objections, next steps, stage and risks."""
    from coachbot.cli.recap import run_recap

    run_recap(
        files,
        meta=meta,
        playbook=playbook,
        engine=engine,
        fall_back=fallback,
        form=form,
        out=out,
        processes=processes,
    )


@app.command()
def demo(
    out: Annotated[Path | None, typer.Option(help="Also write the demo's recaps here, as HTML.")] = None,
    deals: Annotated[
        int | None, typer.Option(min=1, help="Instead: fill the workspace with so many made-up deals.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another number makes other deals.")] = 0,
    serve: Annotated[
        bool, typer.Option("--serve", help="Instead: open a workspace with the sample calls in the browser.")
    ] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of --serve.")] = 8321,
) -> None:
    """Run the main job on the bundled sample calls, look at them in the browser, or make up deals."""
    if serve:
        from coachbot.cli.demo import serve_demo

        serve_demo(port)
        return
    if deals is not None:
        from coachbot.cli.insights import fill_demo

        fill_demo(deals, seed)
        return
    from coachbot.cli.tools import run_demo

    run_demo(out)


@app.command()
def formats() -> None:
    """List the transcript formats that are read."""
    from coachbot.cli.tools import show_formats

    show_formats()


@app.command()
def doctor() -> None:
    """Say what is installed, which models are found, what is missing and how to get it."""
    from coachbot.cli.tools import run_doctor

    raise typer.Exit(run_doctor())


def _mount() -> None:
    from coachbot.cli.coach import ask, brief, coach
    from coachbot.cli.db import app as db_app
    from coachbot.cli.deals import deal, deals, import_app
    from coachbot.cli.evals import app as evals_app
    from coachbot.cli.insights import metrics, objections, risks
    from coachbot.cli.playbook import app as playbook_app
    from coachbot.cli.prompts import app as prompts_app
    from coachbot.cli.remind import remind
    from coachbot.cli.review import acceptance, review
    from coachbot.cli.serve import serve
    from coachbot.cli.sheets import review_sheet
    from coachbot.cli.speakers import speakers
    from coachbot.cli.transcribe import models_app, transcribe
    from coachbot.cli.usage import usage
    from coachbot.cli.users import app as users_app
    from coachbot.cli.work import calls, cancel, ingest, retry, worker

    app.add_typer(playbook_app, name="playbook")
    app.add_typer(evals_app, name="evals")
    app.add_typer(prompts_app, name="prompts")
    app.command()(usage)
    app.command()(transcribe)
    app.command()(speakers)
    app.command()(objections)
    app.command()(metrics)
    app.command()(risks)
    app.command()(review_sheet)
    app.command()(remind)
    app.add_typer(models_app, name="models")
    app.add_typer(db_app, name="db")
    app.add_typer(users_app, name="users")
    app.add_typer(import_app, name="import")
    for command in (
        serve,
        ingest,
        calls,
        retry,
        cancel,
        worker,
        deals,
        deal,
        review,
        acceptance,
        coach,
        brief,
        ask,
    ):
        app.command()(command)


_mount()


def main() -> None:
    """Run the command line. Errors made on purpose are one line on stderr; no traceback."""
    try:
        app()
    except CoachbotError as error:
        print(f"coachbot: {one_line(str(error))}", file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_status)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        print("coachbot: stopped", file=sys.stderr)  # noqa: T201
        sys.exit(130)


def one_line(text: str) -> str:
    """The text on one line, without control characters that a hostile file name may hold."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
