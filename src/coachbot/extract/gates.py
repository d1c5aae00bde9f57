"""Signals for the stage: commitments of the buyer, and what takes them away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from coachbot.extract.call import Call
from coachbot.extract.zero_shot import Example
from coachbot.model.claims import CommitmentClaim, Quote, ReversionClaim, RiskClaim
from coachbot.model.playbook import Playbook, Stage

if TYPE_CHECKING:
    from coachbot.model.transcript import DealContext


def find_commitments(call: Call, playbook: Playbook, deal: DealContext) -> list[CommitmentClaim]:
    """What the buyer agreed to, of the commitments of the deal's stage (all stages where it is unknown)."""
    return [
        CommitmentClaim(commitment=c.id, value=c.text, confidence=score, quotes=quotes)
        for stage in _stages(playbook, deal)
        for c in stage.buyer_commitments
        for score, quotes in _said(call, Example(c.id, c.listen_for, c.not_this))
    ]


def find_reversions(call: Call, playbook: Playbook, deal: DealContext) -> list[ReversionClaim]:
    """What was said that may send the deal back."""
    if deal.stage is None:
        return []
    at = playbook.stage_index(deal.stage)
    return [
        ReversionClaim(reversion=r.id, value=r.text, confidence=score, quotes=quotes)
        for r in playbook.reversions
        if playbook.stage_index(r.to) < at and (not r.from_stages or deal.stage in r.from_stages)
        for score, quotes in _said(call, Example(r.id, r.listen_for, r.not_this))
    ]


def find_risks_said(call: Call, playbook: Playbook) -> list[RiskClaim]:
    """Utterances that a risk rule listens for."""
    return [
        RiskClaim(risk=r.id, value=r.label, confidence=score, quotes=quotes)
        for r in playbook.risks
        if r.signals
        for score, quotes in _said(call, Example(r.id, r.signals, r.not_this))
    ]


def _stages(playbook: Playbook, deal: DealContext) -> tuple[Stage, ...]:
    return (playbook.stage_by_id[deal.stage],) if deal.stage else playbook.stages


def _said(call: Call, example: Example) -> Iterator[tuple[float, tuple[Quote, ...]]]:
    hits = call.likeness.hits(example, call.not_seller)
    if hits:
        quotes = tuple(Quote(turn=h.utterance.turn, text=h.utterance.text) for h in hits[:2])
        yield round(hits[0].score, 3), quotes
