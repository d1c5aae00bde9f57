"""Gong: call transcripts of its API, joined with the parties of the call."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coachbot.errors import InputError
from coachbot.ingest.clock import Times
from coachbot.ingest.dates import iso_date
from coachbot.ingest.raw import Raw, RawCue, RawPerson, Source
from coachbot.ingest.readers.shapes import JsonObject, first, obj, objects, optional, text_of, unwrap
from coachbot.model.transcript import Side

MAX_SIBLINGS = 200
MAX_SIBLING_BYTES = 2 * 1024 * 1024
_SIDES = {"internal": Side.SELLER, "external": Side.BUYER}


class Gong:
    """`callTranscripts`; who speaks stands in `parties`, in the same file or in one beside it."""

    id = "gong"
    label = "Gong"
    hint = "call transcripts of the Gong API, with the call's parties in the same file or beside it"
    extensions: tuple[str, ...] = (".json",)

    def sniff(self, source: Source) -> float:
        """Monologues with a speakerId and sentences."""
        data = obj(source.json)
        if "callTranscripts" in data:
            return 1.0
        if any("speakerId" in m and "sentences" in m for m in _monologues(data)[:5]):
            return 0.95
        return 0.9 if _calls(data) and "parties" in next(_calls_with_parties(data), {}) else 0.0

    def read(self, source: Source) -> Raw:
        """One call. Raises InputError where the file holds several calls, or parties but no transcript."""
        data = obj(source.json)
        calls = [c for c in objects(data.get("callTranscripts")) if c.get("transcript")] or [data]
        if len(calls) > 1:
            raise InputError(
                f"the file holds {len(calls)} calls; save each call in a file of its own", path=source.path
            )
        call = calls[0]
        monologues = _monologues(call)
        if not monologues and "callTranscripts" not in data:
            raise InputError(
                "this describes a Gong call but holds no transcript; name the file that does",
                path=source.path,
            )
        call_id = optional(call.get("callId")) or optional(data.get("callId")) or ""
        raw = Raw()
        about = _about(data, call_id) or _beside(source.path, call_id)
        self._meta(raw, obj(first(about, "metaData", "metadata")) or about)
        names = _parties(raw, about)
        times = Times()
        unknown: dict[str, str] = {}
        for monologue in monologues:
            key = str(first(monologue, "speakerId") or "")
            speaker = (
                names.get(key) or unknown.setdefault(key, f"Speaker {len(raw.people) + len(unknown) + 1}")
                if key
                else None
            )
            for sentence in objects(monologue.get("sentences")):
                start, end = times.span(
                    times.millis(sentence.get("start")), times.millis(sentence.get("end"))
                )
                raw.cues.append(RawCue(text_of(sentence.get("text")), speaker, start, end))
        if unknown and not names:
            raw.warnings.append(
                "The names of the speakers are in the call's data, which is not here: put the file with its "
                "parties beside the transcript."
            )
        raw.warnings += times.warnings()
        return raw

    def _meta(self, raw: Raw, meta: JsonObject) -> None:
        raw.title = optional(meta.get("title"))
        raw.date = iso_date(first(meta, "started", "scheduled"))
        raw.language = optional(meta.get("language"))


def _monologues(call: JsonObject) -> list[JsonObject]:
    inner = call.get("transcript")
    return objects(inner) or objects(obj(inner).get("transcript")) or objects(call.get("monologues"))


def _calls(data: JsonObject) -> list[JsonObject]:
    """Whatever in the object describes calls: `calls`, `callData`, `call`, or the object itself."""
    inner = unwrap(data.get("callData") or data.get("call") or data.get("data"), "callData")
    return [*objects(data.get("calls")), *([inner] if isinstance(inner, dict) else []), data]


def _calls_with_parties(data: JsonObject) -> Iterator[JsonObject]:
    return (c for c in _calls(data) if objects(c.get("parties")))


def _call_id(call: JsonObject) -> str:
    return str(
        first(obj(first(call, "metaData", "metadata")), "id", "callId") or first(call, "callId", "id") or ""
    )


def _about(data: JsonObject, call_id: str) -> JsonObject:
    found = list(_calls_with_parties(data))
    return next(
        (c for c in found if _call_id(c) == call_id),
        found[0] if len(found) == 1 and not _call_id(found[0]) else {},
    )


def _beside(path: Path, call_id: str) -> JsonObject:
    """The data of that call from another JSON file of the folder."""
    if not call_id:
        return {}
    try:
        siblings = sorted(p for p in path.parent.glob("*.json") if p != path)[:MAX_SIBLINGS]
    except OSError:
        return {}
    for sibling in siblings:
        try:
            if not sibling.is_file() or sibling.stat().st_size > MAX_SIBLING_BYTES:
                continue
            content = sibling.read_bytes()
            if call_id.encode() not in content or b"parties" not in content:
                continue
            value: Any = json.loads(content)
        except (OSError, ValueError, RecursionError):
            continue
        for call in _calls_with_parties(obj(value)):
            if _call_id(call) == call_id:
                return call
    return {}


def _parties(raw: Raw, about: JsonObject) -> dict[str, str]:
    """Fill `raw.people`; returns the labels of those who speak by their speaker id."""
    names: dict[str, str] = {}
    for party in objects(about.get("parties")):
        email = optional(party.get("emailAddress"))
        name = optional(party.get("name")) or email or optional(party.get("phoneNumber"))
        key = str(first(party, "speakerId") or "")
        if name is None:
            if not key:
                continue
            name = f"Speaker {len(raw.people) + 1}"
        side = _SIDES.get(text_of(party.get("affiliation")).casefold())
        label = f"id {key}" if key else None
        raw.people.append(RawPerson(name, optional(party.get("title")), None, email, side, key=label))
        if key and label:
            names[key] = label
    return names
