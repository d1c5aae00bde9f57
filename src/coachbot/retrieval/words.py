"""The word index: passages, and BM25 over them, in one SQLite file (FTS5).

BM25: Robertson and Zaragoza, "The probabilistic relevance framework: BM25 and beyond", Foundations and Trends
in Information Retrieval 3 (2009), as FTS5 computes it (k1 1.2, b 0.75). English word forms meet by Porter's
stemmer; scripts without blanks are kept as pairs and single characters (see `script`).
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from math import log
from pathlib import Path

from coachbot.retrieval.passages import TAGS, Passage, Piece, from_json, to_json
from coachbot.retrieval.script import for_index, terms

FORM = 8
"""Raised when the tables or what goes into them changes: older indexes are then built again."""

_TABLES = """
create table meta (key text primary key, value text not null);
create table passages (
  n integer primary key autoincrement, id text not null unique, owner text not null, page integer not null,
  kind text not null, source text not null, deal text, fingerprint text not null, data text not null);
create index passages_page on passages (page);
create index passages_owner on passages (owner);
create index passages_deal on passages (deal);
create table tags (n integer not null, name text not null, value text not null, primary key (name, value, n))
  without rowid;
create table pages (n integer primary key, path text not null unique, title text not null);
create virtual table words using fts5 (
  title, heading, body, tokenize='porter unicode61 remove_diacritics 2');
create virtual table page_words using fts5 (
  title, body, tokenize='porter unicode61 remove_diacritics 2');
"""
OFTEN, FEW = 0.2, 200
REMEMBERED = 20_000
K1 = 1.2  # FTS5's own
# title and heading count more than the text under them
_BM25 = "bm25(words, 2.0, 1.5, 1.0)"
_PAGE_BM25 = "bm25(page_words, 2.0, 1.0)"


class Words:
    """One SQLite file. Safe for several threads; writers of several processes wait for each other."""

    def __init__(self, path: Path, *, wait: float = 30.0) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._counts: dict[str, int] = {}
        self._db = sqlite3.connect(path, timeout=wait, check_same_thread=False, isolation_level=None)
        self._db.execute("pragma case_sensitive_like = on")

    @classmethod
    def create(cls, path: Path) -> Words:
        """A new, empty file."""
        made = cls(path)
        made._db.executescript(_TABLES)
        made.put("form", str(FORM))
        return made

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it or nothing."""
        with self._lock:
            self._counts.clear()
            self._db.execute("begin immediate")
            try:
                yield self._db
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")

    def get(self, key: str) -> str | None:
        """A value that was put."""
        rows = self.rows("select value from meta where key = ?", (key,))
        return str(rows[0][0]) if rows else None

    def put(self, key: str, value: str) -> None:
        """Keep a value."""
        with self._lock:
            self._db.execute("insert or replace into meta values (?, ?)", (key, value))

    def forget_key(self, key: str) -> None:
        """Let go of a value that was put."""
        with self._lock:
            self._db.execute("delete from meta where key = ?", (key,))

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """What a query returns."""
        with self._lock:
            return self._db.execute(sql, tuple(values)).fetchall()

    def add(self, pieces: Iterable[Piece], *, owner: str = "", deal: str | None = None) -> list[int]:
        """Add passages within `writing`; their numbers."""
        db, numbers = self._db, []
        for piece in pieces:
            p = piece.passage
            row = db.execute(
                "insert into passages (id, owner, page, kind, source, deal, fingerprint, data)"
                " values (?,?,?,?,?,?,?,?)",
                (p.id, owner, self._page(piece), _kind(p), p.source, deal, piece.fingerprint, to_json(p)),
            )
            n = int(row.lastrowid or 0)
            numbers.append(n)
            columns = [for_index(p.title), for_index(p.heading), for_index(piece.words)]
            db.execute("insert into words (rowid, title, heading, body) values (?,?,?,?)", (n, *columns))
            db.executemany(
                "insert or ignore into tags values (?,?,?)",
                [(n, name, value) for name in TAGS for value in p.tags()[name]],
            )
        return numbers

    def remove(self, owner: str) -> list[tuple[int, str]]:
        """Remove an owner's passages within `writing`; their numbers and ids."""
        db = self._db
        gone = [
            (int(n), str(i)) for n, i in db.execute("select n, id from passages where owner = ?", (owner,))
        ]
        for n, _ in gone:
            for sql in ("words where rowid", "tags where n", "passages where n"):
                db.execute(f"delete from {sql} = ?", (n,))
        return gone

    def _page(self, piece: Piece) -> int:
        path = f"{piece.passage.path}#{piece.part}" if piece.part else piece.passage.path
        title = " › ".join(t for t in (piece.passage.title, piece.part) if t)
        self._db.execute("insert or ignore into pages (path, title) values (?,?)", (path, title))
        return int(self._db.execute("select n from pages where path = ?", (path,)).fetchone()[0])

    def add_pages(self, pieces: Iterable[Piece]) -> None:
        """Index whole pages as well, within `writing`."""
        texts: dict[int, list[str]] = {}
        titles: dict[int, str] = {}
        for piece in pieces:
            n = self._page(piece)
            titles[n] = " ".join(t for t in (piece.passage.title, piece.part) if t)
            texts.setdefault(n, []).append(f"{piece.passage.heading} {piece.words}")
        for n, parts in texts.items():
            row = (n, for_index(titles[n]), for_index(" ".join(parts)))
            self._db.execute("insert into page_words (rowid, title, body) values (?,?,?)", row)

    def count(self) -> int:
        """Number of passages."""
        return int(str(self.rows("select count(*) from passages")[0][0]))

    def search(
        self, words: Sequence[str], k: int, *, allowed: Set[int] | None = None
    ) -> list[tuple[int, float]]:
        """Numbers and scores (more is better) of the best passages for any of the terms, best first."""
        return self._ranked("words", _BM25, words, k, allowed)

    def search_pages(self, words: Sequence[str], k: int) -> list[tuple[int, float]]:
        """Numbers and scores of the best pages, best first."""
        return self._ranked("page_words", _PAGE_BM25, words, k, None)

    def _ranked(
        self, table: str, score: str, words: Sequence[str], k: int, allowed: Set[int] | None
    ) -> list[tuple[int, float]]:
        query = _match(words)
        if not query or allowed == set():
            return []
        values, fits = [query], ""
        if allowed is not None:
            # the plus keeps SQLite from asking for each number apart whether it matches
            values.append(json.dumps(list(allowed)))
            fits = " and +rowid in (select value from json_each(?))"
        sql = (
            f"select rowid, -{score} as s from {table} where {table} match ?{fits} "
            f"order by s desc, rowid limit {int(k)}"
        )
        return [(int(str(n)), float(str(s))) for n, s in self.rows(sql, values)]

    def ceiling(self, words: Sequence[str]) -> float:
        """The score of a passage that has nothing but these terms: what BM25 cannot pass.

        A term that stands nowhere counts as the rarest there could be, so that a question whose telling
        words the playbook does not know has a high ceiling, and its best passage reaches little of it.
        """
        size = self.count()
        counts = [self._holding(word) for word in words]
        return (K1 + 1) * sum(max(log((size - n + 0.5) / (n + 0.5)), 1e-6) for n in counts)

    def rare(self, words: Sequence[str]) -> list[str]:
        """The words without those that stand nearly everywhere, which cost time and decide nothing.

        All of them in an index of few passages, or where none is rare.
        """
        most = max(OFTEN * self.count(), FEW)
        return [word for word in words if self._holding(word) <= most] or list(words)

    def forget(self) -> None:
        """Count anew: another process has written."""
        self._counts.clear()

    def _holding(self, word: str) -> int:
        """Number of passages that hold a word; remembered until the next change."""
        if word not in self._counts:
            found = self.rows("select count(*) from words where words match ?", (_match([word]),))
            if len(self._counts) >= REMEMBERED:
                self._counts.clear()
            self._counts[word] = int(str(found[0][0]))
        return self._counts[word]

    def page_of(self, numbers: Sequence[int]) -> dict[int, int]:
        """Pages of passages, by number."""
        marks = ",".join("?" * len(numbers))
        found = self.rows(f"select n, page from passages where n in ({marks})", numbers)
        return {int(str(n)): int(str(page)) for n, page in found}

    def on_pages(self, pages: Sequence[int]) -> list[int]:
        """Numbers of the passages of some pages."""
        marks = ",".join("?" * len(pages))
        return [int(str(n)) for (n,) in self.rows(f"select n from passages where page in ({marks})", pages)]

    def passages(self, numbers: Sequence[int]) -> dict[int, Passage]:
        """Passages by number."""
        marks = ",".join("?" * len(numbers))
        found = self.rows(f"select n, data from passages where n in ({marks})", numbers)
        return {int(str(n)): from_json(str(data)) for n, data in found}


def _kind(passage: Passage) -> str:
    return str(passage.extra.get("kind") or passage.source)


def _match(words: Sequence[str]) -> str:
    """An FTS5 query: any of the words. A pair of characters stays one term."""
    parts = [part for word in words for part in terms(word)]
    return " OR ".join(f'"{part}"' for part in dict.fromkeys(parts) if '"' not in part)
