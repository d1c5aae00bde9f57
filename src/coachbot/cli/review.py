"""`coachbot review` and `acceptance`: decide on a draft in the terminal; how often drafts are taken."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from coachbot.cli.work import find_call
from coachbot.errors import CoachbotError, ConflictError, UsageError

if TYPE_CHECKING:
    from coachbot.model.playbook import Playbook
    from coachbot.model.workspace import ReviewItem
    from coachbot.review import Gate, ItemView, Reviewer
    from coachbot.store import Store

KEYS = "[a]ccept  [e]dit  [r]eject  [u]ndo the last  [s]kip  [q]uit, then Enter"
CallName = Annotated[str, typer.Argument(help="A call's id or the beginning of it.", show_default=False)]
Reason = Annotated[str | None, typer.Option(help="The reason: for going back, or on against open criteria.")]


def review(
    call: CallName,
    finish: Annotated[bool, typer.Option("--finish", help="Only close it, with what is decided.")] = False,
    stage: Annotated[str, typer.Option(help="With --finish: stay, advance or revert.")] = "stay",
    to: Annotated[str | None, typer.Option(help="With --stage: the stage to go to.")] = None,
    why: Reason = None,
    form: Annotated[str, typer.Option("--format", help="text, or json: only print the draft.")] = "text",
) -> None:
    """Review a draft, one item at a time, by one letter and Enter; then close it and decide on the stage."""
    from coachbot.pipeline import playbook_of
    from coachbot.review import Reviewer, review_of
    from coachbot.store import open_store

    with open_store() as store:
        found = find_call(store, call)
        with store.read() as unit:
            book = playbook_of(unit, found)
            view = review_of(unit, found.id, book)
        by = Reviewer(user_id=None, playbook=book)
        if form == "json":
            typer.echo(view.model_dump_json())
            return
        console = Console(highlight=False)
        if not finish:
            if not sys.stdin.isatty():
                raise UsageError("a review needs a keyboard: run it in a terminal, or use the pages")
            _walk(store, console, by, [v for v in view.items if v.item.status == "draft"], view.total)
            _gate(console, view.gate, book)
            if not typer.confirm("Close this review now?", default=False):
                console.print("Nothing is lost: come back with the same command.")
                return
            stage = typer.prompt("Stage (stay, advance, revert)", default=stage)
            if stage != "stay":
                to = typer.prompt("To which stage (empty: the next)", default=to or "") or None
                why = typer.prompt("Reason (empty: none)", default=why or "") or None
        _close(store, console, found.id, by, stage, to, why)


def acceptance(
    kind: Annotated[str | None, typer.Option(help="field, stakeholder, objection or next_step.")] = None,
    form: Annotated[str, typer.Option("--format", help="table or json.")] = "table",
) -> None:
    """How often reps take what is proposed, by field, engine and prompt version."""
    from typing import get_args

    from coachbot.model.workspace import ItemKind
    from coachbot.review import acceptance as rates
    from coachbot.store import open_store

    if kind is not None and kind not in get_args(ItemKind):
        raise UsageError(f"there is no kind {kind!r}; there are {', '.join(get_args(ItemKind))}")
    with open_store() as store, store.read() as unit:
        found = rates(unit, kind=kind)  # type: ignore[arg-type]
    if form == "json":
        for rate in found:
            typer.echo(json.dumps(rate.model_dump() | {"decided": rate.decided, "rate": rate.rate}))
        return
    if not found:
        typer.echo("Nobody has decided on anything yet: `coachbot review CALL`.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("Kind", "Field or category", "Engine", "Prompt", "Taken as is", "Edited", "Rejected"):
        table.add_column(name, justify="right" if name in ("Taken as is", "Edited", "Rejected") else "left")
    for r in found:
        table.add_row(
            r.kind, r.key or "", r.engine or "", r.prompt or "",
            f"{r.accepted} of {r.decided} ({r.rate:.0%})", str(r.edited), str(r.rejected),
        )  # fmt: skip
    Console(highlight=False).print(table)


def _walk(store: Store, console: Console, by: Reviewer, views: list[ItemView], total: int) -> None:
    done: list[tuple[str, int]] = []
    at = 0
    while at < len(views):
        item = views[at].item
        console.print(_card(views[at], total - len(views) + at + 1, total))
        key = typer.prompt(KEYS, default="", show_default=False).strip().lower()[:1]
        if key == "q":
            return
        if key not in tuple("aerusq"):
            console.print("[yellow]One of the letters in brackets, please.[/yellow]")
            continue
        if key == "u":
            if not done:
                console.print("[yellow]There is nothing to undo yet.[/yellow]")
                continue
            item_id, version = done.pop()
            _try(store, console, item_id, by, "undo", version)
            at = max(0, at - 1)
            continue
        if key in ("a", "e", "r"):
            saved = _decide(store, console, item, by, key)
            if saved is None:
                continue
            done.append((saved.id, saved.version))
        at += 1


def _decide(store: Store, console: Console, item: ReviewItem, by: Reviewer, key: str) -> ReviewItem | None:
    if key == "a":
        return _try(store, console, item.id, by, "accept", item.version)
    if key == "r":
        why = typer.prompt("Why (empty: no reason)", default="", show_default=False) or None
        return _try(store, console, item.id, by, "reject", item.version, why=why)
    name = {"field": "value", "objection": "text", "next_step": "what", "stakeholder": "role"}[item.kind]
    text = typer.prompt(f"New {name}", default=str(item.value.get(name) or ""))
    return _try(store, console, item.id, by, "edit", item.version, value={name: text})


def _try(
    store: Store, console: Console, item_id: str, by: Reviewer, action: str, version: int, **more: Any
) -> ReviewItem | None:
    from coachbot import review as room

    try:
        with store.begin() as unit:
            saved: ReviewItem = getattr(room, action)(unit, item_id, by, version=version, **more)
    except ConflictError as error:
        now = getattr(error.current, "status", "changed")
        console.print(f"[yellow]Somebody else decided on this: it is {now}.[/yellow]")
        return None
    except CoachbotError as error:
        console.print(Text(str(error), style="red"))
        return None
    return saved


def _card(view: ItemView, number: int, total: int) -> Panel:
    item = view.item
    body = Text(_told(item), style="bold")
    for old in view.current[:3]:
        style = "yellow" if view.conflict else "dim"
        body.append(f"\nKnown already: {old.value.get('value', '')}", style=style)
    for e in item.evidence[:3]:
        at = f"{int(e.start_s) // 60}:{int(e.start_s) % 60:02} " if e.start_s is not None else ""
        body.append(f"\n{at}{e.speaker or 'Unknown'}: “{e.quote}”", style="not bold dim")
    title = f"{view.label}  ({number} of {total}, sure {item.confidence:.0%})"
    return Panel(body, title=title, title_align="left", border_style="cyan")


def _told(item: ReviewItem) -> str:
    v = item.value
    if item.kind == "field":
        return str(v.get("value"))
    if item.kind == "stakeholder":
        return f"{v.get('name') or 'Unnamed'}, {v.get('role') or 'role unknown'} ({v.get('influence')})"
    if item.kind == "objection":
        return f"{v.get('text')} (handled: {v.get('handled')})"
    return f"{v.get('what')} ({v.get('owner')}, {v.get('date') or v.get('when') or 'no date'})"


def _gate(console: Console, gate: Gate | None, book: Playbook) -> None:
    if gate is None:
        console.print("\nThe call belongs to no deal: its facts wait until it is linked.")
        return
    following = book.stage_by_id.get(gate.next_stage or "")
    console.print(f"\n[bold]Before {following.name if following else 'the end'}[/bold]")
    for c in gate.criteria:
        mark = "[green]✓[/green]" if c.met else "[yellow]○[/yellow]"
        console.print(f"  {mark} {c.text}" + ("" if c.met or not c.question else f"\n    Ask: {c.question}"))


def _close(
    store: Store, console: Console, call_id: str, by: Reviewer, stage: str, to: str | None, why: str | None
) -> None:
    from coachbot.review import finish

    if stage not in ("stay", "advance", "revert"):
        raise UsageError(f"--stage {stage!r} is not known; choose stay, advance or revert")
    with store.begin() as unit:
        version = unit.calls.need(call_id).version
        done = finish(unit, call_id, by, version=version, choice=stage, to=to, why=why)  # type: ignore[arg-type]
    said = f"{len(done.facts)} facts are in {done.deal.name}" if done.deal else "no deal yet"
    left = f"; {done.left} items were left undecided" if done.left else ""
    console.print(f"Closed: {said}{left}." + (f" Stage: {done.deal.stage}." if done.deal else ""))
