"""A phrase leaves words out and does nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coachbot.extract.phrases import best_sentence, clean_phrase, sentences

NUMBERS = ["two", "seven", "twelve", "forty", "3", "4.5", "120", "50%", "third"]
NEGATIONS = ["not", "no", "never", "don't", "can't", "won't", "isn't", "without", "nothing"]
PLAIN = (
    "we the a I it need report reports and but so because well um uh like you know mean sort of okay yeah "
    "right [laughs] week it's, um, I, we, which then data. system? files, Friday"
)
SPOKEN = st.lists(st.sampled_from([*NUMBERS, *NEGATIONS, *PLAIN.split()]), min_size=1, max_size=70).map(
    " ".join
)


def words(text: str) -> list[str]:
    return re.findall(r"[\w'%]+(?:\.\d+)?", re.sub(r"\[[^\]]*\]", " ", text).lower())


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Um, so, yeah, we count them by hand.", "We count them by hand."),
        ("I, I mean we need it by Friday", "We need it by Friday."),
        ("Okay. Well, the the board sits in April.", "The board sits in April."),
        ("It's, uh. We had the state in.", "We had the state in."),
        ("It was, it was a mess, you know, all summer.", "It was a mess, all summer."),
        ("so um we lose like forty hours a week", "We lose like forty hours a week."),
        ("We found, like, twelve. [laughs]", "We found, twelve."),
        ("and uh the planner can't see it", "The planner can't see it."),
        ("So far nothing works.", "So far nothing works."),
        ("Well over half of them.", "Well over half of them."),
        ("Yeah, no, that won't do.", "No, that won't do."),
        ("No no, it is four, four, four.", "No no, it is four, four, four."),
        ("check em against the list please", "Check em against the list please."),
        ("What sort of system do you know?", "What sort of system do you know?"),
        ("To us, it's cheap.", "To us, it's cheap."),
        ("It is. We checked it twice.", "It is. We checked it twice."),
        ("Twelve percent", "Twelve percent"),
        ("the second one,", "The second one"),
        ("Yeah.", "Yeah."),
        ("", ""),
    ],
)
def test_what_is_only_noise_goes(said: str, shown: str) -> None:
    assert clean_phrase(said) == shown


def test_a_long_turn_ends_with_a_sentence() -> None:
    said = "We count them by hand every week. It takes two people a day. Nobody believes the figure."
    assert clean_phrase(said, limit=70) == "We count them by hand every week. It takes two people a day."


def test_a_long_sentence_is_cut_at_a_clause_with_a_sign() -> None:
    said = "we count them by hand every week and it takes two people a day because the scanner is off"
    assert clean_phrase(said, limit=80) == "We count them by hand every week and it takes two people a day…"


def test_the_focus_is_what_is_shown() -> None:
    said = "Morning all. Um, we lose forty hours a week. Is it raining there?"
    start = said.index("Um")
    assert clean_phrase(said, (start, said.index(" Is"))) == "We lose forty hours a week."
    assert clean_phrase(said, (said.index("ose"), said.index("y hours"))) == "Lose forty"


@given(SPOKEN, st.integers(40, 200))
@example("I, I mean we don't, we don't need twelve, twelve reports", 160)
def test_words_are_a_subsequence_of_what_was_said(said: str, limit: int) -> None:
    shown = clean_phrase(said, limit=limit)
    rest = iter(words(said))
    assert all(word in rest for word in words(shown))
    assert len(shown) <= limit


@given(SPOKEN)
def test_no_number_and_no_negation_is_lost(said: str) -> None:
    kept = {*NUMBERS, *NEGATIONS}
    shown = clean_phrase(said, limit=100_000)
    assert [w for w in words(shown) if w in kept] == [w for w in words(said) if w in kept]


@given(SPOKEN, st.integers(40, 200))
def test_inside_what_is_kept_no_number_and_no_negation_is_lost(said: str, limit: int) -> None:
    kept = {*NUMBERS, *NEGATIONS}
    whole = [w for w in words(said) if w in kept]
    shown = [w for w in words(clean_phrase(said, limit=limit)) if w in kept]
    assert shown == whole[: len(shown)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Dr. Hale came at 9. She left.", ["Dr. Hale came at 9.", "She left."]),
        ("It is 3.5 percent. Really? Yes!", ["It is 3.5 percent.", "Really?", "Yes!"]),
        ("We use e.g. J. Doe's list. Fine.", ["We use e.g. J. Doe's list.", "Fine."]),
        ("one line\nanother", ["one line", "another"]),
        ("", []),
        ("  ", []),
    ],
)
def test_sentences(text: str, parts: list[str]) -> None:
    assert [text[a:b] for a, b in sentences(text)] == parts


def test_text_without_punctuation_falls_into_clauses() -> None:
    text = (
        "we get the orders by mail and somebody types them in by hand every morning but the stock is only "
        "counted on fridays so by wednesday nobody knows what there is"
    )
    parts = [text[a:b] for a, b in sentences(text)]
    assert len(parts) > 1
    assert all(len(p.split()) >= 6 for p in parts)
    assert " ".join(parts) == text


@given(SPOKEN)
def test_sentences_cover_every_word_in_order(said: str) -> None:
    spans = sentences(said)
    assert " ".join(said[a:b] for a, b in spans).split() == said.split()
    assert all(0 <= a < b <= len(said) for a, b in spans)


def test_the_best_sentence_is_the_first_of_the_highest_score() -> None:
    text = "Good morning. We lose forty hours. We lose forty hours."
    a, b = best_sentence(text, lambda s: float("forty" in s))
    assert (a, text[a:b]) == (14, "We lose forty hours.")
    told = "Hm. The warehouse counts everything twice."
    assert told[slice(*best_sentence(told))] == "The warehouse counts everything twice."
    assert best_sentence("") == (0, 0)
