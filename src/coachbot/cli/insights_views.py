"""How figures look in the terminal, as CSV, JSON and pages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from coachbot.insights.category import Detail
from coachbot.insights.deal_facts import DealFacts
from coachbot.insights.deal_risks import DealRisk, RiskEvent
from coachbot.insights.findings import (
    NONE_FOUND,
    counted,
    metric_findings,
    objection_findings,
    percent,
    span,
)
from coachbot.insights.metric_words import METRICS
from coachbot.insights.metrics import Figure, MetricReport
from coachbot.insights.objections import ObjectionReport
from coachbot.insights.themes import Quoted
from coachbot.model.playbook import Playbook


def table_of(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], words: int = 1) -> Table:
    """A table whose first `words` columns are words and whose others are numbers."""
    made = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=None,
        padding=(0, 2, 0, 0),
        header_style="dim",
    )
    for n, name in enumerate(columns):
        made.add_column(name, justify="left" if n < words else "right", overflow="fold", no_wrap=n >= words)
    for row in rows:
        made.add_row(*(v if isinstance(v, Text) else Text("" if v is None else str(v)) for v in row))
    return made


def standing_out(found: Sequence[str]) -> list[Any]:
    """What is more than chance, as a list."""
    lines = [Text("What stands out", style="bold")]
    lines += [Text(f"  • {f}") for f in found] or [Text(f"  {NONE_FOUND}", style="dim")]
    return [Text(""), *lines]


def objection_tables(report: ObjectionReport, book: Playbook) -> list[Any]:
    """Counts, and what stands out."""
    labels = {c.id: c.label for c in book.objections}
    alone = report.by == "category"
    order = {g: n for n, g in enumerate(dict.fromkeys(c.group for c in report.cells))}
    rows = [
        [
            *([] if alone else [c.group]),
            labels.get(c.category, c.category),
            f"{c.objections:,}",
            f"{c.deals.count:,}/{c.deals.total:,}",
            f"{percent(c.deals.value)} ({span(c.deals.low, c.deals.high)})",
            percent(c.calls.value),
            percent(c.handled.value),
        ]
        for c in sorted(report.cells, key=lambda c: (order[c.group], -c.objections))
        if c.objections
    ]
    head = ["objection", "raised", "deals", "of deals", "of calls", "handled"]
    made = table_of(
        f"Objections by {report.by}", head if alone else [report.by, *head], rows, 1 if alone else 2
    )
    return [made, Text(counted(report), style="dim"), *standing_out(objection_findings(report, book))]


def objection_json(report: ObjectionReport, book: Playbook) -> str:
    """The report with its sentences."""
    data = report.model_dump(mode="json") | {"findings": objection_findings(report, book)}
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def objection_page(report: ObjectionReport, staged: ObjectionReport, book: Playbook) -> str:
    """The report as a page; the heat map is of the report by stage."""
    from coachbot.insights import charts
    from coachbot.insights.lifts import DEFINITIONS
    from coachbot.insights.page import page, table

    labels = {c.id: c.label for c in book.objections}
    stages = {s.id: s.name for s in book.stages}
    cells = [
        (c.group, labels.get(c.category, c.category), c.objections, f"{c.deals.count} of {c.deals.total}",
         percent(c.deals.value), span(c.deals.low, c.deals.high), f"{c.calls.count} of {c.calls.total}",
         percent(c.calls.value), percent(c.handled.value))
        for c in report.cells
    ]  # fmt: skip
    lifts = {
        what: [
            (labels.get(x.category, x.category), stages.get(str(x.stage), "all stages"),
             f"{x.gap.group.count} of {x.gap.group.total}", f"{x.gap.others.count} of {x.gap.others.total}",
             "" if x.gap.gap is None else f"{x.gap.gap * 100:+.0f} points", span(x.gap.low, x.gap.high),
             "too few" if x.gap.too_few else "found" if x.gap.found else "")
            for x in found
        ]
        for what, found in (("conversion", report.conversion), ("loss", report.loss))
    }  # fmt: skip
    counts = (report.by, "Objection", "Raised", "Deals", "", "95 %", "Calls", "", "Handled")
    head = ("Objection", "Stage", "With it", "Without", "Gap among like deals", "95 %", "")
    return page(
        "Objections",
        counted(report),
        objection_findings(report, book) or [NONE_FOUND],
        [charts.heat_map(staged, book), charts.trends(report, book)],
        [
            table(f"By {report.by}", counts, cells),
            table("What goes with leaving a stage", head, lifts["conversion"], DEFINITIONS["conversion"]),
            table("What goes with losing", head, lifts["loss"], DEFINITIONS["loss"]),
        ],
    )  # fmt: skip


def detail_json(found: Detail) -> str:
    """Themes and answers."""
    data = {"themes": found.themes.model_dump(mode="json"), "answers": found.answers.model_dump(mode="json")}
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def detail_table(found: Detail) -> list[Any]:
    """Themes and answers, each with words and where they were said."""
    themes, answers = found
    rows = [
        (Text(f"{t.label} (new)" if t.new else t.label, style="bold yellow" if t.new else "bold"),
         _place(t.example),
         t.objections.count, percent(t.objections.value), f"{t.deals.count} of {t.deals.total}")
        for t in themes.themes
    ]  # fmt: skip
    ways = [
        (Text(a.label, style="bold green" if a.progress.found or a.won.found else "bold"),
         _place(a.best[0].said) if a.best else "", a.answers, percent(a.progress.group.value),
         percent(a.progress.others.value),
         "too few" if a.progress.too_few else "found" if a.progress.found or a.won.found else "")
        for a in answers.approaches
    ]  # fmt: skip
    looked = f"{themes.looked_at:,} of {themes.total:,} objections looked at, the latest first"
    return [
        table_of("What people mean", ("theme", "for example", "raised", "%", "deals"), rows, 2),
        Text(f"{looked}; {themes.alone:,} are like no others", style="dim"),
        Text(""),
        table_of("What is answered, and what comes after",
                 ("way to answer", "best example", "given", "moved on", "other ways", ""), ways, 2),
        Text("Moved on: of the deals first answered so in a stage that have left it. That may have other "
             "causes.", style="dim"),
    ]  # fmt: skip


def _place(said: Quoted) -> str:
    where = f"{said.call_id}" + ("" if said.turn is None else f", turn {said.turn + 1}")
    if said.start_s is not None:
        where += f", {int(said.start_s) // 60}:{int(said.start_s) % 60:02d}"
    return f"“{said.text}” ({where})"


def _name(figure: Figure, book: Playbook) -> str:
    key = book.stage_by_id[figure.key].name if figure.key in book.stage_by_id else figure.key
    return "" if key is None else str(key)


def metric_tables(report: MetricReport, book: Playbook, definitions: bool) -> list[Any]:
    """A table for each metric, and what stands out."""
    parts: list[Any] = []
    for name, words in report.definitions.items():
        mine = [f for f in report.figures if f.metric == name]
        rows = [_row(f, book, report.by) for f in mine]
        kind, more = ("median", "quartiles") if mine[0].unit == "days" else ("share", "")
        columns = ("", *(("",) if report.by else ()), "count", kind, "95 %", more)
        parts.append(table_of(METRICS[name].label, columns, rows, 2 if report.by else 1))
        if definitions:
            parts.append(Text(words, style="dim"))
        parts.append(Text(""))
    return [*parts, *standing_out(metric_findings(report, book))[1:]]


def _row(f: Figure, book: Playbook, by: str | None) -> tuple[Any, ...]:
    name = _name(f, book) + (f": {f.sub}" if f.sub else "") or "all"
    group = (f.group or "",) if by else ()
    if f.unit == "share":
        return (name, *group, f"{f.count:,} of {f.total:,}", percent(f.value), span(f.low, f.high), "")
    value = "" if f.value is None else f"{f.value:.0f} d"
    quartiles = span(f.lower_quartile, f.upper_quartile, days=True)
    return (name, *group, f"{f.count:,} of {f.total:,}", value, span(f.low, f.high, days=True), quartiles)


def metric_page(report: MetricReport, facts: DealFacts) -> str:
    """The report as a page."""
    from coachbot.insights import charts
    from coachbot.insights.page import page, table

    book = facts.book
    head = ("", *((report.by,) if report.by else ()), "Count", "Value", "95 %", "Quartiles")
    tables = [
        table(
            METRICS[name].label,
            head,
            [_row(f, book, report.by) for f in report.figures if f.metric == name],
            words,
        )
        for name, words in report.definitions.items()
    ]
    pictures = [charts.funnel(report, book), charts.stage_times(facts), charts.coverage(facts)]
    intro = f"{len(facts.courses):,} deals, as of {report.today:%d %B %Y}"
    return page("Process metrics", intro, metric_findings(report, book) or [NONE_FOUND], pictures, tables)


def risk_tables(shown: Sequence[DealRisk], events: Sequence[RiskEvent], book: Playbook) -> list[Any]:
    """Risks by deal, and the history where one deal was asked for."""
    rows: list[tuple[Any, ...]] = []
    for n, r in enumerate(shown):
        if n == 0 or shown[n - 1].deal_id != r.deal_id:
            rows.append((Text(r.deal, style="bold"), Text(book.stage_by_id[r.stage].name, style="dim"), ""))
        message = r.message + (f" (dismissed: {r.dismissed_why})" if r.dismissed else "")
        rows.append((Text(f"  {r.label}", style="dim" if r.dismissed else "yellow"), message, r.since))
    made = table_of("Deal risks", ("deal", "", "since"), rows, 2)
    made.columns[0].overflow, made.columns[0].max_width = "fold", 30
    parts: list[Any] = [made]
    parts.append(Text(f"{len(shown):,} in {len({r.deal_id for r in shown}):,} open deals", style="dim"))
    if events:
        lines = [(f"{e.at:%Y-%m-%d}", e.what, e.risk, e.why or "") for e in events]
        parts += [Text(""), table_of("History", ("", "", "risk", "why"), lines, 4)]
    return parts


def risks_json(shown: Sequence[DealRisk], events: Sequence[RiskEvent]) -> str:
    """Risks and history."""
    data = {
        "risks": [r.model_dump(mode="json") for r in shown],
        "history": [e.model_dump(mode="json") for e in events],
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"
