"""The bundled playbook's pages, and the encoder itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from search_world import conf, write_playbook

from coachbot.bundled import bundled
from coachbot.retrieval import PlaybookIndex
from coachbot.retrieval.markdown import LONGEST
from coachbot.retrieval.script import size, terms
from coachbot.retrieval.sources import pieces_of, read_origin

BOOKS = ("b2b-saas", "plg-self-serve")


@pytest.mark.parametrize("name", BOOKS)
def test_pieces_of_the_bundled_playbooks(name: str) -> None:
    folder = bundled("playbooks") / name
    pieces = pieces_of(read_origin(folder))
    assert len({piece.passage.id for piece in pieces}) == len(pieces)
    assert all(size(piece.words) <= LONGEST for piece in pieces)
    for path in sorted((folder / "plays").glob("*.md")):
        own = [p for p in pieces if p.passage.path == f"plays/{path.name}"]
        lines = path.read_text(encoding="utf-8").splitlines()
        found = {t for p in own for t in terms(f"{p.words} {p.passage.heading}")}
        body = lines[lines.index("---", 1) + 1 :]
        assert {t for line in body for t in terms(line)} <= found
        for piece in own:
            p = piece.passage
            assert lines[p.start_line - 1].strip() == p.text.splitlines()[0].strip()
            assert lines[p.extra["end_line"] - 1].strip() == p.text.splitlines()[-1].strip()
            assert p.stage
            assert p.version


def test_the_encoder_finds_what_shares_no_word(tmp_path: Path, home: Path) -> None:
    folder = write_playbook(tmp_path / "bakery")
    settings = conf(home, threads=1)
    index = PlaybookIndex.open(folder, settings=settings)
    assert index.notes == ()
    assert index.search("too costly", how="words", kind="play") == []
    assert index.search("too costly", kind="play", k=1)[0].passage.path == "plays/too-dear.md"
