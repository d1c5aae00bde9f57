"""The local engine: no network, no language model, the same answer every time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from coachbot.embed import SentenceEncoder, keep
from coachbot.extract.call import Call
from coachbot.extract.fields import find_fields
from coachbot.extract.gates import find_commitments, find_reversions, find_risks_said
from coachbot.extract.objections import find_objections
from coachbot.extract.people import find_people
from coachbot.extract.reading import Reader
from coachbot.extract.steps import find_steps
from coachbot.extract.summary import NO_DATE, summarise
from coachbot.model.claims import Claims, EngineReport
from coachbot.model.playbook import Playbook
from coachbot.model.transcript import DealContext, Transcript
from coachbot.settings import settings

MODEL = "all-MiniLM-L6-v2 + coachbot reader"


@lru_cache(maxsize=1)
def _reader(home: Path, threads: int) -> Reader:
    return Reader(home, threads=threads)


@lru_cache(maxsize=1)
def _sentences(home: Path, threads: int) -> SentenceEncoder:
    return SentenceEncoder(home, threads=threads)


class _Remembered:
    """Encodes sentences; the playbook's examples, which come again with every call, only once.

    A call's sentences are kept for the search index.
    """

    def __init__(self, encoder: SentenceEncoder) -> None:
        self._encoder = encoder
        self._known: dict[tuple[str, ...], Any] = {}

    def __call__(self, texts: Sequence[str]) -> Any:
        if not isinstance(texts, tuple):
            vectors = self._encoder.encode(texts)
            keep(texts, vectors)
            return vectors
        if texts not in self._known:
            self._known[texts] = self._encoder.encode(texts)
        return self._known[texts]


@lru_cache(maxsize=1)
def _remembered(home: Path, threads: int) -> _Remembered:
    return _Remembered(_sentences(home, threads))


class LocalEngine:
    """Reads with a small trained encoder, and takes rules where rules are best (dates, people)."""

    def extract(self, transcript: Transcript, playbook: Playbook, deal: DealContext) -> Claims:
        """All claims about the call. Raises EncoderMissingError where the encoder is not installed."""
        started = time.perf_counter()
        conf = settings()
        reading = _reader(conf.home, conf.threads).read(transcript)
        call = Call(transcript, reading, lambda texts: _remembered(conf.home, conf.threads)(texts))
        fields = find_fields(call, playbook)
        steps = find_steps(call)
        return Claims(
            fields=tuple(fields),
            commitments=tuple(find_commitments(call, playbook, deal)),
            reversions=tuple(find_reversions(call, playbook, deal)),
            risks=tuple(find_risks_said(call, playbook)),
            stakeholders=tuple(find_people(transcript, deal.contacts, playbook.influence_roles)),
            objections=tuple(find_objections(call, playbook)),
            next_steps=tuple(steps),
            summary=tuple(summarise(fields, steps, playbook, deal)),
            turns_read=frozenset(range(len(transcript.turns))),
            engine=EngineReport(name="local", model=MODEL, seconds=round(time.perf_counter() - started, 3)),
            warnings=() if transcript.date or not steps else (NO_DATE,),
        )
