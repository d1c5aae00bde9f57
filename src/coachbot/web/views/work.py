"""The work on a call, step by step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from coachbot.model.workspace import StepRun, StepState

NAMES = {
    "transcribe": ("Read the call", "words, speakers and times"),
    "extract": ("Find what was said", "facts, people, objections and next steps, each with its quote"),
    "index": ("Make it findable", "full text and coaching search"),
    "notify": ("Tell you", "the draft goes to your inbox"),
}


@dataclass(frozen=True, slots=True)
class StepView:
    """A step with its state in words."""

    step: str
    name: str
    words: str
    state: str
    error: str | None
    took: str


def step_views(runs: Iterable[StepRun]) -> tuple[StepView, ...]:
    """The steps in the order given."""
    return tuple(
        StepView(
            step=r.step,
            name=NAMES.get(r.step, (r.step.capitalize(), ""))[0],
            words=_words(r),
            state=r.state.value,
            error=r.error,
            took=_took(r),
        )
        for r in runs
    )


def _words(run: StepRun) -> str:
    if run.state is StepState.FAILED:
        return f"failed after {run.attempts} {'try' if run.attempts == 1 else 'tries'}"
    if run.state is StepState.RUNNING and run.attempts > 1:
        return f"try {run.attempts}"
    return NAMES.get(run.step, ("", ""))[1]


def _took(run: StepRun) -> str:
    if run.state is not StepState.DONE or run.started_at is None or run.finished_at is None:
        return ""
    seconds = (run.finished_at - run.started_at).total_seconds()
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.0f} min"
