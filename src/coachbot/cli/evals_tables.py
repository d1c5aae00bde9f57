"""Tables of `coachbot evals` for the terminal."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table

from coachbot.evals.compare import Comparison, Verdict
from coachbot.evals.records import Run
from coachbot.evals.report import change, number
from coachbot.evals.summary import summarize

COLOUR = {
    Verdict.BETTER: "green",
    Verdict.WORSE: "red",
    Verdict.EQUIVALENT: "cyan",
    Verdict.UNDECIDED: "yellow",
}


def _console() -> Console:
    """Wide enough for a whole row where the output is no terminal, such as a CI log."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=max(console.width, 140))


def show_run(done: Run) -> None:
    """Every metric of a run."""
    summary = summarize(done)
    table = Table(title=f"{done.info.name}: {len(done.info.cases)} calls", title_justify="left")
    for name in ("metric", "all calls", "95 % interval", "mean of calls"):
        table.add_column(name, justify="left" if name == "metric" else "right")
    for m in summary.metrics:
        if m.micro is not None:
            ends = (
                f"{number(m.interval.low, m.metric)} to {number(m.interval.high, m.metric)}"
                if m.interval
                else ""
            )
            table.add_row(m.metric.id, number(m.micro, m.metric), ends, number(m.macro, m.metric))
    _console().print(table)
    cost, back = summary.cost, summary.reversions
    typer.echo(f"going back: {back.found} of {back.there} found, {back.false} false")
    typer.echo(f"{cost.calls} recaps, {cost.failed} failed, {cost.seconds:.1f} s; {done.folder}")


def show_comparison(found: Comparison) -> None:
    """What decides, line by line."""
    table = Table(title=f"{found.b} against {found.a}", title_justify="left")
    for name in ("metric", "before", "now", "difference", "interval", "p", "verdict", "detectable"):
        table.add_column(name, justify="left" if name in ("metric", "verdict") else "right")
    for n, line in enumerate(found.lines):
        what = line.metric
        ends = (
            f"{change(line.interval.low, what)} to {change(line.interval.high, what)}"
            if line.interval
            else ""
        )
        table.add_row(
            f"{what.id}{' (primary)' if n == 0 else ''}",
            number(line.a, what),
            number(line.b, what),
            change(line.difference, what),
            ends,
            "–" if line.p is None else f"{line.p:.3f}",
            f"[{COLOUR[line.verdict]}]{line.verdict.value}[/]",
            number(line.detectable, what),
        )
    console = _console()
    console.print(table)
    for note in found.notes:
        console.print(note, markup=False)
