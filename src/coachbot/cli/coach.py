"""`coachbot coach`, `brief` and `ask`: what to do next, what to read before a call, what the calls say."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from coachbot.errors import UsageError
from coachbot.files import write_text

if TYPE_CHECKING:
    from coachbot.coach import CoachSheet, RepSheet, Scorecard
    from coachbot.model.playbook import Playbook
    from coachbot.model.workspace import Call, Deal, User
    from coachbot.store import Store, Unit

Form = Annotated[str, typer.Option("--format", help="terminal or json.")]
Subject = Annotated[
    str | None,
    typer.Argument(
        help="A file (a transcript or recording), a call's id or title, a deal, or a rep.", show_default=False
    ),
]
Book = Annotated[str | None, typer.Option("--playbook", help="A playbook's id, or the path of one.")]
Engine = Annotated[
    str | None,
    typer.Option(help="`llm` lets the model phrase the prompts; they are held against their proof."),
]
HABITS = {"keep": ("green", "Keep"), "start": ("cyan", "Start"), "stop": ("red", "Stop")}


def coach(
    subject: Subject = None,
    meta: Annotated[Path | None, typer.Option(help="For a file: what you know of the call (JSON).")] = None,
    playbook: Book = None,
    engine: Engine = None,
    last: Annotated[int, typer.Option(min=1, max=200, help="For a rep: how many calls to look at.")] = 10,
    scorecard: Annotated[bool, typer.Option(help="For a call: its scorecard instead.")] = False,
    useful: Annotated[int | None, typer.Option(help="Mark the prompt of that number as useful.")] = None,
    not_useful: Annotated[int | None, typer.Option(help="Mark it as not useful; needs --why.")] = None,
    why: Annotated[str | None, typer.Option(help="The reason of a mark.")] = None,
    feedback: Annotated[
        Path | None, typer.Option(help="Write all marks to this file, as JSON lines for evals.")
    ] = None,
    form: Form = "terminal",
) -> None:
    """What to ask or do next: at most five prompts, each on words of a call and a page of the playbook."""
    _check(form)
    if feedback is not None:
        _export(feedback)
        return
    if subject is None:
        raise UsageError("name a file, a call, a deal or a rep: coachbot coach SUBJECT")
    if Path(subject).is_file():
        if useful or not_useful or scorecard:
            raise UsageError(
                "marks and scorecards belong to calls of the workspace: coachbot ingest the file first"
            )
        _show_sheet(_phrase(_of_file(Path(subject), meta, playbook, engine), engine), form)
        return
    _of_workspace(subject, playbook, engine, last, scorecard, useful, not_useful, why, form)


def brief(
    deal: Annotated[
        str, typer.Argument(help="The name of the deal or account, or its id.", show_default=False)
    ],
    note: Annotated[
        list[Path] | None, typer.Option(help="Add research notes: text, Markdown, HTML or PDF.")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="terminal, markdown, html or json.")] = "terminal",
    out: Annotated[Path | None, typer.Option(help="Write to this file.")] = None,
) -> None:
    """One page to read before a call: people, promises, open questions, objections to expect, an agenda."""
    from coachbot.attachments import attach_path
    from coachbot.cli.deals import find
    from coachbot.coach import brief_html, brief_markdown, brief_of
    from coachbot.pipeline import playbook_for
    from coachbot.store import open_store

    if form not in ("terminal", "markdown", "html", "json"):
        raise UsageError(f"--format {form!r} is not known; choose terminal, markdown, html or json")
    with open_store() as store:
        with store.read() as unit:
            found = find(unit, deal)
        for path in note or ():
            attach_path(store, found.id, path, note=True)
        with store.read() as unit:
            made = brief_of(unit, unit.deals.need(found.id), playbook_for(found))
    if form == "json":
        text = f"{made.model_dump_json(indent=1)}\n"
    else:
        text = brief_html(made) if form == "html" else brief_markdown(made)
    if out is not None:
        write_text(out, text)
    elif form == "terminal":
        from rich.markdown import Markdown

        Console(highlight=False).print(Markdown(text))
    else:
        sys.stdout.write(text)


def ask(
    question: Annotated[str, typer.Argument(help="In quotes.", show_default=False)],
    deal: Annotated[str | None, typer.Option(help="Only this deal's calls.")] = None,
    playbook: Book = None,
    engine: Annotated[
        str | None, typer.Option(help="`llm`: the model answers with tools; `local`: counts and passages.")
    ] = None,
    form: Form = "terminal",
) -> None:
    """Ask the calls: exact counts by code, and answers only from cited moments."""
    from coachbot.cli.deals import find
    from coachbot.coach import ask as answer
    from coachbot.pipeline import playbook_for
    from coachbot.settings import settings
    from coachbot.store import open_store

    _check(form)
    with open_store() as store, store.read() as unit:
        found = find(unit, deal) if deal else None
        book = _book(playbook) if playbook else playbook_for(found)
        model = (engine or settings().engine) == "llm"
        reply = answer(unit, question, book, deal=found.id if found else None, model=model)
    if form == "json":
        typer.echo(reply.model_dump_json())
        return
    console = Console(highlight=False)
    console.print(escape(reply.text))
    if reply.kind in ("count", "model") and reply.moments:
        console.print("\n[dim]From the calls:[/dim]")
        for moment in reply.moments:
            console.print(f"  {escape(moment.text)} [dim]{escape(moment.call_title)}[/dim]")
    for line in reply.notes:
        console.print(f"[yellow]{escape(line)}[/yellow]")


def _of_file(path: Path, meta: Path | None, playbook: str | None, engine: str | None) -> CoachSheet:
    from coachbot.coach import coach_recap
    from coachbot.ingest import read_meta
    from coachbot.model.transcript import DealContext
    from coachbot.recap import make_recap, read_call
    from coachbot.settings import settings

    book = _book(playbook)
    beside = path.with_name(f"{path.stem}.meta.json")
    told = meta or (beside if beside.is_file() and beside != path else None)
    known = read_meta(told) if told else None
    transcript = read_call(path, known, playbook=book)
    recap = make_recap(
        transcript, playbook=book, deal=known.deal if known else DealContext(),
        engine=engine or settings().engine,
    )  # fmt: skip
    return coach_recap(recap, transcript, book, subject=f"file:{path.name}")


def _of_workspace(
    subject: str,
    playbook: str | None,
    engine: str | None,
    last: int,
    scorecard: bool,
    useful: int | None,
    not_useful: int | None,
    why: str | None,
    form: str,
) -> None:
    from coachbot.coach import coach_call, coach_deal, coach_rep, score_call
    from coachbot.model.workspace import Call, Deal
    from coachbot.pipeline import playbook_for
    from coachbot.store import open_store

    with open_store() as store:
        with store.read() as unit:
            found = _find(unit, subject)
            if isinstance(found, (Call, Deal)):
                deal = found if isinstance(found, Deal) else unit.deals.get(found.deal_id or "")
                book = _book(playbook) if playbook else playbook_for(deal)
                if scorecard:
                    if not isinstance(found, Call):
                        raise UsageError(
                            "a scorecard is of a call: `coachbot calls` lists them with their ids"
                        )
                    _show_card(score_call(unit, found, book), form)
                    return
                sheet = (
                    coach_call(unit, found, book)
                    if isinstance(found, Call)
                    else coach_deal(unit, found, book)
                )
            else:

                def of(call: Call) -> Playbook:
                    return playbook_for(unit.deals.get(call.deal_id) if call.deal_id else None)

                _show_rep(coach_rep(unit, found, of, last=last), form)
                return
        if useful is not None or not_useful is not None:
            _mark(store, sheet, useful, not_useful, why)
            return
    _show_sheet(_phrase(sheet, engine), form)


def _find(unit: Unit, subject: str) -> Call | User | Deal:
    call = unit.calls.get(subject)
    if call is not None:
        return call
    deal = unit.deals.get(subject)
    if deal is not None:
        return deal
    deals = unit.deals.by_name(subject)
    users = [u for u in unit.users.list() if subject.casefold() in (u.name.casefold(), u.email.casefold())]
    calls = [c for c in unit.calls.list(limit=500).items if c.id.startswith(subject) or c.title == subject]
    named: list[Call | Deal | User] = [*deals[:2], *users, *calls[:2]]
    if len(named) != 1:
        said = "nothing" if not named else f"{len(named)} things"
        raise UsageError(
            f"{said} named {subject!r}: a file, a call (`coachbot calls`), a deal (`coachbot deals`), a rep"
        )
    return named[0]


def _mark(
    store: Store, sheet: CoachSheet, useful: int | None, not_useful: int | None, why: str | None
) -> None:
    from coachbot.coach import mark

    number = useful if useful is not None else not_useful
    if number is None or not 1 <= number <= len(sheet.prompts):
        raise UsageError(f"there are {len(sheet.prompts)} prompts; choose one of them by its number")
    with store.begin() as unit:
        mark(unit, sheet, sheet.prompts[number - 1], useful=useful is not None, by=None, why=why)
    typer.echo(
        f"marked as {'useful' if useful is not None else 'not useful'}: {sheet.prompts[number - 1].title}"
    )


def _phrase(sheet: CoachSheet, engine: str | None) -> CoachSheet:
    from coachbot.settings import settings

    if (engine or settings().engine) != "llm":
        return sheet
    from coachbot.coach import phrased
    from coachbot.llm import get_chat

    return phrased(sheet, get_chat(), home=settings().home)


def _export(path: Path) -> None:
    from coachbot.coach import exported
    from coachbot.store import open_store

    with open_store() as store, store.read() as unit:
        rows = list(exported(unit))
    write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    typer.echo(f"{path}: {len(rows)} marks")


def _show_sheet(sheet: CoachSheet, form: str) -> None:
    if form == "json":
        typer.echo(sheet.model_dump_json())
        return
    console = Console(highlight=False)
    rests = f"{sheet.stage or ''} · {sheet.playbook} {sheet.version}"
    console.print(f"[bold]{escape(sheet.title)}[/bold]  [dim]{rests}[/dim]")
    if sheet.too_little:
        console.print(f"[yellow]{escape(sheet.too_little)}[/yellow]")
    elif not sheet.prompts:
        console.print("Nothing on this call holds the deal back that could be proven.")
    for number, p in enumerate(sheet.prompts, start=1):
        console.print(f"\n[bold cyan]{number}[/bold cyan] [bold]{escape(p.title)}[/bold]")
        table = Table.grid(padding=(0, 2))
        table.add_column(style="dim", no_wrap=True, min_width=6)
        table.add_column(overflow="fold")
        table.add_row("seen", escape(p.seen))
        table.add_row("why", escape(p.why))
        for n, line in enumerate(p.say):
            table.add_row("say" if n == 0 else "or", f"[green]{escape(line)}[/green]")
        if p.do:
            table.add_row("do", escape(p.do))
        table.add_row("play", f"[dim]{escape(p.play.path)} › {escape(p.play.heading)}[/dim]")
        console.print(table)
    if sheet.figures:
        console.print("\n[dim]" + escape(" · ".join(f.text for f in sheet.figures)) + "[/dim]")
    for line in sheet.notes:
        console.print(f"[yellow]{escape(line)}[/yellow]")


def _show_rep(sheet: RepSheet, form: str) -> None:
    if form == "json":
        typer.echo(sheet.model_dump_json())
        return
    console = Console(highlight=False)
    console.print(f"[bold]{escape(sheet.name)}[/bold]  [dim]{sheet.calls} calls[/dim]")
    if sheet.too_little:
        console.print(f"[yellow]{escape(sheet.too_little)}[/yellow]")
    for figure in sheet.figures:
        console.print(f"  {escape(figure.label)}: {escape(figure.text)}")
    for habit in sheet.habits:
        colour, word = HABITS[habit.advice]
        console.print(f"\n[{colour}]{word}[/{colour}] {escape(habit.text)} [dim]{escape(habit.seen)}[/dim]")
        if habit.do:
            console.print(f"  [green]{escape(habit.do)}[/green]")
        for moment in habit.examples:
            console.print(f"  [dim]{escape(moment.text)} {escape(moment.call_title)}[/dim]")


def _show_card(card: Scorecard, form: str) -> None:
    if form == "json":
        typer.echo(card.model_dump_json())
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("Indicator", "", "Seen"):
        table.add_column(name, overflow="fold")
    words = {"met": "[green]met[/green]", "not_met": "[red]not met[/red]", "na": "[dim]n/a[/dim]"}
    for line in card.lines:
        seen = f"{line.seen} (changed: {line.why})" if line.overridden_by or line.why else line.seen
        table.add_row(escape(line.text), words[line.verdict], escape(seen))
    console = Console(highlight=False)
    console.print(
        f"[bold]{escape(card.title)}[/bold]  [dim]{card.stage}: {card.met} of {card.judged} met[/dim]"
    )
    console.print(table)


def _book(name: str | None) -> Playbook:
    from coachbot.playbook import load_playbook
    from coachbot.settings import settings

    return load_playbook(name or settings().playbook, home=settings().home)


def _check(form: str) -> None:
    if form not in ("terminal", "json"):
        raise UsageError(f"--format {form!r} is not known; choose terminal or json")
