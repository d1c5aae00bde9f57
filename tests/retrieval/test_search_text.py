"""Pages cut at their headings, terms of any script, and fused lists."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachbot.retrieval.fuse import reciprocal_rank, spread, weighed
from coachbot.retrieval.markdown import LONGEST, LONGEST_PAGE, page_parts, read_page
from coachbot.retrieval.matrices import sentences
from coachbot.retrieval.script import for_query, latin_share, matched, size, terms, unspaced_share

PAGE = """\
---
title: Closing
stage: [sign]
---
Before any heading.

## Ask

- "Who signs?"
- A [link](https://example.com) with **bold** words.

### On the phone

| who | says |
|-----|------|
| Ann | yes  |

<!-- left out -->

## Empty

## Avoid

Pushing.
"""


def test_a_page_is_cut_at_its_headings_with_lines_and_plain_words() -> None:
    page = read_page(PAGE, name="closing")
    assert page.title == "Closing"
    assert page.head["stage"] == ["sign"]
    assert [(s.path, s.start, s.end) for s in page.sections] == [
        ((), 5, 5),
        (("Ask",), 9, 10),
        (("Ask", "On the phone"), 14, 16),
        (("Empty",), 20, 20),
        (("Avoid",), 24, 24),
    ]
    assert page.sections[1].plain == '"Who signs?" A link with bold words.'
    assert page.sections[1].text == '- "Who signs?"\n- A [link](https://example.com) with **bold** words.'
    assert page.sections[2].plain == "who | says Ann | yes"
    assert page.sections[3].plain == "Empty"  # nothing below: the heading stands for itself
    assert page.sections[4].text == "Pushing."


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# Pricing talk\n\nWords.", "Pricing talk"),
        ("Words only.", "how to start"),
        ("---\nnot: [closed\n---\n# From the heading\n\nWords.", "From the heading"),
        ("---\nno end of it", "how to start"),
    ],
)
def test_a_page_without_sound_front_matter_is_read_all_the_same(text: str, title: str) -> None:
    page = read_page(text, name="how-to-start")
    assert page.title == title
    assert page.sections


def test_long_sections_are_cut_at_paragraphs_and_long_paragraphs_at_sentences() -> None:
    short = "Some words that say little. " * 5
    long = "This sentence is one of many in a row. " * 60
    page = read_page(f"## Part\n\n{short}\n\n{short}\n\n{long}\n", name="p")
    assert len(page.sections) > 3
    assert all(size(s.plain) <= LONGEST for s in page.sections)
    assert all(s.path == ("Part",) for s in page.sections)
    assert page.sections[0].end == 5
    assert page.sections[-1].text == page.sections[-1].plain  # a part of a line, not the whole line


def test_japanese_text_is_cut_at_its_sentences() -> None:
    page = read_page("## 目的\n\n" + "お客様の言葉で課題を書きます。" * 40, name="p")
    assert len(page.sections) >= 3
    assert all(s.plain.endswith("。") for s in page.sections)


@given(st.lists(st.text("abc dé。漢字.\n#-|", min_size=1), max_size=8))
def test_no_letter_of_a_page_is_lost(parts: list[str]) -> None:
    text = "\n\n".join(parts)
    page = read_page(text, name="p", longest=5)
    seen = "".join("".join(s.path) + s.plain for s in page.sections) + page.title
    for letter in "abcdé漢字":
        if letter in "".join(line for line in text.splitlines() if "#" not in line and "|" not in line):
            assert letter in seen


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Who signs it?", ["who", "signs", "it"]),
        ("決裁者", ["決裁", "裁者", "決", "裁", "者"]),
        ("SFAの入力", ["sfa", "の入", "入力", "入", "力"]),
        ("リファラル", ["リフ", "ファ", "ァラ", "ラル", "リファラル"]),
        ("ﾃﾞﾓ ＡＢＣ", ["デモ", "abc"]),
        ("don’t", ["don't"]),
        ("고객 요구", ["고객", "요구"]),
        ("商", ["商"]),
        ("", []),
    ],
)
def test_terms(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("how do I get the budget", ["budget"]),
        ("what is it", ["what", "is", "it"]),
        ("budget, Budget!", ["budget"]),
        ("価格について", ["価格", "格に", "価", "格"]),
        ("SFAの入力", ["sfa", "入力", "入", "力"]),
    ],
)
def test_a_question_keeps_its_telling_words(text: str, expected: list[str]) -> None:
    assert for_query(text) == expected


def test_shares_of_scripts() -> None:
    assert latin_share("über Größe") == 1.0
    assert latin_share("価格") == 0.0
    assert latin_share("123") == 1.0
    assert unspaced_share("価格ab") == 0.5


def test_matched_words_are_found_in_their_other_forms() -> None:
    text = "They negotiated. Negotiating a price, prices."
    assert [text[a:b] for a, b in matched(text, "how to negotiate the price")] == [
        "negotiated",
        "Negotiating",
        "price",
        "prices",
    ]
    assert matched("値引きは課長の承認が要る", "承認") == [(7, 9)]


def test_sentences_end_in_any_script() -> None:
    assert sentences('She said "I will." Then nothing happened. Ok.') == [
        'She said "I will.',
        "Then nothing happened.",
    ]
    assert sentences("価格の話を先にします。次に予算の時期を聞きます。") == [
        "価格の話を先にします。",
        "次に予算の時期を聞きます。",
    ]


def test_reciprocal_rank_is_the_sum_over_lists() -> None:
    scores = reciprocal_rank({"a": [1, 2], "b": [2]}, {"a": 1.0, "b": 0.5}, trust={"b": {2: 0.5}}, k=60)
    assert scores == pytest.approx({1: 1 / 61, 2: 1 / 62 + 0.25 / 61})


def test_spread_moves_the_rest_of_a_page_back() -> None:
    assert spread([1, 2, 3, 4], {1: 9, 2: 9, 3: 9, 4: 8}, 2) == [1, 2, 4, 3]


def test_a_strong_hit_of_one_list_is_not_worn_down_to_a_rank() -> None:
    lists = {"meaning": {1: 0.5, 2: 0.49}, "words": {2: 0.02, 1: 0.01, 3: 0.9}}
    scores = weighed(lists, {"meaning": 1.0, "words": 0.5}, k=10, first=1.0)
    assert scores[3] == pytest.approx(0.5 * 0.9 * (1 + 1 / 11))
    assert scores[1] == pytest.approx(0.5 * (1 + 1 / 11) + 0.5 * 0.01 * (1 + 1 / 13))
    assert sorted(scores, key=lambda n: -scores[n]) == [1, 2, 3]


def test_a_long_file_has_pages_by_its_headings() -> None:
    half = LONGEST_PAGE // 2
    short = [(("A",), half), (("B",), half)]
    assert page_parts(short) == [(), ()]
    long = [((), 10), (("A",), half), (("A", "x"), half), (("B", "y"), half), (("B", "z"), LONGEST_PAGE)]
    assert page_parts(long) == [(), ("A",), ("A",), ("B", "y"), ("B", "z")]
