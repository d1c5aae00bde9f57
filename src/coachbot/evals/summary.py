"""The numbers of a run: each metric with its interval, each field, the confusions, and what it took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from coachbot.evals.compare import measured
from coachbot.evals.metrics import METRICS, Metric, macro
from coachbot.evals.records import Run
from coachbot.evals.score import CallScore, Prf, Tally, prf
from coachbot.evals.stats import Interval, bootstrap_weights, percentile_interval

ROUNDS = 2_000


class MetricSummary(NamedTuple):
    """A metric of all calls: of summed counts (micro) with its interval, and the mean over calls (macro)."""

    metric: Metric
    micro: float | None
    interval: Interval | None
    macro: float | None


class FieldSummary(NamedTuple):
    """A field over all calls."""

    field: str
    strict: Tally
    related: Tally

    @property
    def exact(self) -> Prf:
        """Precision, recall, F1 with the exact field."""
        return prf(self.strict)

    @property
    def near(self) -> Prf:
        """Precision, recall, F1 with neighbouring fields allowed."""
        return prf(self.related)


class Cost(NamedTuple):
    """What a run took. `cost` is None where a model that was used has no price."""

    calls: int
    failed: int
    seconds: float
    requests: int
    tokens_in: int
    tokens_out: int
    cost: float | None
    currency: str
    unpriced: tuple[str, ...]


class Reversions(NamedTuple):
    """Deals that should go back, those found, and false ones."""

    there: int
    found: int
    false: int


@dataclass(frozen=True)
class Summary:
    """A run in numbers. `field_macro`: mean F1 over the fields that the labels have, exact and related."""

    metrics: tuple[MetricSummary, ...]
    fields: tuple[FieldSummary, ...]
    field_macro: tuple[float | None, float | None]
    stages: Counter[tuple[str, str]]
    states: Counter[tuple[str, str]]
    matches: Counter[str]
    reversions: Reversions
    cost: Cost


def summarize(run: Run) -> Summary:
    """The numbers of a run."""
    scores = run.scores
    fields = _fields(scores)
    expected = [f for f in fields if f.strict.expected]
    return Summary(
        metrics=tuple(_metrics(run)),
        fields=fields,
        field_macro=(macro(f.exact.f1 for f in expected), macro(f.near.f1 for f in expected)),
        stages=Counter((s.stage_expected, s.stage_suggested or "none") for s in scores),
        states=_states(scores),
        matches=sum((Counter(s.matches) for s in scores), Counter[str]()),
        reversions=Reversions(
            sum(s.reversion.expected for s in scores),
            sum(s.reversion.expected and s.reversion.said for s in scores),
            sum(s.reversion.said and not s.reversion.expected for s in scores),
        ),
        cost=_cost(run),
    )


def _states(scores: Iterable[CallScore]) -> Counter[tuple[str, str]]:
    found = Counter[tuple[str, str]]()
    for score in scores:
        for key, n in score.states.items():
            there, _, said = key.partition(">")
            found[there, said] += n
    return found


def _fields(scores: Sequence[CallScore]) -> tuple[FieldSummary, ...]:
    order = list(dict.fromkeys(f for s in scores for f in s.fields))
    return tuple(
        FieldSummary(
            field,
            sum((s.fields.get(field, Tally()) for s in scores), Tally()),
            sum((s.related.get(field, Tally()) for s in scores), Tally()),
        )
        for field in order
    )


def _metrics(run: Run) -> Iterable[MetricSummary]:
    by_case = measured(run).cases
    clusters: dict[str, int] = {}
    at = np.array([clusters.setdefault(s.cluster, len(clusters)) for s in run.scores])
    weights = bootstrap_weights(len(clusters), rounds=ROUNDS, seed=run.info.seed)
    for metric in METRICS.values():
        parts = np.array([metric.parts(s) for s in run.scores], dtype=np.float64)
        sums = np.zeros((len(clusters), parts.shape[1]))
        np.add.at(sums, at, parts)
        drawn = [metric.value(row) for row in (weights @ sums).tolist()]
        interval = percentile_interval(np.array([d for d in drawn if d is not None]))
        micro = metric.value(parts.sum(axis=0).tolist())
        yield MetricSummary(
            metric,
            micro,
            None if micro is None else interval,
            macro(c.values.get(metric.id) for c in by_case.values()),
        )


def _cost(run: Run) -> Cost:
    spend = [r.score.spend for r in run.records]
    prices = run.info.prices
    unpriced = tuple(
        sorted({s.model or "unnamed model" for s in spend if s.tokens_in and s.model not in prices})
    )
    cost = sum(
        (s.tokens_in * prices[s.model].tokens_in + s.tokens_out * prices[s.model].tokens_out) / 1e6
        for s in spend
        if s.model in prices
    )
    return Cost(
        calls=len(spend),
        failed=sum(r.error is not None for r in run.records),
        seconds=sum(s.seconds for s in spend),
        requests=sum(s.requests for s in spend),
        tokens_in=sum(s.tokens_in for s in spend),
        tokens_out=sum(s.tokens_out for s in spend),
        cost=None if unpriced else cost,
        currency=run.info.currency,
        unpriced=unpriced,
    )
