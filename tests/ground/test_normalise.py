"""Words that say the same compare equal, words that do not stay apart, and offsets lead back to the text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachbot.ground.normalise import normalise, norms

SAME = [
    ("forty two thousand", "42,000"),
    ("Forty-two thousand", "42k"),
    ("fortytwo thousand", "42 000"),
    ("a hundred and ten", "110"),
    ("four hundred and twelve thousand", "412k"),
    ("two thousand and eleven", "2011"),
    ("nineteen ninety-nine", "1999"),
    ("twenty twenty six", "2026"),
    ("twenty seventeen", "2017"),
    ("one point five million", "1.5m"),
    ("seven and a half ton", "7.5 ton"),
    ("two and a half thousand", "2,500"),
    ("half a million", "500,000"),
    ("half a dozen", "6"),
    ("a dozen vans", "12 vans"),
    ("thirty-five hundred", "3500"),
    ("eleven grand", "11k"),
    ("three lakh", "3,00,000"),
    ("the twenty-first of May", "the 21st of may"),
    ("one hundred and first", "101st"),
    ("$85k", "eighty-five thousand dollars"),
    ("€1.2m", "one point two million euros"),
    ("£300", "three hundred quid"),
    ("USD 500", "500 dollars"),
    ("US$40", "forty bucks"),
    ("30%", "thirty per cent"),
    ("30 percent", "thirty pct"),
    ("don't", "do not"),
    ("dont", "do not"),
    ("won't", "will not"),
    ("can't", "cannot"),
    ("ain't", "isn't"),
    ("it's", "its"),
    ("we'd've", "we would have"),
    ("I’m", "im"),
    ("Tom's van", "toms van"),
    ("gonna", "going to"),
    ("R&D", "R and D"),
    ("5 p.m.", "5pm"),
    ("S.A.P.", "SAP"),
    ("forty-year-old", "40 year old"),
    ("um, we, uh, have it", "we have it"),
    ("It's, you know, a mess", "it's a mess"),
    ("the the van", "the van"),
    ("it was a, it was a baby", "it was a baby"),
    ("w- we need it", "we need it"),
    ("th-the van", "the van"),
    ("forty, forty-two vans", "42 vans"),
    ("[laughs] Okay (inaudible) so", "okay so"),
    ("[00:12:03] so", "so"),
    ("“Quoted” ‘words’ — here…", "quoted words here"),
    ("Zürich café", "zurich cafe"),
    ("cafe\u0301", "café"),
    ("ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
    ("clo\u200bsed so\u00adft", "closed soft"),
    ("2½ days", "2.5 days"),
    ("٤٢", "42"),
    ("Acme™ Suite", "acme suite"),
    ("Sept 3rd", "September third"),
    ("the hundredth", "the 100th"),
    ("n't that", "not that"),
]


@pytest.mark.parametrize(("a", "b"), SAME)
def test_same_words_are_equal(a: str, b: str) -> None:
    assert norms(a) == norms(b)
    assert norms(a)


DIFFERENT = [
    ("fifteen", "fifty"),
    ("forty two", "forty three"),
    ("a hundred and two hundred", "a hundred and two"),
    ("twenty, thirty people", "2030 people"),
    ("nine nine two", "nine two"),
    ("do you know the price", "do the price"),
    ("we like it", "we it"),
    ("kind of van", "van"),
    ("not", "no"),
    ("we have budget", "we have no budget"),
    ("$5", "€5"),
    ("CAD drawings", "dollar drawings"),
    ("a ninety second timeout", "a 92nd timeout"),
    ("[Acme] pays", "pays"),
    ("one thousand and twelve thousand", "one thousand and twelve"),
    ("co-op", "op"),
]


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_different_words_stay_apart(a: str, b: str) -> None:
    assert norms(a) != norms(b)


@pytest.mark.parametrize(
    "text", ["", "   ", "…", "[laughs]", "👍🏽🎉", "um, uh", "$", "\u200b\ufeff", "\x00"]
)
def test_nothing_said(text: str) -> None:
    assert normalise(text) == []


def test_scripts_without_spaces_are_split_by_character() -> None:
    assert norms("我们没有预算") == list("我们没有预算")


def test_marks_stay_with_their_letters() -> None:
    assert len(norms("हिन्दी में बात")) == 3


def test_offsets_lead_to_whole_words_of_the_original() -> None:
    text = "Well, we can’t — um — pay €412,000 or forty-two\u00a0thousand, Zoë."
    words = {t.norm: text[t.start : t.end] for t in normalise(text)}
    assert words["not"] == "can’t"
    assert words["412000"] == words["euro"] == "€412,000"
    assert words["42000"] == "forty-two\u00a0thousand"
    assert words["zoe"] == "Zoë"


def test_pauses() -> None:
    brk = {t.norm: t.brk for t in normalise("We pay, um, Anna - sadly. Not Bert: I (too) said")}
    assert (brk["pay"], brk["anna"], brk["sadly"], brk["not"], brk["i"], brk["too"]) == (0, 0, 1, 2, 2, 1)


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=80))
def test_any_text_has_tokens_inside_it(text: str) -> None:
    tokens = normalise(text)
    assert all(0 <= t.start < t.end <= len(text) and t.norm and " " not in t.norm for t in tokens)
    assert [t.end for t in tokens] == sorted(t.end for t in tokens)


TRICKY = (
    "we|don't|have|forty|two|thousand|and|a|half|million|,|.|um|you|know|the|the|$|85|k|%|first|-|point|five|"
    "hundred|twenty|[laughs]|it's|per|cent|12.5|1,200|w-"
)
PIECES = st.sampled_from(sorted(set(TRICKY.split("|"))))


@settings(deadline=None, max_examples=150)
@given(st.lists(PIECES, max_size=12))
def test_normalising_does_not_depend_on_case_or_spacing(words: list[str]) -> None:
    assert norms(" ".join(words)) == norms("  ".join(words).upper())
