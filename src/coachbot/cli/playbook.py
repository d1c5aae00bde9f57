"""`coachbot playbook`: check, show, search, onepage, schema, list."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from coachbot.cli.playbook_search import search
from coachbot.errors import UsageError
from coachbot.files import write_text
from coachbot.settings import settings

app = typer.Typer(help="Look at, check and print playbooks.", no_args_is_help=True)
app.command()(search)
Name = Annotated[str | None, typer.Argument(help="A playbook's id, or the path of one.", show_default=False)]


def _name(name: str | None) -> str:
    return name or settings().playbook


@app.command()
def check(name: Name = None) -> None:
    """Report every mistake with file, line and a suggestion. Exits 2 when there is one."""
    from coachbot.playbook import check_playbook, find_playbook

    path = find_playbook(_name(name), home=settings().home)
    problems = check_playbook(path)
    console = Console(highlight=False, soft_wrap=True)
    for problem in problems:
        console.print(Text(str(problem), style="yellow" if problem.warning else "red"))
    errors = sum(not p.warning for p in problems)
    if errors:
        console.print(f"{errors} to correct, {len(problems) - errors} warnings")
        raise typer.Exit(2)
    console.print(f"{path}: sound ({len(problems)} warnings)")


@app.command()
def show(name: Name = None) -> None:
    """Show stages, criteria, fields, objections and risks."""
    from coachbot.playbook import load_playbook
    from coachbot.playbook.show import describe

    Console(highlight=False).print(describe(load_playbook(_name(name), home=settings().home)))


@app.command(name="list")
def list_() -> None:
    """List the playbooks that can be found."""
    from coachbot.playbook import list_playbooks, load_playbook

    for found in list_playbooks(home=settings().home):
        book = load_playbook(found, home=settings().home)
        typer.echo(
            f"{found}  {book.name} {book.version}: {len(book.stages)} stages, {len(book.fields)} fields"
        )


@app.command()
def onepage(
    name: Name = None,
    form: Annotated[str, typer.Option("--format", help="markdown or html.")] = "markdown",
    out: Annotated[Path | None, typer.Option(help="Write to this file.")] = None,
) -> None:
    """The one page "how we sell here"."""
    from coachbot.playbook import load_playbook
    from coachbot.playbook.onepage import onepage as markdown
    from coachbot.playbook.onepage import onepage_html

    if form not in ("markdown", "html"):
        raise UsageError(f"--format {form!r} is not known; choose markdown or html")
    book = load_playbook(_name(name), home=settings().home)
    text = onepage_html(book) if form == "html" else markdown(book)
    if out is None:
        sys.stdout.write(text)
        return
    write_text(out, text)


@app.command()
def schema() -> None:
    """The JSON Schema of playbook.yaml, for editors."""
    from coachbot.playbook import json_schema

    typer.echo(json.dumps(json_schema(), indent=1))
