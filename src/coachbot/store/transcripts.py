"""Transcripts: written once, hashed, every version kept."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable
from typing import Any

from sqlalchemy import insert, select

from coachbot.errors import NotFoundError, StoreError
from coachbot.model.transcript import Transcript
from coachbot.store import tables as t
from coachbot.store.base import Repository, chunks
from coachbot.store.columns import clean, dumps
from coachbot.store.records import StoredTranscript, now


def body_of(transcript: Transcript) -> tuple[str, bytes]:
    """SHA-256 of the transcript's JSON, and the JSON as stored (zlib)."""
    text = dumps(transcript.model_dump(mode="json", exclude_defaults=True) | {"id": transcript.id})
    raw = clean(text).encode("utf-8")
    return hashlib.sha256(raw).hexdigest(), zlib.compress(raw, 6)


class Transcripts(Repository[StoredTranscript]):
    """Transcripts by call. A new one is a new version; none is ever changed."""

    table = t.transcripts
    kind = "transcript"
    model = StoredTranscript

    def put(self, call_id: str, transcript: Transcript) -> StoredTranscript:
        """Store a call's transcript. The same one again changes nothing; another becomes the next version."""
        digest, body = body_of(transcript)
        self.unit.lock(f"transcript:{call_id}")
        latest = self.info(call_id)
        if latest is not None and latest.hash == digest:
            return latest
        number = latest.number + 1 if latest else 1
        stored = StoredTranscript(call_id=call_id, number=number, hash=digest, created_at=now())
        self.unit.connection.execute(insert(t.transcripts).values(**self.row(stored), body=body))
        self.unit.index.set_spoken(call_id, (turn.text for turn in transcript.turns))
        return stored

    def info(self, call_id: str, number: int | None = None) -> StoredTranscript | None:
        """Which version is stored: that one, or the latest."""
        query = self.selected().where(t.transcripts.c.call_id == call_id)
        if number is not None:
            query = query.where(t.transcripts.c.number == number)
        return self.one(query.order_by(t.transcripts.c.number.desc()))

    def load(self, call_id: str, number: int | None = None) -> Transcript:
        """The transcript: that version, or the latest.

        Raises NotFoundError; StoreError where it is no longer what was stored.
        """
        query = select(t.transcripts.c.body, t.transcripts.c.hash).where(t.transcripts.c.call_id == call_id)
        if number is not None:
            query = query.where(t.transcripts.c.number == number)
        row = self.unit.connection.execute(query.order_by(t.transcripts.c.number.desc()).limit(1)).first()
        if row is None:
            raise NotFoundError("transcript of call", call_id)
        return Transcript.model_validate(unpack(call_id, row.body, row.hash))

    def turns(self, call_ids: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
        """The turns of the latest transcripts as plain dicts, for looking through many quickly."""
        return {c: json.loads(raw).get("turns", []) for c, raw in self.raw(call_ids).items()}

    def raw(self, call_ids: Iterable[str]) -> dict[str, str]:
        """The latest transcripts' JSON as it is stored, without a look at the hash."""
        found: dict[str, str] = {}
        columns = (t.transcripts.c.call_id, t.transcripts.c.body)
        for some in chunks(sorted(set(call_ids)), 200):
            query = select(*columns).where(t.transcripts.c.call_id.in_(some)).order_by(t.transcripts.c.number)
            for call_id, body in self.unit.connection.execute(query):
                found[call_id] = inflate(call_id, body).decode("utf-8")
        return found

    def put_many(self, pairs: Iterable[tuple[str, Transcript]]) -> int:
        """Insert first versions of many calls at once."""
        count = 0
        for some in chunks(pairs):
            rows = []
            for call_id, transcript in some:
                digest, body = body_of(transcript)
                rows.append(
                    {"call_id": call_id, "number": 1, "hash": digest, "created_at": now(), "body": body}
                )
            self.unit.connection.execute(insert(t.transcripts), rows)
            self.unit.index.set_spoken_many((c, [turn.text for turn in x.turns]) for c, x in some)
            count += len(rows)
        return count


def unpack(call_id: str, body: bytes, digest: str) -> dict[str, Any]:
    """The transcript's JSON. Raises StoreError where it is damaged."""
    raw = inflate(call_id, body)
    if hashlib.sha256(raw).hexdigest() != digest:
        raise StoreError(f"the transcript of call {call_id} was changed outside coachbot: restore a backup")
    found: dict[str, Any] = json.loads(raw)
    return found


def inflate(call_id: str, body: bytes) -> bytes:
    """The transcript's JSON as bytes. Raises StoreError where it is damaged."""
    try:
        return zlib.decompress(body)
    except zlib.error as error:
        raise StoreError(f"the transcript of call {call_id} is damaged: restore a backup") from error
