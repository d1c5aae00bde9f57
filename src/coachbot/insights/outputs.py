"""Figures as CSV, and the calls and deals behind them: for the command line, the API and the pages."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from coachbot.errors import UsageError
from coachbot.insights.deal_facts import DealFacts
from coachbot.insights.deal_risks import DealRisk
from coachbot.insights.metric_words import METRICS
from coachbot.insights.metrics import Figure, MetricReport
from coachbot.insights.objections import ObjectionReport

RISK_COLUMNS = ("deal_id", "deal", "owner", "stage", "risk", "message", "since", "dismissed", "dismissed_why")


def csv_of(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Rows as CSV with a header; no cell is a formula to a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([f"'{v}" if isinstance(v, str) and v[:1] in "=+-@\t\r" else v for v in row])
    return out.getvalue()


def objection_csv(report: ObjectionReport) -> str:
    """A line for each cell."""
    columns = (
        report.by, "category", "objections", "drafts", "calls_with", "calls", "calls_share", "calls_low",
        "calls_high", "deals_with", "deals", "deals_share", "deals_low", "deals_high", "handled",
        "handled_partly", "handled_no",
    )  # fmt: skip
    rows = [
        (c.group, c.category, c.objections, c.drafts, c.calls.count, c.calls.total, c.calls.value,
         c.calls.low, c.calls.high, c.deals.count, c.deals.total, c.deals.value, c.deals.low, c.deals.high,
         c.handled.count, c.handled_partly, c.handled_no)
        for c in report.cells
    ]  # fmt: skip
    return csv_of(columns, rows)


def metric_csv(report: MetricReport) -> str:
    """A line for each figure."""
    columns = ("metric", "key", "sub", "group", "unit", "count", "total", "value", "low", "high",
               "lower_quartile", "upper_quartile")  # fmt: skip
    return csv_of(columns, [[getattr(f, c) for c in columns] for f in report.figures])


def risk_csv(risks: Sequence[DealRisk]) -> str:
    """A line for each risk of a deal."""
    return csv_of(RISK_COLUMNS, [[getattr(r, c) for c in RISK_COLUMNS] for r in risks])


def call_rows(unit: Any, ids: Sequence[str]) -> list[tuple[Any, ...]]:
    """Id, title, day, deal and stage of calls, in the order given."""
    found = unit.calls.many(ids)
    return [
        (c.id, c.title, c.date.date() if c.date else None, c.deal_id, c.stage)
        for c in (found[i] for i in ids if i in found)
    ]


def deals_behind(facts: DealFacts, report: MetricReport, asked: str) -> list[tuple[str, str, str]]:
    """Deals of a figure, METRIC:KEY@GROUP, and whether each is in the numerator. Raises UsageError."""
    name, _, group = asked.partition("@")
    metric, _, key = name.partition(":")
    found = [
        f
        for f in report.figures
        if f.metric == metric and (f.key or "") == key and (f.group or "") == group and f.sub in (None, "")
    ] or [f for f in report.figures if f.metric == metric and f"{f.key}:{f.sub}" == key]
    if not found:
        known = sorted(
            {f.metric + (f":{f.key}" if f.key else "") for f in report.figures if f.metric == metric}
        )
        raise UsageError(f"there is no figure {asked!r}; there are: {', '.join(known or METRICS)}")
    return [(i, name, "yes" if hit else "no") for i, name, hit in behind_figure(facts, found[0])]


def behind_figure(facts: DealFacts, figure: Figure) -> list[tuple[str, str, bool]]:
    """Id and name of each deal of a figure's denominator, and whether it is in the numerator."""
    hits = set(figure.hits)
    names = {c.deal.id: c.deal.name for c in facts.courses}
    return [(i, names[i], i in hits) for i in dict.fromkeys(figure.of)]


def figure_of(
    report: MetricReport, metric: str, key: str | None, sub: str | None, group: str | None
) -> Figure:
    """That figure of a report. Raises UsageError where there is none."""
    for f in report.figures:
        if (f.metric, f.key, f.sub, f.group) == (metric, key, sub, group):
            return f
    keys = sorted({f.key for f in report.figures if f.metric == metric and f.key})
    raise UsageError(f"{metric} has no figure like that; its keys are: {', '.join(keys) or 'none'}")
