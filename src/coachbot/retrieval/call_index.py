"""Search over calls: transcripts, accepted facts and notes, apart from the playbook.

    HOME/index/calls/words.sqlite     passages, their words, and the number of the latest change
    HOME/index/calls/chroma/          vectors, unless a server keeps them

Whoever writes holds a lock and raises the number of the change; whoever reads opens Chroma anew where that
number has moved, for its embedded client does not see what other processes write.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from coachbot.errors import SearchError, UsageError
from coachbot.retrieval.call_vectors import call_vectors, recipe
from coachbot.retrieval.encoders import Encoder, local_encoder
from coachbot.retrieval.fuse import reciprocal_rank
from coachbot.retrieval.generations import building
from coachbot.retrieval.passages import Hit, Kind, Passage, Piece
from coachbot.retrieval.playbook_index import HOWS, NO_ENCODER, How
from coachbot.retrieval.ranking import DEEP, FOREIGN
from coachbot.retrieval.script import for_query, latin_share
from coachbot.retrieval.vectors import TELLING, Chroma, LostError, shared
from coachbot.retrieval.words import FORM, Words
from coachbot.settings import Settings
from coachbot.settings import settings as current_settings

FILE = "words.sqlite"


class CallIndex:
    """The index of a workspace's calls. Safe for several threads and processes.

    `notes` holds what a user should know of its state. `emptied` says that a damaged index was put away, so
    that every call has to be added again.
    """

    def __init__(self, *, conf: Settings, encoder: Encoder | None) -> None:
        self.place = conf.home / "index" / "calls"
        self.emptied = False
        self._notes: list[str] = [] if encoder is not None else [NO_ENCODER]
        self._encoder = encoder
        self._url = conf.chroma_url
        self._lock = threading.RLock()
        self._seen: str | None = None
        self._words = self._open()

    @classmethod
    def open(
        cls,
        *,
        home: Path | None = None,
        settings: Settings | None = None,
        encoder: Encoder | Literal["local"] | None = "local",
    ) -> CallIndex:
        """The index of a workspace; empty at first. `encoder` None: words alone.

        Raises SearchError where it cannot be written.
        """
        conf = settings or current_settings()
        if home is not None:
            conf = conf.model_copy(update={"home": home})
        made = local_encoder(conf.home, threads=conf.threads) if encoder == "local" else encoder
        return cls(conf=conf, encoder=made)

    @property
    def _chroma(self) -> Chroma:
        return shared(self._url or self.place / (self._words.get("folder") or "chroma"))

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know, one sentence each."""
        return tuple(self._notes)

    @property
    def size(self) -> int:
        """Number of passages."""
        return self._words.count()

    def close(self) -> None:
        """Let go of the files; another index of this process opens Chroma again when it needs it."""
        self._chroma.close()
        self._words.close()

    def replace(self, call_id: str, passages: Iterable[Passage], *, deal_id: str | None = None) -> int:
        """Put these passages in place of all that the call (or the note) had; how many there are now.

        The same passages again change nothing. Raises SearchError where it cannot be written.
        """
        pieces = [Piece(p, p.text) for p in passages]
        if self._same(call_id, deal_id, pieces) and self._words.get(_begun(call_id)) is None:
            return len(pieces)
        self._write(call_id, pieces, deal_id, self._encode(pieces, self._held(call_id)))
        return len(pieces)

    def remove(self, call_id: str) -> None:
        """Remove all that a call (or a note) had; nothing where it had nothing."""
        if self._words.rows("select 1 from passages where owner = ? limit 1", (call_id,)):
            self._write(call_id, [], None, None)

    def owners(self) -> set[str]:
        """Ids of the calls and notes that are in the index."""
        return {str(row[0]) for row in self._words.rows("select distinct owner from passages")}

    def search(
        self,
        text: str,
        *,
        k: int = 10,
        deal_ids: Iterable[str] | None = None,
        call_ids: Iterable[str] | None = None,
        kinds: Iterable[Kind] | None = None,
        how: How = "fused",
    ) -> list[Hit]:
        """The best passages, best first. None for a filter: all; an empty one: nothing.

        Raises UsageError for an unknown `how`.
        """
        if how not in HOWS:
            raise UsageError(f"how={how!r} is not known; choose one of {', '.join(HOWS)}")
        filters = {
            column: sorted(set(values))
            for column, values in (("deal", deal_ids), ("owner", call_ids), ("kind", kinds))
            if values is not None
        }
        if not text.strip() or k < 1 or not all(filters.values()):
            return []
        allowed = self._allowed(filters)
        if allowed == {}:
            return []
        lists: dict[str, list[int]] = {"vector": [], "words": []}
        sure: dict[int, float] = {}
        if how != "vector":
            telling = for_query(text)
            numbers = None if allowed is None else set(allowed)
            ranked = self._words.search(telling, max(DEEP, k), allowed=numbers)
            ceiling = self._words.ceiling(telling)
            lists["words"] = [n for n, _ in ranked]
            sure = {n: min(1.0, score / ceiling) for n, score in ranked}
        if how != "words":
            lists["vector"] = self._nearest(text, max(DEEP, k), filters, allowed, needed=how == "vector")
        weights = {"vector": FOREIGN + (1 - FOREIGN) * latin_share(text)}
        scores = reciprocal_rank(lists, weights, trust={"words": sure} if how == "fused" else None)
        order = sorted(scores, key=lambda n: (-scores[n], n))[:k]
        known = self._words.passages(order)
        place = {name: {n: at for at, n in enumerate(found, start=1)} for name, found in lists.items()}
        return [
            Hit(known[n], scores[n], {name: at.get(n) for name, at in place.items()})
            for n in order
            if n in known
        ]

    def _allowed(self, filters: dict[str, list[str]]) -> dict[int, str] | None:
        """Numbers of the passages that fit, and their ids in Chroma; None where all do."""
        if not filters:
            return None
        columns = {"deal": "deal", "owner": "owner", "kind": "source"}
        tests = " and ".join(f"{columns[c]} in ({','.join('?' * len(v))})" for c, v in filters.items())
        values = [value for part in filters.values() for value in part]
        rows = self._words.rows(f"select n, fingerprint from passages where {tests}", values)
        return {int(str(n)): f"{n}-{fingerprint}" for n, fingerprint in rows}

    def _nearest(
        self,
        text: str,
        k: int,
        filters: dict[str, list[str]],
        allowed: dict[int, str] | None,
        *,
        needed: bool,
    ) -> list[int]:
        if self._encoder is None or not self._words.count():
            return []
        vector = self._encoder.encode([text])[0]
        ids = list(allowed.values()) if allowed is not None and len(allowed) <= TELLING else None
        tests: list[dict[str, Any]] = [{column: {"$in": values}} for column, values in filters.items()]
        where = None if ids is not None or not tests else tests[0] if len(tests) == 1 else {"$and": tests}

        def ask() -> list[str]:
            self._sync()
            return self._chroma.search(self._collection(), vector, k, ids=ids, where=where)

        try:
            found = self._repairing(ask)
        except SearchError as error:
            if needed or not self._chroma.server:
                raise
            self._note(f"words alone are searched: {error}")
            return []
        numbers = [int(i.partition("-")[0]) for i in found]
        marks = ",".join("?" * len(numbers))
        there = self._words.rows(f"select n, fingerprint from passages where n in ({marks})", numbers)
        whole = {f"{n}-{fingerprint}" for n, fingerprint in there}
        return [n for n, i in zip(numbers, found, strict=True) if i in whole]

    def _repairing(self, ask: Callable[[], list[str]]) -> list[str]:
        """Ask; where the embedded vectors are damaged, make them again from the passages, and ask again."""
        try:
            return ask()
        except SearchError:
            if self._chroma.server:
                raise
        with building(self.place):
            # another folder: Chroma goes on with what it knows of one that it could not open
            self._chroma.close()
            self._words.put("folder", f"chroma-{secrets.token_hex(4)}")
            self._all_vectors()
            for path in self.place.glob("chroma*"):
                if path != self._chroma.place:
                    shutil.rmtree(path, ignore_errors=True)
        self._note("the vectors of the calls were damaged and have been made again")
        return ask()

    def _encode(self, pieces: Sequence[Piece], known: Mapping[str, Any] | None = None) -> Any:
        return call_vectors(pieces, self._encoder, known) if self._encoder is not None and pieces else None

    def _held(self, owner: str) -> dict[str, Any]:
        """Vectors that an owner's passages have already, by fingerprint: a new fact is not a new call."""
        if self._encoder is None or self._words.get("encoder") != recipe(self._encoder):
            return {}
        rows = self._words.rows("select n, fingerprint from passages where owner = ?", (owner,))
        try:
            self._sync()
            found = self._chroma.vectors(self._collection(), [f"{n}-{mark}" for n, mark in rows])
        except SearchError:  # making them again is all it costs
            return {}
        return {i.partition("-")[2]: vector for i, vector in found.items()}

    def _same(self, call_id: str, deal_id: str | None, pieces: Sequence[Piece]) -> bool:
        rows = self._words.rows(
            "select id, fingerprint, deal from passages where owner = ? order by n", (call_id,)
        )
        return bool(rows) and rows == [(p.passage.id, p.fingerprint, deal_id) for p in pieces]

    def _write(self, owner: str, pieces: Sequence[Piece], deal: str | None, vectors: Any) -> None:
        with building(self.place), self._lock:
            self._sync()
            if self._encoder is not None and self._words.get("encoder") != recipe(self._encoder):
                self._all_vectors()  # the server was away when they were to be made
            # Until the end it is noted: who is cut off in between leaves vectors that no passage has.
            cut_off = self._words.get(_begun(owner)) is not None
            self._words.put(_begun(owner), "1")
            try:
                self._put(owner, pieces, deal, vectors, cut_off=cut_off)
            except LostError:
                self._all_vectors()
                self._put(owner, pieces, deal, vectors, cut_off=False)
            self._words.forget_key(_begun(owner))

    def _put(
        self, owner: str, pieces: Sequence[Piece], deal: str | None, vectors: Any, *, cut_off: bool
    ) -> None:
        name = self._collection() if self._encoder is not None else ""
        before = self._words.rows("select n, fingerprint from passages where owner = ?", (owner,))
        with self._words.writing():
            self._words.remove(owner)
            numbers = self._words.add(pieces, owner=owner, deal=deal)
            ids = [f"{n}-{p.fingerprint}" for n, p in zip(numbers, pieces, strict=True)]
            if name and ids:
                self._chroma.add(name, ids, vectors, [_metadata(p, owner, deal) for p in pieces])
            if not name and pieces:
                self._words.put("encoder", "")  # some passages have no vector now
            self._raise_change()
        if not name:
            return
        old = self._chroma.owned(name, owner) if cut_off else [f"{n}-{mark}" for n, mark in before]
        if gone := set(old).difference(ids):
            self._chroma.delete(name, sorted(gone))

    def _raise_change(self) -> None:
        change = int(self._words.get("change") or 0) + 1
        self._words.put("change", str(change))
        self._seen = str(change)

    def _sync(self) -> None:
        """Open Chroma anew where another process has written since."""
        with self._lock:
            change = self._words.get("change")
            if change != self._seen:
                if not self._chroma.server:
                    self._chroma.close()
                self._words.forget()
                self._seen = change

    def _collection(self) -> str:
        assert self._encoder is not None
        return f"coachbot-calls-{hashlib.sha256(recipe(self._encoder).encode()).hexdigest()[:12]}"

    def _open(self) -> Words:
        with building(self.place):
            try:
                words = self._open_words()
            except sqlite3.DatabaseError:
                for path in self.place.glob(f"{FILE}*"):
                    path.replace(path.with_name(f"damaged-{path.name}"))
                self.emptied = True
                self._note("the index of the calls was damaged and starts empty: add the calls again")
                words = self._open_words()
            self._words = words
            self._seen = words.get("change")
            if self._encoder is not None and words.get("encoder") != recipe(self._encoder):
                try:
                    self._all_vectors()
                except SearchError as error:
                    if not self._chroma.server:
                        raise
                    self._note(f"words alone are searched: {error}")
        return words

    def _open_words(self) -> Words:
        path = self.place / FILE
        if not path.is_file():
            words = Words.create(path)
            words.put("change", "0")
            return words
        words = Words(path)
        try:
            if words.get("form") != str(FORM):
                raise sqlite3.DatabaseError("of an older form")
            words.count()
        except sqlite3.Error:
            words.close()
            raise
        return words

    def _all_vectors(self) -> None:
        """Make every passage's vector; to be called with the lock of `building`."""
        assert self._encoder is not None
        name = self._collection()
        self._chroma.create(name)
        rows = self._words.rows("select n, fingerprint, owner, deal, data from passages order by n")
        known = self._words.passages([int(str(row[0])) for row in rows])
        pieces = [Piece(known[int(str(row[0]))], known[int(str(row[0]))].text) for row in rows]
        if pieces:
            ids = [f"{n}-{fingerprint}" for n, fingerprint, *_ in rows]
            owners = [(str(row[2]), None if row[3] is None else str(row[3])) for row in rows]
            metadatas = [_metadata(p, *who) for p, who in zip(pieces, owners, strict=True)]
            self._chroma.add(name, ids, self._encode(pieces), metadatas)
        with self._words.writing():
            self._words.put("encoder", recipe(self._encoder))
            self._raise_change()

    def _note(self, text: str) -> None:
        if text not in self._notes:
            self._notes.append(text)


def _begun(owner: str) -> str:
    return f"begun:{owner}"


def _metadata(piece: Piece, owner: str, deal: str | None) -> dict[str, Any]:
    return {"owner": owner, "kind": piece.passage.source, **({"deal": deal} if deal is not None else {})}
