"""`coachbot ingest`, `worker`, `calls`, `retry`, `cancel`: calls come in and are worked on."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from coachbot.errors import InputError, UsageError

if TYPE_CHECKING:
    from coachbot.model.workspace import Call
    from coachbot.pipeline import Runtime
    from coachbot.store import Store, Unit

EMPTY = "No calls here yet. Take some in: coachbot ingest FOLDER"
COLOUR = {"draft": "green", "reviewed": "green", "failed": "red", "cancelled": "yellow"}
Deal = Annotated[str | None, typer.Option(help="The deal or its account; else META or people tell.")]
Owner = Annotated[str | None, typer.Option(help="The rep whose calls they are: an e-mail address.")]
Wait = Annotated[bool, typer.Option(help="Work on them here, now; without: leave that to workers.")]
NewDeals = Annotated[bool, typer.Option(help="Open a deal where META names an account without one.")]
Form = Annotated[str, typer.Option("--format", help="table or json (one line a call).")]
CallName = Annotated[str, typer.Argument(help="A call's id or the beginning of it.", show_default=False)]


def ingest(
    paths: Annotated[
        list[Path], typer.Argument(help="Transcripts, recordings, or folders of them.", show_default=False)
    ],
    deal: Deal = None,
    owner: Owner = None,
    new_deals: NewDeals = False,
    watch: Annotated[bool, typer.Option(help="Stay, and take in what comes into the folders.")] = False,
    wait: Wait = True,
    form: Form = "table",
) -> None:
    """Take calls into the workspace: stored first, then transcribed, recapped and laid before the rep."""
    from coachbot.pipeline import Runtime
    from coachbot.store import open_store

    _check_form(form)
    with open_store() as store:
        who = _owner(store, owner) if owner else None
        deal_id = _deal(store, deal) if deal else None
        with Runtime(store, work=wait) as runtime:
            taken, refused = _take(store, runtime, paths, who, deal_id, new_deals)
            if wait:
                _follow(store, runtime, [c.id for c in taken])
            failed = _report(store, taken, refused, form)
            if watch:
                _watch(store, runtime, paths, who, deal_id, new_deals)
    raise typer.Exit(1 if failed else 0)


def worker(
    name: Annotated[
        str | None, typer.Option("--id", help="Stable name of this worker; see `worker_id` in the settings.")
    ] = None,
) -> None:
    """Work on calls until stopped. Many workers on many machines share one PostgreSQL."""
    from coachbot.pipeline import Runtime
    from coachbot.settings import settings

    conf = settings().model_copy(update={"worker_id": name} if name else {})
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with _patient_store(stop) as store, Runtime(store, conf=conf) as runtime:
        typer.echo(f"coachbot worker {runtime.name}: waiting for calls ({store.dialect})", err=True)
        while not stop.wait(0.5):
            pass
        typer.echo("coachbot worker: stopping; what is unfinished goes on elsewhere or next time", err=True)


def _patient_store(stop: threading.Event) -> Store:
    """The store; a worker that starts before its database waits for it."""
    from coachbot.errors import StoreError
    from coachbot.store import open_store

    while True:
        try:
            return open_store()
        except StoreError as error:
            if not error.transient or stop.is_set():
                raise
            typer.echo(f"coachbot worker: {error}; waiting", err=True)
            stop.wait(3)


def calls(
    state: Annotated[
        str | None, typer.Option(help="queued, running, draft, reviewed, failed or cancelled.")
    ] = None,
    deal: Annotated[str | None, typer.Option(help="Only this deal's.")] = None,
    text: Annotated[str | None, typer.Option(help="Words of the title or file name.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="The most to show.")] = 30,
    form: Form = "table",
) -> None:
    """List the workspace's calls, newest first, with where each stands."""
    from coachbot.model.workspace import CallState
    from coachbot.store import open_store

    _check_form(form)
    try:
        states = [CallState(state)] if state else None
    except ValueError as error:
        raise UsageError(f"there is no state {state!r}; there are {', '.join(CallState)}") from error
    with open_store() as store:
        deal_id = _deal(store, deal) if deal else None
        with store.read() as unit:
            page = unit.calls.list(states=states, deal_id=deal_id, text=text, limit=limit)
            _show(unit, page.items, form)
    if page.next_cursor and form == "table":
        typer.echo(f"There are more: --limit shows up to 500, now {limit}.", err=True)


def retry(
    call: CallName,
    step: Annotated[
        str | None, typer.Option(help="From this step on: transcribe, extract, index, notify.")
    ] = None,
    wait: Wait = True,
) -> None:
    """Work on a call again, from its first step that is not done. Nothing is uploaded twice."""
    from coachbot.pipeline import Runtime
    from coachbot.store import open_store

    with open_store() as store:
        found = find_call(store, call)
        with Runtime(store, work=wait) as runtime:
            runtime.retry(found.id, step)
            if wait:
                _follow(store, runtime, [found.id])
            failed = _report(store, [found], [], "table")
    raise typer.Exit(1 if failed else 0)


def cancel(call: CallName) -> None:
    """Stop the work on a call; its file stays and `retry` takes it up again."""
    from coachbot.pipeline import Runtime
    from coachbot.store import open_store

    with open_store() as store:
        found = find_call(store, call)
        with Runtime(store, work=False) as runtime:
            runtime.cancel(found.id)
        _report(store, [found], [], "table")


def _take(
    store: Store,
    runtime: Runtime,
    paths: Iterable[Path],
    owner: str | None,
    deal_id: str | None,
    new_deals: bool,
) -> tuple[list[Call], list[str]]:
    from coachbot.pipeline import files_of, take_in_path

    taken: list[Call] = []
    refused: list[str] = []
    for path in files_of(paths):
        try:
            one = take_in_path(store, path, owner=owner, deal_id=deal_id, new_deals=new_deals)
        except InputError as error:
            refused.append(str(error))
            continue
        if not one.new and one.call.file_name != path.name:
            typer.echo(f"{path.name}: the same content as {one.call.file_name}, which is one call", err=True)
        taken.append(one.call)
        runtime.submit(one.call)
    if not taken and not refused:
        raise UsageError("there are no calls in there: name transcripts, recordings, or a folder of them")
    return taken, refused


def _follow(store: Store, runtime: Runtime, ids: list[str]) -> None:
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    ) as progress:  # fmt: skip
        bar = progress.add_task("working on calls", total=len(ids))
        while not runtime.wait(ids, timeout_s=0.5):
            with store.read() as unit:
                found = unit.calls.many(ids)
                at = [s for c in found.values() if c.state == "running" for s in unit.steps.of_call(c.id)]
            step = next((s.step for s in at if s.state == "running"), "working on calls")
            done = sum(c.state not in ("queued", "running") for c in found.values())
            progress.update(bar, completed=done, description=step)


def _report(store: Store, taken: list[Call], refused: list[str], form: str) -> bool:
    from coachbot.pipeline import waits_for_index

    with store.read() as unit:
        found = unit.calls.many([c.id for c in taken])
        _show(unit, [found[c.id] for c in dict.fromkeys(taken) if c.id in found], form)
        waiting = [why for c in found.values() if (why := waits_for_index(unit, c.id))]
    for line in refused:
        typer.echo(f"coachbot: {line}", err=True)
    if waiting:
        typer.echo(f"The search index of {len(waiting)} follows by itself: {waiting[0]}", err=True)
    return bool(refused) or any(c.state == "failed" for c in found.values())


def _show(unit: Unit, found: Iterable[Call], form: str) -> None:
    rows = list(found)
    deals = unit.deals.many([c.deal_id for c in rows if c.deal_id])
    progress = unit.items.progress([c.id for c in rows])
    if form == "json":
        for c in rows:
            done, total = progress.get(c.id, (0, 0))
            told = c.model_dump(mode="json", exclude={"meta"}) | {"decided": done, "items": total}
            typer.echo(json.dumps(told, ensure_ascii=False))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("Call", "State", "Reviewed", "Deal", "Id"):
        table.add_column(name, no_wrap=name in ("State", "Id"), overflow="fold")
    for c in rows:
        done, total = progress.get(c.id, (0, 0))
        colour = COLOUR.get(c.state, "cyan")
        deal = deals.get(c.deal_id or "")
        why = f"\n[red]{_safe(c.error)}[/red]" if c.error else ""
        table.add_row(
            _safe(c.title) + why,
            f"[{colour}]{c.state}[/{colour}]",
            f"{done} of {total}" if total else "",
            _safe(deal.name) if deal else "[dim]none[/dim]",
            f"[dim]{c.id}[/dim]",
        )
    Console(highlight=False).print(
        table if rows else "No calls here yet. Take some in: coachbot ingest FOLDER"
    )


def _safe(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _watch(
    store: Store,
    runtime: Runtime,
    paths: list[Path],
    owner: str | None,
    deal_id: str | None,
    new_deals: bool,
) -> None:
    from watchfiles import Change, watch

    from coachbot.pipeline import take_in_path

    typer.echo("Watching for calls; Ctrl-C stops.", err=True)
    for changes in watch(*(p for p in paths if p.is_dir()), debounce=2_000, raise_interrupt=False):
        for path in _fresh(changes, Change.deleted):
            try:
                one = take_in_path(store, path, owner=owner, deal_id=deal_id, new_deals=new_deals)
            except InputError as error:
                typer.echo(f"coachbot: {error}", err=True)
                continue
            if one.new:
                runtime.submit(one.call)
                typer.echo(f"{path.name}: taken in", err=True)


def _fresh(changes: Iterable[tuple[object, str]], deleted: object) -> Iterator[Path]:
    for kind, name in sorted(changes, key=str):
        path = Path(name)
        hidden = path.name.startswith(".") or path.name.endswith((".meta.json", ".part", ".crdownload"))
        if kind != deleted and path.is_file() and not hidden:
            yield path


def find_call(store: Store, name: str) -> Call:
    """The call of that id, or the beginning of one, or its title. Raises UsageError."""
    with store.read() as unit:
        found = unit.calls.get(name)
        if found is not None:
            return found
        near = [c for c in _all_calls(unit) if c.id.startswith(name) or c.title == name] if name else []
    if len(near) != 1:
        said = "no call" if not near else f"{len(near)} calls"
        raise UsageError(f"{said} named {name!r}: `coachbot calls` lists them with their ids")
    return near[0]


def _all_calls(unit: Unit) -> Iterator[Call]:
    cursor = None
    while True:
        page = unit.calls.list(limit=500, cursor=cursor)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def _deal(store: Store, name: str) -> str:
    from coachbot.cli.deals import find

    with store.read() as unit:
        return find(unit, name).id


def _owner(store: Store, email: str) -> str:
    with store.read() as unit:
        user = unit.users.by_email(email)
    if user is None:
        raise UsageError(f"nobody has the address {email!r}: `coachbot users list` shows who is there")
    return user.id


def _check_form(form: str) -> None:
    if form not in ("table", "json"):
        raise UsageError(f"--format {form!r} is not known; choose table or json")
