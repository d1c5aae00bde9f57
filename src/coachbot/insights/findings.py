"""What is more than chance, in sentences; and what was counted, in one line."""

from __future__ import annotations

from coachbot.insights.metric_words import METRICS
from coachbot.insights.metrics import Figure, MetricReport
from coachbot.insights.objections import ObjectionReport
from coachbot.insights.results import Gap
from coachbot.model.playbook import Playbook
from coachbot.render.words import many

NONE_FOUND = "Nothing stands out from chance."


def percent(value: float | None) -> str:
    """A share in whole percent; blank where it is not known."""
    return "" if value is None else f"{value:.0%}"


def span(low: float | None, high: float | None, *, days: bool = False) -> str:
    """An interval; a missing upper end is not reached yet."""
    if low is None and high is None:
        return ""
    if days:
        return f"{low or 0:.0f} to {'?' if high is None else f'{high:.0f}'}"
    return f"{percent(low)} to {percent(high)}"


def objection_findings(report: ObjectionReport, book: Playbook) -> list[str]:
    """Sentences on lifts, groups and movements that are found, the surest first within each kind."""
    labels = {c.id: c.label for c in book.objections}
    stages = {s.id: s.name for s in book.stages}
    said = []
    for lift in sorted((x for x in report.loss if x.gap.found), key=lambda x: x.gap.q or 0):
        said.append(
            f"{labels.get(lift.category, lift.category)}: deals in which it was raised are lost "
            f"{_points(lift.gap)} in a stage than like deals without it."
        )
    for lift in sorted((x for x in report.conversion if x.gap.found), key=lambda x: x.gap.q or 0):
        said.append(
            f"{labels.get(lift.category, lift.category)} in {stages.get(str(lift.stage), lift.stage)}: deals "
            f"move on {_points(lift.gap)} than like deals without it "
            f"({percent(lift.gap.group.value)} against {percent(lift.gap.others.value)} as they stand)."
        )
    for cell in report.cells:
        if cell.against_others is not None and cell.against_others.found:
            name = labels.get(cell.category, cell.category)
            said.append(
                f"{name} is raised {_points(cell.against_others)} in deals of {report.by} {cell.group} than "
                "in like deals of the others."
            )
    for m in report.movements:
        name = labels.get(m.category, m.category)
        if m.changed and m.before and m.after:
            said.append(
                f"{name}: from {m.changed_in} on it is raised in {percent(m.after.value)} of calls, before "
                f"in {percent(m.before.value)}."
            )
        elif m.moving and m.slope is not None:
            said.append(
                f"{name}: raised in {abs(m.slope) * 100:.1f} points {_way(m.slope)} of calls each month."
            )
    return said


def metric_findings(report: MetricReport, book: Playbook) -> list[str]:
    """Sentences on slow stages, and on groups that differ from the others."""
    stages = {s.id: s.name for s in book.stages}
    said = []
    for f in report.figures:
        where = f" in {f.group}" if f.group else ""
        if f.found:
            said.append(
                f"{stages.get(str(f.key), f.key)} is slow{where}: half of the visits last longer than "
                f"{_days(f)} days ({span(f.low, f.high, days=True)}); {f.healthy_days} are healthy."
            )
        gap = f.against_others
        if gap is not None and gap.found:
            key = f", {stages.get(str(f.key), f.key)}" if f.key else ""
            said.append(
                f"{METRICS[f.metric].label}{key}: {percent(f.value)} for {f.group}, "
                f"{percent(gap.others.value)} for the others."
            )
    return said


def _days(figure: Figure) -> str:
    return "?" if figure.value is None else f"{figure.value:.0f}"


def _points(gap: Gap) -> str:
    """`12 points more often (4 to 20)`."""
    value = gap.gap or 0.0
    ends = sorted(abs(x) * 100 for x in (gap.low, gap.high) if x is not None)
    return f"{abs(value) * 100:.0f} points {_way(value)} often ({' to '.join(f'{x:.0f}' for x in ends)})"


def _way(value: float) -> str:
    return "more" if value > 0 else "less"


def counted(report: ObjectionReport) -> str:
    """What the report rests on, in one line: how many of what, and whether drafts are among them."""
    t = report.totals
    drafts = f", {t.drafts:,} of them in drafts that nobody reviewed yet," if report.drafts else ""
    only = "" if report.drafts else ": those that were accepted, without drafts"
    objections, calls, deals = many(t.objections, "objection"), many(t.calls, "call"), many(t.deals, "deal")
    return f"{objections}{drafts} in {calls} of {deals}{only}"
