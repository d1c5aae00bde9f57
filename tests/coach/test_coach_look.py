"""The second look itself, with the real reader: what it finds on a call of our own."""

from __future__ import annotations

import pytest
from coaching_world import a_call

from coachbot.coach.look import GIVES_WAY, Look, second_look
from coachbot.coach.notes import Note, summarised
from coachbot.embed import EncoderMissingError
from coachbot.model.playbook import Playbook
from coachbot.model.transcript import Transcript
from coachbot.playbook import load_playbook

LINES = (
    ("Sam", "So what does it look like when a parcel goes missing at your place?"),
    (
        "Bea Holm",
        "We use a whiteboard and a spreadsheet today, and the spreadsheet is on one laptop in the office.",
    ),
    (
        "Sam",
        "So if the lost parcels came down by a third, would you call that a success?",
    ),
    ("Bea Holm", "I'm not signing up for a third of anything. I wouldn't want to put a number on it."),
    ("Sam", "It is nine hundred a month for the whole site, all in."),
    ("Bea Holm", "That's way over what I'd pictured, I'd have a hard time getting that past my husband."),
    ("Sam", "Understood."),
    ("Bea Holm", "Anyway, let me show you the yard."),
)


@pytest.fixture(scope="module")
def book() -> Playbook:
    return load_playbook("b2b-saas")


@pytest.fixture(scope="module")
def call() -> Transcript:
    return a_call(*LINES)


@pytest.fixture(scope="module")
def look(book: Playbook, call: Transcript) -> Look:
    found = second_look(call, book)
    assert found is not None
    return found


def test_it_tells_what_was_said_from_what_was_not(look: Look) -> None:
    assert look.says_field("current_stack")
    assert not look.says_field("term_length")


def test_it_finds_the_words_that_hold_back_by_the_playbooks_examples() -> None:
    book = load_playbook("plg-self-serve")
    lines = (
        *LINES[:6],
        ("Sam", "Shall we use your own?"),
        ("Bea Holm", "Maybe I'll put something in at the weekend."),
    )
    look = second_look(a_call(*lines), book)
    assert look is not None
    criterion = next(c for c in book.stage_by_id["signup"].exit_criteria if c.id == "wants_to_get_going")
    (held,) = look.held_back(criterion)
    assert (held.turn, held.quote) == (7, "Maybe I'll put something in at the weekend.")
    assert not look.agrees(criterion)


def test_likeness_ranks_by_meaning(look: Look) -> None:
    near, far = look.alike(
        "the price is too high", ["it costs too much for us", "the dog is asleep in the hall"]
    )
    assert near > far


def test_without_the_encoder_there_is_no_look(
    call: Transcript, book: Playbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(whole: object) -> None:
        raise EncoderMissingError

    monkeypatch.setattr("coachbot.coach.look._read", missing)
    assert second_look(call, book) is None


def test_notes_near_to_the_question_come_first() -> None:
    text = (
        "The canteen serves soup on Fridays every week. They lose parcels in the northern hall all the time."
    )

    def alike(about: str, others: list[str]) -> list[float]:
        return [float("parcels" in o) for o in others]

    (line,) = summarised([Note(id="n", name="n", pages=(text,))], ["missing parcels"], most=1, likeness=alike)
    assert "parcels" in line.text


@pytest.mark.parametrize(
    ("text", "gives_way"),
    [
        ("Fair enough, on three years then.", True),
        ("That's fine by me.", True),
        ("I could live with that.", True),
        ("It's too much money.", False),
        ("We haven't settled on a date.", False),
    ],
)
def test_words_that_give_an_objection_up(text: str, gives_way: bool) -> None:
    assert bool(GIVES_WAY.search(text)) is gives_way
