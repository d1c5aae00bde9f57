"""Months in a row: is there a trend, and was there a month from which on things were different?

Whether a change is more than chance is asked of the months themselves, put into every order at random. That
holds even where calls of one deal repeat themselves, which makes months vary more than a count of independent
cases would.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from coachbot.insights.rates import LEVEL, Interval, Rate, z_of

Floats = NDArray[np.float64]

SHORTEST = 3
"""Months on either side of a change."""

ORDERS = 4_999
"""Random orders of the months that the real one is held against."""


@dataclass(frozen=True)
class Change:
    """From month `at` (an index) on, the share was another one. `p` of "it never changed"."""

    at: int
    before: Rate
    after: Rate
    p: float


@dataclass(frozen=True)
class Trend:
    """By how much the share moves a month (0.01 is one point), with its interval and p of "it does not"."""

    slope: float
    interval: Interval
    p: float


def change_point(months: Sequence[Rate], *, seed: int = 0, orders: int = ORDERS) -> Change | None:
    """The likeliest month of one change of level; None where there are too few months, or nothing to see.

    The largest binomial likelihood ratio over all places where the months can be cut: Worsley, "The power of
    likelihood ratio and cumulative sum tests for a change in a binomial probability", Biometrika 70 (1983).
    Its p comes from random orders of the months and not from his tables (Pesarin, Multivariate Permutation
    Tests, 2001): under "no change" each order is as likely, so false alarms keep the level.
    """
    counts, totals = _arrays(months)
    if len(months) < 2 * SHORTEST or not 0 < counts.sum() < totals.sum():
        return None
    ordered = _orders(len(months), orders, seed)
    scores = _likelihood_ratios(counts[ordered], totals[ordered])
    best = scores.max(axis=1)
    cut = SHORTEST + int(scores[0].argmax())
    p = float((best >= best[0] - 1e-9).mean())
    return Change(cut, _sum(months[:cut]), _sum(months[cut:]), p)


def trend(
    months: Sequence[Rate], *, level: float = LEVEL, seed: int = 0, orders: int = ORDERS
) -> Trend | None:
    """The straight line through the months, each weighing as much as it counts; None with under six months.

    Weighted least squares; the interval takes its width from how far the months lie from the line. The p is
    that of Cochran's and Armitage's score (Biometrics 10, 1954, and 11, 1955) among random orders.
    """
    counts, totals = _arrays(months)
    if len(months) < 2 * SHORTEST or not 0 < counts.sum() < totals.sum():
        return None
    ordered = _orders(len(months), orders, seed)
    slopes = np.abs(_slopes(counts[ordered], totals[ordered]))
    slope = float(_slopes(counts[None], totals[None])[0])
    half = z_of(level) * _spread(counts, totals, slope)
    return Trend(slope, Interval(slope - half, slope + half), float((slopes >= slopes[0] - 1e-12).mean()))


def _arrays(months: Sequence[Rate]) -> tuple[Floats, Floats]:
    counts = np.array([m.count for m in months], dtype=np.float64)
    return counts, np.array([m.total for m in months], dtype=np.float64)


def _sum(months: Sequence[Rate]) -> Rate:
    return Rate(sum(m.count for m in months), sum(m.total for m in months))


@lru_cache(maxsize=8)
def _orders(size: int, orders: int, seed: int) -> NDArray[np.intp]:
    """The real order first, then random ones, shape (orders + 1, size)."""
    rng = np.random.default_rng(seed)
    straight = np.tile(np.arange(size), (orders + 1, 1))
    straight[1:] = rng.permuted(straight[1:], axis=1)
    return straight.astype(np.intp)


def _likelihood_ratios(counts: Floats, totals: Floats) -> Floats:
    """Log likelihood ratio of a cut after each month that leaves SHORTEST on both sides."""
    size = counts.shape[1]
    cuts = slice(SHORTEST - 1, size - SHORTEST)
    left, left_of = counts.cumsum(axis=1)[:, cuts], totals.cumsum(axis=1)[:, cuts]
    all_, all_of = counts.sum(axis=1, keepdims=True), totals.sum(axis=1, keepdims=True)
    apart = _log_likelihood(left, left_of) + _log_likelihood(all_ - left, all_of - left_of)
    return np.asarray(apart - _log_likelihood(all_, all_of), dtype=np.float64)


def _log_likelihood(count: Floats, total: Floats) -> Floats:
    share = count / np.maximum(total, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(count > 0, count * np.log(share), 0.0)
        rest = np.where(total - count > 0, (total - count) * np.log1p(-share), 0.0)
    return np.asarray(value + rest, dtype=np.float64)


def _slopes(counts: Floats, totals: Floats) -> Floats:
    at = np.arange(counts.shape[1], dtype=np.float64)
    centre = (totals @ at / totals.sum(axis=1))[:, None]
    return np.asarray((counts * (at - centre)).sum(axis=1) / (totals * (at - centre) ** 2).sum(axis=1))


def _spread(counts: Floats, totals: Floats, slope: float) -> float:
    at = np.arange(len(counts), dtype=np.float64)
    centre, mean = totals @ at / totals.sum(), counts.sum() / totals.sum()
    seen = totals > 0
    rest = counts[seen] / totals[seen] - mean - slope * (at[seen] - centre)
    scatter = float((totals[seen] * rest**2).sum() / max(seen.sum() - 2, 1))
    binomial = float(mean * (1 - mean))
    return float(np.sqrt(max(scatter, binomial) / (totals * (at - centre) ** 2).sum()))
