"""coachbot's own JSON, and plain JSON lists of turns."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from coachbot.errors import InputError
from coachbot.ingest.clock import Times, number
from coachbot.ingest.dates import iso_date, plausible
from coachbot.ingest.raw import Raw, RawCue, RawPerson, Source
from coachbot.ingest.readers.shapes import JsonObject, first, obj, objects, optional, speaker_label, text_of
from coachbot.ingest.sides import on_details
from coachbot.model.transcript import Side, Transcript


class OwnTranscript:
    """What `Transcript.model_dump_json` writes; it is read back as it was."""

    id = "coachbot"
    label = "coachbot transcript"
    hint = "a transcript that coachbot wrote"
    extensions: tuple[str, ...] = (".json",)

    def sniff(self, source: Source) -> float:
        """All keys that a Transcript has."""
        data = obj(source.json)
        return (
            1.0
            if {"id", "title", "turns", "source"} <= data.keys() and "format" in obj(data["source"])
            else 0.0
        )

    def read(self, source: Source) -> Raw:
        """The same Transcript. Raises InputError naming the key that is wrong."""
        try:
            found = Transcript.model_validate(source.json)
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            where = ".".join(str(p) for p in problem["loc"]) or "the whole"
            raise InputError(
                f"this coachbot transcript is wrong at {where}: {problem['msg']}", path=source.path
            ) from None
        if any(t.index != n for n, t in enumerate(found.turns)):
            raise InputError(
                "the turns of this coachbot transcript are not numbered from 0 on", path=source.path
            )
        for turn in found.turns:
            if any(u.start >= u.end or u.end > len(turn.text) for u in turn.uncertain):
                raise InputError(
                    f"turn {turn.index} of this coachbot transcript marks words that it does not have",
                    path=source.path,
                )
        if found.date is not None and not plausible(found.date):
            told = f"The date {found.date.date()} was left out: no call was held in that year."
            found = found.model_copy(update={"date": None, "warnings": (*found.warnings, told)})
        people = [
            RawPerson(
                p.name, p.title, p.company, None, p.side if p.side_source == "given" else None, key=p.name
            )
            for p in found.participants
        ]
        return Raw(
            people=people,
            title=found.title,
            date=found.date,
            language=found.language,
            warnings=[w for w in found.warnings if not on_details(w)],  # those are judged anew
            turns=found.turns,
            ready=found,
        )


_LISTS = (
    "turns",
    "utterances",
    "segments",
    "transcript",
    "entries",
    "dialogue",
    "messages",
    "sentences",
    "cues",
    "items",
)
_TEXT = ("text", "content", "transcript", "utterance", "words", "sentence", "body")
_SPEAKER = (
    "speaker",
    "speaker_name",
    "speakerName",
    "name",
    "participant",
    "role",
    "from",
    "speaker_label",
    "speaker_id",
)
_START = ("start_s", "start", "start_time", "startTime", "begin", "offset", "timestamp", "time", "ts")
_END = ("end_s", "end", "end_time", "endTime", "end_timestamp", "end_ts")


class PlainTurns:
    """`turns: [{speaker, text, start, end}]` at the top or under a usual key, times in seconds or h:mm:ss."""

    id = "json-turns"
    label = "JSON turns"
    hint = (
        "{title, date, participants, turns: [{speaker, start, end, text}]}, times in seconds (.json, .jsonl)"
    )
    extensions: tuple[str, ...] = (".json", ".jsonl")

    def sniff(self, source: Source) -> float:
        """A list of objects that have text; sure where they have speakers too."""
        entries = _entries(source.json)[:20]
        if not entries:
            return 0.0
        spoken = sum(1 for e in entries if text_of(first(e, *_TEXT)) and first(e, *_SPEAKER) is not None)
        if spoken < 0.5 * len(entries):
            return (
                0.3
                if any(text_of(first(e, *_TEXT)) and first(e, *_START) is not None for e in entries)
                else 0.0
            )
        return 0.7 if "turns" in obj(source.json) else 0.6

    def read(self, source: Source) -> Raw:
        """Each entry is a turn of its own where the list is called turns."""
        data = obj(source.json)
        times = Times()
        raw = Raw(
            title=optional(first(data, "title", "name", "subject")),
            date=iso_date(first(data, "date", "started", "start_time", "created_at")),
            language=optional(first(data, "language", "language_code")),
            whole="turns" in data,
        )
        raw.people = [p for p in map(_person, _list(data.get("participants"))) if p is not None]
        entries = _entries(source.json)
        scale = _scale(entries)
        for entry in entries:
            who = first(entry, *_SPEAKER)
            name = optional(who.get("name")) if isinstance(who, Mapping) else speaker_label(who)
            span = times.span(
                times.seconds(first(entry, *_START), per_second=scale),
                times.seconds(first(entry, *_END), per_second=scale),
            )
            raw.cues.append(RawCue(text_of(first(entry, *_TEXT)), name, *span))
        if scale != 1:
            raw.warnings.append("The times are too large for seconds; they were read as milliseconds.")
        raw.warnings += times.warnings()
        return raw


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []


def _entries(value: object) -> list[JsonObject]:
    if isinstance(value, list):
        return objects(value)
    data = obj(value)
    for key in _LISTS:
        found = objects(data.get(key))
        if found:
            return found
    for key in ("transcript", "data", "result", "call"):
        if isinstance(data.get(key), dict):
            inner = next((objects(data[key][k]) for k in _LISTS if objects(data[key].get(k))), [])
            if inner:
                return inner
    return []


def _scale(entries: list[JsonObject]) -> float:
    """1000 where the largest time would be more than a day of seconds."""
    known = [
        n for e in entries for n in (number(first(e, *_START)), number(first(e, *_END))) if n is not None
    ]
    return 1000.0 if known and 24 * 3600 < max(known) < 48 * 3600 * 1000 else 1.0


def _person(value: object) -> RawPerson | None:
    if isinstance(value, str):
        return RawPerson(value) if value.strip() else None
    data = obj(value)
    name = optional(first(data, "name", "displayName", "email"))
    if name is None:
        return None
    side = text_of(data.get("side")).strip().casefold()
    return RawPerson(
        name,
        optional(first(data, "title", "role")),
        optional(data.get("company")),
        optional(data.get("email")),
        Side(side) if side in ("seller", "buyer") else None,
        key=name,
    )
