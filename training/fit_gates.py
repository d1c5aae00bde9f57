# /// script
# requires-python = ">=3.11"
# dependencies = ["coachbot", "scikit-learn", "numpy", "safetensors"]
# ///
"""Fit the reader's stage signals on labelled evidence and add them to reader.safetensors.

    python training/fit_gates.py            # after train_reader.py

For every exit criterion two logistic regressions (it is so; it is not so), one for a reversion and one for a
slipped date, over the mean token vector of each turn from the trained reader, which stays as it is. Evidence:
training/gates.jsonl. Prints what calls that a fold left out say: accuracy of exit criteria by margin.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from coachbot.evals.cases import read_case
from coachbot.extract.reading import Reader
from coachbot.model.transcript import Side, Transcript
from coachbot.settings import settings

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "src/coachbot/extract/weights/reader.safetensors"
STRENGTH, FOLDS = 0.02, 5
GROUPS = ("gate", "ungate", "revert", "slipped")


def turn_vectors(reader: Reader, transcript: Transcript) -> np.ndarray:
    """Mean token vector of each turn, shape (turns, 384)."""
    total = np.zeros((len(transcript.turns), 384), np.float32)
    count = np.zeros((len(transcript.turns), 1), np.float32)
    for piece, rows in reader.vectors(transcript):
        total[piece.turn] += rows.sum(axis=0)
        count[piece.turn] += len(rows)
    return total / np.maximum(count, 1)


def fit(vectors: list[np.ndarray], targets: list[np.ndarray]) -> tuple[np.ndarray, float]:
    """Weights and bias of one logistic regression; a label without an example never fires."""
    x, y = np.concatenate(vectors), np.concatenate(targets)
    if not y.any():
        return np.zeros(x.shape[1]), -9.0
    scaler = StandardScaler().fit(x)
    model = LogisticRegression(C=STRENGTH, max_iter=300).fit(scaler.transform(x), y)
    weight = model.coef_[0] / scaler.scale_
    return weight, float(model.intercept_[0] - weight @ scaler.mean_)


def main() -> None:
    criteria = json.loads((ROOT / "training/labels.json").read_text())["criteria"]
    evidence = {r["id"]: r for r in map(json.loads, (ROOT / "training/gates.jsonl").read_text().splitlines())}
    labels = [
        *(("met", c) for c in criteria),
        *(("unmet", c) for c in criteria),
        ("revert", ""),
        ("slipped", ""),
    ]
    reader = Reader(settings().home)
    vectors, buyer, gold, cluster = {}, {}, {}, {}
    for folder in sorted(
        p.parent for place in ("evals", "training") for p in (ROOT / place / "cases").glob("*/gold.json")
    ):
        case = read_case(folder)
        vectors[folder.name] = turn_vectors(reader, case.transcript)
        buyer[folder.name] = [case.transcript.side_of(t) is not Side.SELLER for t in case.transcript.turns]
        gold[folder.name] = json.loads((folder / "gold.json").read_text())["exit_criteria"]
        cluster[folder.name] = case.file.cluster

    def target(call: str, label: tuple[str, str]) -> np.ndarray:
        row = evidence[call][label[0]]
        hot = np.zeros(len(vectors[call]))
        hot[[t for t in (row.get(label[1], []) if label[1] else row) if t < len(hot)]] = 1
        return hot

    def fit_all(calls: list[str]) -> tuple[np.ndarray, np.ndarray]:
        fitted = [fit([vectors[c] for c in calls], [target(c, label) for c in calls]) for label in labels]
        return np.stack([w for w, _ in fitted]), np.array([b for _, b in fitted])

    calls = [c for c in vectors if c in evidence]
    sellers = sorted({cluster[c] for c in calls})
    random.Random(0).shuffle(sellers)
    fold = {seller: n % FOLDS for n, seller in enumerate(sellers)}
    judged = []
    for n in range(FOLDS):
        weight, bias = fit_all([c for c in calls if fold[cluster[c]] != n])
        for call in (c for c in calls if fold[cluster[c]] == n):
            best = (vectors[call][buyer[call]] @ weight.T + bias).max(axis=0)
            for criterion, true in gold[call].items():
                at = criteria.index(criterion)
                judged.append((best[at] - best[len(criteria) + at], true))
    for margin in (0.0, 0.5, 1.0, 1.5, 2.0):
        right = sum((score > margin) == true for score, true in judged)
        print(f"margin {margin}: {right} of {len(judged)} exit criteria right on calls left out")
    _add(*fit_all(calls), criteria)


def _add(weight: np.ndarray, bias: np.ndarray, criteria: list[str]) -> None:
    tensors = load_file(OUT)
    with safe_open(OUT, framework="numpy") as file:
        facts = json.loads(file.metadata()["coachbot"])
    kept = {g: names for g, names in facts["labels"].items() if g not in GROUPS}
    rows = sum(map(len, kept.values()))
    for key, more in (("value", weight), ("query", np.zeros_like(weight)), ("bias", bias)):
        old = tensors[f"head.{key}"]
        tensors[f"head.{key}"] = np.concatenate([old[:rows], more.astype(old.dtype)])
    facts["labels"] = {
        **kept,
        "gate": criteria,
        "ungate": criteria,
        "revert": ["revert"],
        "slipped": ["slipped"],
    }
    save_file(tensors, OUT, metadata={"coachbot": json.dumps(facts)})
    OUT.chmod(0o644)


if __name__ == "__main__":
    main()
