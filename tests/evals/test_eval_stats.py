"""The statistics against known truth: how often they cry wolf, and how often they find a real difference."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from coachbot.evals.compare import Verdict, verdict
from coachbot.evals.stats import (
    Clusters,
    Floats,
    bootstrap_interval,
    bootstrap_weights,
    by_cluster,
    decide,
    detectable,
    holm,
    sign_flip_p,
    sign_patterns,
)

SUITES = 4_000  # simulated suites of each case; the standard error of a 5 % rate is 0.34 points
ROUNDS = 999
ALPHA = 0.05

# The noise of a paired difference of per-call F1. A call has about 40 labels, so its F1 moves by about
# 8 points (binomial, at 0.5) and the difference of two correlated recaps by about as much; 10 points is on
# the safe side.
NOISE = 0.10

ONE_EACH = np.arange(40)
TWELVE_IN_ONE = np.concatenate([np.zeros(12, dtype=int), np.arange(1, 29)])
TWELVE_OF_54 = np.concatenate([np.zeros(12, dtype=int), np.arange(1, 43)])
FOURS = np.repeat(np.arange(10), 4)


def normal(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    return rng.normal(0, NOISE, shape)


def with_ties(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Most calls come out the same; the others move by a few steps."""
    return rng.integers(-3, 4, shape) * 0.05 * (rng.random(shape) < 0.3)


def heavy_tails(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    return np.clip(rng.standard_t(3, shape) * 0.06, -1, 1)


def right_or_wrong(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Differences of a metric that is 0 or 1 for a call, such as the stage."""
    return rng.choice([-1.0, 0.0, 1.0], size=shape, p=[0.1, 0.8, 0.1])


Noise = Callable[[np.random.Generator, tuple[int, int]], Floats]


def simulate(
    noise: Noise, labels: np.ndarray, *, gain: float = 0.0, alike: float = 0.0, seed: int = 1
) -> Clusters:
    """Simulated suites, summed by cluster: sums of shape (SUITES, clusters).

    `alike` is the share of the variance that the calls of a cluster have in common.
    """
    rng = np.random.default_rng(seed)
    clusters = int(labels.max()) + 1
    own, shared = noise(rng, (SUITES, len(labels))), noise(rng, (SUITES, clusters))
    differences = gain + np.sqrt(1 - alike) * own + np.sqrt(alike) * shared[:, labels]
    member = np.eye(clusters)[labels]
    return Clusters(differences @ member, member.sum(axis=0))


def p_values(data: Clusters, tail: str = "two-sided") -> Floats:
    signs = sign_patterns(data.sums.shape[-1], rounds=ROUNDS, seed=7)
    return sign_flip_p(data.sums, signs, tail)  # type: ignore[arg-type]


@pytest.mark.parametrize("noise", [normal, with_ties, heavy_tails, right_or_wrong])
@pytest.mark.parametrize(
    ("labels", "alike"),
    [(ONE_EACH, 0.0), (TWELVE_IN_ONE, 0.6), (FOURS, 0.6)],
    ids=["alone", "twelve", "fours"],
)
def test_no_difference_is_rarely_called_one(noise: Noise, labels: np.ndarray, alike: float) -> None:
    found = p_values(simulate(noise, labels, alike=alike))
    assert (found <= ALPHA).mean() <= 0.06


def test_the_level_is_used_and_not_merely_kept() -> None:
    found = p_values(simulate(normal, ONE_EACH))
    assert (found <= ALPHA).mean() >= 0.035


def test_ignoring_accounts_would_cry_wolf() -> None:
    rng = np.random.default_rng(3)
    shared = normal(rng, (SUITES, 10))[:, FOURS] * np.sqrt(0.6)
    calls = shared + normal(rng, (SUITES, 40)) * np.sqrt(0.4)
    as_if_alone = sign_flip_p(calls, sign_patterns(40, rounds=ROUNDS, seed=7))
    by_account = p_values(simulate(normal, FOURS, alike=0.6))
    assert (as_if_alone <= ALPHA).mean() > 0.15
    assert (by_account <= ALPHA).mean() <= 0.06


@pytest.mark.parametrize(
    ("labels", "alike"), [(ONE_EACH, 0.0), (TWELVE_OF_54, 0.3)], ids=["alone", "twelve of 54"]
)
def test_five_points_at_forty_calls_are_found(labels: np.ndarray, alike: float) -> None:
    data = simulate(normal, labels, gain=0.05, alike=alike)
    found = p_values(data)
    better = (found <= ALPHA) & (data.sums.sum(axis=1) > 0)
    assert better.mean() >= 0.80


@pytest.mark.parametrize("noise", [normal, with_ties, heavy_tails])
def test_a_run_worse_by_the_margin_rarely_passes(noise: Noise) -> None:
    margin = 0.05
    for labels, alike in ((ONE_EACH, 0.0), (TWELVE_IN_ONE, 0.6)):
        data = simulate(noise, labels, gain=-margin, alike=alike)
        passed = p_values(data.shifted(margin), "greater") <= ALPHA
        assert passed.mean() <= 0.06


def test_a_run_as_good_passes_the_gate() -> None:
    margin = 0.05
    data = simulate(normal, ONE_EACH)
    passed = p_values(data.shifted(margin), "greater") <= ALPHA
    assert passed.mean() >= 0.80


def test_equivalence_is_rarely_claimed_at_the_margin() -> None:
    margin = 0.05
    for gain in (margin, -margin):
        data = simulate(normal, ONE_EACH, gain=gain)
        claimed = (p_values(data.shifted(margin), "greater") <= ALPHA) & (
            p_values(data.shifted(-margin), "less") <= ALPHA
        )
        assert claimed.mean() <= 0.06


def test_five_gates_together_rarely_cry_wolf() -> None:
    gates = np.stack([p_values(simulate(normal, ONE_EACH, seed=s)) for s in range(5)], axis=1)[:1500]
    alone = (gates <= ALPHA).any(axis=1).mean()
    adjusted = np.mean([min(holm(row)) <= ALPHA for row in gates.tolist()])
    assert alone > 0.15
    assert adjusted <= 0.06


@pytest.mark.parametrize("labels", [ONE_EACH, TWELVE_IN_ONE], ids=["alone", "twelve"])
def test_the_detectable_difference_is_detected_four_times_out_of_five(labels: np.ndarray) -> None:
    plain = simulate(normal, labels)
    sizes = [detectable(Clusters(row, plain.counts)) for row in plain.sums[:60]]
    gain = float(np.median([s for s in sizes if s is not None]))
    found = p_values(simulate(normal, labels, gain=gain, seed=2)) <= ALPHA
    assert 0.74 <= found.mean() <= 0.87


@pytest.mark.parametrize("accounts", [1, 5])
def test_too_few_accounts_detect_nothing(accounts: int) -> None:
    # With five accounts the smallest two-sided p is 2/32: no difference, however clear, is significant.
    sums = np.linspace(-0.1, 0.1, accounts)
    assert detectable(Clusters(sums, np.ones(accounts))) is None
    assert decide([0.5] * accounts, list(range(accounts)), margin=0.02).p > ALPHA


def test_six_accounts_can_detect_something() -> None:
    sums = np.array([-0.1, 0.1, -0.05, 0.05, 0.02, -0.02])
    assert detectable(Clusters(sums, np.ones(6))) is not None
    assert decide([0.5] * 6, list(range(6)), margin=0.02).p == 2 / 64


def test_all_sign_patterns_of_three_clusters() -> None:
    # Sums 3, 2, -1: total 4. The eight totals are ±4, ±6, ±2, 0 and 0; |total| >= 4 in four of them.
    signs = sign_patterns(3)
    assert signs.shape == (8, 3)
    assert signs[0].tolist() == [1, 1, 1]
    assert len({tuple(row) for row in signs.tolist()}) == 8
    assert sign_flip_p(np.array([3.0, 2.0, -1.0]), signs) == 4 / 8
    assert sign_flip_p(np.array([3.0, 2.0, -1.0]), signs, "greater") == 2 / 8
    assert sign_flip_p(np.array([3.0, 2.0, -1.0]), signs, "less") == 7 / 8


def test_random_patterns_agree_with_all_of_them() -> None:
    rng = np.random.default_rng(5)
    sums = rng.normal(0.05, 0.1, 12)
    exact = sign_flip_p(sums, sign_patterns(12))
    drawn = sign_flip_p(sums, sign_patterns(12, rounds=4_000, seed=1)[:4_001])
    assert sign_patterns(12).shape[0] == 4096
    assert abs(exact - drawn) < 0.02


def test_equal_runs_differ_in_nothing() -> None:
    found = decide([0.0] * 20, list(range(20)), margin=0.02)
    assert (found.mean, found.p, found.interval) == (0.0, 1.0, (0.0, 0.0))
    assert found.p_not_worse <= 0.001


def test_sums_that_differ_by_rounding_only_are_equal() -> None:
    sums = np.array([0.1, 0.2, -0.3])  # 0.1 + 0.2 - 0.3 is not 0 in floating point
    assert sign_flip_p(sums, sign_patterns(3)) == 1.0


def test_clusters_keep_the_order_of_appearance() -> None:
    data = by_cluster([1.0, 2.0, 4.0], ["b", "a", "b"])
    assert data.sums.tolist() == [5.0, 2.0]
    assert data.counts.tolist() == [2.0, 1.0]
    assert data.mean == pytest.approx(7 / 3)


def test_holm_by_hand() -> None:
    # 4 x 0.005; 3 x 0.011; then 2 x 0.02 and 1 x 0.04, which may not fall below what came before.
    assert holm([0.02, 0.005, 0.04, 0.011]) == pytest.approx([0.04, 0.02, 0.04, 0.033])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def test_the_bootstrap_draws_whole_clusters() -> None:
    weights = bootstrap_weights(5, rounds=50, seed=1)
    assert (weights.sum(axis=1) == 5).all()
    data = Clusters(np.array([12.0, 0.0]), np.array([12.0, 1.0]))
    # Two clusters with means 1 and 0: every sample is (12a + 0b) / (12a + b) with a + b = 2.
    assert bootstrap_interval(data, rounds=500) == (0.0, 1.0)


def test_the_interval_is_seeded_and_covers_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    hits = 0
    for _ in range(400):
        sample = Clusters(rng.normal(0.02, NOISE, 40), np.ones(40))
        low, high = bootstrap_interval(sample, rounds=400, seed=3)
        hits += low <= 0.02 <= high
    assert 0.90 <= hits / 400 <= 0.97
    assert bootstrap_interval(sample, seed=3) == bootstrap_interval(sample, seed=3)


@pytest.mark.parametrize(
    ("mean", "p", "not_worse", "not_better", "expected"),
    [
        (0.05, 0.01, 0.001, 0.9, Verdict.BETTER),
        (0.01, 0.01, 0.001, 0.01, Verdict.BETTER),  # small but shown
        (0.01, 0.30, 0.001, 0.01, Verdict.EQUIVALENT),
        (-0.01, 0.01, 0.02, 0.001, Verdict.EQUIVALENT),  # shown, and too small to matter
        (-0.05, 0.01, 0.9, 0.001, Verdict.WORSE),
        (-0.02, 0.20, 0.4, 0.01, Verdict.UNDECIDED),
        (0.02, 0.20, 0.01, 0.4, Verdict.UNDECIDED),  # not worse, but maybe better
    ],
)
def test_verdicts(mean: float, p: float, not_worse: float, not_better: float, expected: Verdict) -> None:
    assert verdict(mean, p, not_worse, not_better, ALPHA) is expected
