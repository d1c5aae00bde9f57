"""Where quotes are found, and that rubbish is found nowhere."""

from __future__ import annotations

import pytest
from ground_calls import call

from coachbot.ground import Aligner, Located, verify
from coachbot.ground.align import LONGEST_QUOTE
from coachbot.model.claims import Match, Quote
from coachbot.model.transcript import Source, Transcript

REPEATED = call(
    "Ann: We lose two days a week.",
    "Bob: Right.",
    "Ann: On the exports.",
    "Bob: Okay.",
    "Ann: Yes. We lose two days a week.",
    "Bob: Sure, but where does the time go?",
    "Ann: I told you. We lose two days a week.",
)


@pytest.mark.parametrize(
    ("cited", "found"), [(0, 0), (2, 0), (3, 4), (4, 4), (5, 4), (6, 6), (None, 0), (-1, 0), (99, 0)]
)
def test_the_cited_turn_comes_first_then_the_nearest(cited: int | None, found: int) -> None:
    hit = Aligner(REPEATED).locate(Quote(turn=cited, text="we lose two days a week"))
    assert hit is not None
    assert (hit.turn, hit.match, hit.score) == (found, Match.EXACT, 1.0)


def words(transcript: Transcript, hit: Located | None) -> list[str]:
    assert hit is not None
    return [transcript.turns[p.turn].text[p.start : p.end] for p in hit.pieces]


def test_the_place_is_that_of_the_quotes_own_characters() -> None:
    talk = call("Ann: So, um, the the exports take, you know, two days.")
    hit = Aligner(talk).locate(Quote(turn=0, text="“um, the the exports take, you know, two days.”"))
    assert words(talk, hit) == ["um, the the exports take, you know, two days."]
    plain = Aligner(talk).locate(Quote(turn=0, text="the exports take 2 days"))
    assert words(talk, plain) == ["the exports take, you know, two days"]


def test_a_quote_that_begins_inside_a_word_is_shown_in_whole_words() -> None:
    talk = call("Ann: Under that I sign it myself, over it the board does.")
    hit = Aligner(talk).locate(Quote(turn=0, text="er that I sign it myself"))
    assert words(talk, hit) == ["that I sign it myself"]


def test_across_turns_and_a_back_channel() -> None:
    talk = call("Ann: We would need about", "Bob: Yeah, okay.", "Ann: six weeks for it.", "Bob: Six weeks.")
    hit = Aligner(talk).locate(Quote(turn=0, text="we would need about six weeks for it"))
    assert words(talk, hit) == ["We would need about", "six weeks for it"]
    assert hit is not None
    assert (hit.match, [p.turn for p in hit.pieces]) == (Match.CROSS_TURN, [0, 2])


def test_not_across_a_turn_that_says_something() -> None:
    talk = call("Ann: We would need about", "Bob: The price doubled.", "Ann: six weeks for the interface.")
    aligner = Aligner(talk)
    hit = aligner.locate(Quote(turn=0, text="we would need about six weeks for the interface"))
    assert hit is None or verify(aligner.stream, hit) is not None


def test_across_turns_with_a_word_heard_wrongly() -> None:
    talk = call("Ann: The route planner handles", "Ann: the school runs with Kestrell every morning.")
    hit = Aligner(talk).locate(Quote(turn=0, text="route planner handles the school runs with Kestrel"))
    assert hit is not None
    assert (hit.match, hit.score < 1) == (Match.CROSS_TURN, True)


@pytest.mark.parametrize(
    "text",
    [
        "we will never buy from you",
        "we",
        "the a of to and",
        "They had a great party and loved the software",
        "exports lose a week of two days where time go",
        "zzz qqq xxx",
        "我们没有预算",
        "🎉",
        "",
        "[laughs]",
        "\u202emret ruoy evol I",
    ],
)
def test_rubbish_is_not_located(text: str) -> None:
    talk = call("Ann: Our exports are slow and it is the team that pays for it.", "Bob: Okay, so where to?")
    assert Aligner(talk).locate(Quote(turn=0, text=text)) is None


@pytest.mark.parametrize("text", ["exports " * 150_000, "e" * 1_000_000, "9" * 50_000, "((((" * 100_000])
def test_a_megabyte_is_no_quote(text: str) -> None:
    assert len(text) > LONGEST_QUOTE
    assert Aligner(REPEATED).locate(Quote(turn=0, text=text)) is None


def test_the_longest_quotes_are_still_found_exactly() -> None:
    long = " ".join(f"word{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(600))
    talk = call(f"Ann: {long}", "Bob: Okay.")
    assert words(talk, Aligner(talk).locate(Quote(turn=0, text=long))) == [long]


@pytest.mark.parametrize(
    "text",
    ["[T0] Ann: We lose two days a week.", "[T0] We lose two days a week.", "T0: We lose two days a week.",
     "Ann: We lose two days a week.", "[T0] [00:01:02] Ann:  We lose two days a week."],
)  # fmt: skip
def test_labels_copied_from_the_prompt_are_no_words(text: str) -> None:
    hit = Aligner(REPEATED).locate(Quote(turn=0, text=text))
    assert words(REPEATED, hit) == ["We lose two days a week."]


def test_a_colon_in_a_quote_is_no_label() -> None:
    talk = call("Ann: One thing: the exports take two days.")
    hit = Aligner(talk).locate(Quote(turn=0, text="One thing: the exports take two days."))
    assert words(talk, hit) == ["One thing: the exports take two days."]


def test_an_ellipsis_joins_parts_of_one_turn_and_shows_all_between() -> None:
    talk = call(
        "Ann: The exports take, since the move in May at least, two days of my week.", "Bob: Two days."
    )
    hit = Aligner(talk).locate(Quote(turn=0, text="The exports take ... two days of my week"))
    assert words(talk, hit) == ["The exports take, since the move in May at least, two days of my week"]
    assert Aligner(talk).locate(Quote(turn=0, text="two days of my week ... The exports take")) is None


def test_said_twice_is_taken_where_it_is_tighter() -> None:
    talk = call("Ann: I do owe her a pie. I owe her a pie from the Farmington conference.")
    hit = Aligner(talk).locate(Quote(turn=0, text="I owe her a pie from Farmington conference"))
    assert words(talk, hit) == ["I owe her a pie from the Farmington conference"]


def test_an_empty_call() -> None:
    empty = Transcript(id="e", title="e", source=Source(format="t", sha256="0"))
    silent = call("Ann: [laughs]", "Bob: Mm-hm.")
    assert Aligner(empty).locate(Quote(turn=0, text="anything at all")) is None
    assert Aligner(silent).locate(Quote(turn=0, text="anything at all")) is None
