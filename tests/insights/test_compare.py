"""Comparisons: exact where they can be, silent where too little was seen, honest in noise."""

from itertools import product
from math import comb

import numpy as np
import pytest

from coachbot.insights import compare as comparing
from coachbot.insights.compare import Stratum, adjusted, benjamini_hochberg, compare, stratified_p


@pytest.mark.parametrize(
    ("table", "p"),
    [
        (Stratum(3, 4, 1, 4), 0.485714),  # Fisher's tea
        (Stratum(10, 13, 2, 17), 0.000537),  # Agresti, Categorical Data Analysis, twins
        (Stratum(8, 10, 1, 6), 0.034965),
        (Stratum(7, 10, 5, 10), 0.649917),
    ],
)
def test_one_stratum_is_fishers_exact_test(table: Stratum, p: float) -> None:
    assert stratified_p([table]) == pytest.approx(p, abs=1e-6)


def test_strata_are_put_together_exactly() -> None:
    """Against a list of all tables with these margins."""
    strata = [Stratum(3, 4, 1, 5), Stratum(2, 3, 2, 6), Stratum(1, 1, 0, 2)]
    mass: dict[int, float] = {}
    ranges = [
        range(max(0, s.hits + s.others_hits - s.others), min(s.hits + s.others_hits, s.group) + 1)
        for s in strata
    ]
    for hits in product(*ranges):
        chance = 1.0
        for k, s in zip(hits, strata, strict=True):
            events = s.hits + s.others_hits
            chance *= comb(s.group, k) * comb(s.others, events - k) / comb(s.group + s.others, events)
        mass[sum(hits)] = mass.get(sum(hits), 0.0) + chance
    seen = mass[sum(s.hits for s in strata)]
    wanted = sum(m for m in mass.values() if m <= seen * (1 + 1e-9))
    assert stratified_p(strata) == pytest.approx(wanted, rel=1e-9)


def test_many_cases_take_the_large_sample_test(monkeypatch: pytest.MonkeyPatch) -> None:
    strata = [Stratum(430, 900, 510, 1200), Stratum(90, 300, 330, 1100)]
    exact = stratified_p(strata)
    monkeypatch.setattr(comparing, "EXACT_UP_TO", 10)
    assert stratified_p(strata) == pytest.approx(exact, rel=0.1)
    assert 0.001 < exact < 0.05


def test_too_few_are_shown_and_not_tested() -> None:
    few = compare([Stratum(4, 4, 0, 40)])
    assert few.too_few
    assert few.group.value == 1.0
    assert few.gap == 1.0
    assert not compare([Stratum(5, 5, 0, 40)]).too_few
    assert compare([Stratum(4, 9, 0, 0)]).gap is None


def test_strata_take_away_what_exposure_alone_does() -> None:
    """In each stratum the shares are the same; taken together the group looks far worse (Simpson)."""
    strata = [Stratum(8, 80, 2, 20), Stratum(10, 20, 40, 80)]
    found = compare(strata)
    assert found.gap == pytest.approx(0.0, abs=1e-9)
    assert found.p == pytest.approx(1.0)
    assert found.group.value == pytest.approx(0.18)
    assert found.others.value == pytest.approx(0.42)


@pytest.mark.parametrize("truth", [0.0, 0.25])
def test_the_gap_within_strata_covers_the_truth(truth: float) -> None:
    rng = np.random.default_rng(11)
    covered = rounds = 0
    for _ in range(400):
        strata = []
        for base, size in ((0.1, 30), (0.3, 25), (0.5, 12), (0.4, 6)):
            group = int(rng.binomial(size, 0.4))
            strata.append(
                Stratum(
                    int(rng.binomial(group, base + truth)), group,
                    int(rng.binomial(size - group, base)), size - group,
                )
            )  # fmt: skip
        found = compare(strata)
        assert found.interval is not None
        covered += found.interval.covers(truth)
        rounds += 1
    assert covered / rounds > 0.92


def test_benjamini_hochberg_by_hand() -> None:
    assert benjamini_hochberg([0.04, 0.01, 0.03, 0.2]) == pytest.approx([0.0533333, 0.04, 0.0533333, 0.2])
    assert adjusted([0.01, None, 0.04], families=3) == pytest.approx([0.06, None, 0.12])
    assert adjusted([]) == []


def test_false_discoveries_in_pure_noise_and_among_effects() -> None:
    """Nothing there: at most 5 % of suites report anything. Else: at most 5 % of what is reported."""
    rng = np.random.default_rng(2)

    def suite(effects: int) -> tuple[int, int]:
        strata = []
        for n in range(30):
            gain = 0.45 if n < effects else 0.0
            group = int(rng.integers(10, 40))
            others = int(rng.integers(60, 160))
            strata.append(
                Stratum(int(rng.binomial(group, 0.3 + gain)), group, int(rng.binomial(others, 0.3)), others)
            )
        q = adjusted([compare([s]).p for s in strata])
        found = [n for n, value in enumerate(q) if value is not None and value <= comparing.FALSE_DISCOVERIES]
        return len(found), sum(n >= effects for n in found)

    noise = [suite(0)[0] > 0 for _ in range(300)]
    assert np.mean(noise) <= 0.05
    mixed = [suite(8) for _ in range(60)]
    assert np.mean([found for found, _ in mixed]) > 5
    assert np.mean([wrong / max(found, 1) for found, wrong in mixed]) <= 0.05
