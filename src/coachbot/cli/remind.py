"""`coachbot remind`: tasks that the playbook's rules bring up after deals moved."""

from __future__ import annotations

import json
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
    status: Annotated[
        bool, typer.Option("--status", help="Only say when they go out by themselves, and how it went last.")
    ] = False,
) -> None:
    """Remind people of what moves of their deals ask for: in the app, by e-mail and webhook.

    Run it daily, or let the server do so (the setting `remind_at`).
    """
    from coachbot.cli.insights import today
    from coachbot.cli.insights_views import table_of
    from coachbot.insights import deliver
    from coachbot.insights.rounds import books_of
    from coachbot.store import open_store

    if form not in ("table", "json"):
        raise UsageError(f"--format {form!r} is not known; choose table or json")
    conf = settings()
    if status:
        _status(form)
        return
    with open_store() as store:
        did = deliver.remind(store, books_of(conf, playbook), conf, today=today(), dry_run=dry_run)
        with store.read() as unit:
            names = {u.id: u.name for u in unit.users.list()}
    if form == "json":
        typer.echo(did.model_dump_json(indent=1))
    elif not did.due:
        typer.echo("Nothing is due: no deal has moved in a way that the playbook's reminders ask about now.")
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


def _status(form: str) -> None:
    from coachbot.insights.rounds import last_round, next_slot, zone_of
    from coachbot.store import now, open_store

    conf = settings()
    zone, coming = zone_of(conf), next_slot(conf, now())
    with open_store() as store, store.read() as unit:
        last = last_round(unit)
    if form == "json":
        told = {"remind_at": conf.remind_at, "zone": conf.remind_zone}
        told |= {"next": coming.isoformat() if coming else None}
        typer.echo(json.dumps(told | {"last": last.model_dump(mode="json") if last else None}))
        return
    if coming is None:
        typer.echo("Reminders go out by `coachbot remind` alone; COACHBOT_REMIND_AT lets the server do it.")
    else:
        when = f"{coming.astimezone(zone):%Y-%m-%d %H:%M} {conf.remind_zone}"
        typer.echo(f"Reminders go out at {conf.remind_at}; next: {when}, where a server or worker runs.")
    if last is None:
        typer.echo("None went out by the clock yet.")
        return
    typer.echo(
        f"Last: {last.slot.astimezone(zone):%Y-%m-%d %H:%M}, {last.state} (try {last.attempt}, by "
        f"{last.worker}); {last.mailed} told by e-mail, {last.posted} by webhook."
    )
    for line in last.failed:
        typer.echo(f"  not delivered: {line}")
    if last.again_at is not None:
        typer.echo(f"  tried again: {last.again_at.astimezone(zone):%Y-%m-%d %H:%M}")
