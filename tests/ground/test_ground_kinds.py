"""What grounding does with each kind of claim beside proving its quotes."""

from __future__ import annotations

import pytest
from ground_calls import SIDES, call, q, reasons, turns

from coachbot.ground import ground
from coachbot.model.claims import (
    Claims,
    CommitmentClaim,
    EngineReport,
    Grounded,
    GroundedClaims,
    NextStepClaim,
    ObjectionClaim,
    Quote,
    Refusal,
    Response,
    ReversionClaim,
    RiskClaim,
    StakeholderClaim,
    SummaryClaim,
)
from coachbot.model.playbook import Playbook
from coachbot.model.transcript import Transcript

SEVENTY = (8, "With us that comes down to fifteen minutes.")


@pytest.fixture
def everything(engine: EngineReport) -> Claims:
    """Claims of several kinds, cited rightly; some are of the wrong side."""
    buyer, seller = q(46, "Three years is too long for us."), q(8, SEVENTY[1])
    visit = (
        (q(49, "Come on Tuesday the nineteenth"),),
        (q(50, "Tuesday the nineteenth at seven. We'll be there."),),
    )
    said = "It comes down to fifteen minutes.", "It comes down to fifty minutes."
    return Claims(
        commitments=tuple(
            CommitmentClaim(value="a visit", commitment="x", quotes=quotes) for quotes in visit
        ),
        reversions=tuple(
            ReversionClaim(value="longer", reversion="r", quotes=(quote,)) for quote in (buyer, seller)
        ),
        risks=(RiskClaim(value="faster", risk="k", quotes=(seller,)),),
        summary=tuple(SummaryClaim(value=value, quotes=(seller,)) for value in said),
        turns_read=frozenset({1, 2}),
        engine=engine,
        warnings=("careful",),
    )


def test_who_may_prove_what(everything: Claims, harbour: Transcript, playbook: Playbook) -> None:
    found = ground(everything, harbour, playbook)
    assert [g.proven for g in found.commitments] == [True, False]
    assert [g.proven for g in found.reversions] == [True, False]
    assert [g.proven for g in found.risks] == [True]
    assert [g.proven for g in found.summary] == [True, False]
    assert reasons(found.commitments[1]) == [Refusal.WRONG_SIDE]


def test_nothing_is_dropped(everything: Claims, harbour: Transcript, playbook: Playbook) -> None:
    found = ground(everything, harbour, playbook)
    for kind in (
        "fields",
        "commitments",
        "reversions",
        "risks",
        "stakeholders",
        "objections",
        "next_steps",
        "summary",
    ):
        assert [g.claim for g in getattr(found, kind)] == list(getattr(everything, kind))
        assert all(g.evidence or g.refused for g in getattr(found, kind))
    assert (found.turns_read, found.engine, found.warnings) == (
        frozenset({1, 2}),
        everything.engine,
        ("careful",),
    )
    assert GroundedClaims.model_validate_json(found.model_dump_json()) == found


def step(
    harbour: Transcript, playbook: Playbook, engine: EngineReport, **keys: object
) -> Grounded[NextStepClaim]:
    claim = NextStepClaim.model_validate({"value": "a step", "committed": True, **keys})
    return ground(Claims(next_steps=(claim,), engine=engine), harbour, playbook).next_steps[0]


@pytest.mark.parametrize(
    ("quotes", "committed"),
    [
        ((q(51, "I'll send you the message specification by Friday"),), True),
        ((q(52, "I'd send a draft plan the week after."),), False),
        ((q(54, "Shall I send the business case by the twenty-ninth?"), q(55, "Yes, do that.")), True),
        ((q(54, "Shall I send the business case by the twenty-ninth?"),), False),
        ((q(53, "not a word of this"),), False),
        ((q(53, "I can't commit to a date with Henrik"),), False),
    ],
)
def test_committed_needs_the_buyers_own_words(
    harbour: Transcript, playbook: Playbook, engine: EngineReport, quotes: tuple[Quote, ...], committed: bool
) -> None:
    assert step(harbour, playbook, engine, quotes=quotes).claim.committed is committed


def test_a_short_no_commits_nobody(playbook: Playbook, engine: EngineReport) -> None:
    talk = call(
        "Ann: Shall we meet on Tuesday at ten?",
        "Bob: No.",
        "Ann: Shall we meet on Friday at ten?",
        "Bob: Okay.",
        "Ann: Shall we meet on Monday at ten?",
        "Bob: No problem.",
        **SIDES,
    )
    no = step(talk, playbook, engine, quotes=(q(0, "Shall we meet on Tuesday at ten?"), q(1, "No.")))
    fine = step(talk, playbook, engine, quotes=(q(4, "Shall we meet on Monday at ten?"), q(5, "No problem.")))
    assert (turns(fine), fine.claim.committed) == ([4, 5], True)
    yes = step(talk, playbook, engine, quotes=(q(2, "Shall we meet on Friday at ten?"), q(3, "Okay.")))
    assert (turns(no), no.claim.committed) == ([0, 1], False)
    assert (turns(yes), yes.claim.committed) == ([2, 3], True)


@pytest.mark.parametrize(
    ("when", "date", "kept"),
    [
        ("Tuesday the nineteenth at seven", "2026-05-19", ("Tuesday the nineteenth at seven", "2026-05-19")),
        ("Tuesday 19 May", "2026-05-19", ("Tuesday 19 May", "2026-05-19")),
        ("Wednesday the nineteenth", "2026-05-20", (None, None)),
        ("Tuesday the ninth", "2026-06-09", (None, None)),
        ("Tuesday the nineteenth", "2026-05-20", ("Tuesday the nineteenth", None)),
        ("Tuesday the nineteenth", "soon", ("Tuesday the nineteenth", None)),
        (None, "2026-05-19", (None, "2026-05-19")),
    ],
)
def test_times_of_a_step_must_be_said(
    harbour: Transcript,
    playbook: Playbook,
    engine: EngineReport,
    when: str | None,
    date: str,
    kept: tuple[str | None, str | None],
) -> None:
    quotes = (q(49, "Come on Tuesday the nineteenth, at seven in the morning."),)
    found = step(harbour, playbook, engine, quotes=quotes, when=when, date=date)
    assert (found.claim.when, found.claim.date) == kept
    assert found.proven
    assert bool(found.refused) is (kept != (when, date))


def objection(
    harbour: Transcript, playbook: Playbook, engine: EngineReport, answer: Quote
) -> Grounded[ObjectionClaim]:
    claim = ObjectionClaim(
        value="the drivers won't use it",
        category="c",
        handled="yes",
        quotes=(q(34, "They won't use an app, half of them are on a forty-year-old flip phone."),),
        response=Response(text="they get a text", quotes=(answer,)),
    )
    return ground(Claims(objections=(claim,), engine=engine), harbour, playbook).objections[0]


def test_the_answer_to_an_objection_is_the_sellers(
    harbour: Transcript, playbook: Playbook, engine: EngineReport
) -> None:
    found = objection(harbour, playbook, engine, q(35, "They don't need one. They get a text message."))
    assert (turns(found), [e.turn for e in found.response_evidence]) == ([34], [35])
    assert (found.claim.handled, found.claim.response is not None) == ("yes", True)


@pytest.mark.parametrize(
    "answer", [q(36, "A text message they'd read."), q(35, "We will give every driver a phone")]
)
def test_an_answer_nobody_gave_handles_nothing(
    harbour: Transcript, playbook: Playbook, engine: EngineReport, answer: Quote
) -> None:
    found = objection(harbour, playbook, engine, answer)
    assert (found.proven, found.response_evidence) == (True, ())
    assert (found.claim.handled, found.claim.response) == ("no", None)
    assert found.refused[0].detail.startswith("response: ")


@pytest.mark.parametrize(
    ("name", "role", "kept", "proven"),
    [
        ("Henrik Aldous", "CFO", "Henrik Aldous", True),
        ("Henrik", "CFO", "Henrik", True),
        ("Henrik Aldus", "CFO", "Henrik Aldus", True),
        ("Gunnar Falk", "CFO", None, True),
        ("Gunnar Falk", None, "Gunnar Falk", False),
        (None, "CFO", None, True),
    ],
)
def test_a_name_is_somebodys(
    harbour: Transcript,
    playbook: Playbook,
    engine: EngineReport,
    name: str | None,
    role: str | None,
    kept: str | None,
    proven: bool,
) -> None:
    claim = StakeholderClaim(
        value="signs", name=name, role=role, quotes=(q(21, "goes to Henrik Aldous, he's our CFO"),)
    )
    found = ground(Claims(stakeholders=(claim,), engine=engine), harbour, playbook).stakeholders[0]
    assert (found.claim.name, found.proven) == (kept, proven)
