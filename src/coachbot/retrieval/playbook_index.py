"""Search over a playbook: its definitions and its coaching pages, or a handbook's pages."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal

from coachbot.errors import SearchError, UsageError
from coachbot.model.playbook import Playbook
from coachbot.retrieval import ranking
from coachbot.retrieval.build import Built, build
from coachbot.retrieval.encoders import Encoder, local_encoder
from coachbot.retrieval.generations import building, pointer_stamp, read_pointer
from coachbot.retrieval.matrices import Progress
from coachbot.retrieval.passages import TAGS, Hit, Passage
from coachbot.retrieval.sources import Origin, locate, read_origin, safe_name, stamp
from coachbot.retrieval.words import FORM
from coachbot.settings import Settings
from coachbot.settings import settings as current_settings

How = Literal["fused", "vector", "words"]
HOWS: tuple[How, ...] = ("fused", "vector", "words")
Rerank = Callable[[str, Sequence[Passage]], Sequence[float]]
"""Scores of passages for a question, more is better; such as a language model's."""

LOOK = 1.0
"""Seconds between two looks at whether a file has changed."""
RERANKED = 30
NO_ENCODER = (
    "the sentence encoder is not installed, so words alone are searched; `coachbot doctor` says how to get it"
)


class PlaybookIndex:
    """The index of one playbook. Safe for several threads and processes; follows its files as they change.

    `notes` holds what a user should know of its state, one sentence each.
    """

    def __init__(
        self, folder: Path, *, conf: Settings, encoder: Encoder | None, progress: Progress | None = None
    ) -> None:
        self.folder = folder
        self.home = conf.home
        self._conf = conf
        self._encoder = encoder
        self._progress = progress
        self._lock = threading.RLock()
        self._open: Built | None = None
        self._origin: Origin | None = None
        self._pointer: tuple[int, int] | None = None
        self._looked = 0.0
        self._repaired = False
        self._down = ""
        name = hashlib.sha256(str(folder).encode()).hexdigest()[:10]
        self.place = conf.home / "index" / "playbooks" / f"{safe_name(folder.name)}-{name}"

    @classmethod
    def open(
        cls,
        playbook: str | Path | Playbook | None = None,
        *,
        home: Path | None = None,
        settings: Settings | None = None,
        encoder: Encoder | Literal["local"] | None = "local",
        progress: Progress | None = None,
    ) -> PlaybookIndex:
        """The index of a playbook, built first where there is none for its files as they are now.

        Args:
            playbook: an id, the path of a playbook or of any folder of Markdown pages, or a loaded playbook.
            home: the workspace that keeps the index; default: that of the settings.
            settings: default: those of this process.
            encoder: makes the vectors; None: words alone are searched.
            progress: called with (done, total) passages while it is built.

        Raises:
            UsageError: there is no such playbook. InputError: a page cannot be read.
            SearchError: the index cannot be written.
        """
        conf = settings or current_settings()
        if home is not None:
            conf = conf.model_copy(update={"home": home})
        name = playbook.id if isinstance(playbook, Playbook) else playbook or conf.playbook
        made = local_encoder(conf.home, threads=conf.threads) if encoder == "local" else encoder
        index = cls(locate(name, home=conf.home), conf=conf, encoder=made, progress=progress)
        index.refresh()
        return index

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            if self._open is not None:
                self._open.close()
                self._open = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know: no encoder, a playbook with mistakes, an index that was repaired."""
        own = [] if self._encoder is not None else [NO_ENCODER]
        if self._down:
            own.append(f"words alone are searched: {self._down}")
        if self._repaired:
            own.append("the index was damaged and has been built again")
        origin = self._origin.notes if self._origin else ()
        return (*own, *origin, *(self._open.notes if self._open else ()))

    @property
    def size(self) -> int:
        """Number of passages."""
        return self._ready().generation.passages

    def tags(self, name: str) -> set[str]:
        """The ids of stages, fields, objections or criteria (`name`: without the s) that passages carry."""
        rows = self._ready().words.rows("select distinct value from tags where name = ?", (name,))
        return {str(row[0]) for row in rows}

    def passages(self) -> list[Passage]:
        """Every passage."""
        built = self._ready()
        numbers = [int(str(row[0])) for row in built.words.rows("select n from passages order by n")]
        known = built.words.passages(numbers)
        return [known[n] for n in numbers]

    def search(
        self,
        text: str,
        *,
        k: int = 10,
        stage: str | Iterable[str] | None = None,
        field: str | Iterable[str] | None = None,
        objection: str | Iterable[str] | None = None,
        criterion: str | Iterable[str] | None = None,
        kind: Literal["play", "definition"] | None = None,
        how: How = "fused",
        rerank: Rerank | None = None,
    ) -> list[Hit]:
        """The best passages, best first, at most `k`.

        A filter keeps passages tagged with that id, or with one of several; filters of different names must
        all fit. `how`: "vector" and "words" are each list alone. `rerank` scores the first 30 anew.

        Raises UsageError for an unknown `how`. SearchError where a Chroma server is asked for vectors alone
        and does not answer; "fused" then goes on with words alone and says so in `notes`.
        """
        if how not in HOWS:
            raise UsageError(f"how={how!r} is not known; choose one of {', '.join(HOWS)}")
        if not text.strip() or k < 1:
            return []
        values = (stage, field, objection, criterion)
        filters = {
            name: _several(value) for name, value in zip(TAGS, values, strict=True) if value is not None
        }

        def run(built: Built) -> list[Hit]:
            return ranking.search(
                built, self._encoder, text, k=RERANKED if rerank else k, filters=filters, kind=kind, how=how
            )

        hits = self._guarded(run)
        return _reranked(text, hits, rerank)[:k] if rerank else hits[:k]

    def refresh(self) -> bool:
        """Look at the files now; build again where they have changed. Returns whether it was built."""
        with self._lock:
            self._origin = read_origin(self.folder)
            self._down = ""
            self._looked = time.monotonic()
            return self._follow()

    def _ready(self) -> Built:
        """The open generation, after a look at the pointer and, now and then, at the files."""
        with self._lock:
            if self._open is None:
                self.refresh()
            elif time.monotonic() - self._looked > LOOK:
                self._looked = time.monotonic()
                if self._origin is None or stamp(self.folder) != self._origin.stamp:
                    self.refresh()
            if pointer_stamp(self.place) != self._pointer:
                self._follow()
            assert self._open is not None
            return self._open

    def _follow(self) -> bool:
        """Open the generation of the files as they were read; build it where nobody has."""
        assert self._origin is not None
        if self._try_open():
            return False
        with building(self.place):
            if self._try_open():  # another process was first
                return False
            try:
                self._build()
            except SearchError as error:
                if self._conf.chroma_url is None or self._down:
                    raise
                self._down = str(error)
                return self._try_open() or self._build_words()
        return True

    def _build_words(self) -> bool:
        """With the server out of reach: an index of words, which the next refresh tries to better."""
        self._build()
        return True

    def _build(self) -> None:
        assert self._origin is not None
        encoder = None if self._down else self._encoder
        build(self._origin, self.place, encoder, self._conf.chroma_url, self._key(), self._progress)
        if not self._try_open():
            raise SearchError(f"the index in {self.place} cannot be read as built: remove that folder")

    def _try_open(self) -> bool:
        stamp_before = pointer_stamp(self.place)
        found = read_pointer(self.place)
        if found is None or found.key != self._key():
            return False
        if self._open is not None and self._open.generation.name == found.name:
            self._pointer = stamp_before
            return True
        try:
            opened = Built.open(self.place, found, self._conf.chroma_url)
        except (sqlite3.Error, OSError, ValueError):
            self._repaired = True
            return False
        if self._open is not None:
            self._open.close()
        self._open, self._pointer = opened, stamp_before
        return True

    def _key(self) -> str:
        assert self._origin is not None
        parts = (
            self._origin.digest,
            self._encoder.id if self._encoder and not self._down else "",
            self._conf.chroma_url or "",
            str(FORM),
        )
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]

    def _guarded(self, run: Callable[[Built], list[Hit]]) -> list[Hit]:
        """Search; where the generation is gone or damaged, open or build another one and search again."""
        for last in (False, True):
            built = self._ready()
            try:
                return run(built)
            except (sqlite3.Error, SearchError) as error:
                if last or (isinstance(error, SearchError) and built.chroma.server):
                    raise
                self._give_up(built)
        raise AssertionError

    def _give_up(self, built: Built) -> None:
        """Forget a generation that failed; if it is still the current one, it is damaged and must go."""
        with self._lock:
            if self._open is built:
                built.close()
                self._open = None
            current = read_pointer(self.place)
            if current is not None and current.name == built.generation.name:
                self._repaired = True
                (self.place / "current.json").unlink(missing_ok=True)


def _several(value: str | Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _reranked(text: str, hits: list[Hit], rerank: Rerank) -> list[Hit]:
    scores = list(rerank(text, [hit.passage for hit in hits]))
    if len(scores) != len(hits):
        raise SearchError(
            f"the re-ranking gave {len(scores)} scores for {len(hits)} passages; give one for each"
        )
    order = sorted(range(len(hits)), key=lambda at: (-scores[at], at))
    return [Hit(hits[at].passage, float(scores[at]), hits[at].ranks) for at in order]
