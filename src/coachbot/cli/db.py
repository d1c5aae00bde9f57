"""`coachbot db`: the workspace's database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from coachbot.errors import UsageError

app = typer.Typer(help="The workspace's database: its state, upgrades, export, checks.", no_args_is_help=True)
Form = Annotated[str, typer.Option("--format", help="terminal or json.")]


@app.command()
def status(form: Form = "terminal") -> None:
    """Say where the database and files are, at which schema, and how much they hold."""
    from coachbot.store import open_store
    from coachbot.store.export import row_counts
    from coachbot.store.migrate import HEAD, version

    as_json = _is_json(form)
    with open_store(prepare=False) as store:
        at = version(store)
        facts: dict[str, Any] = {
            "database": store.url.render_as_string(hide_password=True),
            "schema": at,
            "newest": HEAD,
            "files": store.files.root,
            "rows": row_counts(store) if at == HEAD else {},
        }
    if as_json:
        typer.echo(json.dumps(facts))
        return
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    behind = "" if at == HEAD else f", behind {HEAD}: run `coachbot db upgrade`"
    table.add_row(Text("database", style="bold"), Text(facts["database"]))
    table.add_row(Text("schema", style="bold"), Text(f"{at or 'none'}{behind}"))
    table.add_row(Text("files", style="bold"), Text(facts["files"]))
    for name, count in facts["rows"].items():
        table.add_row(Text(name, style="dim"), f"{count:,}")
    Console(highlight=False, soft_wrap=True).print(table)


@app.command()
def upgrade() -> None:
    """Bring the database to this version's schema. Stop other coachbot processes first; keep a backup."""
    from coachbot.store import open_store
    from coachbot.store.migrate import HEAD, prepare

    with open_store(prepare=False) as store:
        before = prepare(store, upgrade=True)
    if before == HEAD:
        typer.echo(f"The database is at schema {HEAD} already.")
    else:
        typer.echo(f"The database went from schema {before or 'none'} to {HEAD}.")


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Where to write: a folder without an export.")],
    form: Form = "terminal",
) -> None:
    """Write every table as JSON lines, and the list of files. Passwords and tokens are left out."""
    from coachbot.store import open_store
    from coachbot.store.export import export as write

    as_json = _is_json(form)
    console = Console(highlight=False, soft_wrap=True, stderr=True)
    with open_store() as store, console.status("") as line:
        done = write(store, folder, progress=lambda name: line.update(f"Writing {name}"))
    if as_json:
        typer.echo(json.dumps({"folder": str(folder), "rows": done.rows, "files": done.files}))
    else:
        rows = f"{sum(done.rows.values()):,} rows of {len(done.rows)} tables"
        typer.echo(f"{folder}: {rows}, {done.files:,} files listed")


@app.command()
def check(
    deep: Annotated[bool, typer.Option("--deep", help="Also read every file against its hash.")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="Make the search index anew first.")] = False,
) -> None:
    """Look for damage: database, transcripts, files, search index. Exits 1 where there is any."""
    from coachbot.store import open_store
    from coachbot.store.export import check as problems
    from coachbot.store.export import repair as mend

    with open_store() as store:
        if repair:
            typer.echo(f"The search index was made anew: {mend(store):,} calls.")
        found = 0
        for problem in problems(store, deep=deep):
            found += 1
            typer.echo(problem, err=True)
    if found:
        raise typer.Exit(1)
    typer.echo("All is well.")


def _is_json(form: str) -> bool:
    if form not in ("terminal", "json"):
        raise UsageError(f"--format {form!r} is not known; choose terminal or json")
    return form == "json"
