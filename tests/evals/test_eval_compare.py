"""Comparisons, baselines and the gate."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from eval_fakes import reads_half, reads_marks

from coachbot.errors import InputError, MissingRecordingError, UsageError
from coachbot.evals.baseline import gate, make_baseline, measured_baseline, read_baseline, write_baseline
from coachbot.evals.compare import CaseValues, Measured, Rules, Verdict, compare, measured
from coachbot.evals.metrics import METRICS, macro, mean_values, metric
from coachbot.evals.records import Run
from coachbot.evals.suite import Gate

RunAll = Callable[..., Run]
GATES = (
    Gate(metric="traps", margin=0.05),
    Gate(metric="stage", margin=0.1),
    Gate(metric="states", margin=0.05),
)


def made(
    name: str, values: dict[str, list[float | None]], *, gates: tuple[Gate, ...] = (), margin: float = 0.02
) -> Measured:
    """Runs of as many calls, each of its own account, with these values."""
    size = len(next(iter(values.values())))
    return Measured(
        name,
        Rules("fields_f1", margin, gates, 0.05, 0),
        {
            f"c{n:02}": CaseValues(f"a{n}", "g", {k: v[n] for k, v in values.items()})
            for n in range(size)
        },
    )  # fmt: skip


def noisy(mean: float, size: int = 40, sd: float = 0.05, seed: int = 4) -> list[float | None]:
    """Values whose mean is exactly that."""
    drawn = np.random.default_rng(seed).normal(0, sd, size)
    return [float(v) for v in drawn - drawn.mean() + mean]


FLAT: list[float | None] = [0.5] * 40


@pytest.mark.parametrize(
    ("after", "margin", "expected", "shown"),
    [
        (noisy(0.55), 0.02, Verdict.BETTER, True),
        (noisy(0.45), 0.02, Verdict.WORSE, False),
        (noisy(0.50), 0.04, Verdict.EQUIVALENT, True),
        (noisy(0.50, sd=0.2), 0.02, Verdict.UNDECIDED, False),
        (noisy(0.49, sd=0.01), 0.02, Verdict.EQUIVALENT, True),  # worse for sure, and too little to matter
        (FLAT, 0.02, Verdict.EQUIVALENT, True),
    ],
)
def test_verdicts_of_the_primary_metric(
    after: list[float | None], margin: float, expected: Verdict, shown: bool
) -> None:
    line = compare(made("a", {"fields_f1": FLAT}), made("b", {"fields_f1": after}, margin=margin)).primary
    assert (line.verdict, line.shown) == (expected, shown)
    assert line.a == pytest.approx(0.5)
    assert line.difference == pytest.approx((macro(after) or 0) - 0.5)
    assert (line.calls, line.clusters) == (40, 40)


def test_lower_is_better_for_traps() -> None:
    gates = (Gate(metric="traps", margin=0.02),)
    fewer, more = noisy(0.10, sd=0.02), noisy(0.20, sd=0.02)
    a = made("a", {"fields_f1": FLAT, "traps": more})
    b = made("b", {"fields_f1": FLAT, "traps": fewer}, gates=gates)
    found = compare(a, b)
    assert found.gates[0].verdict is Verdict.BETTER
    assert found.gates[0].difference == pytest.approx(-0.1)
    low, high = found.gates[0].interval or (0.0, 0.0)
    assert low < -0.1 < high < 0
    back = compare(b, made("a", {"fields_f1": FLAT, "traps": more}, gates=gates))
    assert [x.metric.id for x in back.regressions] == ["traps"]


def test_gates_are_adjusted_for_their_number() -> None:
    # One gate whose loss is significant alone (p about 0.03) and not among three.
    small = noisy(0.483, sd=0.048)
    alone = (Gate(metric="states", margin=0.001),)
    a = made("a", dict.fromkeys(("fields_f1", "traps", "stage", "states"), FLAT))
    values = {"fields_f1": FLAT, "traps": FLAT, "stage": FLAT, "states": small}
    one = compare(a, made("b", values, gates=alone)).gates[0]
    three = compare(a, made("b", values, gates=(*GATES[:2], *alone))).gates[-1]
    assert one.p is not None
    assert three.p is not None
    assert 0.017 < one.p < 0.05
    assert three.p == pytest.approx(3 * one.p)
    assert (one.verdict, three.verdict) == (Verdict.WORSE, Verdict.UNDECIDED)


def test_calls_where_a_metric_is_not_defined_are_no_pairs() -> None:
    some: list[float | None] = [None, *FLAT[1:]]
    line = compare(made("a", {"fields_f1": some}), made("b", {"fields_f1": noisy(0.5)})).primary
    assert line.calls == 39
    none: list[float | None] = [None] * 40
    line = compare(made("a", {"fields_f1": none}), made("b", {"fields_f1": FLAT})).primary
    assert (line.verdict, line.calls, line.difference) == (Verdict.UNDECIDED, 0, None)


def test_both_need_the_same_calls_and_labels() -> None:
    a, b = made("a", {"fields_f1": FLAT}), made("b", {"fields_f1": FLAT})
    fewer = Measured("fewer", a.rules, dict(list(a.cases.items())[:-2]))
    with pytest.raises(MissingRecordingError, match="fewer has no recording of c38, c39"):
        compare(fewer, b)
    with pytest.raises(MissingRecordingError, match="fewer has no recording of c38, c39"):
        compare(a, fewer)
    assert compare(a, fewer, allow_fewer=True).notes == ("a: not in fewer's suite any more: c38, c39",)
    other = CaseValues("a0", "relabelled", {"fields_f1": 0.5})
    with pytest.raises(MissingRecordingError, match="c00: scored against different labels"):
        compare(a, Measured("b", b.rules, {**b.cases, "c00": other}))
    with pytest.raises(UsageError, match="no metric"):
        compare(a, b, rules=b.rules._replace(primary="charm"))


def test_a_run_against_itself_and_a_blinder_one(run_all: RunAll) -> None:
    full, half = measured(run_all("full")), measured(run_all("half", reads_half))
    same = compare(full, full)
    assert same.primary.verdict is Verdict.EQUIVALENT
    assert same.primary.a == pytest.approx(7 / 8)  # seven perfect calls and a failed one
    worse = compare(full, half)
    assert worse.primary.verdict is Verdict.WORSE
    assert worse.primary.clusters == 7
    assert worse.primary.difference == pytest.approx(-(1 - 2 / 3) * 7 / 8)
    assert any("c8" in note for note in worse.notes)


def test_the_mean_of_repeats() -> None:
    got = mean_values([{"traps": 0.2, "stage": None}, {"traps": 0.4, "stage": 1.0}, {"traps": None}])
    assert (got["traps"], got["stage"], got["states"]) == (pytest.approx(0.3), 1.0, None)


def test_metrics_say_which_way_is_better() -> None:
    assert metric("traps").good(0.1) == -0.1
    assert metric("stage").good(0.1) == 0.1
    with pytest.raises(UsageError, match="fields_f1"):
        metric("charm")


def test_a_baseline_holds_each_call_s_scores(run_all: RunAll, tmp_path: Path) -> None:
    fresh = run_all("first", gates=GATES)
    path = tmp_path / "baselines" / "local.json"
    write_baseline(path, make_baseline(fresh))
    kept = read_baseline(path)
    assert kept.cases.keys() == fresh.info.cases.keys()
    assert kept.cases["c8"].failed
    assert "seconds" not in kept.cases["c1"].values
    assert len(path.read_text().splitlines()) < 40
    again = measured_baseline(kept, "local")
    now = measured(fresh)
    for case, found in now.cases.items():
        for name, value in found.values.items():
            if METRICS[name].portable:
                assert again.cases[case].values.get(name) == value
    assert again.rules == now.rules


def test_the_gate_passes_the_same_code_and_stops_a_blinder_one(run_all: RunAll) -> None:
    baseline = make_baseline(run_all("first", gates=GATES))
    assert gate(baseline, run_all("fresh", gates=GATES)).unproven == ()
    stopped = gate(baseline, run_all("blind", reads_half, gates=GATES))
    assert [x.metric.id for x in stopped.unproven] == ["fields_f1", "states"]


def test_the_gate_leaves_out_what_depends_on_the_machine(run_all: RunAll) -> None:
    gates = (Gate(metric="seconds", margin=0.1), GATES[0])
    found = gate(make_baseline(run_all("first", gates=gates)), run_all("fresh", gates=gates))
    assert [x.metric.id for x in found.gates] == ["traps"]


def test_the_gate_needs_a_baseline_of_the_same_labels(run_all: RunAll, root: Path) -> None:
    baseline = make_baseline(run_all("first", cases=["c1", "c2", "c3"]))
    with pytest.raises(MissingRecordingError, match="no recording of c4"):
        gate(baseline, run_all("more"))
    assert gate(baseline, run_all("less", cases=["c1", "c2"])).notes
    path = root / "cases" / "c2" / "gold.json"
    path.write_text(path.read_text().replace("Pallets vanish", "They vanish"))
    with pytest.raises(MissingRecordingError, match="c2: scored against different labels"):
        gate(baseline, run_all("relabelled", cases=["c1", "c2", "c3"]))


@pytest.mark.parametrize("text", ["[]", '{"format": "other"}', '{"format": "coachbot/eval-baseline/1"}', "{"])
def test_a_file_that_is_no_baseline(tmp_path: Path, text: str) -> None:
    path = tmp_path / "b.json"
    with pytest.raises(MissingRecordingError, match="no baseline is recorded"):
        read_baseline(path)
    path.write_text(text)
    with pytest.raises(InputError):
        read_baseline(path)


def test_run_json_says_what_decides(run_all: RunAll, root: Path) -> None:
    run_all("first", reads_marks, cases=["c1"])
    info = json.loads((root / "runs" / "first" / "run.json").read_text())
    assert info["cases"]["c1"]["cluster"] == "shared"
    assert info["primary"] == "fields_f1"
