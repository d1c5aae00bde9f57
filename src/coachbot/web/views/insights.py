"""Figures as rows of tables: words, denominators, intervals, and where each number leads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from fastapi import Request
from markupsafe import Markup

from coachbot.insights.charts import Chart
from coachbot.insights.deal_risks import DealRisk
from coachbot.insights.findings import percent, span
from coachbot.insights.lifts import Lift
from coachbot.insights.metric_words import METRICS
from coachbot.insights.metrics import Figure, MetricReport
from coachbot.insights.objections import ObjectionReport
from coachbot.insights.results import Share
from coachbot.insights.selection import NOBODY
from coachbot.model.playbook import Playbook
from coachbot.web.views.asked import Asked
from coachbot.web.views.bounded import Bounded, bounded
from coachbot.web.views.pictures import inline

FOLD = 16
"""Figures of a metric from which on its table is folded."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart on a page, with its numbers."""

    name: str
    title: str
    about: str
    svg: Markup
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    csv: str


@dataclass(frozen=True, slots=True)
class Number:
    """A share or a median as it is shown. `low` to `high` are percent of the axis; None: no interval."""

    words: str
    of: str
    interval: str
    href: str
    at: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class CellRow:
    """A category in a group."""

    group: str
    name: str
    href: str
    raised: int
    drafts: int
    deals: Number
    calls: Number
    handled: str
    found: bool


@dataclass(frozen=True, slots=True)
class LiftRow:
    """What goes with a category."""

    name: str
    stage: str
    href: str
    group: str
    others: str
    gap: str
    interval: str
    verdict: str
    tone: str


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A figure of a metric."""

    name: str
    group: str
    number: Number
    note: str
    found: str


@dataclass(frozen=True, slots=True)
class MetricView:
    """A metric with its figures."""

    id: str
    label: str
    definition: str
    days: bool
    fold: bool
    figures: Bounded[FigureRow]


@dataclass(frozen=True, slots=True)
class RiskDeal:
    """A deal with its risks."""

    id: str
    name: str
    stage: str
    owner: str
    risks: tuple[DealRisk, ...]
    open: int


def picture(chart: Chart, csv: str) -> Picture:
    """A chart with its table; `csv` is where its numbers can be had."""
    rows = tuple(tuple(_cell(c, v) for c, v in zip(chart.columns, row, strict=True)) for row in chart.rows)
    return Picture(chart.name, chart.title, chart.description, inline(chart.svg), chart.columns, rows, csv)


def _cell(column: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:g}" if column == "Days" else f"{value:.1%}"
    return str(value)


def group_names(book: Playbook, users: Mapping[str, str]) -> dict[str, str]:
    """What groups and keys are called: stages, reps, reasons and hand-offs by their names."""
    reasons = {r.id: r.text for r in book.disqualification_reasons}
    objections = {c.id: c.label for c in book.objections}
    handoffs = {h.id: f"{h.giver} to {h.receiver}" for h in book.handoff_rules}
    stages = {s.id: s.name for s in book.stages}
    return {**reasons, **objections, **handoffs, **users, **stages, NOBODY: "not known"}


def cell_rows(
    report: ObjectionReport, book: Playbook, asked: Asked, names: Mapping[str, str]
) -> tuple[CellRow, ...]:
    """Each category that was raised, in each group; the most often raised first."""
    labels = {c.id: c.label for c in book.objections}
    order = {g: n for n, g in enumerate(dict.fromkeys(c.group for c in report.cells))}
    rows = []
    for c in sorted(report.cells, key=lambda c: (order[c.group], -c.objections, c.category)):
        if not c.objections:
            continue
        group = None if report.by == "category" else c.group
        query = asked.query(by=report.by, category=c.category, group=group)
        behind = f"/insights/objections/behind?{query}"
        rows.append(
            CellRow(
                group="" if group is None else names.get(group, group),
                name=labels.get(c.category, c.category),
                href=f"/insights/objections/{c.category}?{asked.query(by=None)}".rstrip("?"),
                raised=c.objections,
                drafts=c.drafts,
                deals=_share(c.deals, behind),
                calls=_share(c.calls, behind),
                handled=percent(c.handled.value),
                found=c.against_others is not None and c.against_others.found,
            )
        )
    return tuple(rows)


def _share(share: Share, href: str) -> Number:
    axis = [None if v is None else round(v * 100, 1) for v in (share.value, share.low, share.high)]
    return Number(
        percent(share.value), f"{share.count:,} of {share.total:,}", span(share.low, share.high), href, *axis
    )


def lift_rows(lifts: Iterable[Lift], book: Playbook, asked: Asked) -> tuple[LiftRow, ...]:
    """Found ones first, then by size; where too few deals were seen, nothing is concluded."""
    labels = {c.id: c.label for c in book.objections}
    stages = {s.id: s.name for s in book.stages}
    rows = []
    for x in sorted(lifts, key=lambda x: (not x.gap.found, x.gap.too_few, -abs(x.gap.gap or 0.0))):
        more = {"by": "stage", "group": x.stage} if x.stage else {"by": None}
        gap = "" if x.gap.gap is None else f"{x.gap.gap * 100:+.0f} points"
        verdict = "too few" if x.gap.too_few else "found" if x.gap.found else "may be chance"
        rows.append(
            LiftRow(
                labels.get(x.category, x.category), stages.get(x.stage or "", ""),
                f"/insights/objections/behind?{asked.query(category=x.category, **more)}",
                f"{x.gap.group.count:,} of {x.gap.group.total:,}",
                f"{x.gap.others.count:,} of {x.gap.others.total:,}",
                gap, _points(x.gap.low, x.gap.high), verdict, "warn" if x.gap.found else "",
            )
        )  # fmt: skip
    return tuple(rows)


def _points(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low * 100:+.0f} to {high * 100:+.0f}"


def metric_views(
    request: Request, report: MetricReport, asked: Asked, names: Mapping[str, str]
) -> tuple[MetricView, ...]:
    """Every metric with its figures."""
    views = []
    for metric, definition in report.definitions.items():
        mine = [f for f in report.figures if f.metric == metric]
        if METRICS[metric].id == "loss_reasons":
            mine = _reasons(mine)
        longest = max((f.high or f.value or 0.0 for f in mine if f.unit == "days"), default=0.0) or 1.0
        rows = tuple(_row(f, asked, names, longest) for f in mine)
        views.append(
            MetricView(
                metric, METRICS[metric].label, definition, mine[0].unit == "days", len(rows) > FOLD,
                bounded(request, metric, rows),
            )
        )  # fmt: skip
    return tuple(views)


def _reasons(figures: list[Figure]) -> list[Figure]:
    """Reasons that were ever given, in each stage those given most first."""
    order = {k: n for n, k in enumerate(dict.fromkeys((f.key, f.group) for f in figures))}
    given = [f for f in figures if f.count]
    return sorted(given, key=lambda f: (order[f.key, f.group], -f.count, f.sub or "")) or figures[:1]


def _row(f: Figure, asked: Asked, names: Mapping[str, str], longest: float) -> FigureRow:
    parts = [names.get(k, k) for k in (f.key, f.sub) if k]
    name = ": ".join(parts) or "All"
    query = asked.query(key=f.key, sub=f.sub, group=f.group)
    href = f"/insights/metrics/{f.metric}/behind?{query}" if f.total else ""
    if f.unit == "share":
        number = _share(Share(count=f.count, total=f.total, value=f.value, low=f.low, high=f.high), href)
        note = ""
    else:
        axis = [None if v is None else min(100.0, v / longest * 100) for v in (f.value, f.low)]
        high = min(100.0, (f.high if f.high is not None else longest) / longest * 100)
        words = "" if f.value is None else f"{f.value:.0f} days"
        number = Number(
            words, f"{f.count:,} of {f.total:,}", span(f.low, f.high, days=True), href,
            axis[0], axis[1], None if axis[1] is None else high,
        )  # fmt: skip
        note = f"up to {f.healthy_days} are healthy" if f.healthy_days is not None else ""
    gap = f.against_others
    found = "slow" if f.found else "differs" if gap is not None and gap.found else ""
    return FigureRow(name, names.get(f.group or "", f.group or ""), number, note, found)


def risk_deals(
    risks: Sequence[DealRisk], book: Playbook, users: Mapping[str, str], dismissed: bool
) -> tuple[RiskDeal, ...]:
    """Deals with risks, those with most first; dismissed ones only where asked for."""
    by_deal: dict[str, list[DealRisk]] = {}
    for risk in risks:
        if dismissed or not risk.dismissed:
            by_deal.setdefault(risk.deal_id, []).append(risk)
    rows = [
        RiskDeal(
            id=deal, name=found[0].deal, stage=book.stage_by_id[found[0].stage].name,
            owner=users.get(found[0].owner or "", ""), risks=tuple(found),
            open=sum(not r.dismissed for r in found),
        )
        for deal, found in by_deal.items()
    ]  # fmt: skip
    return tuple(sorted(rows, key=lambda r: (-r.open, r.name)))


def risk_counts(risks: Iterable[DealRisk], book: Playbook) -> tuple[tuple[str, str, int], ...]:
    """Id, label and in how many deals, for each kind of risk, in the playbook's order."""
    counts: dict[str, int] = {}
    for risk in risks:
        if not risk.dismissed:
            counts[risk.risk] = counts.get(risk.risk, 0) + 1
    rules = {r.id: r.label for r in (*book.risks, *book.portfolio_risks)}
    return tuple((i, label, counts[i]) for i, label in rules.items() if i in counts)


def days_ago(since: date | None, now: date) -> str:
    """`noted 3 days ago`; blank where not known."""
    if since is None:
        return ""
    passed = (now - since).days
    return "noted today" if passed <= 0 else f"noted {passed} {'day' if passed == 1 else 'days'} ago"
