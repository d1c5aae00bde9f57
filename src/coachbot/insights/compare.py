"""Two groups compared, stratum by stratum, and many such comparisons held against each other.

A deal that stayed long had more calls, so more was raised in it: compared as they stand, the groups would
differ by that alone. Comparisons are therefore made within strata (deals of the same stage with as many
calls) and put together afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

from coachbot.insights.rates import LEVEL, Interval, Rate, difference, z_of

MINIMUM = 5
"""Fewer cases than this in either group: nothing is concluded."""

FALSE_DISCOVERIES = 0.05
"""At most this share of what is reported as found may be chance."""

EXACT_UP_TO = 4_000
"""Cases with the event (or in the smaller group) up to which the exact distribution is worked out."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stratum:
    """A two by two table: `hits` of `group` in the group, `others_hits` of `others` outside it."""

    hits: int
    group: int
    others_hits: int
    others: int


@dataclass(frozen=True)
class Comparison:
    """A group against the others. `gap` is the difference of their shares within strata.

    `p` is None where too few cases were seen (`too_few`). `strata` counts those that hold both.
    """

    group: Rate
    others: Rate
    gap: float | None
    interval: Interval | None
    p: float | None
    strata: int = 1

    @property
    def too_few(self) -> bool:
        """Whether the small-sample guard held it back."""
        return self.p is None


def compare(strata: Iterable[Stratum], *, minimum: int = MINIMUM, level: float = LEVEL) -> Comparison:
    """Compare the shares of a group and of the others within strata.

    The test is Fisher's, exact, over all strata; the gap that of Mantel and Haenszel. In a single stratum
    the interval is Newcombe's. Below `minimum` cases in either group, in the strata that hold both, the
    numbers are shown and nothing is tested.
    """
    kept = list(strata)
    group = Rate(sum(s.hits for s in kept), sum(s.group for s in kept))
    others = Rate(sum(s.others_hits for s in kept), sum(s.others for s in kept))
    both = [s for s in kept if s.group and s.others]
    if not both:
        return Comparison(group, others, None, None, None, strata=len(kept))
    gap, interval = _gap(both, level)
    seen = (sum(s.group for s in both), sum(s.others for s in both))
    p = stratified_p(both) if min(seen) >= minimum else None
    return Comparison(group, others, gap, interval, p, strata=len(both))


def _gap(strata: Sequence[Stratum], level: float) -> tuple[float, Interval | None]:
    """The Mantel-Haenszel risk difference, with Sato's interval.

    Greenland and Robins, Biometrics 41 (1985); Sato, "On the variance estimator for the Mantel-Haenszel risk
    difference", Biometrics 45 (1989): right both for few large and for many sparse strata.
    """
    if len(strata) == 1:
        one = strata[0]
        group, others = Rate(one.hits, one.group), Rate(one.others_hits, one.others)
        return one.hits / one.group - one.others_hits / one.others, difference(group, others, level)
    a, n, b, m = (np.array(x, dtype=np.float64) for x in zip(*map(_cells, strata), strict=True))
    weight = n * m / (n + m)
    gap = float((a * m - b * n) @ (1 / (n + m)) / weight.sum())
    p_term = (n**2 * b - m**2 * a + n * m * (m - n) / 2) / (n + m) ** 2
    q_term = (a * (m - b) + b * (n - a)) / (2 * (n + m))
    spread = sqrt(max(0.0, float(gap * p_term.sum() + q_term.sum()))) / float(weight.sum())
    half = z_of(level) * spread
    return gap, Interval(max(-1.0, gap - half), min(1.0, gap + half))


def _cells(s: Stratum) -> tuple[int, int, int, int]:
    return s.hits, s.group, s.others_hits, s.others


def stratified_p(strata: Sequence[Stratum]) -> float:
    """Two-sided p of "in no stratum does the group differ", given the margins of each.

    Fisher's exact test where there is one stratum. With several, the hits of the group add up over strata,
    and the exact distribution of the sum is that of their convolution (Gart, "Point and interval estimation
    of the common odds ratio", Biometrika 57, 1970). Tables no likelier than the one seen count as extreme.
    Past EXACT_UP_TO cases the statistic of Mantel and Haenszel (J. Nat. Cancer Inst. 22, 1959), with
    continuity correction, takes its place.
    """
    width = sum(min(s.hits + s.others_hits, s.group) for s in strata)
    if width > EXACT_UP_TO:
        return _mantel_haenszel_p(strata)
    mass = np.ones(1)
    seen = 0
    for s in strata:
        events = s.hits + s.others_hits
        lowest = max(0, events - s.others)
        mass = np.convolve(mass, _hypergeometric(events, s.group, s.others))
        seen += s.hits - lowest
    return float(min(1.0, mass[mass <= mass[seen] * (1 + 1e-7)].sum()))


def _mantel_haenszel_p(strata: Sequence[Stratum]) -> float:
    a, n, b, m = (np.array(x, dtype=np.float64) for x in zip(*map(_cells, strata), strict=True))
    total, events = n + m, a + b
    expected = n * events / total
    variance = n * m * events * (total - events) / (total**2 * np.maximum(total - 1, 1))
    spread = float(variance.sum())
    if spread <= 0:
        return 1.0
    z = max(0.0, abs(float((a - expected).sum())) - 0.5) / sqrt(spread)
    return erfc(z / sqrt(2))


@lru_cache(maxsize=20_000)
def _hypergeometric(events: int, group: int, others: int) -> Floats:
    """Chance of each number of events in the group, from the fewest possible to the most."""
    low, high = max(0, events - others), min(events, group)
    k = np.arange(low, high + 1)
    logs = _choose(group, k) + _choose(others, events - k)
    mass = np.exp(logs - logs.max())
    return np.asarray(mass / mass.sum(), dtype=np.float64)


def _choose(n: int, k: NDArray[np.int_]) -> Floats:
    facts = _log_factorials(1 << max(n, 1).bit_length())
    return np.asarray(facts[n] - facts[k] - facts[n - k], dtype=np.float64)


@lru_cache(maxsize=32)
def _log_factorials(size: int) -> Floats:
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, size + 1)))])


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """p-values adjusted so that, of those below q, at most the share q is expected to be chance.

    Benjamini and Hochberg, "Controlling the false discovery rate", J. R. Statist. Soc. B 57 (1995).
    """
    size = len(p_values)
    adjusted = [1.0] * size
    lowest = 1.0
    order = sorted(range(size), key=lambda i: p_values[i])
    for rank in range(size, 0, -1):
        at = order[rank - 1]
        lowest = min(lowest, p_values[at] * size / rank)
        adjusted[at] = lowest
    return adjusted


def adjusted(p_values: Sequence[float | None], families: int = 1) -> list[float | None]:
    """The same for one of the `families` of comparisons of a report; None was not tested, and stays None.

    Each family gets an equal part of what may be chance, so that it holds for the report as a whole.
    """
    tested = [p for p in p_values if p is not None]
    corrected = iter(benjamini_hochberg(tested))
    return [None if p is None else min(1.0, next(corrected) * families) for p in p_values]
