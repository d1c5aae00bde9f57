"""Exit criteria ticked with their evidence, and the stage that follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from coachbot.model.claims import Evidence, Grounded, GroundedClaims, ReversionClaim
from coachbot.model.playbook import Criterion, Playbook, Reversion, SaidBy, Stage
from coachbot.model.recap import CriterionResult, StageAssessment
from coachbot.model.transcript import DealContext, Side, Transcript

MOST_EVIDENCE = 4


def assess(
    claims: GroundedClaims, transcript: Transcript, playbook: Playbook, deal: DealContext
) -> StageAssessment:
    """Judge the stage from what was proven on the call.

    A deal advances only when every exit criterion of its stage and every entry criterion of the next
    one holds; it goes back when something proven takes away what an earlier stage rested on. Where the
    deal's stage is not known, the stages are walked from the first one on this call's evidence alone.
    """
    if deal.stage is None:
        return _unknown_stage(claims, transcript, playbook)
    stage = playbook.stage_by_id[deal.stage]
    results = tuple(judge(c, claims, transcript) for c in stage.exit_criteria)
    missing = _missing(stage, claims)
    back = _reversion(claims, playbook, stage)
    if back is not None:
        rule, grounded = back
        quote = grounded.evidence[0].quote
        return StageAssessment(
            before=stage.id,
            suggested=rule.to,
            direction="revert",
            why=f"This may take away what the stage rested on: “{quote}”",
            exit_criteria=results,
            missing=missing,
        )
    following = playbook.next_stage(stage.id)
    blocked = _open_entries(following, results, claims, transcript) if following else ()
    advance = following is not None and all(r.met for r in results) and not blocked
    suggested = following.id if advance and following is not None else stage.id
    return StageAssessment(
        before=stage.id,
        suggested=suggested,
        direction="advance" if advance else "stay",
        why=_why(stage, following, results, blocked, advance),
        exit_criteria=results,
        missing=missing,
    )


def judge(criterion: Criterion, claims: GroundedClaims, transcript: Transcript) -> CriterionResult:
    """Tick one criterion, or leave it open with the question to ask."""
    by_field = {
        f: _buyer_first(_said_by(criterion.said_by, _of_field(f, claims), transcript), transcript)
        for f in criterion.fields
    }
    by_commitment = {c: _of_commitment(c, claims) for c in criterion.commitments}
    found = [e for e in (*by_field.values(), *by_commitment.values()) if e]
    needed = len(criterion.fields) + len(criterion.commitments)
    if criterion.how == "any":
        needed = min(criterion.at_least or 1, needed)
    met = needed > 0 and len(found) >= needed
    if met and criterion.agreed:
        met = any(by_commitment.values()) if criterion.commitments else _agreed(found, transcript)
    return CriterionResult(
        id=criterion.id,
        text=criterion.text,
        met=met,
        evidence=_first_of_each(found) if met else (),
        question="" if met else criterion.question,
    )


def _of_field(field: str, claims: GroundedClaims) -> list[Evidence]:
    return [e for g in claims.fields if g.claim.field == field for e in g.evidence]


def _said_by(who: SaidBy, evidence: list[Evidence], transcript: Transcript) -> list[Evidence]:
    """What counts for the criterion; nobody is shut out because the source does not say who speaks."""
    return [e for e in evidence if who == "either" or transcript.side_of(e.turn) in (Side.UNKNOWN, Side(who))]


def _of_commitment(commitment: str, claims: GroundedClaims) -> list[Evidence]:
    return [e for g in claims.commitments if g.claim.commitment == commitment for e in g.evidence]


def _buyer_first(evidence: list[Evidence], transcript: Transcript) -> list[Evidence]:
    return sorted(evidence, key=lambda e: transcript.side_of(e.turn) is not Side.BUYER)


def _agreed(found: Iterable[Sequence[Evidence]], transcript: Transcript) -> bool:
    return all(any(transcript.side_of(e.turn) is not Side.SELLER for e in group) for group in found)


def _first_of_each(groups: Iterable[Sequence[Evidence]]) -> tuple[Evidence, ...]:
    return tuple(group[0] for group in groups)[:MOST_EVIDENCE]


def _missing(stage: Stage, claims: GroundedClaims) -> tuple[str, ...]:
    known = {g.claim.field for g in claims.fields if g.proven}
    return tuple(f for f in stage.required_fields if f not in known)


def _reversion(
    claims: GroundedClaims, playbook: Playbook, stage: Stage
) -> tuple[Reversion, Grounded[ReversionClaim]] | None:
    at = playbook.stage_index(stage.id)
    rules = {r.id: r for r in playbook.reversions}
    candidates = []
    for grounded in claims.reversions:
        rule = rules.get(grounded.claim.reversion)
        if rule is None or not grounded.proven or playbook.stage_index(rule.to) >= at:
            continue
        if rule.from_stages and stage.id not in rule.from_stages:
            continue
        candidates.append((rule, grounded))
    return max(candidates, key=lambda c: c[1].claim.confidence, default=None)


def _open_entries(
    following: Stage,
    results: tuple[CriterionResult, ...],
    claims: GroundedClaims,
    transcript: Transcript,
) -> tuple[Criterion, ...]:
    """Entry criteria of the next stage that the call speaks against.

    An entry criterion with neither fields nor commitments restates the exit criteria and is met with
    them; one that shares its evidence with a met exit criterion is met too.
    """
    met = {r.id for r in results if r.met}
    return tuple(
        c
        for c in following.entry_criteria
        if c.id not in met and (c.fields or c.commitments) and not judge(c, claims, transcript).met
    )


def _why(
    stage: Stage,
    following: Stage | None,
    results: tuple[CriterionResult, ...],
    blocked: tuple[Criterion, ...],
    advance: bool,
) -> str:
    met = sum(r.met for r in results)
    if advance and following is not None:
        return f"{_all(results, stage)}, so the deal may enter {following.name}."
    if following is None and met == len(results):
        return f"{_all(results, stage)}; it is the last stage."
    if blocked and met == len(results):
        return f"{following.name if following else ''} cannot be entered yet: {blocked[0].text}"
    still = "; ".join(r.text.rstrip(".") for r in results if not r.met)
    criteria = "exit criterion" if len(results) == 1 else "exit criteria"
    return f"{met} of {len(results)} {criteria} of {stage.name} hold. Open: {still}."


def _all(results: tuple[CriterionResult, ...], stage: Stage) -> str:
    if len(results) == 1:
        return f"The exit criterion of {stage.name} holds"
    return f"All {len(results)} exit criteria of {stage.name} hold"


def _unknown_stage(claims: GroundedClaims, transcript: Transcript, playbook: Playbook) -> StageAssessment:
    for stage in playbook.stages:
        results = tuple(judge(c, claims, transcript) for c in stage.exit_criteria)
        if not all(r.met for r in results):
            break
    met = sum(r.met for r in results)
    if met == len(results):
        said = f"the exit criteria of all stages hold; {stage.name} is the last"
    else:
        said = (
            f"{stage.name} is the first stage whose exit criteria do not all hold ({met} of {len(results)})"
        )
    return StageAssessment(
        before=None,
        suggested=stage.id,
        direction="stay",
        why=f"The deal's stage was not given. On this call alone {said}.",
        exit_criteria=results,
        missing=_missing(stage, claims),
    )
