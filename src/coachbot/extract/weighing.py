"""How far a peak is to be believed, seen against the rest of the call.

A score says how much a turn sounds like a label, by itself. Whether an analyst would write it down depends
on more: whether the turn sounds even more like something else, how many turns of the call say it more
plainly, whether those beside it say it too. A logistic regression over a handful of such figures weighs
that; `training/fit_weighing.py` fits it on calls that the reader has not learnt from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from math import exp, log
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from coachbot.extract.call import Call
    from coachbot.extract.peaks import Peak

FILE = Path(str(files("coachbot.extract") / "weights" / "weighing.json"))
PLAIN = 0.5  # a turn from this probability on says the thing plainly


@dataclass(frozen=True)
class Weighing:
    """A fitted regression: a weight for each figure by name, and the threshold to believe at."""

    weights: Mapping[str, float]
    bias: float
    threshold: float

    def probability(self, figures: Mapping[str, float]) -> float:
        """How likely an analyst would write it down, 0 to 1. Raises KeyError where a figure is missing."""
        total = self.bias + sum(weight * figures[name] for name, weight in self.weights.items())
        return 1 / (1 + exp(-max(-30.0, min(30.0, total))))


@lru_cache(maxsize=1)
def load_weighings() -> Mapping[str, Weighing]:
    """The fitted regressions, by what they weigh: `fields`, `steps`."""
    return {name: Weighing(**fitted) for name, fitted in json.loads(FILE.read_text("utf-8")).items()}


def field_figures(call: Call, peak: Peak, states: NDArray[np.float32], at: int) -> dict[str, float]:
    """What is weighed of a field: the label in column `at` of the reader's fields, and its scores."""
    row = call.reading.probabilities("core")[peak.turn]
    rest = [float(p) for n, p in enumerate(row) if n != at]
    return {
        **standing(peak, states),
        "strongest_other": logit(max(rest, default=0.0)),
        "labels_above": float(sum(p > row[at] for p in rest)),
        "labels_in_all": float(row.sum()),
    }


def standing(peak: Peak, states: NDArray[np.float32]) -> dict[str, float]:
    """What is weighed of every peak: its score, and how it stands among the turns of the call."""
    return {
        "score": logit(peak.confidence),
        "turns_above": float((states > states[peak.turn]).sum()),
        "turns": float(len(peak.turns)),
        "turns_plain": float(sum(states[t] > PLAIN for t in peak.turns)),
    }


def logit(probability: float) -> float:
    """Log odds, kept within what a score can tell."""
    p = min(max(probability, 1e-4), 1 - 1e-4)
    return log(p / (1 - p))
