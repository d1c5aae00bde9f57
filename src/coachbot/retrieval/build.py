"""Building a generation of a playbook's index, and reading it."""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from coachbot.errors import SearchError
from coachbot.retrieval import matrices
from coachbot.retrieval.encoders import Encoder
from coachbot.retrieval.generations import Generation, clean, new_folder, read_pointer, write_pointer
from coachbot.retrieval.links import tagged_pages
from coachbot.retrieval.matrices import Matrices, Progress
from coachbot.retrieval.passages import Piece, from_json
from coachbot.retrieval.sources import Origin, pieces_of, safe_name
from coachbot.retrieval.vectors import Chroma
from coachbot.retrieval.words import Words

WORDS = "words.sqlite"
REMEMBERED = 200
"""Filters whose passages are kept at hand."""


@dataclass
class Built:
    """A generation that is open: the word index, the exact vectors, and the way to Chroma's.

    Passages are numbered from 1; row n - 1 of the matrices is passage n. `matrices` is None without vectors.
    """

    generation: Generation
    words: Words
    chroma: Chroma
    matrices: Matrices | None
    notes: list[str] = field(default_factory=list)
    _sets: dict[tuple[str, tuple[str, ...]], frozenset[int]] = field(default_factory=dict, repr=False)

    @cached_property
    def pages(self) -> int:
        """Number of pages, the definitions' file among them."""
        return int(str(self.words.rows("select count(*) from pages")[0][0]))

    @cached_property
    def definitions(self) -> list[int]:
        """Numbers of the passages that are definitions."""
        return [
            int(str(row[0])) for row in self.words.rows("select n from passages where kind = 'definition'")
        ]

    @cached_property
    def tagged(self) -> dict[tuple[str, str], dict[int, float]]:
        """Pages by the ids they carry; see `links`."""
        rows = self.words.rows("select page, data from passages where kind = 'play' group by page")
        return tagged_pages([(int(str(page)), from_json(str(data))) for page, data in rows])

    def tagged_with(self, name: str, values: tuple[str, ...]) -> frozenset[int]:
        """Numbers of the passages that carry one of these ids under a tag's name."""
        marks = ",".join("?" * len(values))
        sql = f"select n from tags where name = ? and value in ({marks})"
        return self._numbers(sql, (name, *values))

    def of_kind(self, kind: str) -> frozenset[int]:
        """Numbers of the passages of a kind."""
        return self._numbers("select n from passages where kind = ?", (kind,))

    def _numbers(self, sql: str, values: tuple[str, ...]) -> frozenset[int]:
        """Remembered, for a generation never changes."""
        if (sql, values) not in self._sets:
            if len(self._sets) >= REMEMBERED:
                self._sets.clear()
            self._sets[sql, values] = frozenset(int(str(row[0])) for row in self.words.rows(sql, values))
        return self._sets[sql, values]

    @classmethod
    def open(cls, place: Path, generation: Generation, url: str | None) -> Built:
        """Open a generation. sqlite3.Error, OSError or ValueError where it is damaged or incomplete."""
        folder = place / generation.name
        if not (folder / WORDS).is_file():
            raise sqlite3.DatabaseError("the word index is gone")
        words = Words(folder / WORDS)
        try:
            if words.count() != generation.passages:
                raise sqlite3.DatabaseError("the word index is not whole")
            arrays = Matrices.load(folder) if generation.collection else None
            if arrays is not None and len(arrays.passages) != generation.passages:
                raise ValueError("the vectors are not whole")
        except (sqlite3.Error, OSError, ValueError):
            words.close()
            raise
        return cls(generation, words, Chroma(url or folder / "chroma"), arrays)

    def close(self) -> None:
        """Let go of the files."""
        self.words.close()
        self.chroma.close()

    def note(self, text: str) -> None:
        """Keep a sentence for the user, once."""
        if text not in self.notes:
            self.notes.append(text)


def build(
    origin: Origin, place: Path, encoder: Encoder | None, url: str | None, key: str, progress: Progress | None
) -> None:
    """Build a generation from a folder's files and point at it; to be called by one process at a time.

    Vectors of passages that have not changed come from the generation before. Raises SearchError where a
    Chroma server does not answer.
    """
    before = read_pointer(place)
    pieces = pieces_of(origin)
    folder = new_folder(place)
    words = Words.create(folder / WORDS)
    try:
        with words.writing():
            words.add(pieces)
            words.add_pages(pieces)
        pages = [int(str(row[0])) - 1 for row in words.rows("select page from passages order by n")]
    finally:
        words.close()
    collection = ""
    if encoder is not None and pieces:
        if url:
            Chroma(url).check()
        made = matrices.make(pieces, pages, encoder, before=_known(before, place, encoder), progress=progress)
        made.save(folder)
        collection = f"coachbot-{safe_name(origin.name)}-{secrets.token_hex(5)}"
        _store(Chroma(url or folder / "chroma"), collection, pieces, made)
    current = Generation(folder.name, key, len(pieces), encoder.id if encoder else "", collection)
    write_pointer(place, current)
    clean(place, {current.name, *([before.name] if before else [])})
    if before and before.collection and url:
        _forget(url, before.collection)


def texts_of(origin: Origin) -> list[str]:
    """Every text of a folder that is encoded when its index is built, each once."""
    pieces = pieces_of(origin)
    lines = (line for piece in pieces for line in matrices.sentences(piece.words))
    return list(dict.fromkeys([*(piece.encoded for piece in pieces), *lines]))


def _known(
    before: Generation | None, place: Path, encoder: Encoder
) -> tuple[Matrices, dict[str, int]] | None:
    """The vectors of the generation before, and their rows by fingerprint, if the same encoder made them."""
    if before is None or not before.collection or before.encoder != encoder.id:
        return None
    try:
        old = Built.open(place, before, None)
    except (sqlite3.Error, OSError, ValueError):  # damaged: encoding again is all it costs
        return None
    try:
        rows = old.words.rows("select fingerprint, n from passages")
    finally:
        old.close()
    return (old.matrices, {str(f): int(str(n)) - 1 for f, n in rows}) if old.matrices is not None else None


def _store(chroma: Chroma, collection: str, pieces: list[Piece], made: Matrices) -> None:
    try:
        chroma.create(collection)
        ids = [str(n) for n in range(1, len(pieces) + 1)]
        chroma.add(collection, ids, made.passages, [_metadata(p) for p in pieces])
    finally:
        chroma.close()


def _metadata(piece: Piece) -> dict[str, Any]:
    p = piece.passage
    base = {
        "path": p.path,
        "heading": p.heading,
        "kind": str(p.extra.get("kind", "")),
        "fingerprint": piece.fingerprint,
    }
    return {**base, **{name: list(ids) for name, ids in p.tags().items() if ids}}


def _forget(url: str, collection: str) -> None:
    """Drop a generation's collection from a server. It may be gone; then so is the collection."""
    chroma = Chroma(url)
    try:
        chroma.drop(collection)
    except SearchError:
        return
    finally:
        chroma.close()
