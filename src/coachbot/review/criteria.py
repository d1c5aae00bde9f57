"""The gate of a deal's stage, from all of its calls: what holds, by which words, and what is open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from coachbot.model.base import Frozen
from coachbot.model.claims import Evidence
from coachbot.model.playbook import Criterion, Playbook, Stage
from coachbot.model.workspace import Deal, Fact, ReviewItem
from coachbot.review.items import KEPT
from coachbot.store import Unit

SHOWN = 4
"""Proofs that are shown of a criterion."""


class Proof(Frozen):
    """Words of a call of the deal."""

    call_id: str
    evidence: Evidence


class CriterionState(Frozen):
    """An exit criterion over all calls of the deal. `by_hand`: a person said so, with their reason."""

    id: str
    text: str
    met: bool
    proofs: tuple[Proof, ...] = ()
    question: str = ""
    by_hand: bool = False
    why: str | None = None


class Gate(Frozen):
    """Where the deal stands against its stage: criteria, required fields that are open, and what follows."""

    stage: str | None
    criteria: tuple[CriterionState, ...] = ()
    missing: tuple[str, ...] = ()
    next_stage: str | None = None

    @property
    def unmet(self) -> tuple[str, ...]:
        """Ids of the criteria that are open."""
        return tuple(c.id for c in self.criteria if not c.met)


@dataclass(frozen=True)
class _Known:
    """What counts as proof: by field, and by criterion where a call's recap ticked it."""

    fields: dict[str, list[Proof]]
    ticked: dict[str, list[Proof]]


def gate_of(unit: Unit, deal: Deal, playbook: Playbook, *, draft_call: str | None = None) -> Gate:
    """The deal's gate from its accepted facts and its calls' recaps, in a fixed number of queries.

    With `draft_call` what is accepted in that call's draft counts too, and rejected items' words do not.
    """
    stage = playbook.stage_by_id.get(deal.stage or "")
    if stage is None:
        return Gate(stage=deal.stage)
    drafted = unit.items.of_call(draft_call) if draft_call else ()
    known = _Known(
        _by_field(unit.facts.first_of_fields(deal.id), drafted), _ticked(unit, deal, stage, draft_call)
    )
    marks = {m.key: m for m in unit.marks.current("criterion", subject=f"deal:{deal.id}")}
    states = []
    for criterion in stage.exit_criteria:
        state = _judge(criterion, known)
        mark = marks.get(criterion.id)
        if mark is not None and mark.value.get("stage") == stage.id and mark.value.get("met") is not None:
            state = state.model_copy(
                update={"met": bool(mark.value["met"]), "by_hand": True, "why": mark.why}
            )
        states.append(state)
    following = playbook.next_stage(stage.id)
    return Gate(
        stage=stage.id,
        criteria=tuple(states),
        missing=tuple(f for f in stage.required_fields if f not in known.fields),
        next_stage=following.id if following else None,
    )


def tick(
    unit: Unit,
    deal: Deal,
    stage: Stage,
    criterion_id: str,
    *,
    met: bool | None,
    by: str | None,
    why: str | None,
) -> None:
    """A person's word on a criterion, over what the calls show; None takes it back."""
    unit.marks.add(
        "criterion",
        f"deal:{deal.id}",
        key=criterion_id,
        value={"met": met, "stage": stage.id},
        by=by,
        why=why,
    )
    unit.audit.add(
        "criterion.tick", f"deal:{deal.id}", who=by, after={"criterion": criterion_id, "met": met}, why=why
    )


def _by_field(facts: Iterable[Fact], drafted: Iterable[ReviewItem]) -> dict[str, list[Proof]]:
    found: dict[str, list[Proof]] = {}
    kept = [i for i in drafted if i.status in KEPT]
    all_known: tuple[Fact | ReviewItem, ...] = (*facts, *kept)
    for known in all_known:
        if known.kind == "field" and known.key:
            found.setdefault(known.key, []).extend(
                Proof(call_id=known.call_id, evidence=e) for e in known.evidence
            )
    return found


def _ticked(unit: Unit, deal: Deal, stage: Stage, draft_call: str | None) -> dict[str, list[Proof]]:
    """Criteria that recaps of reviewed calls (and of the draft) ticked, without words that were rejected.

    The latest proofs of each, no more than are shown.
    """
    refused = unit.items.refused_turns(deal.id)
    found: dict[str, list[Proof]] = {c.id: [] for c in stage.exit_criteria}
    for call_id, criteria in unit.recaps.criteria(deal.id, draft_call=draft_call):
        for criterion in criteria:
            proofs = found.get(criterion["id"])
            if proofs is None or not criterion["met"] or len(proofs) >= SHOWN:
                continue
            proofs += [
                Proof(call_id=call_id, evidence=Evidence.model_validate(e))
                for e in criterion.get("evidence", ())
                if (call_id, e["turn"]) not in refused
            ]
    return found


def _judge(criterion: Criterion, known: _Known) -> CriterionState:
    proofs = known.ticked.get(criterion.id, [])
    if not proofs and not criterion.commitments:
        groups = [known.fields[f] for f in criterion.fields if f in known.fields]
        needed = len(criterion.fields)
        if criterion.how == "any":
            needed = min(criterion.at_least or 1, needed)
        if needed and len(groups) >= needed and not criterion.agreed:
            proofs = [g[0] for g in groups]
    return CriterionState(
        id=criterion.id,
        text=criterion.text,
        met=bool(proofs),
        proofs=tuple(proofs[:SHOWN]),
        question="" if proofs else criterion.question,
    )
