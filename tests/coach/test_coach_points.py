"""What was left open in so many words: how it is found, when it counts, what is said about it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from coaching_world import BOOK, FakeLook, a_call, a_recap

from coachbot.coach.case import case_of_recap
from coachbot.coach.look import Bearing
from coachbot.coach.points import asked_after, points_of
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


@pytest.mark.parametrize(
    ("said", "act", "words"),
    [
        (
            "she is retired by the sea i don't know who breaks the tie honestly i don't know i am new",
            "unknown",
            "i don't know who breaks the tie honestly",
        ),
        (
            "for two phones he explains it but for the ninety it must be in our language before we sign",
            "condition",
            "for the ninety it must be in our language before we sign",
        ),
        (
            "It's not done yet. Without that she won't sign anything.",
            "stake",
            "Without that she won't sign",
        ),
        ("I can't put my name to it. Not today.", "refuse", "I can't put my name to it. Not today."),
        (
            "I'd rather not. If I say a day then you ask me on the day, and I have nothing, it's not nice.",
            "refuse",
            "I'd rather not. If I say a day then you ask me on the day",
        ),
        ("I don't believe the number on page four.", "doubt", "I don't believe the number on page four."),
        ("The cousin makes the lists, and he'll be against it.", "against", "he'll be against it"),
        ("Up to ten it's me. Above that it's the board, and they meet in May.", "decides", "Above that it's"),
        ("I'll take it to the union when I know what it is.", "someday", "when I know what it is"),
        ("I'll take it to the union on Monday when I know what it is.", None, ""),
        ("We sign on Friday, everybody knows it.", None, ""),
        ("Do you know who breaks the tie in a house like that?", None, ""),
        ("Good, because without it I can't have any of it in there.", None, ""),
    ],
)
def test_what_is_left_open_is_found_by_how_it_is_said(said: str, act: str | None, words: str) -> None:
    call = a_call(("Sam", "So what comes next?"), ("Bea Holm", said))
    found = list(points_of(call, [1]))
    assert [p.act for p in found] == ([act] if act else [])
    if found:
        quoted = call.turns[1].text[found[0].start : found[0].end]
        assert words in quoted
        assert len(quoted.split()) <= 24


@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        ("That's honest, thank you.", False),
        ("I'll call you when I'm back. And may I write to her?", False),
        ("Is there a real risk that he says no?", True),
        ("Understood. What would she need to see?", True),
        ("okay so who decides it then in the end", True),
        ("and would she be against it do you think", True),
        ("Both of those are in our standard paper.", True),
    ],
)
def test_what_our_side_asked_after_is_not_left_open(answer: str, asked: bool) -> None:
    call = a_call(("Bea Holm", "I don't know who signs it at our end."), ("Sam", answer))
    assert asked_after(call, [1], 0) is asked


def prompts(said: str, answer: str, bearing: Bearing = HOLDS) -> list[CoachPrompt]:
    call = a_call(*PAD, ("Bea Holm", said), ("Sam", answer), *PAD)
    recap = a_recap(met=("need_known", "goal_agreed"), worth=0.9, risks=())
    recap = recap.model_copy(update={"objections": (), "next_steps": ()})
    case = case_of_recap(recap, call, BOOK, subject="file:x")
    found = coach_case(replace(case, look=FakeLook(bearing=bearing))).prompts
    return [p for p in found if any(c.startswith("point:") for c in p.causes)]


def test_a_point_cites_the_words_and_what_our_side_said_instead() -> None:
    (prompt,) = prompts("and i don't know who of the two brothers decides", "That's honest, thank you.")
    assert prompt.title == "Not known yet, Bea: “and i don't know who of the two brothers decides”"
    assert prompt.say[0] == (
        "Bea, you said “I don't know who of the two brothers decides”. How do we find that out, and by when?"
    )
    assert "Sam went on with “That's honest, thank you.”, and no question about it follows." in prompt.seen
    assert [m.turn for m in prompt.moments] == [8, 9]
    assert prompt.basis.text == "They agreed on a goal."
    assert prompt.play.path == "plays/goal.md"


@pytest.mark.parametrize(
    ("said", "answer", "bearing", "shown"),
    [
        ("I don't know who decides it.", "That's honest.", Bearing(), False),  # bears on nothing
        ("I don't know who decides it.", "And who would know?", HOLDS, False),  # asked
        ("I can't sign a thing like that.", "Understood.", Bearing(), True),  # speaks of signing itself
        ("I can't sign a thing like that.", "Understood.", Bearing(settled=0.9), False),
        ("I can't go to him with it.", "Fine.", Bearing(category=("too_dear", 0.6), objects=0.9), True),
    ],
)
def test_only_what_bears_on_the_deal_and_nobody_asked_after(
    said: str, answer: str, bearing: Bearing, shown: bool
) -> None:
    assert bool(prompts(said, answer, bearing)) is shown


def test_what_another_person_said_is_not_asked_of_the_one_who_tells_it() -> None:
    (prompt,) = prompts("He told me, Bea, I don't sign the homework of somebody else.", "Ouch, it's fair.")
    assert prompt.say[0].endswith("What would they have to see first, and who shows it to them?")


def test_what_the_same_person_gives_up_is_not_left_open() -> None:
    call = a_call(
        *PAD[:6],
        ("Bea Holm", "I won't sign the connection until I know who is on the phone."),
        ("Sam", "It is our own people, and I have put the letter in the chat for you."),
        ("Bea Holm", "Page three, yes. That one I can close."),
        *PAD,
    )
    recap = a_recap(met=("need_known", "goal_agreed"), worth=0.9, risks=())
    recap = recap.model_copy(update={"objections": (), "next_steps": ()})
    case = case_of_recap(recap, call, BOOK, subject="file:x")
    assert coach_case(replace(case, look=FakeLook(bearing=HOLDS))).prompts == ()
