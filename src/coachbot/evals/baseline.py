"""A baseline: a run's metrics by call, small enough to be kept with the code; and the gate against it."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from coachbot.errors import InputError, MissingRecordingError
from coachbot.evals.compare import CaseValues, Comparison, Measured, Rules, compare, measured
from coachbot.evals.files import lines_of, parse, read_json
from coachbot.evals.metrics import METRICS
from coachbot.evals.records import Run
from coachbot.evals.suite import Gate
from coachbot.files import write_text
from coachbot.model.base import Frozen

FORMAT = "coachbot/eval-baseline/1"


class BaselineCase(Frozen):
    """A call's metrics; a metric that is not defined for the call is left out."""

    cluster: str
    gold: str
    failed: bool = False
    values: dict[str, float]


class Baseline(Frozen):
    """baselines/<name>.json. Metrics that depend on the machine are not in it."""

    format: str = FORMAT
    suite: str
    engine: str
    prompt: str | None = None
    playbook: str
    code: str
    primary: str
    margin: float
    gates: tuple[Gate, ...] = ()
    alpha: float
    seed: int
    cases: dict[str, BaselineCase] = Field(min_length=1)


def make_baseline(run: Run) -> Baseline:
    """The baseline of a run."""
    info = run.info
    return Baseline(
        suite=info.suite,
        engine=info.contender.engine,
        prompt=info.contender.prompt,
        playbook=info.playbook,
        code=info.code,
        primary=info.primary,
        margin=info.margin,
        gates=info.gates,
        alpha=info.alpha,
        seed=info.seed,
        cases={
            case: BaselineCase(
                cluster=found.cluster,
                gold=found.gold,
                failed=found.failed,
                values={k: v for k, v in found.values.items() if v is not None and METRICS[k].portable},
            )
            for case, found in measured(run).cases.items()
        },
    )


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write a baseline, one call a line."""
    write_text(path, lines_of(baseline.model_dump(mode="json"), 2) + "\n")


def read_baseline(path: Path) -> Baseline:
    """Read a baseline. Raises MissingRecordingError where there is none."""
    if not path.is_file():
        raise MissingRecordingError(f"{path}: no baseline is recorded; run `coachbot evals baseline`")
    value = read_json(path)
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise InputError(f"not a baseline of the format {FORMAT}; write it again", path=path)
    return parse(Baseline, value, path)


def measured_baseline(baseline: Baseline, name: str) -> Measured:
    """The metrics of a baseline, by call."""
    return Measured(
        name=name,
        rules=Rules(baseline.primary, baseline.margin, baseline.gates, baseline.alpha, baseline.seed),
        cases={
            case: CaseValues(cluster=c.cluster, gold=c.gold, values=dict(c.values), failed=c.failed)
            for case, c in baseline.cases.items()
        },
    )


def gate(baseline: Baseline, fresh: Run, *, name: str = "baseline") -> Comparison:
    """Compare a fresh run with a baseline. It passes when `unproven` of the result is empty.

    Machine-dependent metrics are left out. A call that the suite no longer has is noted; one that the
    baseline lacks, or whose labels changed, raises MissingRecordingError.
    """
    now = measured(fresh)
    gates = tuple(g for g in now.rules.gates if METRICS[g.metric].portable)
    return compare(
        measured_baseline(baseline, name), now, rules=now.rules._replace(gates=gates), allow_fewer=True
    )
