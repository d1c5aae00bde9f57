"""`coachbot deals`, `deal` and `import`: what the workspace knows of its deals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console, Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from coachbot.errors import UsageError

if TYPE_CHECKING:
    from coachbot.model.playbook import Playbook
    from coachbot.model.workspace import Deal, Fact
    from coachbot.review import Gate
    from coachbot.store import DealOverview, Unit

Form = Annotated[str, typer.Option("--format", help="table or json.")]
import_app = typer.Typer(no_args_is_help=True, help="Bring deals and contacts in from CSV exports of a CRM.")
File = Annotated[Path, typer.Argument(help="The CSV file.", show_default=False)]
Map = Annotated[Path | None, typer.Option("--map", help="A mapping file (YAML) for other exports.")]
Dry = Annotated[bool, typer.Option("--dry-run", help="Write nothing; report what would happen.")]
Book = Annotated[str | None, typer.Option("--playbook", help="The playbook that the deals follow.")]


def deals(
    text: Annotated[str | None, typer.Argument(help="Words of the deal's or account's name.")] = None,
    stage: Annotated[str | None, typer.Option(help="Only those in this stage.")] = None,
    outcome: Annotated[str | None, typer.Option(help="open, won, lost or disqualified.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="The most to show.")] = 50,
    form: Form = "table",
) -> None:
    """List the deals, latest change first."""
    from coachbot.model.workspace import Outcome
    from coachbot.store import open_store

    try:
        wanted = Outcome(outcome) if outcome else None
    except ValueError as error:
        raise UsageError(f"there is no outcome {outcome!r}; there are {', '.join(Outcome)}") from error
    with open_store() as store, store.read() as unit:
        found = unit.deals.list(text=text, stage=stage, outcome=wanted, limit=limit).items
        names = {u.id: u.name for u in unit.users.list()}
    if form == "json":
        for one in found:
            typer.echo(one.model_dump_json())
        return
    if not found:
        if text or stage or outcome:
            typer.echo("No deal is like that: `coachbot deals` lists them all.")
        else:
            typer.echo(
                "No deals here yet: `coachbot import deals FILE.csv`, or `coachbot ingest --new-deals`."
            )
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("Deal", "Stage", "Outcome", "Close date", "Owner", "Id"):
        table.add_column(name, overflow="fold", no_wrap=name == "Id")
    for d in found:
        table.add_row(
            escape(d.name), _stage_name(d), d.outcome, str(d.close_date or ""),
            escape(names.get(d.owner or "", "")), f"[dim]{d.id}[/dim]",
        )  # fmt: skip
    Console(highlight=False).print(table)


def deal(
    name: Annotated[str, typer.Argument(help="The name of the deal or account, or its id.")],
    attach: Annotated[
        list[Path] | None, typer.Option(help="Keep this file with the deal: proposal, plan, notes …")
    ] = None,
    what: Annotated[
        str | None, typer.Option("--as", help="What the attached file is, such as `proposal`.")
    ] = None,
    note: Annotated[
        bool, typer.Option("--note", help="The attached file is research: the brief reads it.")
    ] = False,
    remove: Annotated[
        list[str] | None, typer.Option(help="Remove the document of this name; the audit keeps that it was.")
    ] = None,
    form: Form = "table",
) -> None:
    """Show a deal: stage and its gate, facts with proof, people, next steps, documents, history."""
    from coachbot.cli.documents import change_documents, document_lines
    from coachbot.pipeline import playbook_for
    from coachbot.review import gate_of
    from coachbot.store import open_store

    with open_store() as store:
        with store.read() as unit:
            found = find(unit, name)
        change_documents(store, found, attach or (), remove or (), what=what, note=note)
        with store.read() as unit:
            overview = unit.deals.overview(found.id)
            book = playbook_for(found)
            gate = gate_of(unit, found, book)
            kept = unit.documents.of_deal(found.id, limit=500)
            names = {u.id: u.name for u in unit.users.list()}
    if form == "json":
        told = {"overview": overview, "gate": gate}
        held = [d.model_dump(mode="json") for d in kept.items]
        typer.echo(
            json.dumps(
                {k: v.model_dump(mode="json") for k, v in told.items()} | {"documents": held},
                ensure_ascii=False,
            )
        )
        return
    Console(highlight=False).print(Group(_page(overview, gate, book), *document_lines(kept, names)))


def _stage_name(deal: Deal) -> str:
    from coachbot.pipeline import playbook_for

    stage = playbook_for(deal).stage_by_id.get(deal.stage or "")
    return stage.name if stage else deal.stage or ""


@import_app.command("deals")
def import_deals(file: File, mapping: Map = None, dry_run: Dry = False, playbook: Book = None) -> None:
    """Bring in deals from an export of Salesforce, HubSpot, or one that --map describes."""
    _import("deals", file, mapping, dry_run, playbook)


@import_app.command("contacts")
def import_contacts(file: File, mapping: Map = None, dry_run: Dry = False, playbook: Book = None) -> None:
    """Bring in the people of accounts."""
    _import("contacts", file, mapping, dry_run, playbook)


def find(unit: Unit, name: str) -> Deal:
    """The deal of that id, name or account. Raises UsageError where it is none, or more than one."""
    exact = unit.deals.get(name)
    found = (exact,) if exact else unit.deals.by_name(name)
    if len(found) != 1:
        near = [d.name for d in unit.deals.list(text=name, limit=5).items] if not found else []
        hint = f"; near it: {', '.join(near)}" if near else ""
        said = "no deal" if not found else f"{len(found)} deals (give the id)"
        raise UsageError(f"{said} named {name!r}{hint}: `coachbot deals` lists them")
    return found[0]


def _import(kind: Any, file: Path, mapping: Path | None, dry_run: bool, playbook: str | None) -> None:
    from coachbot.integrations import import_csv
    from coachbot.playbook import load_playbook
    from coachbot.settings import settings
    from coachbot.store import open_store

    conf = settings()
    book = load_playbook(playbook or conf.playbook, home=conf.home)
    with open_store() as store:
        done = import_csv(store, file, kind=kind, playbook=book, mapping=mapping, dry_run=dry_run)
    for bad in done.bad:
        typer.echo(f"coachbot: {file}:{bad.line}: {bad.column}: {bad.why}", err=True)
    verb = "would be" if dry_run else "were"
    typer.echo(
        f"{done.rows} rows read as {done.preset} {kind}: {done.new} {verb} new, {done.changed} changed, "
        f"{done.same} the same, {len(done.bad)} left out."
    )
    if done.unmapped:
        typer.echo(f"Columns not read: {', '.join(done.unmapped)}")
    raise typer.Exit(1 if done.bad else 0)


def _page(seen: DealOverview, gate: Gate, book: Playbook) -> Group:
    deal_ = seen.deal
    parts: list[Text] = []
    head = Text(deal_.name, style="bold")
    stage = book.stage_by_id.get(deal_.stage or "")
    facts = [deal_.account, stage.name if stage else "no stage", deal_.outcome]
    if deal_.close_date:
        facts.append(f"close date {deal_.close_date}")
    head.append("\n" + " · ".join(facts), style="not bold dim")
    parts.append(head)
    track = Text("\n")
    for n, s in enumerate(book.stages):
        track.append(" → " if n else "", style="dim").append(
            s.name, style="bold" if s.id == deal_.stage else "dim"
        )
    parts.append(track.append("\n"))
    if gate.criteria:
        following = book.stage_by_id.get(gate.next_stage or "")
        parts.append(Text(f"Before {following.name if following else 'the end'}", style="bold"))
        for c in gate.criteria:
            mark = "[green]✓[/green]" if c.met else "[yellow]○[/yellow]"
            proof = f" [dim]“{escape(c.proofs[0].evidence.quote[:80])}”[/dim]" if c.proofs else ""
            ask = f"\n    [dim]Ask: {escape(c.question)}[/dim]" if not c.met and c.question else ""
            parts.append(Text.from_markup(f"  {mark} {escape(c.text)}{proof}{ask}"))
    parts.extend(_facts(seen, book))
    if seen.people:
        parts.append(Text("\nPeople", style="bold"))
        for p in seen.people:
            parts.append(Text(f"  {p.name}" + (f", {p.title}" if p.title else "") + f" ({p.influence})"))
    if seen.calls:
        parts.append(Text("\nCalls", style="bold"))
        for call in seen.calls:
            waiting = seen.open_items.get(call.id, 0)
            left = f", {waiting} items to review" if waiting else ""
            held = call.date or call.created_at
            parts.append(Text(f"  {held:%Y-%m-%d}  {call.title} ({call.state}{left})"))
    if seen.stage_changes:
        parts.append(Text("\nHistory", style="bold"))
        for moved in seen.stage_changes:
            why = f": {moved.why}" if moved.why else ""
            parts.append(
                Text(f"  {moved.at:%Y-%m-%d}  {moved.from_stage or 'start'} → {moved.to_stage}{why}")
            )
    return Group(*parts)


def _facts(seen: DealOverview, book: Playbook) -> list[Text]:
    by_key: dict[str, list[Fact]] = {}
    for fact in seen.facts:
        if fact.kind == "field":
            by_key.setdefault(fact.key or "", []).append(fact)
    parts = [Text("\nFacts", style="bold")] if by_key else []
    for spec in book.fields:
        for fact in by_key.get(spec.id, []):
            parts.append(
                Text(f"  {spec.label}: ", style="dim").append(str(fact.value["value"]), style="not dim")
            )
    steps = [f for f in seen.facts if f.kind == "next_step"]
    if steps:
        parts.append(Text("\nNext steps", style="bold"))
        for step in steps:
            when = step.value.get("date") or step.value.get("when") or "no date"
            parts.append(Text(f"  {step.value.get('what')} ({step.value.get('owner')}, {when})"))
    return parts
