"""The end of a review: what holds, what is open, and where the deal may go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from coachbot.model.playbook import Playbook
from coachbot.model.workspace import Call, Deal
from coachbot.review import Gate
from coachbot.review import ReviewView as Room
from coachbot.web.views.deal import CriterionView, StageStep, stage_steps
from coachbot.web.views.evidence import chips


@dataclass(frozen=True, slots=True)
class Missing:
    """A required field that nobody has said anything about, with the question to ask."""

    label: str
    question: str


@dataclass(frozen=True, slots=True)
class FinishView:
    """All that the last page of a review shows."""

    call: Call
    deal: Deal | None
    decided: int
    total: int
    accepted: int
    rejected: int
    steps: tuple[StageStep, ...]
    criteria: tuple[CriterionView, ...]
    missing: tuple[Missing, ...]
    drafted: int
    unmet: int
    now: str
    after: str | None
    earlier: tuple[tuple[str, str], ...]
    suggested: str
    back_to: str
    why: str


def criteria_of(
    gate: Gate | None, known: Mapping[str, str], confirmed: Gate | None = None
) -> tuple[CriterionView, ...]:
    """The gate's criteria with their quotes; `known` gives sides by speaker.

    `confirmed`: the gate without the draft, where the other one counts a draft as well.
    """
    sure = {c.id for c in confirmed.criteria if c.met} if confirmed else None
    return tuple(
        CriterionView(
            c.id, c.text, c.met, c.question,
            tuple(chip for p in c.proofs for chip in chips((p.evidence,), known, p.call_id)),
            draft=c.met and sure is not None and c.id not in sure,
        )
        for c in (gate.criteria if gate else ())
    )  # fmt: skip


def finish_view(
    room: Room, playbook: Playbook, confirmed: Gate | None, known: Mapping[str, str]
) -> FinishView:
    """The page from what the review room gives; `confirmed` is the deal's gate without this draft."""
    gate, deal = room.gate, room.deal
    stage = playbook.stage_by_id.get(deal.stage or "") if deal else None
    live = [v.item for v in room.items if not v.item.stale]
    criteria = criteria_of(gate, known, confirmed)
    following = playbook.stage_by_id.get(gate.next_stage or "") if gate else None
    index = playbook.stage_index(stage.id) if stage else 0
    told = room.recap.stage
    same = told.before == (deal.stage if deal else None)
    return FinishView(
        call=room.call,
        deal=deal,
        decided=room.decided,
        total=room.total,
        accepted=sum(i.status in ("accepted", "edited") for i in live),
        rejected=sum(i.status == "rejected" for i in live),
        steps=stage_steps(playbook, deal.stage if deal else None, criteria),
        criteria=criteria,
        missing=tuple(
            Missing(playbook.field_by_id[f].label, playbook.field_by_id[f].question)
            for f in (gate.missing if gate else ())
            if f in playbook.field_by_id
        ),
        drafted=sum(c.draft for c in criteria),
        unmet=len(gate.unmet) if gate else 0,
        now=stage.name if stage else "no stage yet",
        after=following.name if following else None,
        earlier=tuple((s.id, s.name) for s in playbook.stages[:index]),
        suggested=told.direction if same and deal else "stay",
        back_to=told.suggested if told.direction == "revert" and same else "",
        why=told.why if same else "",
    )
