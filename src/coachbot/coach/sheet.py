"""The coaching sheet of a call or a deal: the prompts that matter most, at most five, each proven twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from coachbot.coach.behaviour import behaviour_prompts
from coachbot.coach.case import Case, case_of_call, case_of_recap, too_little
from coachbot.coach.feedback import weights
from coachbot.coach.gates import criterion_prompts, field_prompts, next_stage_prompts, reversion_prompts
from coachbot.coach.habits import figures_of, habits_of
from coachbot.coach.openings import open_prompts
from coachbot.coach.owed import owed_prompts
from coachbot.coach.pushback import objection_prompts
from coachbot.coach.types import CoachPrompt, CoachSheet
from coachbot.coach.warnings import risk_prompts
from coachbot.errors import NotFoundError
from coachbot.model.playbook import Playbook
from coachbot.model.recap import Recap
from coachbot.model.transcript import Transcript
from coachbot.model.workspace import Call, Deal
from coachbot.store import Unit

MOST = 5
MOST_OF = {"objection": 2, "behaviour": 2, "next_stage": 2, "risk": 2, "field": 2}
NO_ENCODER = (
    "the sentence encoder is not installed: objections are coached on only once they are accepted, "
    "and nothing is looked at twice; `coachbot doctor` says how to get it"
)


def coach_recap(
    recap: Recap, transcript: Transcript | None, book: Playbook, *, subject: str = ""
) -> CoachSheet:
    """Coaching straight from a recap and its transcript, without a workspace.

    Without the transcript nothing can be looked at twice, so fewer prompts come out.
    """
    return coach_case(case_of_recap(recap, transcript, book, subject=subject or f"file:{recap.call.id}"))


def coach_call(unit: Unit, call: Call, book: Playbook) -> CoachSheet:
    """Coaching on a call of the workspace, with what its deal knows. Raises NotFoundError without a recap."""
    return coach_case(case_of_call(unit, call, book), weights(unit))


def coach_deal(unit: Unit, deal: Deal, book: Playbook) -> CoachSheet:
    """Coaching on a deal, by its newest call that has a recap. Raises NotFoundError where none has."""
    for call in unit.calls.of_deal(deal.id):
        if unit.recaps.latest(call.id) is not None:
            sheet = coach_call(unit, call, book)
            return sheet.model_copy(update={"subject": f"deal:{deal.id}", "title": deal.name})
    raise NotFoundError("recap of deal", deal.name)


def coach_case(case: Case, adjust: Mapping[tuple[str, str], float] | None = None) -> CoachSheet:
    """The sheet of a case. `adjust` adds to the weight of prompts by (basis kind, basis id)."""
    little = too_little(case.recap, case.transcript)
    prompts = () if little else tuple(chosen(_all(case), adjust or {}))
    figures = figures_of(habits_of(case.recap, case.transcript)) if case.transcript else ()
    notes = (*case.notes, *(() if case.look or case.transcript is None else (NO_ENCODER,)))
    return CoachSheet(
        subject=case.subject, title=case.title, stage=case.stage.id, playbook=case.book.id,
        version=case.book.version, prompts=prompts, figures=figures, too_little=little, notes=notes,
    )  # fmt: skip


def _all(case: Case) -> Iterable[CoachPrompt]:
    yield from reversion_prompts(case)
    yield from open_prompts(case)
    yield from owed_prompts(case)
    yield from criterion_prompts(case)
    yield from field_prompts(case)
    yield from objection_prompts(case)
    yield from risk_prompts(case)
    yield from behaviour_prompts(case)
    yield from next_stage_prompts(case)


def chosen(
    prompts: Iterable[CoachPrompt], adjust: Mapping[tuple[str, str], float], most: int = MOST
) -> list[CoachPrompt]:
    """The best prompts that are proven twice: one a cause, one a moment, few of the same kind."""
    ranked = sorted(
        (p for p in prompts if p.cited),
        key=lambda p: -(p.weight + adjust.get((p.basis.kind, p.basis.id), 0.0)),
    )
    kept: list[CoachPrompt] = []
    causes: set[str] = set()
    opened: set[tuple[str | None, int]] = set()
    for prompt in ranked:
        of_kind = sum(p.kind == prompt.kind for p in kept)
        if causes & set(prompt.causes) or of_kind >= MOST_OF.get(prompt.kind, most):
            continue
        own = {(m.call_id, m.turn) for m in prompt.moments[: 2 if prompt.kind == "objection" else 1]}
        if own & opened:
            continue
        kept.append(prompt)
        causes.update(prompt.causes)
        opened |= own
        if len(kept) == most:
            break
    return kept
