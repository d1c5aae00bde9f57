"""Coaching prompts: two citations or none, nothing that the call contradicts, the heaviest first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from coaching_world import BOOK, LINES, FakeLook, a_call, a_recap

from coachbot.coach import plays
from coachbot.coach.case import case_of_recap
from coachbot.coach.sheet import chosen, coach_case
from coachbot.coach.types import CoachPrompt, CoachSheet
from coachbot.model.playbook import Play


@pytest.fixture(autouse=True)
def _no_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coachbot.coach.case.second_look", lambda transcript, book: FakeLook())


def sheet(look: FakeLook | None = None, **recap: object) -> CoachSheet:
    case = case_of_recap(a_recap(**recap), a_call(), BOOK, subject="file:x")  # type: ignore[arg-type]
    return coach_case(replace(case, look=look or FakeLook()))


def of_kind(found: CoachSheet, kind: str) -> list[CoachPrompt]:
    return [p for p in found.prompts if p.kind == kind]


def test_every_prompt_cites_the_call_and_a_play() -> None:
    found = sheet(FakeLook(held=(3,)))
    assert [p.kind for p in found.prompts][:4] == ["criterion", "field", "objection", "risk"]
    for prompt in found.prompts:
        assert prompt.moments or (prompt.absence and prompt.absence.turns_total == len(LINES))
        assert prompt.play.path.startswith("plays/")
        assert prompt.play.version == "7"
        assert prompt.basis.text
        for moment in prompt.moments:
            assert moment.quote in LINES[moment.turn][1]


def test_an_open_criterion_opens_with_the_words_that_held_it_back() -> None:
    first = sheet(FakeLook(held=(3,))).prompts[0]
    assert first.title == "Still open: they agreed on a goal."
    assert "Held back: “I can't put a number on that today" in first.seen
    assert "not found in 10 of 10 turns" in first.seen
    assert first.say[0].startswith("Bea, you said “I can't put a number on that today")
    assert first.say[0].endswith("Would each of you call that a success?")
    assert first.say[1] == "How would you measure that today?"
    assert (first.play.path, first.play.heading) == ("plays/goal.md", "Ask")


@pytest.mark.parametrize(
    ("look", "recap", "missing"),
    [
        (FakeLook(says=("worth",)), {}, False),  # a second look finds it
        (FakeLook(), {"worth": 0.9}, False),  # the draft has it
        (FakeLook(), {"worth": 0.3}, True),  # only touched on
        (FakeLook(), {}, True),
    ],
)
def test_nothing_that_was_said_is_called_missing(
    look: FakeLook, recap: dict[str, float], missing: bool
) -> None:
    found = [p for p in sheet(look, **recap).prompts if "worth" in p.causes]
    assert bool(found) is missing
    if recap.get("worth") == 0.3:
        assert found[0].seen.startswith("Only touched on: “")
        assert found[0].absence is None


def test_a_missing_field_shows_the_words_nearest_to_it() -> None:
    (prompt,) = of_kind(sheet(FakeLook(near=7)), "field")
    assert prompt.seen.startswith("The nearest to it: “Hm. My brother keeps the books")
    assert "Worth: not found in 10 of 10 turns" in prompt.seen
    assert prompt.say[0].endswith("What does it cost you in a month?")


def test_a_criterion_the_second_look_sees_met_is_left_alone() -> None:
    assert not of_kind(sheet(FakeLook(agrees=True)), "criterion")


@pytest.mark.parametrize(
    ("handled", "sure", "shown"), [("no", 0.9, 1), ("partly", 0.9, 1), ("yes", 0.9, 0), ("no", 0.0, 0)]
)
def test_only_objections_that_are_surely_open(handled: str, sure: float, shown: int) -> None:
    found = of_kind(sheet(FakeLook(sure=sure), handled=handled), "objection")
    assert len(found) == shown
    if found:
        asked = "What would have to be different, so that this no longer stands in the way?"
        assert found[0].say == (f"Bea, you said “{LINES[5][1]}” {asked}", "Too much against what?")
        assert "The answer: “You pay nothing until" in found[0].seen


def test_an_objection_a_person_accepted_needs_no_second_look() -> None:
    case = case_of_recap(a_recap(), a_call(), BOOK, subject="file:x")
    case = replace(case, look=FakeLook(sure=0.0), accepted_objections=frozenset({("too_dear", 5)}))
    assert of_kind(coach_case(case), "objection")


def test_one_prompt_a_cause_and_five_in_all() -> None:
    one = sheet(FakeLook(held=(3,))).prompts[0]
    copies = [one.model_copy(update={"id": str(n), "causes": (f"c{n}",), "moments": ()}) for n in range(9)]
    assert len(chosen(copies, {})) == 5
    assert len(chosen([one, one.model_copy(update={"id": "x", "weight": 1.0})], {})) == 1


def test_without_two_citations_a_prompt_is_not_shown() -> None:
    one = sheet().prompts[0]
    bare = one.model_copy(update={"moments": (), "absence": None})
    no_play = one.model_copy(update={"play": one.play.model_copy(update={"path": ""})})
    unread = one.model_copy(
        update={"moments": (), "absence": one.absence.model_copy(update={"turns_total": 0})}  # type: ignore[union-attr]
    )
    assert chosen([bare, no_play, unread], {}) == []


def test_too_little_to_judge() -> None:
    short = a_call(*LINES[:3])
    case = case_of_recap(a_recap(), short, BOOK, subject="file:x")
    found = coach_case(case)
    assert found.prompts == ()
    assert found.too_little == f"too little to judge: the call has {short.words} words in 3 turns"


def test_one_sided_calls_are_not_judged() -> None:
    lines = tuple((("Sam", text) if n != 1 else ("Bea Holm", "Yes.")) for n, (_, text) in enumerate(LINES))
    case = case_of_recap(a_recap(), a_call(*lines), BOOK, subject="file:x")
    assert "the buyer says 1 of" in str(coach_case(case).too_little)


def test_behaviour_comes_last_with_its_figure() -> None:
    talk = [("Sam", text * 2) if who == "Sam" else (who, text) for who, text in LINES]
    case = case_of_recap(a_recap(need=0.9, worth=0.9), a_call(*talk), BOOK, subject="file:x")
    found = coach_case(replace(case, look=FakeLook(sure=0.0), risks=()))
    last = found.prompts[-1]
    assert last.kind == "behaviour"
    assert "up to 45% is looked for" in last.seen
    assert last.do == "Ask, and wait."


def test_the_next_stage_is_prepared_once_all_holds() -> None:
    met = ("need_known", "goal_agreed")
    with_play = BOOK.plays[0].model_copy(update={"criterion": ("goal_agreed", "signed")})
    after = BOOK.stages[1].model_copy(update={"id": "after", "exit_criteria": (), "buyer_commitments": ()})
    signed = BOOK.stages[1].exit_criteria[0].model_copy(update={"fields": ("need",)})
    close = BOOK.stages[1].model_copy(update={"exit_criteria": (signed,)})
    book = BOOK.model_copy(
        update={"plays": (with_play, *BOOK.plays[1:]), "stages": (BOOK.stages[0], close, after)}
    )
    case = case_of_recap(a_recap(met=met, worth=0.9, risks=()), a_call(), book, subject="file:x")
    (prompt,) = of_kind(coach_case(replace(case, look=FakeLook(sure=0.0))), "next_stage")
    assert prompt.title == "Next, in Close: it is signed."
    assert "All 2 exit criteria of Find hold" in prompt.seen


def test_a_reversion_comes_first_and_silences_the_stage() -> None:
    recap = a_recap()
    back = recap.stage.model_copy(
        update={
            "before": "close",
            "suggested": "find",
            "direction": "revert",
            "why": f"It may: “{LINES[7][1]}”",
        }
    )
    book = BOOK.model_copy(update={"stage_reversion_rule": "It is asking again for what it is worth."})
    case = case_of_recap(recap.model_copy(update={"stage": back}), a_call(), book, subject="file:x")
    found = coach_case(replace(case, look=FakeLook(held=(3,))))
    first = found.prompts[0]
    assert first.kind == "reversion"
    assert [m.turn for m in first.moments] == [7, 3]
    assert first.say[0].endswith("What hurts?")
    assert found.prompts[1].title == "To be earned again: they agreed on a goal."
    assert not any("signed" in p.causes for p in found.prompts)


def test_a_play_line_that_asserts_is_not_put_into_a_mouth() -> None:
    play = next(p for p in BOOK.plays if p.id == "dear")
    line = plays.best_line(play, "expensive", lambda text, others: [1.0] * len(others))
    assert line is not None
    assert line.text == "Too much against what?"


@pytest.mark.parametrize(
    ("said", "asks"),
    [
        ("Too much against what?", True),
        ("Would it help? Who should see it?", True),
        ("I can give you ten per cent. Deal?", False),
        ("Shall we say Thursday?", False),
        ("Is 15 enough?", False),
    ],
)
def test_which_lines_can_be_said_on_any_call(said: str, asks: bool) -> None:
    play = Play(id="x", title="X", path="plays/x.md", body=f'## Ask\n- "{said}"')
    assert (plays.best_line(play, "", None) is not None) is asks


def test_a_case_without_an_encoder_says_so() -> None:
    case = case_of_recap(a_recap(), a_call(), BOOK, subject="file:x")
    found = coach_case(replace(case, look=None))
    assert not of_kind(found, "objection")
    assert "encoder is not installed" in found.notes[0]


def test_what_is_open_of_a_case() -> None:
    made = case_of_recap(a_recap(), a_call(), BOOK, subject="file:x")
    assert [c.id for c in made.unmet] == ["goal_agreed"]
    assert made.lateness == 0.0
