"""A peak is believed by its own score and by how it stands in the call."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from coachbot.extract.fields import field_peaks
from coachbot.extract.peaks import Peak
from coachbot.extract.reading import Reading
from coachbot.extract.weighing import Weighing, field_figures, load_weighings, logit, standing


def test_a_probability_is_the_logistic_of_the_weighed_figures() -> None:
    weighing = Weighing({"a": 2.0, "b": -1.0}, bias=0.5, threshold=0.5)
    assert weighing.probability({"a": 1.0, "b": 0.5, "other": 9.0}) == pytest.approx(1 / (1 + math.exp(-2.0)))
    with pytest.raises(KeyError):
        weighing.probability({"a": 1.0})


def test_no_figure_is_too_large_for_a_probability() -> None:
    weighing = Weighing({"a": 1e6}, bias=0.0, threshold=0.5)
    assert weighing.probability({"a": 1.0}) == pytest.approx(1.0)
    assert weighing.probability({"a": -1.0}) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_the_log_odds_of_a_certainty_are_finite(p: float) -> None:
    assert abs(logit(p)) < 10


def test_the_standing_counts_the_turns_that_say_it_more_plainly() -> None:
    states = np.array([0.9, 0.2, 0.6, 0.3], dtype=np.float32)
    figures = standing(Peak(2, 0.6, (2, 3)), states)
    assert figures == {"score": logit(0.6), "turns_above": 1.0, "turns": 2.0, "turns_plain": 1.0}


def _call(rows: list[list[float]]) -> SimpleNamespace:
    labels = {"core": ["pain", "wish"], "any": ["pain", "wish"]}
    weights = SimpleNamespace(
        labels=labels, columns=lambda group: slice(0, 2) if group == "core" else slice(2, 4)
    )
    logits = np.array([[logit(p) for p in row + row] for row in rows], dtype=np.float32)
    return SimpleNamespace(reading=Reading(weights, logits, []))  # type: ignore[arg-type]


def test_a_field_is_weighed_against_the_other_labels_of_its_turn() -> None:
    call = _call([[0.3, 0.8], [0.6, 0.1]])
    peak = Peak(0, 0.3, (0,))
    states = call.reading.probabilities("core")[:, 0]
    figures = field_figures(call, peak, states, 0)  # type: ignore[arg-type]
    assert figures["labels_above"] == 1.0
    assert figures["strongest_other"] == pytest.approx(logit(0.8), abs=1e-4)
    assert figures["labels_in_all"] == pytest.approx(1.1, abs=1e-4)
    assert figures["turns_above"] == 1.0


def test_faint_places_are_brought_forward_to_be_weighed() -> None:
    call = _call([[0.2, 0.05], [0.1, 0.05], [0.05, 0.05], [0.7, 0.05]])
    assert [peak.turn for peak, _ in field_peaks(call, "pain")] == [3, 0]  # type: ignore[arg-type]


def test_the_fitted_regressions_like_what_scores_more() -> None:
    fields, steps = load_weighings()["fields"], load_weighings()["steps"]
    base = {"score": 0.0, "turns": 2.0, "turns_above": 1.0, "turns_plain": 1.0}
    more = {"strongest_other": -1.0, "labels_above": 0.0, "labels_in_all": 1.0}
    for weighing, extra in ((fields, more), (steps, {})):
        low, high = ({**base, **extra, "score": s} for s in (-3.0, 4.0))
        assert weighing.probability(low) < weighing.threshold < weighing.probability(high)
