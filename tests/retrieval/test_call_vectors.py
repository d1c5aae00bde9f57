"""Vectors of calls: made of what the local engine has encoded, near to what their sentences are near to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from coachbot.embed import SentenceEncoder, keep
from coachbot.extract.zero_shot import Likeness
from coachbot.model.transcript import Source, Transcript, Turn
from coachbot.retrieval import Passage, transcript_passages
from coachbot.retrieval.call_vectors import call_vectors, parts_of
from coachbot.retrieval.encoders import LocalEncoder
from coachbot.retrieval.passages import Piece

SAID = [
    ("Ann: Bell", "Hi. What goes wrong with the invoices, and since when?"),
    (None, "They leave two weeks late, every month. I have told Dr. Moss: it costs us the discount."),
    ("Bob", "Right."),
    ("Bob", "Note: the van broke down.\nThe garage wants four thousand for it."),
    ("Ann: Bell", "So we would start with the ovens in March, " + "and then go on to the next shop, " * 60),
]


def call() -> Transcript:
    turns = tuple(Turn(index=n, speaker=who, text=text) for n, (who, text) in enumerate(SAID))
    return Transcript(id="c", title="A title", turns=turns, source=Source(format="x", sha256="0"))


def pieces() -> list[Piece]:
    return [Piece(p, p.text) for p in transcript_passages(call(), call_id="c", title="A title")]


def test_the_index_asks_for_the_sentences_that_the_engine_encodes() -> None:
    likeness = Likeness(call(), lambda texts: np.zeros((len(texts), 2)))
    encoded = {u.text for u in likeness.utterances if u.turn != 4}  # a very long turn is cut elsewhere
    asked = {text for piece in pieces() for text in parts_of(piece)}
    assert encoded <= asked
    assert not any(text.startswith(("Ann", "Bob", "Unknown", "A title", "Right", "Hi")) for text in asked)


def test_what_the_engine_has_encoded_is_not_encoded_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list(dict.fromkeys(text for piece in pieces() for text in parts_of(piece)))
    keep(asked, SentenceEncoder(home, threads=1).encode(asked))
    encoder = LocalEncoder(home, threads=1)
    monkeypatch.setattr(encoder, "_model", None)
    vectors = call_vectors(pieces(), encoder)
    assert vectors.shape == (len(pieces()), 384)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize(
    ("question", "words"),
    [("billing is delayed", "two weeks late"), ("expensive repair of the car", "four thousand")],
)
def test_a_passage_is_near_to_what_is_said_in_it(home: Path, question: str, words: str) -> None:
    encoder = LocalEncoder(home, threads=1)
    near = call_vectors(pieces(), encoder) @ encoder.encode([question])[0]
    assert words in pieces()[int(near.argmax())].passage.text


@pytest.mark.parametrize(
    ("text", "source"), [("Right.\nOkay.", "transcript"), ("They bought a quarry. It is deep.", "note")]
)
def test_what_has_no_sentence_to_speak_of_is_encoded_whole(text: str, source: str) -> None:
    passage = Passage(id="p", text=text, source=source, path="c")  # type: ignore[arg-type]
    assert parts_of(Piece(passage, text)) == [text]
