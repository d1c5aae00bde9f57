"""The playbook's index: what is found, and that it follows its files."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from search_world import JAPANESE, PLAYS, WordEncoder, conf, write_pages, write_playbook

from coachbot.errors import SearchError, UsageError
from coachbot.retrieval import Hit, PlaybookIndex
from coachbot.retrieval import playbook_index as room
from coachbot.retrieval.generations import PREFIX, read_pointer
from coachbot.retrieval.playbook_index import HOWS, NO_ENCODER, How


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_playbook(tmp_path / "bakery")


@pytest.fixture
def encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture
def index(folder: Path, tmp_path: Path, encoder: WordEncoder) -> PlaybookIndex:
    return PlaybookIndex.open(folder, settings=conf(tmp_path / "home"), encoder=encoder)


def ids(hits: list[Hit]) -> list[str]:
    return [hit.passage.id for hit in hits]


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize(
    ("ask", "first"),
    [
        ("is it expensive compared with something", "plays/too-dear.md#ask"),
        ("which tray is thrown away", "plays/tasting.md#ask"),
        ("visit before dawn", "playbook.yaml#stages/meet/do"),
    ],
)
def test_the_right_passage_comes_first(index: PlaybookIndex, how: How, ask: str, first: str) -> None:
    assert ids(index.search(ask, how=how))[0] == first


def test_a_hit_says_where_it_stands(index: PlaybookIndex, folder: Path) -> None:
    hit = index.search("lower the price in the same breath", kind="play")[0]
    passage = hit.passage
    assert (passage.path, passage.heading, passage.title) == (
        "plays/too-dear.md",
        "Avoid",
        "When the oven seems expensive",
    )
    assert (folder / passage.path).read_text().splitlines()[passage.start_line - 1] == passage.text
    assert (passage.playbook, passage.version, passage.objection) == ("bakery", "7", ("price",))
    assert hit.ranks == {"vector": 1, "words": 1}


def test_definitions_stand_at_their_line(index: PlaybookIndex, folder: Path) -> None:
    lines = (folder / "playbook.yaml").read_text().splitlines()
    for name in ("fields/pain", "objections/price", "criteria/pain_known", "stages/sign"):
        passage = next(p for p in index.passages() if p.extra.get("key") == name)
        assert f"id: {name.partition('/')[2]}" in lines[passage.start_line - 1]


def test_what_buyers_say_leads_to_the_page_that_answers_it(folder: Path, tmp_path: Path) -> None:
    index = PlaybookIndex.open(folder, settings=conf(tmp_path / "home"), encoder=None)
    hits = index.search("costs more than my van", kind="play")
    assert hits[0].passage.path == "plays/too-dear.md"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"objection": "price"}, {"plays/too-dear.md", "playbook.yaml"}),
        ({"stage": ["meet"], "criterion": ["pain_known"]}, {"plays/tasting.md", "playbook.yaml"}),
        ({"stage": ["meet", "sign"], "kind": "play"}, {"plays/tasting.md", "plays/too-dear.md"}),
        ({"stage": "sign", "field": "pain"}, set()),
        ({"stage": "no such"}, set()),
    ],
)
@pytest.mark.parametrize("how", HOWS)
def test_filters_keep_what_carries_the_id(
    index: PlaybookIndex, filters: dict[str, str], expected: set[str], how: How
) -> None:
    hits = index.search("price tray oven ask burns", k=50, how=how, **filters)  # type: ignore[arg-type]
    assert {hit.passage.path for hit in hits} <= expected
    assert bool(hits) == bool(expected)


def test_k_and_empty_questions(index: PlaybookIndex) -> None:
    assert len(index.search("oven", k=2)) == 2
    assert index.search("   ") == []
    assert index.search("oven", k=0) == []
    with pytest.raises(UsageError, match="how='both'"):
        index.search("oven", how="both")  # type: ignore[arg-type]


def test_rerank_orders_anew(index: PlaybookIndex) -> None:
    hits = index.search(
        "oven", k=3, rerank=lambda _, passages: [float("Avoid" in p.heading) for p in passages]
    )
    assert hits[0].passage.heading == "Avoid"
    assert hits[0].score == 1.0
    with pytest.raises(SearchError, match="give one for each"):
        index.search("oven", rerank=lambda _, passages: [1.0])


def test_a_changed_page_is_found_and_only_it_is_encoded(
    index: PlaybookIndex, folder: Path, encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "LOOK", -1.0)
    encoder.encoded.clear()
    page = PLAYS["tasting"].replace("You eat a roll", "You chew a pretzel")
    (folder / "plays" / "tasting.md").write_text(page, encoding="utf-8")
    assert "pretzel" in index.search("pretzel")[0].passage.text
    assert all("eat a roll" not in p.text for p in index.passages())
    fresh = [text for text in encoder.encoded if text != "pretzel"]
    assert len(fresh) == 2  # the passage, with its heading, and its sentence
    assert all("pretzel" in text for text in fresh)


def test_nothing_is_built_again_for_files_that_are_the_same(
    index: PlaybookIndex, folder: Path, tmp_path: Path, encoder: WordEncoder
) -> None:
    encoder.encoded.clear()
    again = PlaybookIndex.open(folder, settings=conf(tmp_path / "home"), encoder=encoder)
    assert encoder.encoded == []
    assert again.size == index.size


def test_another_encoder_means_another_index(index: PlaybookIndex, folder: Path, tmp_path: Path) -> None:
    other = WordEncoder("hashed-2")
    PlaybookIndex.open(folder, settings=conf(tmp_path / "home"), encoder=other)
    assert len(other.encoded) >= index.size


def test_a_reader_follows_what_another_has_built(
    index: PlaybookIndex, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "LOOK", -1.0)
    other = PlaybookIndex.open(folder, settings=conf(tmp_path / "home"), encoder=WordEncoder())
    for name in ("one", "two", "three"):  # two generations on, the reader's own files are gone
        (folder / "plays" / "more.md").write_text(f"# More\n\nPage {name}.", encoding="utf-8")
        page = "---\ntitle: More\nstage: meet\n---\nMarzipan " + name
        (folder / "plays" / "more.md").write_text(page, encoding="utf-8")
        assert other.refresh()
    assert index.search("marzipan three")[0].passage.text == "Marzipan three"
    assert len(list(index.place.glob(f"{PREFIX}*"))) == 2


def test_without_an_encoder_words_are_searched_and_it_is_said(folder: Path, tmp_path: Path) -> None:
    index = PlaybookIndex.open(folder, settings=conf(tmp_path / "home"), encoder=None)
    assert ids(index.search("tray thrown"))[0] == "plays/tasting.md#ask"
    assert index.search("tray", how="vector") == []
    assert index.notes == (NO_ENCODER,)


def test_a_playbook_with_mistakes_is_searched_by_its_pages(folder: Path, tmp_path: Path) -> None:
    (folder / "plays" / "plain.md").write_text("Rye needs a slow oven.", encoding="utf-8")
    index = PlaybookIndex.open(folder, settings=conf(tmp_path / "home"), encoder=WordEncoder())
    assert index.search("rye")[0].passage.path == "plays/plain.md"
    assert "only the pages are searched" in index.notes[0]


def test_a_japanese_handbook_without_any_yaml(tmp_path: Path) -> None:
    folder = write_pages(tmp_path / "handbook", JAPANESE)
    write_pages(folder / "sub" / "deeper", {"kaigi": "# 会議\n\n議事録は当日中に送ります。"})
    index = PlaybookIndex.open(folder, settings=conf(tmp_path / "home"), encoder=WordEncoder())
    assert index.search("決裁者に会えない")[0].passage.title == "決裁の道筋"
    assert index.search("高いと言われた")[0].passage.path == "kakaku.md"
    assert index.search("議事録を送る")[0].passage.path == "sub/deeper/kaigi.md"


@pytest.mark.parametrize("damage", ["words.sqlite", "chroma/chroma.sqlite3", "passages.npy", "sentences.npy"])
def test_a_damaged_index_is_built_again_with_a_note(
    folder: Path, tmp_path: Path, encoder: WordEncoder, index: PlaybookIndex, damage: str
) -> None:
    index.close()
    current = read_pointer(index.place)
    assert current is not None
    (index.place / current.name / damage).write_bytes(b"no such thing" * 100)
    again = PlaybookIndex.open(folder, settings=conf(tmp_path / "home"), encoder=encoder)
    assert ids(again.search("which tray is thrown away"))[0] == "plays/tasting.md#ask"
    assert again.search("which tray", how="vector")
    assert again.notes == ("the index was damaged and has been built again",)


@pytest.mark.parametrize("text", ["", "{}", '{"name": "gen-gone", "key": "k", "passages": 3}', "nonsense"])
def test_a_damaged_pointer_is_as_good_as_none(
    folder: Path, tmp_path: Path, index: PlaybookIndex, text: str
) -> None:
    (index.place / "current.json").write_text(text, encoding="utf-8")
    again = PlaybookIndex.open(folder, settings=conf(tmp_path / "home"), encoder=WordEncoder())
    assert again.search("tray")


def test_a_folder_with_nothing_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"neither a playbook\.yaml nor a Markdown page"):
        PlaybookIndex.open(tmp_path / "empty", settings=conf(tmp_path / "home"), encoder=None)


def test_threads_search_at_once(index: PlaybookIndex) -> None:
    expected = ids(index.search("which tray is thrown away"))
    found: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: found.append(ids(index.search("which tray is thrown away"))))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 8
