"""`coachbot remind`: tasks that the playbook's rules bring up after deals moved."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from coachbot.errors import CoachbotError, UsageError
from coachbot.settings import settings


def remind(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what is due; tell nobody.")] = False,
    form: Annotated[str, typer.Option("--format", help="table or json.")] = "table",
    playbook: Annotated[str | None, typer.Option(help="Only deals of this playbook's id.")] = None,
) -> None:
    """Remind people of what moves of their deals ask for: in the app, by e-mail and webhook. Run it daily."""
    from coachbot.cli.insights import today
    from coachbot.cli.insights_views import table_of
    from coachbot.insights import deliver
    from coachbot.playbook import list_playbooks, load_playbook
    from coachbot.store import open_store

    if form not in ("table", "json"):
        raise UsageError(f"--format {form!r} is not known; choose table or json")
    conf = settings()
    ids = [playbook] if playbook else list(dict.fromkeys([conf.playbook, *list_playbooks(home=conf.home)]))
    books = {b.id: b for b in (load_playbook(i, home=conf.home) for i in ids)}
    with open_store() as store:
        did = deliver.remind(store, books.values(), conf, today=today(), dry_run=dry_run)
        with store.read() as unit:
            names = {u.id: u.name for u in unit.users.list()}
    if form == "json":
        typer.echo(did.model_dump_json(indent=1))
    else:
        console = Console(highlight=False)
        rows = [
            (t.deal, t.text, t.due, ", ".join(names.get(u, u) for u in t.to) or "nobody") for t in did.due
        ]
        console.print(table_of("Reminders", ("deal", "task", "due", "for"), rows, 2))
        told = "nobody was told" if dry_run else f"{did.mailed} told by e-mail, {did.posted} by webhook"
        console.print(Text(f"{len(rows):,} due, {did.new:,} new; {told}", style="dim"))
    if did.failed:
        raise CoachbotError(did.failed[0] + (f" ({len(did.failed) - 1} more)" if len(did.failed) > 1 else ""))
