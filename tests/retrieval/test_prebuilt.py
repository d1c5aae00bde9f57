"""The vectors that come with coachbot: those of its playbooks as they are, and true."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from coachbot.embed import SentenceEncoder
from coachbot.retrieval import prebuilt as room
from coachbot.retrieval.build import texts_of
from coachbot.retrieval.encoders import LocalEncoder
from coachbot.retrieval.prebuilt import prebuilt, write
from coachbot.retrieval.sources import locate, read_origin

ENOUGH = 0.9
"""Share of a playbook's texts that must be there; small edits need not bring a new file each."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(room, "FOLDER", tmp_path)
    room._shipped.cache_clear()
    yield tmp_path
    room._shipped.cache_clear()


@pytest.mark.parametrize("name", ["b2b-saas", "plg-self-serve"])
def test_the_bundled_playbooks_need_next_to_no_encoding(name: str, home: Path) -> None:
    texts = texts_of(read_origin(locate(name, home=None)))
    found = prebuilt(texts)
    share = len(found) / len(texts)
    assert share >= ENOUGH, f"{share:.0%} of {name}: run training/make_playbook_vectors.py"
    some = sorted(found)[:: len(found) // 7]
    true = SentenceEncoder(home, threads=1).encode(some)
    assert float(np.min(np.sum(true * np.array([found[t] for t in some]), axis=1))) > 0.9995


def test_every_file_is_small() -> None:
    sizes = {path.name: path.stat().st_size for path in room.FOLDER.glob("*.npz")}
    assert len(sizes) == 2
    assert max(sizes.values()) < 1_100_000, sizes


def test_a_text_is_found_by_its_content(folder: Path) -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(3, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    write(folder / "some.npz", ["one", "two", "one"], rows)
    found = prebuilt(["two", "one", "three"])
    assert sorted(found) == ["one", "two"]
    for text, row in (("one", rows[0]), ("two", rows[1])):
        assert float(found[text] @ row) > 0.9995
        assert float(np.linalg.norm(found[text])) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("what", ["another encoder", "damaged", "empty"])
def test_a_file_that_does_not_fit_is_left_out(
    folder: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder / "some.npz", ["one"], np.eye(1, 384, dtype=np.float32))
    if what == "another encoder":
        monkeypatch.setattr(room, "ENCODER", "other")
    else:
        content = (folder / "some.npz").read_bytes()
        (folder / "some.npz").write_bytes(b"" if what == "empty" else content[: len(content) // 2])
    assert prebuilt(["one"]) == {}


def test_what_is_known_is_not_encoded(folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = np.eye(2, 384, dtype=np.float32)
    write(folder / "some.npz", ["comes along"], made[:1])
    monkeypatch.setattr("coachbot.retrieval.encoders.recall", lambda texts: {"said before": made[1]})
    encoder, asked = LocalEncoder(home), []

    class Model:
        def encode(self, texts: list[str]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
            asked.extend(texts)
            return np.eye(4, 384, dtype=np.float32)[3:].repeat(len(texts), axis=0)

    encoder._models["int8"] = Model()  # type: ignore[assignment]
    texts = ["new", "said before", "comes along", "new"]
    assert encoder.encode(texts).argmax(axis=1).tolist() == [3, 1, 0, 3]
    assert asked == ["new"]
    assert encoder.encode([]).shape == (0, 384)
