"""`coachbot evals retrieval`: is the search over a playbook good?"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from coachbot.cli.playbook_search import indexing
from coachbot.errors import UsageError

if TYPE_CHECKING:
    from coachbot.evals.retrieval import Measured
    from coachbot.evals.stats import Decision

HALVES = ("all", "odd", "even")
NAMES = {"fused": "fused", "vector": "vectors alone", "words": "words alone (BM25)"}


def retrieval(
    suite: Annotated[str, typer.Argument(help="A suite's name under retrieval/, or its path.")] = "b2b-saas",
    playbook: Annotated[str | None, typer.Option(help="Instead of the suite's playbook.")] = None,
    half: Annotated[str, typer.Option(help="all, or the odd or even questions.")] = "all",
    form: Annotated[str, typer.Option("--format", help="terminal or json.")] = "terminal",
    worst: Annotated[int, typer.Option(min=0, help="Also list so many questions that do worst.")] = 0,
    root: Annotated[Path, typer.Option("--evals", help="The folder that holds retrieval/.")] = Path("evals"),
) -> None:
    """Measure the search on graded questions: vectors, words, and both fused."""
    from coachbot.evals import retrieval as rooms
    from coachbot.retrieval import PlaybookIndex

    if form not in ("terminal", "json"):
        raise UsageError(f"--format {form!r} is not known; choose terminal or json")
    if half not in HALVES:
        raise UsageError(f"--half {half!r} is not known; choose one of {', '.join(HALVES)}")
    plan = rooms.read_retrieval_suite(root, suite)
    with indexing(quiet=form == "json") as progress:
        index = PlaybookIndex.open(playbook or plan.playbook, progress=progress)
    rooms.check_pages(plan, index)
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    with bar:
        task = bar.add_task("Searching", total=len(plan.queries) if half == "all" else len(plan.queries) // 2)
        found = rooms.measure(plan, index, half=half, on_query=lambda: bar.advance(task))  # type: ignore[arg-type]
    if form == "json":
        sys.stdout.write(json.dumps(rooms.as_json(plan, half, found), ensure_ascii=False, indent=1) + "\n")  # type: ignore[arg-type]
        return
    show(plan.playbook, half, found, index.notes)
    if worst:
        show_worst(found[0], worst)


def show(playbook: str, half: str, found: list[Measured], notes: tuple[str, ...]) -> None:
    """The figures of every way of searching."""
    console = Console(highlight=False)
    console = console if console.is_terminal else Console(highlight=False, width=max(console.width, 120))
    asked = f"{len(found[0].scores)} questions" + (f" (the {half} ones)" if half != "all" else "")
    table = Table(title=f"{playbook}: {asked}, 95 % intervals", title_justify="left")
    table.add_column("way")
    for line in found[0].lines:
        table.add_column(line.metric, justify="right")
    table.add_column("fused is better by (nDCG)", justify="right")
    for way in found:
        cells = [f"{x.mean:.3f}  {x.interval.low:.2f}–{x.interval.high:.2f}" for x in way.lines]
        by = way.against
        gain = "" if by is None else _gain(by)
        table.add_row(NAMES.get(way.how, way.how), *cells, gain)
    console.print(table)
    for note in notes:
        console.print(note, style="yellow", markup=False)


def _gain(by: Decision) -> str:
    p = "p < 0.001" if by.p < 0.001 else f"p {by.p:.3f}"
    return f"{by.mean:+.3f}  {by.interval.low:+.2f} to {by.interval.high:+.2f}, {p}"


def show_worst(way: Measured, most: int) -> None:
    """The questions with the lowest nDCG, and what was found for them."""
    for score in sorted(way.scores, key=lambda s: s.values[0])[:most]:
        typer.echo(f"{score.values[0]:.2f}  {score.ask}")
        typer.echo(f"      wanted {score.cluster}; found {', '.join(score.found[:5])}")
