"""Claims to grounded claims: whose words count, and what falls away where nobody of theirs said it."""

from __future__ import annotations

import pytest
from ground_calls import SIDES, ProveField, call, reasons, turns

from coachbot.ground.prove import end_time
from coachbot.model.claims import (
    Match,
    Refusal,
)
from coachbot.model.transcript import Cue, Side, Transcript

SEVENTY = (8, "With us that comes down to fifteen minutes.")
LIVE_BY = (26, "So it has to be live before September.")
YES_BEFORE = (27, "Before September, yes. Otherwise I'm on the phone with the police.")


def test_a_question_stays_beside_its_confirmation(harbour: Transcript, prove_field: ProveField) -> None:
    proven = prove_field(harbour, LIVE_BY, YES_BEFORE)
    assert turns(proven) == [26, 27]
    assert proven.refused == ()


def test_a_question_alone_proves_nothing(harbour: Transcript, prove_field: ProveField) -> None:
    proven = prove_field(harbour, LIVE_BY)
    assert not proven.proven
    assert reasons(proven) == [Refusal.WRONG_SIDE]
    assert "seller" in proven.refused[0].detail


@pytest.mark.parametrize(
    "pitch", [SEVENTY, (45, "We could do fifty-two thousand if you sign for three years.")]
)
def test_the_sellers_words_far_from_it_are_refused(
    harbour: Transcript, prove_field: ProveField, pitch: tuple[int, str]
) -> None:
    proven = prove_field(harbour, YES_BEFORE, pitch)
    assert turns(proven) == [27]
    assert reasons(proven) == [Refusal.WRONG_SIDE]


def test_what_the_seller_says_after_it_is_refused(harbour: Transcript, prove_field: ProveField) -> None:
    proven = prove_field(
        harbour, (34, "My worry is the drivers."), (35, "They don't need one. They get a text message.")
    )
    assert turns(proven) == [34]
    assert reasons(proven) == [Refusal.WRONG_SIDE]


def test_a_short_yes_counts_only_beside_other_words(harbour: Transcript, prove_field: ProveField) -> None:
    question, answer = (54, "Shall I send the business case by the twenty-ninth?"), (55, "Yes, do that.")
    assert reasons(prove_field(harbour, answer, field="either")) == [Refusal.TOO_SHORT]
    assert turns(prove_field(harbour, question, answer, field="either")) == [54, 55]
    # Not even then for the buyer alone: the words that count would be the seller's.
    assert reasons(prove_field(harbour, question, answer)) == [Refusal.WRONG_SIDE, Refusal.TOO_SHORT]


def test_a_short_yes_from_elsewhere_does_not(harbour: Transcript, prove_field: ProveField) -> None:
    proven = prove_field(
        harbour, (3, "On a bad Thursday we have a hundred and ten trucks"), (None, "Yes"), (3, "yes")
    )
    assert turns(proven) == [3]
    assert reasons(proven) == [Refusal.TOO_SHORT, Refusal.TOO_SHORT]


def test_sides_of_a_quote_across_turns(harbour: Transcript, prove_field: ProveField) -> None:
    both = (16, "So two hundred thousand euros, roughly. Two hundred and six. I looked it up.")
    proven = prove_field(harbour, both)
    assert turns(proven) == [16, 17]
    assert [e.match for e in proven.evidence] == [Match.CROSS_TURN, Match.CROSS_TURN]
    after = (7, "The average is, what, fifty minutes. With us that comes down to fifteen minutes.")
    assert turns(prove_field(harbour, after)) == [7]
    assert reasons(prove_field(harbour, (8, "cut it by seventy percent. That's Aarhus."))) == [
        Refusal.WRONG_SIDE
    ]


def test_evidence_is_the_transcripts_own_words(harbour: Transcript, prove_field: ProveField) -> None:
    proven = prove_field(harbour, (15, "the overtime at the gate was 412000 euros"))
    evidence = proven.evidence[0]
    assert evidence.quote == "The overtime at the gate was €412,000"
    assert evidence.start == harbour.turns[15].text.index(evidence.quote)
    assert (evidence.match, evidence.score, evidence.speaker) == (Match.EXACT, 1.0, "Priya Nair")


def test_times_are_those_of_the_cues() -> None:
    talk = call("Ann: One piece. Another piece. The last.")
    cues = (
        Cue(start_s=1, end_s=2, offset=0),
        Cue(start_s=5, end_s=6, offset=11),
        Cue(start_s=8, end_s=9, offset=26),
    )
    turn = talk.turns[0].model_copy(update={"cues": cues, "start_s": 1.0, "end_s": 9.0})
    assert [end_time(turn, at) for at in (9, 11, 12, 26, 36)] == [2, 2, 6, 6, 9]
    assert end_time(talk.turns[0], 5) is None


def unnamed(harbour: Transcript) -> Transcript:
    """The call with nobody's side known but Mira's."""
    people = tuple(
        p if p.name == "Mira Solheim" else p.model_copy(update={"side": Side.UNKNOWN})
        for p in harbour.participants
    )
    return Transcript(**{**dict(harbour), "participants": people})


def test_an_unknown_side_counts_less(harbour: Transcript, prove_field: ProveField) -> None:
    proven = prove_field(unnamed(harbour), (13, "Two clerks do nothing else."))
    assert [e.score for e in proven.evidence] == [0.8]
    assert reasons(prove_field(unnamed(harbour), SEVENTY)) == [Refusal.WRONG_SIDE]
    assert (
        prove_field(unnamed(harbour), (13, "Two clerks do nothing else."), field="either").evidence[0].score
        == 1
    )


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        ("Overtime of €412,000 a year, half of it waiting", True),
        ("Overtime of 412k, 50% of it waiting", True),
        ("Overtime of €421,000 a year", False),
        ("Overtime of $412,000 a year", False),
        ("Overtime since 2019", False),
        ("Overtime costs them dearly", True),
    ],
)
def test_numbers_of_the_value_must_be_said(
    harbour: Transcript, prove_field: ProveField, value: str, holds: bool
) -> None:
    proven = prove_field(harbour, (15, "The overtime at the gate was €412,000 last year"), value=value)
    assert proven.proven is holds
    if not holds:
        assert reasons(proven) == [Refusal.CONTRADICTED]
        assert "in the value" in proven.refused[0].detail


def test_a_number_of_the_seller_does_not_back_a_buyers_value(
    harbour: Transcript, prove_field: ProveField
) -> None:
    quotes = (
        (45, "We could do fifty-two thousand if you sign for three years."),
        (46, "Three years is too long for us."),
    )
    assert prove_field(harbour, quotes[1], value="Three years is too long").proven
    assert not prove_field(harbour, quotes[1], (8, SEVENTY[1]), value="Fifteen minutes is too long").proven
    assert not prove_field(harbour, *quotes, value="52k for three years is too long").proven
    assert turns(prove_field(harbour, *quotes, value="Three years is too long")) == [45, 46]


@pytest.mark.parametrize(
    ("answer", "holds"),
    [
        ("Yes, that's roughly what the gate costs us.", True),
        ("That's right, that's roughly what the gate costs us.", True),
        ("I wouldn't put the gate so high for us.", False),
        ("Right, but it's not that much for the gate.", False),
        ("The gate costs us something.", False),
        ("The gate costs us four hundred thousand.", True),
    ],
)
def test_a_number_is_the_buyers_where_the_buyer_says_yes_to_it(
    prove_field: ProveField, answer: str, holds: bool
) -> None:
    talk = call("Ann: So the gate costs you four hundred thousand?", f"Bob: {answer}", **SIDES)
    quotes = (0, "the gate costs you four hundred thousand"), (1, answer)
    assert prove_field(talk, *quotes, value="The gate costs them 400,000").proven is holds
    assert prove_field(talk, *quotes, value="The gate costs them money").proven


def test_a_field_the_playbook_does_not_know_is_held_to_the_buyer(
    harbour: Transcript, prove_field: ProveField
) -> None:
    assert reasons(prove_field(harbour, SEVENTY, field="no_such_field")) == [Refusal.WRONG_SIDE]
    assert prove_field(harbour, SEVENTY, field="seller").proven


def test_equal_quotes_are_one_piece_of_evidence(harbour: Transcript, prove_field: ProveField) -> None:
    quote = (13, "Two clerks do nothing else")
    assert turns(prove_field(harbour, quote, quote, (None, "Two clerks do nothing else"))) == [13]


def test_one_time_is_not_the_last_word(prove_field: ProveField) -> None:
    """The same words said twice in the cited turn: what holds once is proven there."""
    talk = call(
        "Bob: I doubt we have budget now. For next year we have budget now that it is moved.", **SIDES
    )
    proven = prove_field(talk, (0, "we have budget now"))
    assert [e.start for e in proven.evidence] == [talk.turns[0].text.rindex("we have budget now")]


def test_a_contradiction_near_the_cited_turn_is_final(prove_field: ProveField) -> None:
    talk = call(
        "Bob: We do not have budget for that.",
        "Ann: Okay.",
        "Ann: So.",
        "Ann: And.",
        "Bob: We have budget for that.",
        **SIDES,
    )
    assert reasons(prove_field(talk, (0, "have budget for that"))) == [Refusal.CONTRADICTED]
    assert turns(prove_field(talk, (4, "have budget for that"))) == [4]


def test_near_words_in_the_cited_turn_beat_the_sellers_repetition(prove_field: ProveField) -> None:
    talk = call(
        "Bob: We lose, I think, two days a week.",
        "Ann: Okay.",
        "Ann: So.",
        "Ann: We lose two days a week.",
        **SIDES,
    )
    assert turns(prove_field(talk, (0, "we lose two days a week"))) == [0]


def test_the_right_side_is_looked_for_where_no_turn_is_cited(
    harbour: Transcript, prove_field: ProveField
) -> None:
    talk = call("Ann: You lose two days a week.", "Bob: Well.", "Bob: Yes, we lose two days a week.", **SIDES)
    assert turns(prove_field(talk, (None, "lose two days a week"))) == [2]
    assert reasons(prove_field(talk, (0, "lose two days a week"))) == [Refusal.WRONG_SIDE]
