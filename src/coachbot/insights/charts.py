"""Charts of the figures, as SVG from the server, each with its table and its CSV."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from textwrap import fill
from typing import Any

from coachbot.insights.chart_style import GRID, INK, MAIN, QUIET, SECOND, WARN, Theme, config, finished
from coachbot.insights.deal_facts import DealFacts
from coachbot.insights.metric_cases import open_deals, time_in_stage
from coachbot.insights.metrics import MetricReport
from coachbot.insights.objections import Movement, ObjectionReport
from coachbot.insights.results import Share
from coachbot.insights.survival import kaplan_meier
from coachbot.model.base import Frozen
from coachbot.model.playbook import Playbook

WIDTH, PANEL = 640, 190
PADDING = {"left": 16, "right": 28, "top": 8, "bottom": 8}
LINE = 26
"""Letters in a line of a panel's heading."""
TICKS = 3
"""Months that are named under a panel."""


class Chart(Frozen):
    """A picture, and the numbers in it. `name` is unique among the charts of a page."""

    name: str
    title: str
    description: str
    svg: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]

    def csv(self) -> str:
        """The numbers as CSV, with a header."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([[_safe(v) for v in row] for row in self.rows])
        return out.getvalue()

    def table(self) -> str:
        """The numbers as an HTML table."""
        head = "".join(f'<th scope="col">{html.escape(c)}</th>' for c in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(_shown(v))}</td>" for v in row) + "</tr>" for row in self.rows
        )
        caption = html.escape(self.title)
        return (
            f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )


def _safe(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" else value


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _chart(
    name: str, title: str, description: str, columns: Sequence[str], rows: Sequence[Sequence[Any]],
    draw: Callable[[Any, Any], Any], theme: Theme, data: Sequence[Mapping[str, Any]],
) -> Chart:  # fmt: skip
    if rows:
        import altair as alt
        import vl_convert

        spec = draw(alt, alt.InlineData(values=list(data))).properties(padding=PADDING).to_dict()
        spec["config"] = config()
        svg = vl_convert.vegalite_to_svg(spec)
    else:
        svg = (
            f'<svg width="320" height="40"><text x="0" y="24" fill="{QUIET}" font-size="14" '
            'font-family="sans-serif">Nothing to show yet</text></svg>'
        )
    drawn = finished(svg, name, title, description, theme)
    return Chart(
        name=name, title=title, description=description, svg=drawn,
        columns=tuple(columns), rows=tuple(tuple(r) for r in rows),
    )  # fmt: skip


def percent(share: Share) -> str:
    """A share with its interval, in words for a chart."""
    if share.value is None or share.low is None or share.high is None:
        return ""
    return f"{share.value:.0%} ({share.low:.0%} to {share.high:.0%})"


def headings(names: Sequence[str]) -> dict[str, str]:
    """Names in lines that fit over a panel, all with as many lines, so that panels stand level."""
    filled = {name: fill(name, LINE) for name in names}
    most = max((text.count("\n") for text in filled.values()), default=0)
    return {name: "\u00a0\n" * (most - text.count("\n")) + text for name, text in filled.items()}


def thinned(months: Iterable[str], most: int = TICKS) -> list[tuple[int, int]]:
    """Year and month of ticks from the first of the months to the last one, at equal distances.

    As many as can stand under a panel without touching, whichever months have a point: the names of the first
    and the last lie within the panel, so they need more room on their other side.
    """
    every = [int(m[:4]) * 12 + int(m[5:7]) - 1 for m in months]
    if not every:
        return []
    step = max(1, -(-(max(every) - min(every)) // (most - 1)))
    return [(n // 12, n % 12 + 1) for n in range(min(every), max(every) + 1, step)]


def _moving(movement: Movement, labels: Mapping[str, str]) -> str:
    name = labels.get(movement.category, movement.category)
    return f"{name} (changed)" if movement.changed else f"{name} (moving)" if movement.moving else name


def funnel(report: MetricReport, book: Playbook, *, theme: Theme = "page") -> Chart:
    """Deals by stage: how many were decided there, and how many of them moved on."""
    rows, data = [], []
    for stage in book.stages:
        found = [f for f in report.figures if f.metric == "conversion" and f.key == stage.id and not f.group]
        for f in found:
            share = Share.of(f.count, f.total)
            rows.append((stage.name, f.count, f.total, f.value, f.low, f.high))
            data.append({"stage": stage.name, "all": f.total, "on": f.count, "words": percent(share)})

    def draw(alt: Any, values: Any) -> Any:
        base = alt.Chart(values).encode(
            y=alt.Y(
                "stage:N",
                sort=[d["stage"] for d in data],
                title=None,
                axis=alt.Axis(ticks=False, domain=False),
            )
        )
        whole = base.mark_bar(color=SECOND, opacity=0.55, height=22).encode(
            x=alt.X(
                "all:Q",
                title="Deals decided in the stage; stronger: moved on",
                axis=alt.Axis(tickMinStep=1, tickCount=5),
            )
        )
        moved = base.mark_bar(color=MAIN, height=22).encode(x="on:Q")
        words = base.mark_text(align="left", dx=6, color=INK).encode(x="all:Q", text="words:N")
        return (whole + moved + words).properties(width=WIDTH - 140, height=34 * max(1, len(data)))

    return _chart(
        "funnel", "Conversion between stages",
        "For each stage, the deals that were decided there and those of them that moved on, with 95 % "
        "intervals.",
        ("Stage", "Moved on", "Decided", "Share", "Low", "High"), rows, draw, theme, data,
    )  # fmt: skip


def stage_times(facts: DealFacts, *, theme: Theme = "page") -> Chart:
    """For each stage, the share of visits that last longer than so many days (Kaplan-Meier)."""
    spans = list(time_in_stage(facts))
    heads = headings([s.name for s in facts.book.stages])
    rows, data = [], []
    for stage in facts.book.stages:
        mine = [s for s in spans if s.key == stage.id]
        if not any(s.ended for s in mine):
            continue
        curve = kaplan_meier([s.days for s in mine], [s.ended for s in mine])
        points = zip(curve.times, curve.lasting, curve.low, curve.high, strict=True)
        line = [(0.0, 1.0, 1.0, 1.0), *((float(t), float(s), float(a), float(b)) for t, s, a, b in points)]
        rows += [(stage.name, *point) for point in line]
        data += [
            {
                "stage": heads[stage.name],
                "day": t,
                "still": s,
                "low": a,
                "high": b,
                "healthy": stage.healthy_days,
            }
            for t, s, a, b in line
        ]
    names = list(dict.fromkeys(d["stage"] for d in data))

    def draw(alt: Any, values: Any) -> Any:
        days = alt.X("day:Q", title="days")
        share = alt.Axis(format="%", values=[0, 0.5, 1])
        band = (
            alt.Chart()
            .mark_area(color=MAIN, opacity=0.18, interpolate="step-after")
            .encode(
                x=days, y=alt.Y("low:Q", title=None, axis=share, scale=alt.Scale(domain=[0, 1])), y2="high:Q"
            )
        )
        line = alt.Chart().mark_line(color=MAIN, interpolate="step-after").encode(x=days, y="still:Q")
        healthy = (
            alt.Chart().mark_rule(color=WARN, strokeDash=[4, 3], strokeWidth=1.5).encode(x="mean(healthy):Q")
        )
        return (
            alt.layer(band, line, healthy, data=values)
            .properties(width=PANEL, height=110)
            .facet(facet=alt.Facet("stage:N", sort=names), columns=3, spacing=18)
            .resolve_scale(x="independent")
        )

    return _chart(
        "stage-times", "Time in stage",
        "For each stage, the share of visits that last longer than the days on the axis, with 95 % limits; "
        "deals still there are counted for as long as they have been. The dashed line marks the healthy "
        "days.",
        ("Stage", "Days", "Still there", "Low", "High"), rows, draw, theme, data,
    )  # fmt: skip


def heat_map(report: ObjectionReport, book: Playbook, *, theme: Theme = "page") -> Chart:
    """Share of calls in which each category was raised, by stage. Of a report by stage."""
    labels = {c.id: c.label for c in book.objections}
    names = {s.id: s.name for s in book.stages}
    seen = {(c.category, c.group): c for c in report.cells}
    stages = [s for s in names if any(g == s for _, g in seen)]
    rows, data = [], []
    for category in dict.fromkeys(c for c, _ in seen):
        for stage in stages:
            share = seen[category, stage].calls
            label = labels.get(category, category)
            rows.append((label, names[stage], share.count, share.total, share.value))
            words = f"{share.value:.0%}" if share.value else "·"
            data.append({"category": label, "stage": names[stage], "share": share.value, "words": words})

    def draw(alt: Any, values: Any) -> Any:
        base = alt.Chart(values).encode(
            x=alt.X("stage:N", sort=[names[s] for s in stages], title=None,
                    axis=alt.Axis(orient="top", labelAngle=-28, ticks=False, domain=False)),
            y=alt.Y("category:N", sort=list(dict.fromkeys(d["category"] for d in data)), title=None,
                    axis=alt.Axis(ticks=False, domain=False)),
        )  # fmt: skip
        top = max((d["share"] or 0.0) for d in data) or 1.0
        boxes = base.mark_rect(fill=MAIN, cornerRadius=3, stroke=GRID, strokeWidth=0.5).encode(
            fillOpacity=alt.FillOpacity(
                "share:Q", scale=alt.Scale(domain=[0, top], range=[0.03, 0.62]), legend=None
            )
        )
        return (boxes + base.mark_text(color=INK).encode(text="words:N")).properties(
            width=62 * max(1, len(stages)), height=26 * max(1, len(data) // max(1, len(stages)))
        )

    return _chart(
        "objection-stages", "Objections by stage",
        "Share of the calls held in each stage in which each kind of objection was raised; the stronger the "
        "colour, the more often.",
        ("Objection", "Stage", "Calls with it", "Calls", "Share"), rows, draw, theme, data,
    )  # fmt: skip


def trends(report: ObjectionReport, book: Playbook, *, theme: Theme = "page") -> Chart:
    """Share of calls in which each category was raised, month by month."""
    labels = {c.id: c.label for c in book.objections}
    heads = headings([_moving(m, labels) for m in report.movements])
    rows, data, changes = [], [], {}
    for moving in report.movements:
        name = heads[_moving(moving, labels)]
        if moving.changed and moving.changed_in:
            changes[name] = moving.changed_in
        for month, share in moving.months.items():
            rows.append(
                (labels.get(moving.category, moving.category), month, share.count, share.total, share.value)
            )
            if share.value is not None:
                changed = f"{changes[name]}-01T00:00" if name in changes else None
                data.append({"category": name, "month": f"{month}-01T00:00", "share": share.value,
                             "low": share.low, "high": share.high, "changed": changed})  # fmt: skip

    def draw(alt: Any, values: Any) -> Any:
        ticks = [alt.DateTime(year=y, month=m) for y, m in thinned(str(d["month"]) for d in data)]
        axis = alt.Axis(format="%b %y", values=ticks, labelOverlap="greedy", labelSeparation=10)
        month = alt.X("month:T", title=None, axis=axis)
        band = (
            alt.Chart()
            .mark_area(color=MAIN, opacity=0.18)
            .encode(
                x=month, y=alt.Y("low:Q", title=None, axis=alt.Axis(format="%", tickCount=3)), y2="high:Q"
            )
        )
        line = (
            alt.Chart().mark_line(color=MAIN, point={"size": 14, "color": MAIN}).encode(x=month, y="share:Q")
        )
        change = alt.Chart().mark_rule(color=WARN, strokeDash=[4, 3], strokeWidth=1.5).encode(x="changed:T")
        return (
            alt.layer(band, line, change, data=values)
            .properties(width=PANEL, height=90)
            .facet(
                facet=alt.Facet("category:N", sort=list(dict.fromkeys(d["category"] for d in data))),
                columns=3,
                spacing=18,
            )
        )

    return _chart(
        "objection-trends", "Objections month by month",
        "Share of calls in which each kind of objection was raised, by month, with 95 % intervals. A dashed "
        "line marks a month from which on the level is another one, where that is more than chance.",
        ("Objection", "Month", "Calls with it", "Calls", "Share"), rows, draw, theme, data,
    )  # fmt: skip


def coverage(facts: DealFacts, *, theme: Theme = "page") -> Chart:
    """Of the open deals, those with somebody known in each role of the decision."""
    known = [k for _, k in open_deals(facts)]
    rows, data = [], []
    for role in facts.book.influence_roles if known else ():
        share = Share.of(sum(bool(k.roles.get(role.id)) for k in known), len(known))
        rows.append((role.label, share.count, share.total, share.value, share.low, share.high))
        data.append({"role": role.label, "share": share.value, "low": share.low, "high": share.high,
                     "words": f"{share.count} of {share.total}"})  # fmt: skip

    def draw(alt: Any, values: Any) -> Any:
        y = alt.Y(
            "role:N", sort=[d["role"] for d in data], title=None, axis=alt.Axis(ticks=False, domain=False)
        )
        base = alt.Chart(values).encode(y=y)
        percent_axis = alt.Axis(format="%", tickCount=5)
        bars = base.mark_bar(color=SECOND, height=16).encode(
            x=alt.X("share:Q", title="open deals in which somebody is known", axis=percent_axis,
                    scale=alt.Scale(domain=[0, 1])))  # fmt: skip
        limits = base.mark_rule(color=MAIN, strokeWidth=2).encode(x="low:Q", x2="high:Q")
        words = base.mark_text(align="left", dx=6, color=INK).encode(x="high:Q", text="words:N")
        return (bars + limits + words).properties(width=WIDTH - 220, height=28 * max(1, len(data)))

    return _chart(
        "coverage", "Stakeholder coverage",
        "For each role in a decision, the share of open deals in which somebody of the buyer's side is "
        "accepted in that role, with 95 % intervals.",
        ("Role", "Deals", "Open deals", "Share", "Low", "High"), rows, draw, theme, data,
    )  # fmt: skip
