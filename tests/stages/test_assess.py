"""Criteria are ticked, and stages follow from them, by rules alone."""

from __future__ import annotations

from typing import Any

import pytest

from coachbot.model.claims import (
    CommitmentClaim,
    FieldClaim,
    Grounded,
    GroundedClaims,
    Refusal,
    ReversionClaim,
    Unproven,
)
from coachbot.model.playbook import Criterion, Playbook, Stage
from coachbot.model.transcript import DealContext
from coachbot.stages import assess
from coachbot.stages.assess import MOST_EVIDENCE, judge
from small_world import ENGINE, PLAYBOOK, call, proof

CALL = call()
SELLER, BUYER, UNKNOWN = 0, 1, 6


def known(
    fields: dict[str, tuple[int, ...]] | None = None,
    commitments: dict[str, tuple[int, ...]] | None = None,
    reversions: dict[str, tuple[float, tuple[int, ...]]] | None = None,
) -> GroundedClaims:
    """What was proven, each with the turns that prove it."""
    return GroundedClaims(
        fields=tuple(
            Grounded(claim=FieldClaim(field=f, value="v"), evidence=tuple(proof(t) for t in turns))
            for f, turns in (fields or {}).items()
        ),
        commitments=tuple(
            Grounded(claim=CommitmentClaim(commitment=c, value="v"), evidence=tuple(proof(t) for t in turns))
            for c, turns in (commitments or {}).items()
        ),
        reversions=tuple(
            Grounded(
                claim=ReversionClaim(reversion=r, value="v", confidence=sure),
                evidence=tuple(proof(t, f"why {r}") for t in turns),
            )
            for r, (sure, turns) in (reversions or {}).items()
        ),
        engine=ENGINE,
    )


A, B, C = ("a",), ("a", "b"), ("a", "b", "c")


@pytest.mark.parametrize(
    ("rule", "fields", "commitments", "met"),
    [
        # all: the default
        ({"fields": A}, {"a": (BUYER,)}, {}, True),
        ({"fields": A}, {}, {}, False),
        ({"fields": A}, {"b": (BUYER,)}, {}, False),
        ({"fields": B}, {"a": (BUYER,)}, {}, False),
        ({"fields": B}, {"a": (BUYER,), "b": (BUYER,)}, {}, True),
        ({"fields": A, "commitments": ("k",)}, {"a": (BUYER,)}, {}, False),
        ({"fields": A, "commitments": ("k",)}, {}, {"k": (BUYER,)}, False),
        ({"fields": A, "commitments": ("k",)}, {"a": (BUYER,)}, {"k": (BUYER,)}, True),
        ({"commitments": ("k", "l")}, {}, {"k": (BUYER,)}, False),
        # any
        ({"fields": B, "how": "any"}, {}, {}, False),
        ({"fields": B, "how": "any"}, {"b": (BUYER,)}, {}, True),
        ({"fields": B, "commitments": ("k",), "how": "any"}, {}, {"k": (BUYER,)}, True),
        # at_least: one below, exactly, and more than there are
        ({"fields": C, "how": "any", "at_least": 2}, {"a": (BUYER,)}, {}, False),
        ({"fields": C, "how": "any", "at_least": 2}, {"a": (BUYER, BUYER)}, {}, False),
        ({"fields": C, "how": "any", "at_least": 2}, {"a": (BUYER,), "c": (BUYER,)}, {}, True),
        ({"fields": B, "how": "any", "at_least": 9}, {"a": (BUYER,), "b": (BUYER,)}, {}, True),
        ({"fields": B, "how": "any", "at_least": 9}, {"a": (BUYER,)}, {}, False),
        # said_by
        ({"fields": A}, {"a": (SELLER,)}, {}, False),
        ({"fields": A}, {"a": (SELLER, BUYER)}, {}, True),
        ({"fields": A}, {"a": (UNKNOWN,)}, {}, True),
        ({"fields": A, "said_by": "either"}, {"a": (SELLER,)}, {}, True),
        ({"fields": A, "said_by": "seller"}, {"a": (SELLER,)}, {}, True),
        ({"fields": A, "said_by": "seller"}, {"a": (BUYER,)}, {}, False),
        # agreed: by the buyer's words, or by a commitment
        ({"fields": A, "said_by": "either", "agreed": True}, {"a": (SELLER,)}, {}, False),
        ({"fields": A, "said_by": "either", "agreed": True}, {"a": (SELLER, BUYER)}, {}, True),
        ({"fields": B, "said_by": "either", "agreed": True}, {"a": (BUYER,), "b": (SELLER,)}, {}, False),
        ({"fields": A, "commitments": ("k",), "how": "any", "agreed": True}, {"a": (BUYER,)}, {}, False),
        ({"fields": A, "commitments": ("k",), "how": "any", "agreed": True}, {}, {"k": (BUYER,)}, True),
        # nothing that could prove it
        ({}, {"a": (BUYER,)}, {}, False),
        ({"how": "any"}, {}, {}, False),
    ],
)
def test_a_criterion_holds_as_its_rule_says(
    rule: dict[str, Any], fields: dict[str, Any], commitments: dict[str, Any], met: bool
) -> None:
    criterion = Criterion(id="c", text="It holds.", question="Does it?", **rule)
    result = judge(criterion, known(fields, commitments), CALL)
    assert result.met is met
    assert bool(result.evidence) is met, "a tick has its evidence, an open criterion has none"
    assert result.question == ("" if met else "Does it?")


def test_the_buyers_words_stand_first_and_evidence_is_one_each_up_to_a_limit() -> None:
    names = tuple("abcdefg")
    criterion = Criterion(id="c", text="", fields=names, said_by="either")
    result = judge(criterion, known(dict.fromkeys(names, (SELLER, BUYER))), CALL)
    assert [e.turn for e in result.evidence] == [BUYER] * MOST_EVIDENCE


def test_claims_without_proof_tick_nothing() -> None:
    refused = Unproven(quote="x", turn=1, why=Refusal.NOT_FOUND)
    claims = GroundedClaims(
        fields=(Grounded(claim=FieldClaim(field="need", value="v"), refused=(refused,)),), engine=ENGINE
    )
    result = assess(claims, CALL, PLAYBOOK, DealContext(stage="meet"))
    assert not result.exit_criteria[0].met
    assert result.missing == ("need", "worth")


def test_a_deal_advances_when_all_exit_and_entry_criteria_hold() -> None:
    claims = known({"need": (BUYER,), "worth": (BUYER,)})
    result = assess(claims, CALL, PLAYBOOK, DealContext(stage="meet"))
    assert (result.before, result.suggested, result.direction) == ("meet", "prove", "advance")
    assert result.missing == ()
    assert "The exit criterion of Meet holds" in result.why


def test_an_open_exit_criterion_keeps_the_deal_and_is_named() -> None:
    result = assess(known({"worth": (BUYER,)}), CALL, PLAYBOOK, DealContext(stage="meet"))
    assert (result.suggested, result.direction) == ("meet", "stay")
    assert "They have a need" in result.why
    assert result.missing == ("need",)


def test_an_open_entry_criterion_of_the_next_stage_blocks() -> None:
    result = assess(known({"need": (BUYER,)}), CALL, PLAYBOOK, DealContext(stage="meet"))
    assert result.exit_criteria[0].met
    assert (result.suggested, result.direction) == ("meet", "stay")
    assert result.why == "Prove cannot be entered yet: It is worth something."


def test_the_last_stage_has_nowhere_to_go() -> None:
    result = assess(known({"price": (BUYER,)}), CALL, PLAYBOOK, DealContext(stage="close"))
    assert (result.suggested, result.direction) == ("close", "stay")
    assert "last stage" in result.why


@pytest.mark.parametrize(
    ("stage", "signals", "to"),
    [
        ("prove", {"need_gone": (0.6, (BUYER,))}, "meet"),
        ("close", {"need_gone": (0.6, (BUYER,))}, "meet"),
        ("close", {"plan_gone": (0.6, (BUYER,))}, "prove"),
        ("close", {"need_gone": (0.6, (BUYER,)), "plan_gone": (0.7, (BUYER,))}, "prove"),
        ("close", {"need_gone": (0.8, (BUYER,)), "plan_gone": (0.7, (BUYER,))}, "meet"),
        ("meet", {"need_gone": (0.9, (BUYER,))}, None),  # is there already
        ("prove", {"plan_gone": (0.9, (BUYER,))}, None),  # not from this stage
        ("prove", {"need_gone": (0.9, ())}, None),  # not proven
        ("prove", {"no_such_rule": (0.9, (BUYER,))}, None),
    ],
)
def test_a_deal_goes_back_only_for_a_proven_reason_that_applies(
    stage: str, signals: dict[str, Any], to: str | None
) -> None:
    result = assess(known(reversions=signals), CALL, PLAYBOOK, DealContext(stage=stage))
    assert result.before == stage
    assert (result.direction, result.suggested) == (("revert", to) if to else ("stay", stage))
    if to:
        assert "“why " in result.why, "the reason is quoted"


def test_going_back_wins_over_going_on() -> None:
    claims = known({"price": (BUYER,)}, {"accepts_plan": (BUYER,)}, {"need_gone": (0.5, (BUYER,))})
    result = assess(claims, CALL, PLAYBOOK, DealContext(stage="prove"))
    assert (result.direction, result.suggested) == ("revert", "meet")
    assert result.exit_criteria[0].met, "what holds is still shown as it is"


@pytest.mark.parametrize(
    ("fields", "commitments", "suggested"),
    [
        ({}, {}, "meet"),
        ({"need": (BUYER,)}, {}, "prove"),
        ({"price": (BUYER,)}, {"accepts_plan": (BUYER,)}, "meet"),
        ({"need": (BUYER,)}, {"accepts_plan": (BUYER,)}, "close"),
    ],
)
def test_an_unknown_stage_is_the_first_that_is_not_done(
    fields: dict[str, Any], commitments: dict[str, Any], suggested: str
) -> None:
    result = assess(known(fields, commitments), CALL, PLAYBOOK, DealContext())
    assert (result.before, result.suggested, result.direction) == (None, suggested, "stay")
    assert "first stage whose exit criteria do not all hold (0 of 1)" in result.why


def test_an_unknown_stage_with_everything_done_does_not_call_anything_open() -> None:
    claims = known({"need": (BUYER,), "price": (BUYER,)}, {"accepts_plan": (BUYER,)})
    result = assess(claims, CALL, PLAYBOOK, DealContext())
    assert result.suggested == "close"
    assert "do not all hold" not in result.why


def test_stages_without_criteria_are_passed() -> None:
    stages = tuple(Stage(id=s, name=s, purpose="", healthy_days=1) for s in ("one", "two"))
    book: Playbook = PLAYBOOK.model_copy(update={"stages": stages, "reversions": ()})
    assert assess(known(), CALL, book, DealContext()).suggested == "two"
