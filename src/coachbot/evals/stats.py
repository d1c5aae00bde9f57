"""Is the difference real? Paired by call, clustered by account.

Two recaps of one call are a pair, and calls of one account are alike, so neither calls nor their scores are
independent; accounts are. Decisions come from a randomization test by account, the intervals that are shown
from a bootstrap by account. Everything is seeded: the same scores give the same answer.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Tail = Literal["two-sided", "greater", "less"]

ROUNDS = 9_999
"""Random sign patterns, and bootstrap samples, of a decision."""


SIMULATED = 600
"""Suites, and sign patterns for each, that the detectable difference is found with."""


class Clusters(NamedTuple):
    """Values summed by cluster, shape (clusters,), and the number of values in each."""

    sums: Floats
    counts: Floats

    @property
    def mean(self) -> float:
        """The mean over all values."""
        return float(self.sums.sum() / self.counts.sum())

    def shifted(self, by: float) -> Clusters:
        """The same with `by` added to every value."""
        return Clusters(self.sums + by * self.counts, self.counts)


def by_cluster(values: Sequence[float], labels: Sequence[Hashable]) -> Clusters:
    """Sum the values of each cluster; clusters in order of appearance. Both of the same length, not empty."""
    place: dict[Hashable, int] = {}
    at = np.array([place.setdefault(name, len(place)) for name in labels], dtype=np.intp)
    data = np.asarray(values, dtype=np.float64)
    size = len(place)
    return Clusters(
        np.asarray(np.bincount(at, weights=data, minlength=size), dtype=np.float64),
        np.asarray(np.bincount(at, minlength=size), dtype=np.float64),
    )


def sign_patterns(clusters: int, *, rounds: int = ROUNDS, seed: int = 0) -> Floats:
    """Signs to give the clusters, shape (patterns, clusters); the first pattern is all plus.

    All 2**clusters patterns where that is not more than `rounds` + 1 (an exact test), else that pattern and
    `rounds` random ones.
    """
    if 2**clusters <= rounds + 1:
        bits = (np.arange(2**clusters)[:, None] >> np.arange(clusters)) & 1
        return np.asarray(1.0 - 2.0 * bits, dtype=np.float64)
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, 2, size=(rounds, clusters), dtype=np.int8)
    signs = np.ones((rounds + 1, clusters))
    signs[1:] -= 2.0 * drawn
    return signs


def sign_flip_p(sums: Floats, signs: Floats, tail: Tail = "two-sided") -> Floats:
    """p-values of "the mean difference is zero", by approximate randomization over clusters.

    `sums`: differences summed by cluster, shape (..., clusters); result shape (...). If A and B are
    exchangeable within each cluster, the sign of each cluster's sum is arbitrary: the test compares the sum
    with those of all (or many random) sign patterns. The observed pattern counts as one of them, so p is
    never 0 and the test keeps its level (Phipson and Smyth, Stat. Appl. Genet. Mol. Biol. 9, 2010).
    Sources: Noreen, Computer-Intensive Methods for Testing Hypotheses (1989); Yeh, "More accurate tests for
    the statistical significance of result differences", COLING 2000; by cluster: Canay, Romano and Shaikh,
    "Randomization tests under an approximate symmetry assumption", Econometrica 85 (2017).
    """
    totals = np.asarray(sums, dtype=np.float64) @ signs.T
    if tail == "two-sided":
        totals = np.abs(totals)
    elif tail == "less":
        totals = -totals
    seen = totals[..., :1]
    slack = 1e-9 * np.abs(sums).sum(axis=-1, keepdims=True)  # equal sums must not differ by rounding
    return np.asarray((totals >= seen - slack).mean(axis=-1), dtype=np.float64)


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values adjusted so that the chance of any false alarm among them keeps the level.

    Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6 (1979).
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * p_values[i]))
        adjusted[i] = highest
    return adjusted


class Interval(NamedTuple):
    """Lower and upper end."""

    low: float
    high: float


def bootstrap_weights(clusters: int, *, rounds: int = ROUNDS, seed: int = 0) -> Floats:
    """How often each cluster is drawn, shape (rounds, clusters)."""
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(clusters, np.full(clusters, 1.0 / clusters), size=rounds)
    return np.asarray(drawn, dtype=np.float64)


def percentile_interval(samples: Floats, level: float = 0.95) -> Interval:
    """The middle `level` of the samples that are numbers."""
    known = samples[np.isfinite(samples)]
    if not known.size:
        return Interval(float("nan"), float("nan"))
    edge = (1 - level) / 2
    low, high = np.quantile(known, [edge, 1 - edge])
    return Interval(float(low), float(high))


def bootstrap_interval(
    data: Clusters, *, level: float = 0.95, rounds: int = ROUNDS, seed: int = 0
) -> Interval:
    """Interval of the mean, by drawing whole clusters with replacement (percentile bootstrap).

    For display only: with few clusters it is somewhat too narrow, which is why it decides nothing.
    Sources: Efron, Ann. Statist. 7 (1979); by cluster: Field and Welsh, "Bootstrapping clustered data",
    J. R. Statist. Soc. B 69 (2007).
    """
    weights = bootstrap_weights(len(data.sums), rounds=rounds, seed=seed)
    return percentile_interval((weights @ data.sums) / (weights @ data.counts), level)


def detectable(data: Clusters, *, alpha: float = 0.05, power: float = 0.8, seed: int = 0) -> float | None:
    """The smallest true mean difference that these pairs would show with that power; None: none would.

    The minimum detectable effect of Bloom, Evaluation Review 19 (1995), found by simulating this very test
    (two-sided sign-flip) with these clusters: their deviations from the mean get random signs (the wild
    bootstrap of Liu, Ann. Statist. 16, 1988) and a true difference is added until it is found often enough.
    A formula with the standard error would be wrong where one account holds many of the calls.
    """
    size = len(data.sums)
    if size < 2 or 2.0 ** (1 - size) > alpha:  # even the clearest result could not be significant
        return None
    rest = (data.sums - data.counts * data.mean) * (size / (size - 1)) ** 0.5
    error = float(np.sqrt((rest**2).sum()) / data.counts.sum())
    if error == 0:
        return 0.0
    noise = rest * sign_patterns(size, rounds=SIMULATED - 1, seed=seed + 1)
    signs = sign_patterns(size, rounds=SIMULATED - 1, seed=seed + 2)

    def found(gain: float) -> bool:
        hits = sign_flip_p(noise + gain * data.counts, signs) <= alpha
        return bool(hits.mean() >= power)

    low, high = 0.0, 4 * error
    while not found(high):
        low, high = high, 2 * high
        if high > 100 * error:
            return None
    for _ in range(10):
        middle = (low + high) / 2
        low, high = (low, middle) if found(middle) else (middle, high)
    return high


class Decision(NamedTuple):
    """What a paired comparison says; differences are turned so that more is better.

    `p`: two-sided, of no difference. `p_not_worse`: of "worse by `margin` or more"; `p_not_better`: of
    "better by `margin` or more". Small values reject these.
    """

    mean: float
    interval: Interval
    p: float
    p_not_worse: float
    p_not_better: float
    detectable: float | None
    values: int
    clusters: int


def decide(
    differences: Sequence[float],
    labels: Sequence[Hashable],
    *,
    margin: float,
    alpha: float = 0.05,
    seed: int = 0,
    rounds: int = ROUNDS,
) -> Decision:
    """Compare two runs by the differences of their calls (B minus A, more is better) and the calls' clusters.

    Difference: the sign-flip test. Non-inferiority and equivalence: the same test, one-sided, of the
    differences moved by the margin (two one-sided tests: Schuirmann, J. Pharmacokin. Biopharm. 15, 1987).
    """
    data = by_cluster(differences, labels)
    signs = sign_patterns(len(data.sums), rounds=rounds, seed=seed)
    return Decision(
        mean=data.mean,
        interval=bootstrap_interval(data, level=1 - alpha, rounds=rounds, seed=seed),
        p=float(sign_flip_p(data.sums, signs)),
        p_not_worse=float(sign_flip_p(data.shifted(margin).sums, signs, "greater")),
        p_not_better=float(sign_flip_p(data.shifted(-margin).sums, signs, "less")),
        detectable=detectable(data, alpha=alpha, seed=seed),
        values=len(differences),
        clusters=len(data.sums),
    )
