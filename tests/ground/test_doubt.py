"""Words marked uncertain never prove a claim by themselves."""

from __future__ import annotations

import pytest
from ground_calls import SIDES, ProveField, call, q, reasons, turns

from coachbot.ground import ground
from coachbot.ground.doubt import certain_text
from coachbot.model.claims import Claims, EngineReport, NextStepClaim, Refusal
from coachbot.model.playbook import Playbook
from coachbot.model.transcript import Transcript, Turn, Uncertain


def marked(transcript: Transcript, *words: str) -> Transcript:
    """The call with these words marked, each where it first stands."""
    changed = list(transcript.turns)
    for word in words:
        n = next(t.index for t in changed if word in t.text)
        at = changed[n].text.index(word)
        mark = Uncertain(start=at, end=at + len(word), reason="recognised with low probability")
        marks = sorted((*changed[n].uncertain, mark), key=lambda u: u.start)
        changed[n] = changed[n].model_copy(update={"uncertain": tuple(marks)})
    return transcript.model_copy(update={"turns": tuple(changed)})


CALL = call(
    "Ann: What does the delay cost you?",
    "Bob: We lose about forty orders a month because nobody sees the late trucks.",
    "Ann: Shall we meet on Thursday at ten?",
    "Bob: Yes, Thursday works for me.",
    **SIDES,
)
LOSS = (1, "We lose about forty orders a month because nobody sees the late trucks.")


def test_unmarked_words_prove(prove_field: ProveField) -> None:
    assert prove_field(CALL, LOSS).proven


def test_a_quote_of_doubtful_words_is_refused_with_the_reason(prove_field: ProveField) -> None:
    heard = marked(CALL, LOSS[1])
    proven = prove_field(heard, LOSS)
    assert not proven.proven
    assert reasons(proven) == [Refusal.UNCERTAIN]
    assert "not heard well enough" in proven.refused[0].detail


def test_a_part_of_it_is_enough_where_it_says_something_for_sure(prove_field: ProveField) -> None:
    heard = marked(CALL, "because nobody sees")
    assert turns(prove_field(heard, LOSS)) == [1]
    assert reasons(prove_field(heard, (1, "nobody sees the late"))) == [Refusal.UNCERTAIN]
    assert turns(prove_field(heard, (1, "about forty orders a month because nobody"))) == [1]


@pytest.mark.parametrize("text", ["lose about forty orders", "We lose about forty orders a month"])
def test_a_number_must_be_heard_for_sure(prove_field: ProveField, text: str) -> None:
    heard = marked(CALL, "forty")
    assert turns(prove_field(heard, (1, text), value="they lose orders")) == [1]
    proven = prove_field(heard, (1, text), value="40 orders a month")
    assert not proven.proven
    assert reasons(proven) == [Refusal.UNCERTAIN]
    wrong = prove_field(heard, (1, text), value="60 orders a month")
    assert reasons(wrong) == [Refusal.CONTRADICTED]


def test_the_same_words_said_again_for_sure(prove_field: ProveField) -> None:
    twice = call(
        "Bob: The late trucks cost us money.",
        "Ann: Sorry, what was that?",
        "Ann: The line is bad.",
        "Ann: Once more, please?",
        "Bob: The late trucks cost us money.",
        **SIDES,
    )
    heard = marked(twice, "The late trucks cost us money.")
    assert turns(prove_field(heard, (0, "The late trucks cost us money."))) == [4]


def test_a_doubtful_yes_does_not_go_along(prove_field: ProveField) -> None:
    question, answer = (2, "Shall we meet on Thursday at ten?"), (3, "Yes")
    assert turns(prove_field(CALL, question, answer, field="either")) == [2, 3]
    heard = marked(CALL, "Yes,")
    assert turns(prove_field(heard, question, answer, field="either")) == [2]


def test_a_time_that_was_not_heard_well_is_no_time(playbook: Playbook, engine: EngineReport) -> None:
    claim = NextStepClaim(
        value="meet", quotes=(q(2, CALL.turns[2].text),), when="Thursday at ten", committed=True
    )
    (sure,) = ground(Claims(next_steps=(claim,), engine=engine), CALL, playbook).next_steps
    assert sure.claim.when == "Thursday at ten"
    heard = marked(CALL, "Thursday at ten?", "Thursday works")
    heard = marked(heard, "meet on")
    (doubt,) = ground(Claims(next_steps=(claim,), engine=engine), heard, playbook).next_steps
    assert not doubt.proven or doubt.claim.when is None


def test_what_a_turn_says_for_sure() -> None:
    turn = Turn(
        index=0,
        speaker="A",
        text="one two three four",
        uncertain=(Uncertain(start=4, end=7, reason="a"), Uncertain(start=6, end=13, reason="b")),
    )
    assert certain_text(turn).split() == ["one", ".", ".", "four"]
    assert certain_text(turn.model_copy(update={"uncertain": ()})) == turn.text
