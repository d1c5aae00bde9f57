"""Deal risks: each rule of the playbook, checked by code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from coachbot.model.claims import Evidence, GroundedClaims
from coachbot.model.playbook import Playbook, Risk, Stage
from coachbot.model.recap import RiskResult
from coachbot.model.transcript import DealContext, Side, Transcript


@dataclass(frozen=True)
class _Case:
    """All that a rule may look at."""

    claims: GroundedClaims
    transcript: Transcript
    deal: DealContext
    stage: Stage


@dataclass(frozen=True)
class _Hit:
    """A rule that fires, with the numbers its message may name."""

    count: int = 0
    evidence: tuple[Evidence, ...] = ()


def find_risks(
    claims: GroundedClaims, transcript: Transcript, playbook: Playbook, deal: DealContext, stage_id: str
) -> tuple[RiskResult, ...]:
    """The risks of the playbook that apply to a deal in that stage, in the playbook's order."""
    case = _Case(claims, transcript, deal, playbook.stage_by_id[stage_id])
    found = []
    for risk in playbook.risks:
        if risk.stages and stage_id not in risk.stages:
            continue
        hit = _RULES[risk.rule](risk, case)
        if hit is not None:
            message = risk.message.format(
                days=deal.days_in_stage,
                healthy_days=case.stage.healthy_days,
                stage=case.stage.name,
                count=hit.count,
            )
            found.append(RiskResult(id=risk.id, message=message, evidence=hit.evidence))
    return tuple(found)


def buyer_people(transcript: Transcript, deal: DealContext) -> set[str]:
    """Names of the buyer's people who are known or on the call; "Dale" is the Dale who speaks."""
    on_call = {p.name for p in transcript.participants if p.side is Side.BUYER}
    words = [_name_words(name) for name in on_call]
    known = {c for c in deal.contacts if _name_words(c) and not any(_name_words(c) <= w for w in words)}
    return on_call | known


def _name_words(name: str) -> set[str]:
    return set(name.casefold().split())


def _no_next_step(risk: Risk, case: _Case) -> _Hit | None:
    dated = [g for g in case.claims.next_steps if g.proven and g.claim.committed and g.claim.date]
    return None if dated else _Hit()


def _single_threaded(risk: Risk, case: _Case) -> _Hit | None:
    people = buyer_people(case.transcript, case.deal)
    return _Hit(len(people)) if len(people) < risk.minimum else None


def _missing_fields(risk: Risk, case: _Case) -> _Hit | None:
    known = {g.claim.field for g in case.claims.fields if g.proven}
    return None if known & set(risk.fields) else _Hit()


def _long_time(risk: Risk, case: _Case) -> _Hit | None:
    days = case.deal.days_in_stage
    return _Hit(days) if days is not None and days > case.stage.healthy_days else None


def _missing_influence(risk: Risk, case: _Case) -> _Hit | None:
    roles = {g.claim.influence for g in case.claims.stakeholders if g.proven and g.claim.side is Side.BUYER}
    return None if roles & set(risk.influence) else _Hit()


def _slipped(risk: Risk, case: _Case) -> _Hit | None:
    dates = [c.close_date for c in sorted(case.deal.close_date_history, key=lambda c: c.set_on)]
    slips = sum(later > earlier for earlier, later in pairwise(dates))
    said = tuple(e for g in case.claims.risks if g.claim.risk == risk.id for e in g.evidence)
    return _Hit(slips, said) if slips or said else None


_RULES: dict[str, Callable[[Risk, _Case], _Hit | None]] = {
    "no_next_step": _no_next_step,
    "single_threaded": _single_threaded,
    "missing_fields": _missing_fields,
    "long_time_in_stage": _long_time,
    "missing_influence": _missing_influence,
    "slipped_close_date": _slipped,
}
