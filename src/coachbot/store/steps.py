"""The steps of the work on calls."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, func, select

from coachbot.model.workspace import STEPS, StepRun, StepState
from coachbot.store import tables as t
from coachbot.store.base import Repository, chunks


class Steps(Repository[StepRun]):
    """Steps by call and name; writing one again replaces it."""

    table = t.steps
    kind = "step"
    model = StepRun

    def put(self, run: StepRun) -> StepRun:
        """Write a step's state."""
        row = self.row(run)
        self.upsert([row], on=["call_id", "step"], change=[c for c in row if c not in ("call_id", "step")])
        return run

    def load(self, call_id: str, step: str) -> StepRun:
        """A step; one that never ran is pending with no attempts."""
        found = self.one(self.selected().where(t.steps.c.call_id == call_id, t.steps.c.step == step))
        return found or StepRun(call_id=call_id, step=step)

    def of_call(self, call_id: str) -> tuple[StepRun, ...]:
        """A call's steps that were begun, in the order of the work."""
        return self.of_calls([call_id]).get(call_id, ())

    def of_calls(self, call_ids: Iterable[str]) -> dict[str, tuple[StepRun, ...]]:
        """The steps of many calls, by call id."""
        found: dict[str, list[StepRun]] = {}
        for some in chunks(sorted(set(call_ids))):
            for run in self.fetch(self.selected().where(t.steps.c.call_id.in_(some))):
                found.setdefault(run.call_id, []).append(run)
        return {call: tuple(sorted(runs, key=_order)) for call, runs in found.items()}

    def counts(self) -> dict[tuple[str, StepState], int]:
        """How many calls have each step in each state."""
        query = select(t.steps.c.step, t.steps.c.state, func.count()).group_by(
            t.steps.c.step, t.steps.c.state
        )
        return {(step, StepState(state)): n for step, state, n in self.unit.connection.execute(query)}

    def clear(self, call_id: str, steps: Iterable[str] | None = None) -> None:
        """Forget steps, all where none are named, so that they run afresh."""
        query = delete(t.steps).where(t.steps.c.call_id == call_id)
        if steps is not None:
            query = query.where(t.steps.c.step.in_(list(steps)))
        self.unit.connection.execute(query)


def _order(run: StepRun) -> tuple[int, str]:
    return (STEPS.index(run.step) if run.step in STEPS else len(STEPS), run.step)
