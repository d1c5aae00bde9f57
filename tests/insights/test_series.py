"""Change points and trends: found where planted, rarely where not, also when months vary widely."""

from typing import Any

import numpy as np
import pytest

from coachbot.insights.rates import Rate
from coachbot.insights.series import change_point, trend

MONTHS = 18


def months(rng: np.random.Generator, shares: Any, *, total: int = 60, spread: float = 0.0) -> list[Rate]:
    varied = np.clip(shares + rng.normal(0, spread, MONTHS), 0.01, 0.99)
    return [Rate(int(k), total) for k in rng.binomial(total, varied)]


def test_a_planted_change_is_found_where_it_is() -> None:
    rng = np.random.default_rng(1)
    level = np.where(np.arange(MONTHS) < 11, 0.15, 0.35)
    found = [change_point(months(rng, level), seed=n) for n in range(20)]
    assert np.mean([c is not None and c.p < 0.01 for c in found]) > 0.9
    assert np.mean([c is not None and abs(c.at - 11) <= 1 for c in found]) > 0.8
    one = found[0]
    assert one is not None
    assert one.before.total == 60 * one.at


def test_a_planted_trend_is_found_and_its_slope_covered() -> None:
    rng = np.random.default_rng(2)
    line = 0.10 + 0.012 * np.arange(MONTHS)
    found = [trend(months(rng, line), seed=n, orders=999) for n in range(100)]
    assert np.mean([t is not None and t.p < 0.01 for t in found]) > 0.9
    assert np.mean([t is not None and t.interval.covers(0.012) for t in found]) > 0.9


@pytest.mark.parametrize("spread", [0.0, 0.08], ids=["binomial", "overdispersed"])
def test_false_alarms_keep_the_level(spread: float) -> None:
    rng = np.random.default_rng(3)
    noise = [months(rng, np.full(MONTHS, 0.25), spread=spread) for _ in range(400)]
    changes = [change_point(m, seed=n, orders=299) for n, m in enumerate(noise)]
    trends = [trend(m, seed=n, orders=299) for n, m in enumerate(noise)]
    assert 0.02 < np.mean([c is not None and c.p <= 0.05 for c in changes]) < 0.075
    assert 0.02 < np.mean([t is not None and t.p <= 0.05 for t in trends]) < 0.075


@pytest.mark.parametrize("rates", [[], [Rate(1, 5)] * 5, [Rate(0, 5)] * 12, [Rate(5, 5)] * 12])
def test_too_few_months_or_nothing_to_see(rates: list[Rate]) -> None:
    assert change_point(rates) is None
    assert trend(rates) is None


def test_empty_months_are_no_obstacle_and_the_same_input_gives_the_same_answer() -> None:
    series = [Rate(2, 10)] * 5 + [Rate(0, 0)] * 2 + [Rate(7, 10)] * 6
    found = change_point(series)
    assert found is not None
    assert found == change_point(series)
    assert (found.before.value, found.after.value) == (0.2, 0.7)
