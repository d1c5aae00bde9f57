"""`coachbot objections`, `metrics` and `risks`: what the calls say together."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from coachbot.errors import UsageError
from coachbot.files import write_text
from coachbot.settings import settings

if TYPE_CHECKING:
    from coachbot.model.playbook import Playbook

FORMS = ("table", "json", "csv", "html")
EMPTY = "Nothing to count yet. Take calls in (coachbot ingest) and review them."
Since = Annotated[str | None, typer.Option(help="From this day on: YYYY-MM-DD, or 90d for the last 90 days.")]
Until = Annotated[str | None, typer.Option(help="Up to and with this day: YYYY-MM-DD.")]
Form = Annotated[str, typer.Option("--format", help="table, json, csv or html.")]
Out = Annotated[Path | None, typer.Option(help="Write to this file.")]
Book = Annotated[str | None, typer.Option(help="A playbook's id: deals of that process only.")]


def objections(
    by: Annotated[
        str, typer.Option(help="category, stage, segment, rep, competitor, product, outcome or month.")
    ] = "category",
    since: Since = None,
    until: Until = None,
    where: Annotated[
        list[str] | None, typer.Option(help="Only calls of a group, such as segment=smb. May be repeated.")
    ] = None,
    category: Annotated[
        str | None, typer.Option(help="Look into one category: its themes, and which answers work.")
    ] = None,
    behind: Annotated[
        str | None,
        typer.Option(help="List the calls behind a number: CATEGORY, or CATEGORY@GROUP (of --by)."),
    ] = None,
    drafts: Annotated[bool, typer.Option(help="Count what nobody reviewed yet as well.")] = False,
    form: Form = "table",
    out: Out = None,
    playbook: Book = None,
) -> None:
    """Objection patterns: how often, where, what goes with them, and what is changing."""
    from coachbot.cli import insights_views as views
    from coachbot.insights import outputs
    from coachbot.insights.ledger import from_store
    from coachbot.insights.objections import behind as calls_behind
    from coachbot.insights.objections import objection_report
    from coachbot.insights.selection import select
    from coachbot.store import open_store

    _check(form)
    if category is not None and form not in ("table", "json"):
        raise UsageError("themes and answers come as table or json; choose one of these with --category")
    groups = _groups(where or [])
    first, last = day(since), day(until)
    book = _book(playbook)
    if category is not None:
        _known(category, [c.id for c in book.objections])
        _detail(book, category, first, last, groups, drafts, form, out)
        return
    with open_store() as store, store.read() as unit:
        ledger = from_store(unit, book, today=today())
        if behind is not None:
            name, _, group = behind.partition("@")
            chosen = select(ledger, drafts=drafts, where=groups, since=first, until=last)
            found = calls_behind(chosen, name, by=by, group=group or None)
            rows = outputs.call_rows(unit, found.calls)
            _rows(("call", "title", "date", "deal", "stage"), rows, form, out)
            return
        report = objection_report(ledger, by=by, drafts=drafts, where=groups, since=first, until=last)
        if form == "html":
            staged = (
                report
                if by == "stage"
                else objection_report(ledger, by="stage", drafts=drafts, since=first, until=last)
            )
            write(views.objection_page(report, staged, book), out)
        elif form == "json":
            write(views.objection_json(report, book), out)
        elif form == "csv":
            write(outputs.objection_csv(report), out)
        elif not report.totals.calls:
            Console(highlight=False).print(EMPTY)
        else:
            _show(views.objection_tables(report, book), out)


def _detail(
    book: Playbook, category: str, since: date | None, until: date | None, groups: dict[str, str],
    drafts: bool, form: str, out: Path | None,
) -> None:  # fmt: skip
    from coachbot.cli import insights_views as views
    from coachbot.insights.category import detail
    from coachbot.insights.ledger import from_store
    from coachbot.insights.memory import remember
    from coachbot.insights.selection import select
    from coachbot.store import open_store

    with open_store() as store:
        with store.read() as unit:
            ledger = from_store(unit, book, today=today())
            chosen = select(ledger, since=since, until=until, drafts=drafts, where=groups)
            found = detail(unit, book, chosen, category, today())
        with store.begin() as unit:  # so that the themes are known again next time
            remember(unit, found.themes)
    if form == "json":
        write(views.detail_json(found), out)
    else:
        _show(views.detail_table(found), out)


def metrics(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Only these metrics; all where none is named.", show_default=False),
    ] = None,
    by: Annotated[str | None, typer.Option(help="Split by cohort, period, owner or segment.")] = None,
    since: Since = None,
    until: Until = None,
    owner: Annotated[str | None, typer.Option(help="Only deals of this user's id.")] = None,
    segment: Annotated[str | None, typer.Option(help="Only deals of this segment.")] = None,
    cohort: Annotated[str | None, typer.Option(help="Only deals opened in this month: YYYY-MM.")] = None,
    behind: Annotated[
        str | None,
        typer.Option(
            help="List the deals behind a number: METRIC, METRIC:KEY, or METRIC:KEY@GROUP (of --by)."
        ),
    ] = None,
    definitions: Annotated[bool, typer.Option(help="Say what each metric counts.")] = False,
    form: Form = "table",
    out: Out = None,
    playbook: Book = None,
) -> None:
    """Process metrics: conversion, time in stage, losses, next steps and more, each with its interval."""
    from coachbot.cli import insights_views as views
    from coachbot.insights import outputs
    from coachbot.insights.deal_facts import from_store
    from coachbot.insights.metrics import metric_report
    from coachbot.store import open_store

    _check(form)
    if cohort is not None and not re.fullmatch(r"\d{4}-\d{2}", cohort):
        raise UsageError(f"--cohort {cohort!r} is no month; write YYYY-MM")
    book = _book(playbook)
    with open_store() as store, store.read() as unit:
        facts = from_store(unit, book, today=today())
    report = metric_report(
        facts, only=names or (), by=by, since=day(since), until=day(until),
        owner=owner, segment=segment, cohort=cohort,
    )  # fmt: skip
    if behind is not None:
        _rows(("deal", "name", "counted"), outputs.deals_behind(facts, report, behind), form, out)
    elif form == "html":
        write(views.metric_page(report, facts), out)
    elif form == "json":
        write(report.model_dump_json(indent=1) + "\n", out)
    elif form == "csv":
        write(outputs.metric_csv(report), out)
    elif not facts.courses:
        Console(highlight=False).print("No deals of this playbook yet.")
    else:
        _show(views.metric_tables(report, book, definitions), out)


def risks(
    deal: Annotated[str | None, typer.Option(help="Only this deal's id, with its history.")] = None,
    owner: Annotated[str | None, typer.Option(help="Only deals of this user's id.")] = None,
    dismissed: Annotated[bool, typer.Option(help="Show those that were dismissed as well.")] = False,
    dismiss: Annotated[
        str | None, typer.Option(help="Dismiss this risk of --deal; needs --why. It stays so until a change.")
    ] = None,
    why: Annotated[str | None, typer.Option(help="Why it is no risk.")] = None,
    form: Annotated[str, typer.Option("--format", help="table, json or csv.")] = "table",
    out: Out = None,
    playbook: Book = None,
) -> None:
    """Risks of the open deals, by the playbook's rules, since when, and which were dismissed."""
    from coachbot.cli import insights_views as views
    from coachbot.insights import deal_risks, outputs
    from coachbot.insights.deal_facts import from_store
    from coachbot.store import open_store

    _check(form, ("table", "json", "csv"))
    if dismiss is not None and deal is None:
        raise UsageError("--dismiss needs --deal: say of which deal")
    book = _book(playbook)
    with open_store() as store, store.begin() as unit:
        facts = from_store(unit, book, today=today())
        if deal is not None and deal not in facts.known:
            raise UsageError(f"there is no deal {deal!r} of playbook {book.id}")
        found = deal_risks.current_risks(facts)
        deal_risks.note(unit, facts, found)
        if dismiss is not None and deal is not None:
            deal_risks.dismiss(unit, found, deal, dismiss, by=None, why=why or "")
        shown = deal_risks.with_history(unit, found, facts.today)
        events = deal_risks.history(unit, deal) if deal is not None else []
    shown = [
        r
        for r in shown
        if (dismissed or not r.dismissed)
        and (deal or r.deal_id) == r.deal_id
        and (owner or r.owner) == r.owner
    ]
    if form == "json":
        write(views.risks_json(shown, events), out)
    elif form == "csv":
        write(outputs.risk_csv(shown), out)
    else:
        _show(views.risk_tables(shown, events, book), out)


def fill_demo(deals: int, seed: int) -> None:
    """Put a made-up portfolio into the workspace. Raises UsageError where it holds deals already."""
    from coachbot.insights.portfolio import Plan, stream
    from coachbot.insights.portfolio_store import keep
    from coachbot.store import open_store

    book = _book(None)
    with open_store() as store:
        with store.read() as unit:
            if unit.deals.list(limit=1).items or unit.users.count():
                raise UsageError(
                    "this workspace is in use, and made-up deals would mix with yours; "
                    "set COACHBOT_HOME to an empty folder"
                )
        keep(store, stream(deals, seed, playbook=book, plan=Plan(today=today())))
    Console(highlight=False).print(
        Text(f"{deals:,} made-up deals. Look at them: ").append(
            "coachbot objections, coachbot metrics, coachbot risks", style="cyan"
        )
    )


def today() -> date:
    """The day in UTC."""
    return datetime.now(UTC).date()


def day(text: str | None) -> date | None:
    """A date, or so many days ago (90d). Raises UsageError."""
    if text is None:
        return None
    if match := re.fullmatch(r"(\d{1,5})d", text):
        return today() - timedelta(days=int(match[1]))
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no day; write YYYY-MM-DD, or 90d for the last 90 days") from error


def _groups(given: Sequence[str]) -> dict[str, str]:
    found = {}
    for one in given:
        by, equals, name = one.partition("=")
        if not equals or not by or not name:
            raise UsageError(f"--where {one!r}: write GROUP=NAME, such as segment=smb")
        found[by] = name
    return found


def _check(form: str, forms: Sequence[str] = FORMS) -> None:
    if form not in forms:
        raise UsageError(f"--format {form!r} is not known; choose {', '.join(forms)}")


def _known(name: str, names: Sequence[str]) -> None:
    if name not in names:
        raise UsageError(f"there is no objection category {name!r}; there are: {', '.join(names)}")


def _book(name: str | None) -> Playbook:
    from coachbot.playbook import load_playbook

    return load_playbook(name or settings().playbook, home=settings().home)


def _rows(columns: Sequence[str], rows: Sequence[Sequence[Any]], form: str, out: Path | None) -> None:
    from coachbot.insights import outputs

    if form == "csv":
        write(outputs.csv_of(columns, rows), out)
    elif form == "json":
        write(
            json.dumps([dict(zip(columns, r, strict=True)) for r in rows], indent=1, default=str) + "\n", out
        )
    elif form == "html":
        raise UsageError("a list of what is behind a number has no page; choose --format table, json or csv")
    else:
        made = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        for name in columns:
            made.add_column(name, overflow="fold")
        for row in rows:
            made.add_row(*(Text("" if v is None else str(v)) for v in row))
        _show([made, Text(f"{len(rows):,} in all", style="dim")], out)


def _show(parts: Sequence[Any], out: Path | None) -> None:
    if out is None:
        console = Console(highlight=False)
    else:
        from io import StringIO

        console = Console(highlight=False, file=StringIO(), width=160)
    for part in parts:
        console.print(part)
    if out is not None:
        write(console.file.getvalue(), out)  # type: ignore[attr-defined]


def write(text: str, out: Path | None) -> None:
    """To the file, else to standard output. Raises UsageError where it cannot be written."""
    if out is None:
        sys.stdout.write(text)
        return
    write_text(out, text)
