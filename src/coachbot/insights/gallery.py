"""The charts by name: what to draw each from, and drawing it from a workspace."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from coachbot.insights import charts
from coachbot.insights.chart_style import Theme
from coachbot.insights.charts import Chart
from coachbot.insights.deal_facts import from_store
from coachbot.insights.ledger import from_store as ledger_from_store
from coachbot.insights.metrics import metric_report
from coachbot.insights.objections import objection_report
from coachbot.model.playbook import Playbook
from coachbot.store.records import Viewer

ChartName = Literal["funnel", "stage-times", "coverage", "objection-stages", "objection-trends"]


def draw(
    unit: Any, book: Playbook, name: ChartName, *, today: date, viewer: Viewer | None = None,
    theme: Theme = "page", since: date | None = None, until: date | None = None, drafts: bool = False,
) -> Chart:  # fmt: skip
    """The chart of a workspace, as that viewer may see it. `drafts` is for those of objections."""
    if name.startswith("objection"):
        ledger = ledger_from_store(unit, book, today=today, viewer=viewer)
        report = objection_report(ledger, by="stage", since=since, until=until, drafts=drafts)
        picture = charts.heat_map if name == "objection-stages" else charts.trends
        return picture(report, book, theme=theme)
    facts = from_store(unit, book, today=today, viewer=viewer)
    if name == "funnel":
        only = metric_report(facts, only=("conversion",), since=since, until=until)
        return charts.funnel(only, book, theme=theme)
    return (charts.stage_times if name == "stage-times" else charts.coverage)(facts, theme=theme)
