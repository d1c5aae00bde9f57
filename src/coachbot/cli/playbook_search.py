"""`coachbot playbook search`: passages of the playbook that answer a question."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from coachbot.errors import UsageError

if TYPE_CHECKING:
    from coachbot.retrieval import Hit, PlaybookIndex

HOWS = ("fused", "vector", "words")
Several = list[str] | None
READING = "Reading the playbook, once until it changes"
FEW = 500
"""Pieces of text that are read before anybody wonders."""


def search(
    text: Annotated[str, typer.Argument(help="What you want to know, in your words.", show_default=False)],
    playbook: Annotated[
        str | None, typer.Option(help="A playbook's id, or the path of one, or of any folder of Markdown.")
    ] = None,
    stage: Annotated[Several, typer.Option(help="Only for this stage (its id); may be repeated.")] = None,
    field: Annotated[Several, typer.Option(help="Only passages that help with this field.")] = None,
    objection: Annotated[Several, typer.Option(help="Only passages that answer this objection.")] = None,
    criterion: Annotated[Several, typer.Option(help="Only passages that help with this criterion.")] = None,
    k: Annotated[int, typer.Option("--k", "-k", min=1, max=200, help="At most so many passages.")] = 5,
    how: Annotated[str, typer.Option(help="fused, or one list alone: vector or words.")] = "fused",
    form: Annotated[str, typer.Option("--format", help="terminal or json.")] = "terminal",
) -> None:
    """Find passages of the playbook: by meaning and by words, with file, line and version."""
    from coachbot.retrieval import PlaybookIndex

    if form not in ("terminal", "json"):
        raise UsageError(f"--format {form!r} is not known; choose terminal or json")
    with indexing(quiet=form == "json") as progress:
        index = PlaybookIndex.open(playbook, progress=progress)
    check_ids(index, stage=stage, field=field, objection=objection, criterion=criterion)
    hits = index.search(
        text,
        k=k,
        stage=stage,
        field=field,
        objection=objection,
        criterion=criterion,
        how=how,  # type: ignore[arg-type]
    )
    if form == "json":
        found = [as_json(n, hit, index) for n, hit in enumerate(hits, start=1)]
        result = {"query": text, "playbook": index.folder.name, "notes": list(index.notes), "hits": found}
        sys.stdout.write(json.dumps(result, ensure_ascii=False, indent=1) + "\n")
        return
    show(text, hits, index)


@contextmanager
def indexing(*, quiet: bool = False) -> Iterator[Any]:
    """What to call with (done, total) while an index is built; shown on stderr, never where `quiet`.

    A terminal gets a bar that goes away again; elsewhere it is one line, if there is something to wait for.
    """
    console = Console(stderr=True, highlight=False)
    if quiet:
        yield None
    elif console.is_terminal:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(),
                   TimeRemainingColumn())  # fmt: skip
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("Opening the index", total=None)
            yield lambda done, total: bar.update(task, description=READING, completed=done, total=total)
    else:

        def once(done: int, total: int) -> None:
            if done == 0 and total > FEW:
                console.print(f"{READING}: {total:,} pieces of text", soft_wrap=True)

        yield once


def check_ids(index: PlaybookIndex, **given: Several) -> None:
    """UsageError for an id that nothing in the playbook carries."""
    from coachbot.playbook.problems import did_you_mean

    for name, values in given.items():
        if not values:
            continue
        known = index.tags(name)
        for value in values:
            if value not in known:
                hint = did_you_mean(value, sorted(known)) if known else "Its pages carry no such ids."
                raise UsageError(f"--{name} {value!r}: nothing in {index.folder.name} has that id. {hint}")


def as_json(place: int, hit: Hit, index: PlaybookIndex) -> dict[str, Any]:
    """A hit for machines."""
    p = hit.passage
    return {
        "rank": place,
        "score": round(hit.score, 6),
        "ranks": dict(hit.ranks),
        "id": p.id,
        "title": p.title,
        "heading": p.heading,
        "text": p.text,
        "kind": p.extra.get("kind"),
        "path": p.path,
        "file": str(index.folder / p.path),
        "line": p.start_line,
        "end_line": p.extra.get("end_line", p.start_line),
        "playbook": p.playbook,
        "version": p.version,
        **{name: list(values) for name, values in p.tags().items()},
    }


def show(text: str, hits: list[Hit], index: PlaybookIndex) -> None:
    """Hits for people."""
    console = Console(highlight=False)
    for note in index.notes:
        Console(stderr=True, highlight=False).print(Text(note, style="yellow"))
    if not hits:
        console.print("Nothing in this playbook fits. Try other words, or fewer filters.")
        return
    for n, hit in enumerate(hits, start=1):
        p = hit.passage
        head = Text(f"{n:>2}  ", style="dim").append(p.title, style="bold")
        if p.heading:
            head.append(" › ", style="dim").append(p.heading)
        console.print(head)
        console.print(Padding(marked(p.text, text), (0, 0, 0, 4), expand=False))
        version = f" {p.version}" if p.version else ""
        where = Text(f"{_shown(index.folder / p.path)}:{p.start_line}", style="cyan")
        where.append(f"   {p.playbook}{version}", style="dim").append(f"   {_found_by(hit)}", style="dim")
        console.print(Text("    ").append(where), soft_wrap=True)
        console.print()


def marked(text: str, query: str) -> Text:
    """The passage with the query's words in bold."""
    from coachbot.retrieval.script import matched

    shown = Text(text)
    for start, end in matched(text, query):
        shown.stylize("bold yellow", start, end)
    return shown


def _found_by(hit: Hit) -> str:
    names = {"vector": "by meaning", "words": "by words"}
    places = [f"{names[name]} no. {rank}" for name, rank in hit.ranks.items() if rank is not None]
    return ", ".join(places)


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
