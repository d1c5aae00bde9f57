# /// script
# requires-python = ">=3.11"
# dependencies = ["coachbot", "scikit-learn", "numpy"]
# ///
"""Fit how far the reader's peaks are to be believed; writes src/coachbot/extract/weights/weighing.json.

    python training/fit_weighing.py            # after fit_gates.py

Logistic regressions over the figures of `coachbot.extract.weighing`, on the calls of `training/unseen`: the
reader knows the others by heart, so what its scores are worth shows only here. A peak counts as right when
one of its turns is a core turn of a labelled item. Prints F1 by threshold, each call judged by a regression
that did not see it (six folds over calls).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from coachbot.embed import SentenceEncoder
from coachbot.evals.cases import Case, read_case
from coachbot.evals.matching import match
from coachbot.extract.call import Call
from coachbot.extract.fields import field_peaks
from coachbot.extract.reading import Reader
from coachbot.extract.steps import step_peaks
from coachbot.extract.weighing import FILE, Weighing
from coachbot.settings import settings

ROOT = Path(__file__).resolve().parents[1]
STRENGTH, FOLDS = 0.1, 6
THRESHOLDS = {"fields": 0.39, "steps": 0.66}

Row = tuple[str, dict[str, float], frozenset[int]]  # the group it competes in, its figures, its turns
Golds = dict[str, list[frozenset[int]]]


def fields_of(call: Call, case: Case) -> tuple[list[Row], Golds]:
    """Peaks of every label that the reader learnt, and the labelled items."""
    rows = [
        (name, figures, frozenset(peak.turns))
        for name in call.reading.weights.labels["core"]
        for peak, figures in field_peaks(call, name)
    ]
    return rows, {name: [i.core for i in items] for name, items in case.gold.fields.items()}


def steps_of(call: Call, case: Case) -> tuple[list[Row], Golds]:
    """Peaks of next steps, and the labelled ones."""
    rows = [("step", figures, frozenset(peak.turns)) for peak, figures in step_peaks(call)]
    return rows, {"step": [s.core for s in case.gold.next_steps]}


def right(row: Row, gold: Golds) -> bool:
    """Whether the peak shows something that is labelled."""
    return any(row[2] & core for core in gold.get(row[0], []))


def f1(judged: list[tuple[list[Row], list[float], Golds]], threshold: float) -> float:
    """F1 of the peaks believed, paired one to one with the labelled items."""
    hits = said = there = 0
    for rows, sure, gold in judged:
        items = [(group, core) for group, cores in gold.items() for core in cores]
        believed = [row for row, p in zip(rows, sure, strict=True) if p >= threshold]
        fits = [
            [n for n, (group, core) in enumerate(items) if group == row[0] and core & row[2]]
            for row in believed
        ]
        hits, said, there = hits + len(match(fits)), said + len(believed), there + len(items)
    return 2 * hits / (said + there)


def fit(rows: list[Row], truth: list[bool], threshold: float) -> Weighing:
    """The regression, for figures as they are (not standardised)."""
    names = sorted(rows[0][1])
    x = np.array([[row[1][n] for n in names] for row in rows])
    scaler = StandardScaler().fit(x)
    model = LogisticRegression(C=STRENGTH, max_iter=3000).fit(scaler.transform(x), truth)
    weight = model.coef_[0] / scaler.scale_
    bias = float(model.intercept_[0] - weight @ scaler.mean_)
    weights = {n: round(float(w), 5) for n, w in zip(names, weight, strict=True)}
    return Weighing(weights, round(bias, 5), threshold)


def learn(name: str, calls: list[tuple[list[Row], Golds]]) -> dict[str, object]:
    """The regression over all calls, after printing how it does on those left out."""

    def fitted(chosen: Iterator[tuple[list[Row], Golds]]) -> Weighing:
        pairs = [(row, right(row, gold)) for rows, gold in chosen for row in rows]
        return fit([row for row, _ in pairs], [truth for _, truth in pairs], THRESHOLDS[name])

    judged = []
    for k in range(FOLDS):
        model = fitted(c for n, c in enumerate(calls) if n % FOLDS != k)
        judged += [(rows, [model.probability(r[1]) for r in rows], gold) for rows, gold in calls[k::FOLDS]]
    for threshold in np.arange(0.25, 0.86, 0.04):
        print(f"{name} {threshold:.2f}: F1 {f1(judged, float(threshold)):.3f}")
    return asdict(fitted(iter(calls)))


def main() -> None:
    conf = settings()
    reader = Reader(conf.home)
    encoder = SentenceEncoder(conf.home)
    cases = [read_case(gold.parent) for gold in sorted(ROOT.glob("training/unseen/*/gold.json"))]
    calls = [(Call(c.transcript, reader.read(c.transcript), encoder.encode), c) for c in cases]
    kinds: dict[str, Callable[[Call, Case], tuple[list[Row], Golds]]]
    kinds = {"fields": fields_of, "steps": steps_of}
    found = {name: learn(name, [of(call, case) for call, case in calls]) for name, of in kinds.items()}
    FILE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
