"""The calls' index: transcripts, facts and notes."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from search_world import WordEncoder, conf

from coachbot.model.claims import Evidence, Match
from coachbot.model.transcript import Participant, Side, Source, Transcript, Turn
from coachbot.model.workspace import Fact
from coachbot.retrieval import CallIndex, Passage, fact_passages, note_passages, transcript_passages
from coachbot.retrieval import call_index as room
from coachbot.retrieval.playbook_index import HOWS

SAID = [
    ("Ann", "What goes wrong with the invoices?"),
    ("Bob", "They leave two weeks late, every month."),
    ("Ann", "And who has to clear that up?"),
    ("Bob", "My sister Greta, on Sundays. " + "It is a pile of paper. " * 30),
    ("Ann", "Thank you."),
]


def call(call_id: str = "c1") -> Transcript:
    turns = tuple(Turn(index=n, speaker=who, text=text) for n, (who, text) in enumerate(SAID))
    people = (Participant(name="Ann", side=Side.SELLER), Participant(name="Bob", side=Side.BUYER))
    return Transcript(
        id=call_id,
        title="First call",
        participants=people,
        turns=turns,
        source=Source(format="x", sha256="0"),
    )


def fact(text: str = "Invoices leave late") -> Fact:
    return Fact(
        id="f1",
        deal_id="d1",
        call_id="c1",
        item_id="i1",
        kind="field",
        key="problem",
        value={"value": text},
        evidence=(Evidence(turn=1, quote="two weeks late", start=11, speaker="Bob", match=Match.EXACT),),
        accepted_at=datetime(2026, 3, 1, tzinfo=UTC),
    )


def note(text: str, note_id: str = "n1") -> list[Passage]:
    return note_passages(text, note_id=note_id, title="Research")


@pytest.fixture
def index(tmp_path: Path) -> CallIndex:
    made = CallIndex.open(settings=conf(tmp_path), encoder=WordEncoder())
    passages = [
        *transcript_passages(call(), call_id="c1"),
        *fact_passages([fact()], labels={"problem": "Problem"}),
    ]
    made.replace("c1", passages, deal_id="d1")
    made.replace("n1", note("# About\n\nThey bought a quarry."), deal_id="d1")
    made.replace("c2", note("Their invoices are fine.", "c2"), deal_id="d2")
    return made


def test_stretches_hold_every_turn_and_answers_keep_their_question() -> None:
    passages = transcript_passages(call(), call_id="c1")
    joined = "\n".join(p.text for p in passages)
    assert all(text.split(".")[0] in joined for _, text in SAID)
    answer = next(p for p in passages if "Greta" in p.text)
    assert "clear that up" in answer.text
    assert (answer.extra["first_turn"], answer.start_line, answer.extra["last_turn"]) == (0, 0, 3)
    assert answer.extra["speakers"] == ["Ann", "Bob"]


@pytest.mark.parametrize("telling", [5000, 0])
def test_filters(index: CallIndex, telling: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "TELLING", telling)  # 0: filters go to Chroma as a condition
    cases: list[tuple[dict[str, list[str]], set[str]]] = [
        ({}, {"c1", "c2"}),
        ({"deal_ids": ["d1"]}, {"c1"}),
        ({"deal_ids": ["d1", "d2"], "call_ids": ["c2"]}, {"c2"}),
        ({"kinds": ["fact"]}, {"c1"}),
        ({"deal_ids": []}, set()),
        ({"deal_ids": ["d9"]}, set()),
    ]
    for filters, expected in cases:
        for how in HOWS:
            hits = index.search("invoices late", k=3, how=how, **filters)  # type: ignore[arg-type]
            assert {hit.passage.path for hit in hits} - {"n1"} == expected, (filters, how)
            if filters.get("kinds"):
                assert [hit.passage.source for hit in hits] == ["fact"]
                assert "two weeks late" in hits[0].passage.text


def test_replacing_leaves_nothing_of_the_old(index: CallIndex) -> None:
    index.replace("c2", note("They like marzipan.", "c2"), deal_id="d2")
    assert all("fine" not in hit.passage.text for hit in index.search("invoices fine", k=50))
    assert index.search("marzipan", how="vector")[0].passage.path == "c2"
    index.remove("c2")
    index.remove("c2")
    assert index.owners() == {"c1", "n1"}
    assert all(hit.passage.path != "c2" for hit in index.search("marzipan", k=50))


def test_the_same_again_is_not_encoded_again(index: CallIndex) -> None:
    encoder = index._encoder
    assert isinstance(encoder, WordEncoder)
    before = len(encoder.encoded)
    index.replace("c2", note("Their invoices are fine.", "c2"), deal_id="d2")
    assert len(encoder.encoded) == before
    index.replace("c2", note("Their invoices are fine.", "c2"), deal_id="d3")  # moved to another deal
    assert index.search("fine", deal_ids=["d3"])


def test_a_stretch_is_encoded_by_its_sentences_and_each_only_once(index: CallIndex) -> None:
    encoder = index._encoder
    assert isinstance(encoder, WordEncoder)
    for sentence in ("They leave two weeks late, every month.", "It is a pile of paper."):
        assert encoder.encoded.count(sentence) == 1
    assert not any(text.startswith(("Ann:", "Bob:")) or "Thank you" in text for text in encoder.encoded)


def test_a_new_fact_does_not_encode_the_call_again(index: CallIndex) -> None:
    encoder = index._encoder
    assert isinstance(encoder, WordEncoder)
    encoder.encoded.clear()
    passages = [*transcript_passages(call(), call_id="c1"), *fact_passages([fact("Two weeks is too late")])]
    index.replace("c1", passages, deal_id="d7")
    assert len(encoder.encoded) == 1
    assert index.search("sister Sundays", how="vector", deal_ids=["d7"])[0].passage.start_line == 0


def test_a_new_encoder_makes_all_vectors_anew(index: CallIndex, tmp_path: Path) -> None:
    other = WordEncoder("hashed-2")
    again = CallIndex.open(settings=conf(tmp_path), encoder=other)
    assert "They bought a quarry." in "".join(other.encoded)
    assert "They leave two weeks late, every month." in other.encoded
    assert again.search("quarry", how="vector")[0].passage.path == "n1"


def test_without_an_encoder_words_are_kept_and_vectors_follow_later(tmp_path: Path) -> None:
    plain = CallIndex.open(settings=conf(tmp_path), encoder=None)
    plain.replace("n1", note("They bought a quarry."))
    assert plain.search("quarry")
    assert plain.notes
    again = CallIndex.open(settings=conf(tmp_path), encoder=WordEncoder())
    assert again.search("quarry", how="vector")


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, {here!r})
from search_world import WordEncoder, conf
from coachbot.retrieval import CallIndex, note_passages
index = CallIndex.open(settings=conf(Path({home!r})), encoder=WordEncoder())
index.replace("c9", note_passages("They keep llamas.", note_id="c9", title="Other"), deal_id="d9")
"""


def test_a_reader_sees_what_another_process_has_written(index: CallIndex, tmp_path: Path) -> None:
    index.search("llamas", how="vector")  # Chroma is open
    script = WRITER.format(here=str(Path(__file__).parent), home=str(tmp_path))
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)
    assert index.search("llamas", how="vector", k=1)[0].passage.path == "c9"
    index.replace("c10", note("They keep geese.", "c10"))  # and writes beside it
    assert index.search("geese", how="vector", k=1)[0].passage.path == "c10"


def test_damaged_vectors_are_made_again(index: CallIndex, tmp_path: Path) -> None:
    index._chroma.close()
    (tmp_path / "index" / "calls" / "chroma" / "chroma.sqlite3").write_bytes(b"no such thing" * 100)
    assert index.search("quarry", how="vector")[0].passage.path == "n1"
    assert index.notes == ("the vectors of the calls were damaged and have been made again",)


def test_a_damaged_word_index_is_put_away_and_said(index: CallIndex, tmp_path: Path) -> None:
    index.close()
    (tmp_path / "index" / "calls" / "words.sqlite").write_bytes(b"no such thing" * 100)
    again = CallIndex.open(settings=conf(tmp_path), encoder=WordEncoder())
    assert again.emptied
    assert again.size == 0
    again.replace("n1", note("They bought a quarry."))
    assert again.search("quarry", how="vector")


def ids(index: CallIndex, owner: str) -> tuple[list[str], list[str]]:
    """The ids of an owner's passages as they should be in Chroma, and as they are."""
    rows = index._words.rows("select n, fingerprint from passages where owner = ?", (owner,))
    return sorted(f"{n}-{mark}" for n, mark in rows), sorted(index._chroma.owned(index._collection(), owner))


@pytest.mark.parametrize("at", ["_raise_change", "delete"])
def test_who_was_cut_off_leaves_no_vector_behind(
    index: CallIndex, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """Killed after the vectors came and before the words were kept; or before the old vectors went."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(index if at == "_raise_change" else index._chroma, at, stop)
        with pytest.raises(KeyboardInterrupt):
            index.replace("c2", note("They like marzipan.", "c2"), deal_id="d2")
    index.replace("c3", note("They sell kites.", "c3"), deal_id="d3")  # takes the number that was to be c2's
    index.replace("c2", note("They like marzipan.", "c2"), deal_id="d2")
    for owner in ("c1", "c2", "c3"):
        there, found = ids(index, owner)
        assert there == found
    assert index._chroma.count(index._collection()) == index.size
    assert index._words.rows("select key from meta where key like 'begun:%'") == []
