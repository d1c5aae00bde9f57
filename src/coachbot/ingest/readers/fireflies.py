"""Fireflies: transcripts of its API and of its JSON download."""

from __future__ import annotations

from coachbot.errors import InputError
from coachbot.ingest.clock import Times
from coachbot.ingest.dates import iso_date
from coachbot.ingest.raw import Raw, RawCue, RawPerson, Source
from coachbot.ingest.readers.shapes import JsonObject, first, obj, objects, optional, speaker_label, text_of


class Fireflies:
    """`sentences` with speaker_name, speaker_id and times in seconds; `date` in milliseconds since 1970."""

    id = "fireflies"
    label = "Fireflies"
    hint = "transcripts of the Fireflies API, or its JSON download"
    extensions: tuple[str, ...] = (".json",)

    def sniff(self, source: Source) -> float:
        """Sentences as Fireflies names them."""
        found = _calls(source.json)
        if any(_is_sentence(s) for call in found for s in objects(call.get("sentences"))[:5]):
            return 1.0
        if any("sentences" in call and ("meeting_attendees" in call or "speakers" in call) for call in found):
            return 0.9
        return 0.0

    def read(self, source: Source) -> Raw:
        """One call. Raises InputError where the file holds several."""
        calls = [c for c in _calls(source.json) if objects(c.get("sentences"))]
        if len(calls) > 1:
            raise InputError(
                f"the file holds {len(calls)} calls; save each call in a file of its own", path=source.path
            )
        call = calls[0] if calls else {}
        raw = Raw(title=optional(call.get("title")), date=iso_date(first(call, "date", "dateString")))
        names = {str(s.get("id")): optional(s.get("name")) for s in objects(call.get("speakers"))}
        times = Times()
        for sentence in objects(call.get("sentences")):
            identity = first(sentence, "speaker_id", "speakerId")
            name = optional(first(sentence, "speaker_name", "speakerName", "speaker"))
            start = times.seconds(first(sentence, "start_time", "startTime", "start"))
            end = times.seconds(first(sentence, "end_time", "endTime", "end"))
            raw.cues.append(
                RawCue(
                    text_of(first(sentence, "text", "sentence", "raw_text")),
                    name or names.get(str(identity)) or speaker_label(identity),
                    *times.span(start, end),
                )
            )
        _attendees(raw, call)
        raw.warnings += times.warnings()
        return raw


def _calls(value: object) -> list[JsonObject]:
    if isinstance(value, list):
        first_one = next(iter(objects(value)), {})
        return (
            [{"sentences": value}]
            if _is_sentence(first_one)
            else [c for c in objects(value) if "sentences" in c]
        )
    data = obj(value)
    inner = obj(data.get("data")) or data
    if "sentences" in inner:
        return [inner]
    one = inner.get("transcript")
    return [one] if isinstance(one, dict) and "sentences" in one else objects(inner.get("transcripts"))


def _is_sentence(value: JsonObject) -> bool:
    words = "sentence" in value or "text" in value or "raw_text" in value
    return (
        words
        and ("speaker_name" in value or "speaker_id" in value)
        and ("start_time" in value or "startTime" in value)
    )


def _attendees(raw: Raw, call: JsonObject) -> None:
    seen: set[str] = set()
    for person in objects(call.get("meeting_attendees")):
        email = optional(person.get("email"))
        name = optional(first(person, "displayName", "name")) or email
        if name and (email or name).casefold() not in seen:
            seen.add((email or name).casefold())
            raw.people.append(RawPerson(name, email=email))
