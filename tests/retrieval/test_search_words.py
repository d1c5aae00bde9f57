"""The word index."""

from __future__ import annotations

from pathlib import Path

import pytest

from coachbot.retrieval.passages import Passage, Piece
from coachbot.retrieval.words import Words

TEXTS = {
    "a": "Negotiating a discount with the buyer",
    "b": "The buyer signs the contract",
    "c": "決裁者が承認します",
    "d": "Nothing of note",
}


@pytest.fixture
def words(tmp_path: Path) -> Words:
    made = Words.create(tmp_path / "words.sqlite")
    with made.writing():
        for name, text in TEXTS.items():
            passage = Passage(
                id=name, text=text, source="note", path=name, stage=("x",), extra={"title": "T"}
            )
            made.add([Piece(passage, text)], owner=name)
    return made


@pytest.mark.parametrize(
    ("query", "first"), [("negotiate", "a"), ("contracts", "b"), ("承認", "c"), ("signed", "b"), ("買", None)]
)
def test_the_right_passage_is_first(words: Words, query: str, first: str | None) -> None:
    found = words.search([query], 5)
    known = words.passages([n for n, _ in found])
    assert (known[found[0][0]].id if found else None) == first


def test_a_passage_comes_back_as_it_was_put(words: Words) -> None:
    passage = words.passages([1])[1]
    assert passage == Passage(
        id="a", text=TEXTS["a"], source="note", path="a", stage=("x",), extra={"title": "T"}
    )


def test_no_score_passes_the_ceiling_and_unknown_words_raise_it(words: Words) -> None:
    found = words.search(["buyer", "contract"], 5)
    assert 0 < found[0][1] <= words.ceiling(["buyer", "contract"])
    assert words.ceiling(["buyer", "zebra"]) > words.ceiling(["buyer", "contract"])


def test_removed_passages_are_gone(words: Words) -> None:
    with words.writing():
        assert [i for _, i in words.remove("b")] == ["b"]
    assert words.search(["contract"], 5) == []
    assert words.count() == 3


def test_what_fails_is_undone(words: Words) -> None:
    def fail() -> None:
        with words.writing():
            words.remove("a")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert words.count() == 4


def test_signs_of_the_query_language_are_harmless(words: Words) -> None:
    assert words.search(['"', "a OR b", "NEAR(", "*"], 5) is not None
