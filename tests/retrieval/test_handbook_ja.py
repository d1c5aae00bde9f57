"""A Japanese handbook, which the encoder cannot read: the fused search is never below the better list."""

from __future__ import annotations

from pathlib import Path

import pytest
from search_world import conf

from coachbot.evals.retrieval import check_pages, measure, read_retrieval_suite
from coachbot.retrieval import PlaybookIndex

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def index(home: Path) -> PlaybookIndex:
    return PlaybookIndex.open(HERE / "handbook_ja", settings=conf(home, threads=1))


def test_fused_is_ahead_of_vectors_and_of_words(index: PlaybookIndex) -> None:
    suite = read_retrieval_suite(HERE, str(HERE / "handbook_ja.yaml"))
    check_pages(suite, index)
    assert len(suite.queries) >= 20
    fused, vector, words = (way.lines[0].mean for way in measure(suite, index))
    assert fused >= words > vector
    assert words > 0.4


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("ＮＤＡ", "秘密保持契約"),
        ("ﾄﾗｲｱﾙの期間", "期間"),
        ("役員に会わせてもらえない", "会わせてもらえないとき"),
        ("Salesforceに入れない", "一覧"),
        ("断られた見積書の写し", "他社について話すときの決まり"),
    ],
)
def test_forms_of_letters_and_endings_meet(index: PlaybookIndex, question: str, heading: str) -> None:
    assert heading in [hit.passage.heading for hit in index.search(question, k=3)]
