"""Intervals against published values and against what they promise."""

import numpy as np
import pytest

from coachbot.insights.rates import Rate, difference, ratio, wilson


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [  # Newcombe, Statist. Med. 17 (1998) 857-872, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (20, 20, 0.8389, 1.0),
    ],
)
def test_wilson_as_published(count: int, total: int, low: float, high: float) -> None:
    assert wilson(count, total) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [  # Newcombe, Statist. Med. 17 (1998) 873-890, table II, method 10
        (Rate(56, 70), Rate(48, 80), 0.0524, 0.3339),
        (Rate(9, 10), Rate(3, 10), 0.1705, 0.8090),
        (Rate(10, 10), Rate(0, 20), 0.6791, 1.0),
    ],
)
def test_difference_as_published(one: Rate, other: Rate, low: float, high: float) -> None:
    assert difference(one, other) == pytest.approx((low, high), abs=5e-5)


def test_nothing_counted_is_no_share() -> None:
    assert (Rate(0, 0).value, Rate(0, 0).interval()) == (None, None)
    assert difference(Rate(1, 2), Rate(0, 0)) is None
    assert ratio(Rate(0, 0), Rate(1, 2)) is None
    with pytest.raises(ValueError, match="3 of 2"):
        Rate(3, 2)


def test_ratio_stays_a_number_at_zero() -> None:
    found = ratio(Rate(0, 20), Rate(5, 20))
    assert found is not None
    assert 0 < found.low < found.value < 1 < found.high


@pytest.mark.parametrize(("size", "truth"), [(12, 0.1), (40, 0.3), (200, 0.02), (30, 0.97)])
def test_wilson_covers_the_truth(size: int, truth: float) -> None:
    drawn = np.random.default_rng(3).binomial(size, truth, 3000)
    covered = np.mean([wilson(int(k), size).covers(truth) for k in drawn])
    assert covered > 0.92


@pytest.mark.parametrize(
    ("n", "p", "m", "q"), [(20, 0.3, 60, 0.6), (100, 0.1, 100, 0.15), (15, 0.9, 15, 0.9)]
)
def test_difference_and_ratio_cover_the_truth(n: int, p: float, m: int, q: float) -> None:
    rng = np.random.default_rng(5)
    gaps = ratios = 0
    for a, b in zip(rng.binomial(n, p, 1500), rng.binomial(m, q, 1500), strict=True):
        gap, times = difference(Rate(int(a), n), Rate(int(b), m)), ratio(Rate(int(a), n), Rate(int(b), m))
        assert gap is not None
        assert times is not None
        gaps += gap.covers(p - q)
        ratios += times.low <= p / q <= times.high
    assert gaps / 1500 > 0.93
    assert ratios / 1500 > 0.93
