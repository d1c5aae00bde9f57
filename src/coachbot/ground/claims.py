"""Who may prove which kind of claim, and what falls away where nobody of theirs did."""

from __future__ import annotations

import re
from datetime import date

from coachbot.ground import lexicon
from coachbot.ground.doubt import certain_text
from coachbot.ground.normalise import norms
from coachbot.ground.prove import Prover
from coachbot.ground.values import unsupported
from coachbot.model.claims import (
    Claims,
    CommitmentClaim,
    Evidence,
    FieldClaim,
    Grounded,
    GroundedClaims,
    NextStepClaim,
    ObjectionClaim,
    Refusal,
    ReversionClaim,
    RiskClaim,
    StakeholderClaim,
    SummaryClaim,
    Unproven,
)
from coachbot.model.playbook import Playbook, SaidBy
from coachbot.model.transcript import Side, Transcript

_DENIALS = frozenset({"not", "never", "nope", "nah"})
_NO_TROUBLE = (["problem"], ["worries"], ["objection"], ["objections"])
_SENTENCE = re.compile(r"(?<=[.?!])\s+")
_AROUND = 2
"""Turns beside the evidence in which the time of a next step may be agreed."""


def ground(claims: Claims, transcript: Transcript, playbook: Playbook) -> GroundedClaims:
    """Proves the claims of an engine by the transcript, by code alone.

    A field is proven by the side that the playbook names for it; objections, commitments and reversions
    by the buyer; the rest by anybody. Nothing is dropped: what is not proven keeps the reasons.
    A quote is proven where its words stand in the call, exactly or nearly, and every number, date, name
    and negation agrees. A claim whose value has a number that its evidence lacks is not proven.
    """
    prover = Prover(transcript)
    said_by: dict[str, SaidBy] = {field.id: field.said_by for field in playbook.fields}
    return GroundedClaims(
        # A field that the playbook does not know is held to the strictest rule.
        fields=tuple(
            prover.grounded(Grounded[FieldClaim], c, said_by.get(c.field, "buyer")) for c in claims.fields
        ),
        commitments=tuple(prover.grounded(Grounded[CommitmentClaim], c, "buyer") for c in claims.commitments),
        reversions=tuple(prover.grounded(Grounded[ReversionClaim], c, "buyer") for c in claims.reversions),
        risks=tuple(prover.grounded(Grounded[RiskClaim], c, "either") for c in claims.risks),
        stakeholders=tuple(_stakeholder(prover, c) for c in claims.stakeholders),
        objections=tuple(_objection(prover, c) for c in claims.objections),
        next_steps=tuple(_next_step(prover, c) for c in claims.next_steps),
        summary=tuple(prover.grounded(Grounded[SummaryClaim], c, "either") for c in claims.summary),
        turns_read=claims.turns_read,
        engine=claims.engine,
        warnings=claims.warnings,
    )


def _objection(prover: Prover, claim: ObjectionClaim) -> Grounded[ObjectionClaim]:
    """The buyer's objection, and the seller's answer. Without a proven answer it was not handled."""
    grounded = prover.grounded(Grounded[ObjectionClaim], claim, "buyer")
    if claim.response is None:
        return grounded
    proof = prover.prove(claim.response.quotes, "seller", claim.response.text)
    refused = (
        *grounded.refused,
        *(u.model_copy(update={"detail": f"response: {u.detail}"}) for u in proof.refused),
    )
    if not proof.evidence:
        claim = claim.model_copy(update={"response": None, "handled": "no"})
    return grounded.model_copy(
        update={"claim": claim, "refused": refused, "response_evidence": proof.evidence},
    )


def _next_step(prover: Prover, claim: NextStepClaim) -> Grounded[NextStepClaim]:
    """Committed only by the buyer's own words; with a time only where somebody said it."""
    grounded = prover.grounded(Grounded[NextStepClaim], claim, "either")
    changes: dict[str, object] = {}
    refused = list(grounded.refused)
    if claim.committed and not any(_agrees(prover.transcript, e) for e in grounded.evidence):
        changes["committed"] = False
    if grounded.evidence and claim.when is not None:
        turns = prover.transcript.turns
        near = {t for e in grounded.evidence for t in range(e.turn - _AROUND, e.turn + _AROUND + 1)}
        wrong = unsupported(
            claim.when, [certain_text(turns[t]) for t in sorted(near) if 0 <= t < len(turns)], prover.on
        )
        if wrong is not None:
            changes |= {"when": None, "date": None}
            refused.append(
                Unproven(quote=claim.when, turn=None, why=Refusal.CONTRADICTED, detail=f"when: {wrong}")
            )
        elif claim.date is not None and _other_weekday(claim.when, claim.date):
            changes["date"] = None
            detail = f"date: {claim.date} is no {claim.when}"
            refused.append(Unproven(quote=claim.date, turn=None, why=Refusal.CONTRADICTED, detail=detail))
    return grounded.model_copy(update={"claim": claim.model_copy(update=changes), "refused": tuple(refused)})


def _agrees(transcript: Transcript, evidence: Evidence) -> bool:
    """Whether the buyer says it, and it is no refusal ('no', 'I can't commit to that')."""
    if transcript.side_of(evidence.turn) is not Side.BUYER:
        return False
    # Sentence by sentence: 'Friday's fine. Send it to me, not to Lesedi.' agrees.
    return any(_assents(norms(sentence)) for sentence in _SENTENCE.split(evidence.quote))


def _assents(words: list[str]) -> bool:
    denies = not _DENIALS.isdisjoint(words) or (words[:1] == ["no"] and words[1:2] not in _NO_TROUBLE)
    return bool(words) and (not denies or not lexicon.AGREEMENT.isdisjoint(words))


def _other_weekday(when: str, day: str) -> bool:
    """Whether `when` names one weekday and the date falls on another."""
    named = [w for w in norms(when) if w in lexicon.WEEKDAYS]
    try:
        return len(named) == 1 and lexicon.WEEKDAYS[date.fromisoformat(day).weekday()] != named[0]
    except ValueError:
        return True


def _stakeholder(prover: Prover, claim: StakeholderClaim) -> Grounded[StakeholderClaim]:
    """A person by a name that somebody bears or says; the name is blank where nobody does."""
    grounded = prover.grounded(Grounded[StakeholderClaim], claim, "either")
    stream = prover.aligner.stream
    if claim.name is None or not grounded.evidence or stream.knows_name(claim.name):
        return grounded
    detail = "nobody of this name is on the call or spoken of"
    refused = (*grounded.refused, Unproven(quote=claim.name, turn=None, why=Refusal.NOT_FOUND, detail=detail))
    if claim.role is None:
        return grounded.model_copy(update={"evidence": (), "refused": refused})
    nameless = claim.model_copy(update={"name": None})
    return grounded.model_copy(update={"claim": nameless, "refused": refused})
