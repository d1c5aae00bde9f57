"""Nothing is asked that the call took up again; what our side owes, and what may still turn into a no."""

from __future__ import annotations

from dataclasses import replace

import pytest
from coaching_world import BOOK, FakeLook, a_call, a_recap

from coachbot.coach.case import case_of_recap
from coachbot.coach.later import Matters
from coachbot.coach.look import Bearing
from coachbot.coach.points import points_of
from coachbot.coach.pushback import FAILED, RIVALS, SETTLES, _question
from coachbot.coach.sheet import coach_case
from coachbot.coach.types import CoachPrompt

PAD = tuple(
    (who, f"{text} {n}.")
    for n in range(4)
    for who, text in (
        ("Sam", "And how does an ordinary morning on the floor look, from the first order to the last one"),
        (
            "Bea Holm",
            "The orders come in by phone and by mail, and one of us writes each of them down in the book",
        ),
    )
)
HOLDS = Bearing(criterion=("goal_agreed", 0.6))


@pytest.fixture(autouse=True)
def _no_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coachbot.coach.case.second_look", lambda transcript, book: FakeLook())


def prompts(*said: tuple[str, str], cause: str, bearing: Bearing = HOLDS) -> list[CoachPrompt]:
    recap = a_recap(met=("need_known", "goal_agreed"), worth=0.9, risks=())
    recap = recap.model_copy(update={"objections": (), "next_steps": ()})
    case = case_of_recap(recap, a_call(*PAD, *said, *PAD), BOOK, subject="file:x")
    found = coach_case(replace(case, look=FakeLook(bearing=bearing))).prompts
    return [p for p in found if any(c.startswith(cause) for c in p.causes)]


@pytest.mark.parametrize(
    ("later", "open_"),
    [
        ((("Sam", "I understand."), ("Bea Holm", "And then there is the matter of the van.")), True),
        ((("Sam", "I see."), ("Bea Holm", "If it reads half of the drawer, I'm happy.")), False),
        ((("Sam", "Okay."), ("Bea Holm", "Then it's two years. Good.")), False),
    ],
)
def test_what_would_do_was_said_later(later: tuple[tuple[str, str], ...], open_: bool) -> None:
    said = ("Bea Holm", "I don't believe the scanner reads our labels.")
    assert bool(prompts(said, *later, cause="point:")) is open_


def test_rare_words_that_come_back_with_an_answer_take_a_matter_up() -> None:
    said = ("Bea Holm", "I don't know who keeps the warehouse inventory.")
    back = ("Bea Holm", "The warehouse inventory, that is Ute, she sends it on Monday.")
    assert prompts(said, ("Sam", "Fine."), cause="point:")
    assert not prompts(said, ("Sam", "Fine."), ("Bea Holm", "Anyway."), back, cause="point:")


def test_a_day_in_our_answer_takes_it_up() -> None:
    said = ("Bea Holm", "I don't know when the ledger is free.")
    assert not prompts(said, ("Sam", "I'll have it on Thursday."), cause="point:")


@pytest.mark.parametrize(
    ("said", "bearing", "shown"),
    [
        ("If my brother says no, we are back with the paper.", Bearing(), True),
        ("if they say no then all of it was for the cat", Bearing(), True),
        ("If it rains on that day, it's over for the tomatoes.", Bearing(), False),  # bears on nothing
        ("If that isn't signed off by her, it's finished.", HOLDS, True),
        ("If it's no good by then, we have had the cat.", Bearing(), False),
        ("If my brother says no, can we call it a thing?", Bearing(), False),  # a question
        ("If my brother says no, we are back with the paper.", Bearing(settled=0.8), False),
    ],
)
def test_what_may_still_turn_into_a_no(said: str, bearing: Bearing, shown: bool) -> None:
    found = prompts(("Bea Holm", said), ("Sam", "Understood."), cause="point:", bearing=bearing)
    assert bool(found) is shown
    if shown:
        assert found[0].title.startswith("It may fall on this, Bea: “")
        assert found[0].say[0].endswith("and what do we do if it doesn't?")


def test_what_then_was_asked() -> None:
    said = ("Bea Holm", "If my brother says no, we are back with the paper.")
    assert not prompts(said, ("Sam", "And what happens in that case?"), cause="point:")


@pytest.mark.parametrize(
    ("ours", "after", "shown"),
    [
        ("I'd have to come back to you on that.", ("Bea Holm", "Think about it."), True),
        ("I must ask.", ("Bea Holm", "Ask."), True),
        ("I'd have to check. You will have it on Friday.", ("Bea Holm", "Good."), False),
        ("I'd have to check.", ("Bea Holm", "I need it by Friday."), False),
        (
            "I'd have to check, it was the short list and not the long one, as far as I know.",
            ("Bea Holm", "Hm."),
            False,
        ),
        ("I must ask.", ("Sam", "No, it is in the list."), False),  # answered at once
        ("I must ask. I'll put it into the paper.", ("Bea Holm", "Good."), False),
    ],
)
def test_what_our_side_owes_without_a_day(ours: str, after: tuple[str, str], shown: bool) -> None:
    asked = ("Bea Holm", "And who pays when the scanner breaks?")
    found = prompts(asked, ("Sam", ours), after, cause="owed:", bearing=Bearing())
    assert bool(found) is shown
    if shown:
        assert found[0].title == "Sam owes an answer, and no day was named"
        assert [m.turn for m in found[0].moments] == [8, 9]
        assert found[0].say[0].startswith("Bea, you said “Who pays when the scanner breaks?” I said")


@pytest.mark.parametrize(
    ("about", "asks"),
    [
        ("They offered us the same for half the price.", RIVALS),
        ("We tried that two years ago and it broke.", FAILED),
        ("That is too much work for eleven people.", SETTLES),
    ],
)
def test_what_is_asked_of_an_objection_follows_how_it_is_said(about: str, asks: str) -> None:
    assert _question(about) == asks


def test_a_name_tells_more_than_a_word() -> None:
    call = a_call(
        ("Sam", "And then there is Marguerite with the menus."),
        ("Bea Holm", "I have to ask Marguerite first."),
        ("Sam", "The window is dirty."),
        ("Bea Holm", "The window stays open."),
    )
    matters = Matters(call, [0, 2])
    assert matters.shares([0], [1])
    assert not matters.shares([2], [3])
    assert [p.act for p in points_of(call, [1, 3])] == []
