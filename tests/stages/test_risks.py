"""Every risk rule at its boundary."""

from __future__ import annotations

from typing import Any

import pytest

from coachbot.model.claims import (
    FieldClaim,
    Grounded,
    GroundedClaims,
    NextStepClaim,
    RiskClaim,
    StakeholderClaim,
)
from coachbot.model.playbook import Risk
from coachbot.model.recap import RiskResult
from coachbot.model.transcript import CloseDate, DealContext, Side
from coachbot.stages import find_risks
from small_world import ENGINE, PLAYBOOK, call, proof

PROVEN, UNPROVEN = (proof(1),), ()


def risks(
    risk: dict[str, Any],
    claims: dict[str, Any] | None = None,
    deal: DealContext | None = None,
    stage: str = "meet",
) -> tuple[RiskResult, ...]:
    rule = Risk(**{"id": "r", "label": "R", "message": "{count} {days} {healthy_days} {stage}", **risk})
    book = PLAYBOOK.model_copy(update={"risks": (rule,)})
    grounded = GroundedClaims(engine=ENGINE, **(claims or {}))
    return find_risks(grounded, call(), book, deal or DealContext(), stage)


def step(evidence: Any = PROVEN, **known: Any) -> dict[str, Any]:
    claim = NextStepClaim(value="Meet", **{"date": "2026-05-01", "committed": True, **known})
    return {"next_steps": (Grounded(claim=claim, evidence=evidence),)}


@pytest.mark.parametrize(
    ("claims", "fires"),
    [
        ({}, True),
        (step(), False),
        (step(committed=False), True),
        (step(date=None), True),
        (step(UNPROVEN), True),
    ],
)
def test_no_next_step(claims: dict[str, Any], fires: bool) -> None:
    assert bool(risks({"rule": "no_next_step"}, claims)) is fires


@pytest.mark.parametrize(
    ("minimum", "contacts", "people"),
    [
        (1, (), None),  # Bea is on the call
        (2, (), 1),
        (2, ("Bea",), 1),  # the same person
        (2, ("", "Bea"), 1),
        (2, ("Ben",), None),
        (3, ("Ben",), 2),
        (3, ("Ben", "Bo"), None),
    ],
)
def test_single_threaded_counts_each_buyer_once(
    minimum: int, contacts: tuple[str, ...], people: int | None
) -> None:
    found = risks({"rule": "single_threaded", "minimum": minimum}, deal=DealContext(contacts=contacts))
    assert [r.message.split()[0] for r in found] == ([str(people)] if people else [])


@pytest.mark.parametrize(
    ("known", "evidence", "fires"),
    [("need", PROVEN, False), ("worth", PROVEN, False), ("need", UNPROVEN, True), ("price", PROVEN, True)],
)
def test_missing_fields_fires_when_none_of_them_is_known(known: str, evidence: Any, fires: bool) -> None:
    claims = {"fields": (Grounded(claim=FieldClaim(field=known, value="v"), evidence=evidence),)}
    assert bool(risks({"rule": "missing_fields", "fields": ("need", "worth")}, claims)) is fires


@pytest.mark.parametrize(
    ("stage", "days", "fires"),
    [
        ("meet", None, False),
        ("meet", 0, False),
        ("meet", 10, False),
        ("meet", 11, True),
        ("prove", 11, False),
    ],
)
def test_long_time_in_stage_fires_past_the_healthy_days(stage: str, days: int | None, fires: bool) -> None:
    found = risks({"rule": "long_time_in_stage"}, deal=DealContext(days_in_stage=days), stage=stage)
    assert [r.message for r in found] == (["11 11 10 Meet"] if fires else [])


@pytest.mark.parametrize(
    ("side", "influence", "evidence", "fires"),
    [
        (Side.BUYER, "champion", PROVEN, False),
        (Side.BUYER, "unknown", PROVEN, True),
        (Side.BUYER, "champion", UNPROVEN, True),
        (Side.SELLER, "champion", PROVEN, True),
    ],
)
def test_missing_influence_wants_a_proven_buyer(
    side: Side, influence: str, evidence: Any, fires: bool
) -> None:
    claim = StakeholderClaim(value="v", name="Bea", role=None, side=side, influence=influence)
    claims = {"stakeholders": (Grounded(claim=claim, evidence=evidence),)}
    assert bool(risks({"rule": "missing_influence", "influence": ("champion",)}, claims)) is fires


def history(*pairs: tuple[str, str]) -> DealContext:
    return DealContext(close_date_history=tuple(CloseDate(set_on=a, close_date=b) for a, b in pairs))


@pytest.mark.parametrize(
    ("deal", "slips"),
    [
        (history(), None),
        (history(("2026-01-01", "2026-03-31")), None),
        (history(("2026-01-01", "2026-03-31"), ("2026-02-01", "2026-03-31")), None),
        (history(("2026-01-01", "2026-03-31"), ("2026-02-01", "2026-03-01")), None),
        (history(("2026-01-01", "2026-03-31"), ("2026-02-01", "2026-04-01")), 1),
        (history(("2026-02-01", "2026-03-31"), ("2026-01-01", "2026-04-30")), None),  # out of order
        (
            history(("2026-01-01", "2026-03-31"), ("2026-02-01", "2026-04-01"), ("2026-03-01", "2026-05-01")),
            2,
        ),
    ],
)
def test_slipped_close_date_counts_moves_to_a_later_day(deal: DealContext, slips: int | None) -> None:
    found = risks({"rule": "slipped_close_date"}, deal=deal)
    assert [r.message.split()[0] for r in found] == ([str(slips)] if slips else [])


@pytest.mark.parametrize(
    ("risk", "evidence", "fires"), [("r", PROVEN, True), ("r", UNPROVEN, False), ("other", PROVEN, False)]
)
def test_slipped_close_date_said_on_the_call_needs_its_own_proof(
    risk: str, evidence: Any, fires: bool
) -> None:
    claims = {"risks": (Grounded(claim=RiskClaim(risk=risk, value="v"), evidence=evidence),)}
    found = risks({"rule": "slipped_close_date"}, claims)
    assert [r.evidence for r in found] == ([PROVEN] if fires else [])


@pytest.mark.parametrize(("stages", "fires"), [((), True), (("meet",), True), (("prove", "close"), False)])
def test_a_risk_applies_to_its_stages(stages: tuple[str, ...], fires: bool) -> None:
    assert bool(risks({"rule": "no_next_step", "stages": stages})) is fires


def test_risks_keep_the_playbooks_order() -> None:
    rules = tuple(Risk(id=i, label=i, rule="no_next_step", message=i) for i in ("z", "a", "m"))
    found = find_risks(
        GroundedClaims(engine=ENGINE),
        call(),
        PLAYBOOK.model_copy(update={"risks": rules}),
        DealContext(),
        "meet",
    )
    assert [r.id for r in found] == ["z", "a", "m"]
