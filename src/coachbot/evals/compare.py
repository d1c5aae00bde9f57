"""Is B better than A? Paired by call, clustered by account; see stats.py for the tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from coachbot.errors import MissingRecordingError, UsageError
from coachbot.evals.metrics import Metric, macro, mean_values, metric, values_of
from coachbot.evals.records import Run, named
from coachbot.evals.stats import Interval, decide, holm
from coachbot.evals.suite import Gate


class Verdict(StrEnum):
    """What can be said of B against A."""

    BETTER = "better"
    WORSE = "worse"
    EQUIVALENT = "equivalent within margin"
    UNDECIDED = "not enough calls"


@dataclass(frozen=True)
class CaseValues:
    """A call's metrics (the mean of its repeats), its cluster, and the hash of its labels."""

    cluster: str
    gold: str
    values: Mapping[str, float | None]
    failed: bool = False


class Rules(NamedTuple):
    """What decides."""

    primary: str
    margin: float
    gates: tuple[Gate, ...]
    alpha: float
    seed: int


@dataclass(frozen=True)
class Measured:
    """A run or a baseline, as far as comparisons need it."""

    name: str
    rules: Rules
    cases: Mapping[str, CaseValues]


@dataclass(frozen=True)
class Line:
    """The comparison of one metric.

    `a`, `b`: means over the paired calls. `difference` is B minus A and `interval` its interval, in the
    metric's own direction. `p` is adjusted (Holm) where the metric is one of several gates. `shown`: it was
    shown that B is not worse by the margin or more.
    """

    metric: Metric
    margin: float
    a: float | None
    b: float | None
    difference: float | None
    interval: Interval | None
    p: float | None
    p_not_worse: float | None
    p_not_better: float | None
    shown: bool
    verdict: Verdict
    detectable: float | None
    calls: int
    clusters: int


@dataclass(frozen=True)
class Comparison:
    """B against A: the primary metric decides, the gates must not get worse."""

    a: str
    b: str
    alpha: float
    primary: Line
    gates: tuple[Line, ...]
    notes: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        """The primary metric, then the gates."""
        return self.primary, *self.gates

    @property
    def regressions(self) -> tuple[Line, ...]:
        """Metrics that got worse."""
        return tuple(line for line in self.lines if line.verdict is Verdict.WORSE)

    @property
    def unproven(self) -> tuple[Line, ...]:
        """Metrics of which it was not shown that B is not worse by the margin."""
        return tuple(line for line in self.lines if not line.shown)


def measured(run: Run) -> Measured:
    """The metrics of a run, by call."""
    info = run.info
    cases = {}
    for case, ref in info.cases.items():
        scores = [r.score for r in run.of_case(case)]
        cases[case] = CaseValues(
            cluster=ref.cluster,
            gold=ref.gold,
            values=mean_values([values_of(s) for s in scores]),
            failed=any(s.failed is not None for s in scores),
        )
    return Measured(info.name, Rules(info.primary, info.margin, info.gates, info.alpha, info.seed), cases)


def compare(
    a: Measured,
    b: Measured,
    *,
    rules: Rules | None = None,
    allow_fewer: bool = False,
) -> Comparison:
    """Compare by the rules of B's suite, or the given ones.

    Both must have the same calls with the same labels, else MissingRecordingError; `allow_fewer` lets A have
    calls that B's suite no longer has.
    """
    use = rules or b.rules
    notes = _check(a, b, allow_fewer)
    primary = _line(a, b, metric(use.primary), use.margin, use)
    gates = _adjusted([_line(a, b, metric(g.metric), g.margin, use) for g in use.gates], use.alpha)
    return Comparison(a.name, b.name, use.alpha, primary, tuple(gates), notes)


def _check(a: Measured, b: Measured, allow_fewer: bool) -> tuple[str, ...]:
    fresh, gone = sorted(b.cases.keys() - a.cases.keys()), sorted(a.cases.keys() - b.cases.keys())
    if fresh:
        raise MissingRecordingError(f"{a.name} has no recording of {named(fresh)}; run it on the same suite")
    if gone and not allow_fewer:
        raise MissingRecordingError(f"{b.name} has no recording of {named(gone)}; run it on the same suite")
    stale = [c for c in b.cases if a.cases[c].gold != b.cases[c].gold]
    if stale:
        raise MissingRecordingError(
            f"{named(stale)}: scored against different labels in {a.name} and {b.name}; run both again "
            "(recaps that are recorded are not made again)"
        )
    if not b.cases:
        raise UsageError(f"{b.name} has no calls to compare")
    notes = [f"{a.name}: not in {b.name}'s suite any more: {named(gone)}"] if gone else []
    for one in (a, b):
        failed = [c for c in b.cases if one.cases[c].failed]
        if failed:
            notes.append(f"{one.name}: failed, and count as zero: {named(failed)}")
    return tuple(notes)


def _line(a: Measured, b: Measured, what: Metric, margin: float, rules: Rules) -> Line:
    pairs = [
        (x, y, b.cases[case].cluster)
        for case in sorted(b.cases)
        if (x := a.cases[case].values.get(what.id)) is not None
        and (y := b.cases[case].values.get(what.id)) is not None
    ]
    if not pairs:
        return Line(
            metric=what,
            margin=margin,
            a=None,
            b=None,
            difference=None,
            interval=None,
            p=None,
            p_not_worse=None,
            p_not_better=None,
            shown=False,
            verdict=Verdict.UNDECIDED,
            detectable=None,
            calls=0,
            clusters=0,
        )
    found = decide(
        [what.good(y - x) for x, y, _ in pairs],
        [cluster for *_, cluster in pairs],
        margin=margin,
        alpha=rules.alpha,
        seed=rules.seed,
    )
    low, high = sorted((what.good(found.interval.low), what.good(found.interval.high)))
    return Line(
        metric=what,
        margin=margin,
        a=macro(x for x, _, _ in pairs),
        b=macro(y for _, y, _ in pairs),
        difference=what.good(found.mean),
        interval=Interval(low, high),
        p=found.p,
        p_not_worse=found.p_not_worse,
        p_not_better=found.p_not_better,
        shown=found.p_not_worse <= rules.alpha,
        verdict=verdict(found.mean, found.p, found.p_not_worse, found.p_not_better, rules.alpha),
        detectable=found.detectable,
        calls=found.values,
        clusters=found.clusters,
    )


def verdict(mean: float, p: float, p_not_worse: float, p_not_better: float, alpha: float) -> Verdict:
    """The verdict for a mean difference (more is better) and its p-values; see stats.Decision.

    Better: a difference was shown, and it is good. Equivalent: it was shown that B is neither better nor
    worse by the margin. Worse: a bad difference was shown, and it may be as large as the margin.
    """
    if p <= alpha and mean > 0:
        return Verdict.BETTER
    if p_not_worse <= alpha and p_not_better <= alpha:
        return Verdict.EQUIVALENT
    if p <= alpha and p_not_worse > alpha:
        return Verdict.WORSE
    return Verdict.UNDECIDED


def _adjusted(lines: Sequence[Line], alpha: float) -> list[Line]:
    """The gates as one family: p by Holm, and the verdict that follows from it.

    Non-inferiority needs no adjustment: all gates must show it, and the chance that all do by mistake is not
    larger than that of one (Berger, Technometrics 24, 1982).
    """
    adjusted = iter(holm([line.p for line in lines if line.p is not None]))
    return [line if line.p is None else _with_p(line, next(adjusted), alpha) for line in lines]


def _with_p(line: Line, p: float, alpha: float) -> Line:
    mean = line.metric.good(line.difference or 0.0)
    not_worse, not_better = line.p_not_worse or 0.0, line.p_not_better or 0.0
    return replace(line, p=p, verdict=verdict(mean, p, not_worse, not_better, alpha))
