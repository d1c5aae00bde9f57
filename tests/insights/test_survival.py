"""Durations of which some are not over, against a published example and simulated truth."""

import numpy as np
import pytest

from coachbot.insights.survival import kaplan_meier

# Remission of 21 patients under 6-MP: Freireich et al., Blood 21 (1963); the usual textbook example.
WEEKS = (6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35)
ENDED = (1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0)


def test_the_curve_as_published() -> None:
    curve = kaplan_meier(WEEKS, [bool(e) for e in ENDED])
    assert curve.lasting == pytest.approx([0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482], abs=1e-4)
    assert (curve.total, curve.ended) == (21, 9)
    # R, survfit(conf.type = "log-log"): limits at the first time, and of the median
    assert (curve.low[0], curve.high[0]) == pytest.approx((0.6197, 0.9516), abs=1e-4)
    median = curve.quantile(0.5)
    assert (median.days, median.low, median.high) == (23, 13, None)
    assert curve.quantile(0.75).days is None
    assert curve.after(5) == (1.0, (1.0, 1.0))
    assert curve.after(12)[0] == pytest.approx(0.7529, abs=1e-4)


def test_nothing_is_over_yet_and_nothing_at_all() -> None:
    for curve in (kaplan_meier([3, 4], [False, False]), kaplan_meier([], [])):
        assert curve.quantile(0.5).days is None
        assert curve.after(10)[0] == 1.0


def test_all_are_over() -> None:
    curve = kaplan_meier([1, 2, 3, 4, 100], [True] * 5)
    median = curve.quantile(0.5)
    assert median.days == 3
    assert median.low is not None
    assert median.low <= 3
    assert curve.after(200)[0] == 0.0


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_intervals_cover_the_truth_although_many_are_cut_off(share: float) -> None:
    rng = np.random.default_rng(4)
    truth = -20 * np.log(1 - share)
    covered = 0
    naive = []
    for _ in range(400):
        real, seen = rng.exponential(20, 60), rng.uniform(5, 60, 60)
        found = kaplan_meier(np.minimum(real, seen), real <= seen).quantile(share)
        covered += (found.low or 0) <= truth <= (found.high or np.inf)
        naive.append(np.quantile(real[real <= seen], share))
    assert covered / 400 > 0.92
    assert np.mean(naive) < 0.8 * truth  # what leaving them out would say
