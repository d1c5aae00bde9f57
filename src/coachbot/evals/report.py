"""A run as a page for people, as JUnit XML for CI, and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from coachbot.evals import charts
from coachbot.evals.cases import Case
from coachbot.evals.compare import Comparison, Line, Verdict, compare, measured
from coachbot.evals.flips import CallReview, Flip, Trapped, flips, traps, weakest
from coachbot.evals.metrics import Metric, metric
from coachbot.evals.records import Run
from coachbot.evals.summary import FieldSummary, MetricSummary, Summary, summarize
from coachbot.model.playbook import Playbook

if TYPE_CHECKING:
    from jinja2 import Environment

WEAKEST = 12
"""Calls shown in full on the page of a single run."""

STYLE = {Verdict.BETTER: "good", Verdict.WORSE: "bad", Verdict.EQUIVALENT: "same", Verdict.UNDECIDED: "open"}


@dataclass(frozen=True)
class Report:
    """All that a report shows. `against` and what belongs to it are None for a single run."""

    run: Run
    summary: Summary
    primary: Metric
    playbook: Playbook | None = None
    against: Run | None = None
    before: Summary | None = None
    comparison: Comparison | None = None
    flips: Sequence[Flip] = ()
    weakest: Sequence[CallReview] = ()
    traps: Sequence[tuple[str, Trapped]] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


def build_report(
    run: Run, cases: Mapping[str, Case], *, against: Run | None = None, playbook: Playbook | None = None
) -> Report:
    """Gather what a report shows. `playbook` gives labels, and the order of stages."""
    primary = metric(run.info.primary)
    labels = {f.id: f.label for f in playbook.fields} if playbook else {}
    if playbook:
        labels |= {s.id: s.name for s in playbook.stages}
    return Report(
        run=run,
        summary=summarize(run),
        primary=primary,
        playbook=playbook,
        against=against,
        before=summarize(against) if against else None,
        comparison=compare(measured(against), measured(run)) if against else None,
        flips=flips(against, run, cases, primary) if against else (),
        weakest=() if against else weakest(run, cases, primary, WEAKEST),
        traps=traps(run, cases),
        labels=labels,
    )


# --- HTML


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    env = Environment(
        loader=PackageLoader("coachbot.evals"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(number=number, change=change, percent=percent, size=size)
    return env


def number(value: float | None, what: Metric | None = None) -> str:
    """`63.2 %` for a share, `12.4` for other metrics, a dash where there is none."""
    if value is None:
        return "–"
    return percent(value) if what is None or what.share else f"{value:,.1f}"


def percent(value: float) -> str:
    """`63.2 %`."""
    return f"{value * 100:.1f} %"


def change(value: float | None, what: Metric | None = None) -> str:
    """A signed difference: in points for shares."""
    if value is None:
        return "–"
    shown = value * 100 if what is None or what.share else value
    return f"{shown:+.1f}".replace("-", "−")


def size(value: float, what: Metric) -> str:
    """A difference without its sign: `4.0 points` for a share."""
    return f"{value * 100:.1f} points" if what.share else f"{value:,.1f}"


def to_html(report: Report) -> str:
    """One page: no script, no outside resource, light and dark."""
    from markupsafe import Markup

    stages = [s.id for s in report.playbook.stages] if report.playbook else []
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            style=STYLE,
            verdicts=Verdict,
            label=lambda name: report.labels.get(name, name.replace("_", " ")),
            field_chart=lambda f: Markup(_field_chart(report, f)),
            line_chart=lambda line: Markup(_line_chart(report, line)),
            metric_chart=lambda m: Markup(_metric_chart(m)),
            before_metrics={m.metric.id: m for m in report.before.metrics} if report.before else {},
            stage_rows=_matrix(report.summary.stages, stages),
            state_rows=_matrix(report.summary.states, ["found", "conflicting", "not_discussed", "not_read"]),
        )
    )


def _field_chart(report: Report, row: FieldSummary) -> str:
    drawn = [charts.Bar(row.exact.f1, "now"), charts.Bar(row.near.f1, "soft")]
    title = f"{row.field}: exact F1 {percent(row.exact.f1)}, related {percent(row.near.f1)}"
    old = _before(report, row.field)
    if old is not None:
        drawn.insert(1, charts.Bar(old.exact.f1, "then"))
        title += f", before {percent(old.exact.f1)}"
    return charts.bars(drawn, title=title)


def _before(report: Report, name: str) -> FieldSummary | None:
    return next((f for f in report.before.fields if f.field == name), None) if report.before else None


def _line_chart(report: Report, line: Line) -> str:
    if line.difference is None or line.interval is None:
        return ""
    peers = [
        x for x in (report.comparison.lines if report.comparison else ()) if x.metric.share and x.interval
    ]
    group = peers if line.metric.share else [line]
    ends = [abs(e) for x in group if x.interval for e in (*x.interval, x.margin)]
    return charts.span(
        line.difference,
        line.interval,
        margin=line.margin,
        reach=max(ends) * 1.1,
        style=STYLE[line.verdict],
        title=f"{line.metric.label}: {change(line.difference, line.metric)}",
    )


def _metric_chart(row: MetricSummary) -> str:
    if row.micro is None or not row.metric.share:
        return ""
    return charts.point(row.micro, row.interval, title=f"{row.metric.label}: {percent(row.micro)}")


def _matrix(counts: Mapping[tuple[str, str], int], order: Sequence[str]) -> dict[str, Any]:
    seen = {name for pair in counts for name in pair}
    names = [n for n in order if n in seen] + sorted(seen - set(order))
    there = [n for n in names if any(counts.get((n, other)) for other in names)]
    return {"columns": names, "rows": [(n, [counts.get((n, other), 0) for other in names]) for n in there]}


# --- JSON and JUnit


def to_json(report: Report) -> str:
    """The numbers of the report, with every call's metrics."""
    info, summary = report.run.info, report.summary
    return json.dumps(
        {
            "format": "coachbot/eval-report/1",
            "run": info.model_dump(mode="json", exclude={"cases"}),
            "metrics": {
                m.metric.id: {
                    "micro": m.micro,
                    "interval": m.interval,
                    "macro": m.macro,
                    "better": m.metric.better,
                }
                for m in summary.metrics
            },
            "fields": {f.field: _field_json(f) for f in summary.fields},
            "field_macro_f1": {"strict": summary.field_macro[0], "related": summary.field_macro[1]},
            "stages": [{"gold": g, "said": s, "calls": n} for (g, s), n in sorted(summary.stages.items())],
            "states": [{"gold": g, "said": s, "fields": n} for (g, s), n in sorted(summary.states.items())],
            "evidence": dict(summary.matches),
            "reversions": summary.reversions._asdict(),
            "spend": summary.cost._asdict(),
            "comparison": _comparison_json(report.comparison) if report.comparison else None,
            "calls": {
                case: {"cluster": c.cluster, "failed": c.failed, **c.values}
                for case, c in measured(report.run).cases.items()
            },
        },
        ensure_ascii=False,
        indent=1,
    )


def _field_json(row: FieldSummary) -> dict[str, Any]:
    return {
        name: {
            **made._asdict(),
            **tally.model_dump(),
            "fp": tally.false_positives,
            "fn": tally.false_negatives,
        }
        for name, made, tally in (("strict", row.exact, row.strict), ("related", row.near, row.related))
    }


def _comparison_json(found: Comparison) -> dict[str, Any]:
    def one(line: Line) -> dict[str, Any]:
        return {
            "metric": line.metric.id,
            "margin": line.margin,
            "a": line.a,
            "b": line.b,
            "difference": line.difference,
            "interval": line.interval,
            "p": line.p,
            "p_not_worse": line.p_not_worse,
            "not_worse_shown": line.shown,
            "verdict": line.verdict.value,
            "detectable": line.detectable,
            "calls": line.calls,
            "clusters": line.clusters,
        }

    return {
        "a": found.a,
        "b": found.b,
        "alpha": found.alpha,
        "primary": one(found.primary),
        "gates": [one(g) for g in found.gates],
        "notes": list(found.notes),
    }


def to_junit(report: Report) -> str:
    """JUnit XML: a test a call (an error where it failed), and a test a metric that decides."""
    info = report.run.info
    root = ElementTree.Element("testsuites", name="coachbot evals")
    suite = ElementTree.SubElement(root, "testsuite", name=info.name)
    errors = failures = 0
    for record in report.run.records:
        name = record.case if info.repeats == 1 else f"{record.case} #{record.repeat + 1}"
        test = ElementTree.SubElement(
            suite, "testcase", classname=info.suite, name=name, time=f"{record.seconds:.3f}"
        )
        if record.error is not None:
            errors += 1
            ElementTree.SubElement(test, "error", message=_xml(record.error))
        else:
            value = report.primary.of_call(record.score)
            ElementTree.SubElement(
                test, "system-out"
            ).text = f"{report.primary.id} {number(value, report.primary)}"
    for line in report.comparison.lines if report.comparison else ():
        test = ElementTree.SubElement(suite, "testcase", classname=f"{info.suite}.gates", name=line.metric.id)
        moved, margin = change(line.difference, line.metric), change(line.margin, line.metric)
        text = f"{line.verdict.value}: {moved} (margin {margin})"
        if line.verdict is Verdict.WORSE:
            failures += 1
            ElementTree.SubElement(test, "failure", message=text)
        else:
            ElementTree.SubElement(test, "system-out").text = text
    suite.set("tests", str(len(suite)))
    suite.set("errors", str(errors))
    suite.set("failures", str(failures))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _xml(text: str) -> str:
    """Text without the control characters that XML cannot hold."""
    return "".join(c if c.isprintable() or c in "\n\t" else " " for c in text)
