"""A summary made of what an engine found, by rule; and what to say of a call without a date."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from coachbot.model.claims import FieldClaim, NextStepClaim, SummaryClaim
from coachbot.model.playbook import Playbook
from coachbot.model.transcript import DealContext

SUMMARY_LINES = 5
NO_DATE = (
    "The call has no date, so days such as “Thursday” stay as said: give it with the details of the call."
)


def summarise(
    fields: Sequence[FieldClaim], steps: Sequence[NextStepClaim], playbook: Playbook, deal: DealContext
) -> Iterable[SummaryClaim]:
    """The surest value of the fields that matter up to this stage, and the surest next step."""
    best: dict[str, FieldClaim] = {}
    for claim in fields:
        if claim.field not in best or claim.confidence > best[claim.field].confidence:
            best[claim.field] = claim
    reached = playbook.stage_index(deal.stage) + 1 if deal.stage else len(playbook.stages)
    needed = [f for s in playbook.stages[:reached] for f in s.required_fields]
    order = {f: n for n, f in enumerate(dict.fromkeys(needed))}
    chosen = sorted(best.values(), key=lambda c: (c.field not in order, -c.confidence))[:SUMMARY_LINES]
    position = {f.id: n for n, f in enumerate(playbook.fields)}
    for claim in sorted(chosen, key=lambda c: position[c.field]):
        label = playbook.field_by_id[claim.field].label
        yield SummaryClaim(value=f"{label}: {claim.value}", confidence=claim.confidence, quotes=claim.quotes)
    if steps:
        step = max(steps, key=lambda s: (s.committed, s.date is not None, s.confidence))
        yield SummaryClaim(value=f"Next: {step.value}", confidence=step.confidence, quotes=step.quotes)
