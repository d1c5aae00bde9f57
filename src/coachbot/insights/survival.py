"""How long things last, when some of them are not over yet.

Leaving out the deals that are still in a stage would make slow stages look quick, so they count for as long
as they have been seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coachbot.insights.rates import LEVEL, Interval, z_of

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Quantile:
    """The time by which a share is over. None: not reached by what was seen so far."""

    share: float
    days: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, eq=False)
class Curve:
    """Share that still lasts after each time: arrays of one length, times ascending.

    `low` and `high` are the limits at each time by themselves. `at_risk` counts those seen up to then.
    """

    times: Floats
    lasting: Floats
    low: Floats
    high: Floats
    at_risk: NDArray[np.int64]
    total: int
    ended: int

    def quantile(self, share: float) -> Quantile:
        """When `share` of them are over, with its interval.

        Brookmeyer and Crowley, "A confidence interval for the median survival time", Biometrics 38 (1982):
        all times whose survival is not significantly different from 1 - share.
        """
        left = 1 - share
        return Quantile(
            share, self._first(self.lasting, left), self._first(self.low, left), self._first(self.high, left)
        )

    def after(self, days: float) -> tuple[float, Interval]:
        """The share that lasts longer than that, with its interval."""
        at = int(np.searchsorted(self.times, days, side="right")) - 1
        if at < 0:
            return 1.0, Interval(1.0, 1.0)
        return float(self.lasting[at]), Interval(float(self.low[at]), float(self.high[at]))

    def _first(self, line: Floats, left: float) -> float | None:
        below = np.flatnonzero(line <= left + 1e-12)
        return float(self.times[below[0]]) if below.size else None


def kaplan_meier(days: Sequence[float], ended: Sequence[bool], level: float = LEVEL) -> Curve:
    """The curve of durations, of which those not `ended` were only seen for so long.

    Kaplan and Meier, "Nonparametric estimation from incomplete observations", JASA 53 (1958); Greenwood's
    variance (1926); limits by the log(-log) transformation, which keeps them between 0 and 1 and good with
    few cases (Borgan and Liestøl, Scand. J. Statist. 17, 1990).
    """
    lasted = np.asarray(days, dtype=np.float64)
    over = np.asarray(ended, dtype=bool)
    times, place = np.unique(lasted[over], return_inverse=True)
    deaths = np.bincount(place, minlength=len(times)).astype(np.float64)
    at_risk = len(lasted) - np.searchsorted(np.sort(lasted), times, side="left")
    lasting = np.asarray(np.cumprod(1 - deaths / np.maximum(at_risk, 1)), dtype=np.float64)
    lasting[lasting < 1e-12] = 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(deaths / (at_risk * (at_risk - deaths)))
        logs = np.log(lasting)
        spread = np.exp(z_of(level) * np.sqrt(greenwood) / np.abs(logs))
        low, high = np.exp(logs * spread), np.exp(logs / spread)
    gone = lasting <= 0  # past the last end nothing bounds the curve from above
    before = float(high[~gone][-1]) if (~gone).any() else 1.0
    low[gone], high[gone] = 0.0, before
    return Curve(times, lasting, low, high, at_risk.astype(np.int64), len(lasted), int(over.sum()))
