"""Shares and their intervals, and the difference between two of them.

Nothing here knows what is counted. Levels are two-sided; the default is 95 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import exp, log, sqrt
from statistics import NormalDist
from typing import NamedTuple

LEVEL = 0.95


class Interval(NamedTuple):
    """Lower and upper end."""

    low: float
    high: float

    def covers(self, value: float) -> bool:
        """Whether the value lies in it, ends included."""
        return self.low <= value <= self.high


@lru_cache(maxsize=32)
def z_of(level: float) -> float:
    """The normal deviate that leaves (1 - level) / 2 on either side."""
    return NormalDist().inv_cdf(0.5 + level / 2)


def wilson(count: int, total: int, level: float = LEVEL) -> Interval:
    """Score interval of a share; `total` > 0.

    Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927). It keeps
    its level with few cases and at 0 or 100 %, where the textbook interval collapses to a point
    (Brown, Cai and DasGupta, Statist. Sci. 16, 2001).
    """
    z = z_of(level)
    share = count / total
    centre = share + z * z / (2 * total)
    half = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    low = 0.0 if count == 0 else max(0.0, (centre - half) / scale)
    high = 1.0 if count == total else min(1.0, (centre + half) / scale)
    return Interval(low, high)


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` of `total`. Where nothing was counted there is no share and no interval, not zero."""

    count: int
    total: int

    def __post_init__(self) -> None:
        if not 0 <= self.count <= self.total:
            raise ValueError(f"{self.count} of {self.total} is no share")

    @property
    def value(self) -> float | None:
        """The share, 0 to 1; None of nothing."""
        return self.count / self.total if self.total else None

    def interval(self, level: float = LEVEL) -> Interval | None:
        """Wilson's interval; None of nothing."""
        return wilson(self.count, self.total, level) if self.total else None


def difference(one: Rate, other: Rate, level: float = LEVEL) -> Interval | None:
    """Interval of `one.value - other.value`; None where either counts nothing.

    Newcombe, "Interval estimation for the difference between independent proportions", Statist. Med. 17
    (1998), method 10: the two Wilson intervals put together.
    """
    first, second = one.interval(level), other.interval(level)
    if first is None or second is None or one.value is None or other.value is None:
        return None
    gap = one.value - other.value
    low = sqrt((one.value - first.low) ** 2 + (second.high - other.value) ** 2)
    high = sqrt((first.high - one.value) ** 2 + (other.value - second.low) ** 2)
    return Interval(gap - low, gap + high)


class Ratio(NamedTuple):
    """How many times as likely, with its interval."""

    value: float
    low: float
    high: float


def ratio(one: Rate, other: Rate, level: float = LEVEL) -> Ratio | None:
    """`one.value / other.value` (the lift) with its interval; None where either counts nothing.

    Katz, Baptista, Azen and Pike, "Obtaining confidence intervals for the risk ratio in cohort studies",
    Biometrics 34 (1978); half a case is added to both where a count is 0 (Pettigrew, Gart and Thomas,
    Biometrika 73, 1986), so that the ratio stays a number.
    """
    if not one.total or not other.total:
        return None
    add = 0.5 if 0 in (one.count, other.count) else 0.0
    a, n = one.count + add, one.total + add
    b, m = other.count + add, other.total + add
    value = (a / n) / (b / m)
    half = z_of(level) * sqrt(max(0.0, 1 / a - 1 / n + 1 / b - 1 / m))
    return Ratio(value, exp(log(value) - half), exp(log(value) + half))
