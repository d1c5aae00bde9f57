"""Amazon Transcribe, and its other schema, Call Analytics (also of Amazon Connect's Contact Lens)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from coachbot.errors import InputError
from coachbot.ingest.clock import Times, number
from coachbot.ingest.raw import Raw, RawCue, RawPerson, Source
from coachbot.ingest.readers.shapes import (
    JsonObject,
    Word,
    cues_of_words,
    first,
    obj,
    objects,
    optional,
    text_of,
)
from coachbot.model.transcript import Side


class AwsTranscribe:
    """`results.items`: words with times as strings; punctuation has none. Speakers by label or channel."""

    id = "aws-transcribe"
    label = "Amazon Transcribe"
    hint = "output of a transcription job, with speaker labels or channels"
    extensions: tuple[str, ...] = (".json",)

    def sniff(self, source: Source) -> float:
        """A results object with transcripts or items."""
        results = obj(obj(source.json).get("results"))
        if "transcripts" in results or "audio_segments" in results:
            return 1.0
        items = objects(results.get("items")) or objects(source.json)
        return 0.95 if any("alternatives" in i and "type" in i for i in items[:5]) else 0.0

    def read(self, source: Source) -> Raw:
        """Words by speaker. Raises InputError for a job that failed."""
        data = obj(source.json)
        if text_of(data.get("status")).upper() in ("FAILED", "IN_PROGRESS"):
            raise InputError("this transcription job did not complete; run it again", path=source.path)
        results = obj(data.get("results"))
        items = objects(results.get("items")) or objects(source.json)
        raw = Raw(
            language=optional(first(results, "language_code") or first(data, "language_code", "languageCode"))
        )
        times = Times()
        raw.cues = cues_of_words(_words(items, _speakers(results, times), times))
        if not raw.cues:
            raw.cues = _segments(results, times) or [
                RawCue(text_of(t.get("transcript"))) for t in objects(results.get("transcripts"))
            ]
        raw.warnings += times.warnings()
        return raw


class _Speakers:
    """Who speaks when: by the start of an item as it is written, else by the segment it lies in."""

    def __init__(self) -> None:
        self.by_start: dict[str, str] = {}
        self.spans: list[tuple[float, float, str]] = []

    def at(self, item: JsonObject, start: float | None) -> str | None:
        label = optional(item.get("speaker_label"))
        if label is not None:
            return label
        key = str(item.get("start_time"))
        if key in self.by_start or start is None:
            return self.by_start.get(key)
        at = bisect_right(self.spans, (start + 0.0005, float("inf"), "")) - 1
        if at >= 0 and self.spans[at][0] <= start <= self.spans[at][1]:
            return self.spans[at][2]
        return None


def _speakers(results: JsonObject, times: Times) -> _Speakers:
    found = _Speakers()
    for segment in objects(obj(results.get("speaker_labels")).get("segments")):
        label = optional(segment.get("speaker_label"))
        start, end = times.seconds(segment.get("start_time")), times.seconds(segment.get("end_time"))
        if label and start is not None and end is not None:
            found.spans.append((start, end, label))
        for item in objects(segment.get("items")):
            name = optional(item.get("speaker_label")) or label
            if name:
                found.by_start[str(item.get("start_time"))] = name
    found.spans.sort()
    if not found.by_start and not found.spans:
        for channel in objects(obj(results.get("channel_labels")).get("channels")):
            label = optional(channel.get("channel_label"))
            for item in objects(channel.get("items")):
                if label:
                    found.by_start.setdefault(str(item.get("start_time")), label)
    return found


def _words(items: list[JsonObject], speakers: _Speakers, times: Times) -> Iterator[Word]:
    last: str | None = None
    for item in items:
        content = text_of(
            first(obj(next(iter(objects(item.get("alternatives"))), {})), "content") or item.get("content")
        )
        start, end = times.span(times.seconds(item.get("start_time")), times.seconds(item.get("end_time")))
        glued = item.get("type") == "punctuation"
        if not glued:
            last = speakers.at(item, start) or optional(item.get("channel_label"))
        yield Word(content, start, end, last, glued)


def _segments(results: JsonObject, times: Times) -> list[RawCue]:
    return [
        RawCue(
            text_of(s.get("transcript")),
            optional(s.get("speaker_label")),
            *times.span(times.seconds(s.get("start_time")), times.seconds(s.get("end_time"))),
        )
        for s in objects(results.get("audio_segments"))
    ]


_ROLES = {"AGENT": ("Agent", Side.SELLER), "CUSTOMER": ("Customer", Side.BUYER)}


class AwsCallAnalytics:
    """`Transcript`: one entry a turn, AGENT or CUSTOMER, times in milliseconds."""

    id = "aws-call-analytics"
    label = "Amazon Transcribe Call Analytics"
    hint = "Call Analytics and Contact Lens: the agent is the seller, the customer the buyer"
    extensions: tuple[str, ...] = (".json",)

    def sniff(self, source: Source) -> float:
        """Entries with Content and the role or id of a participant."""
        entries = objects(obj(source.json).get("Transcript"))
        return 1.0 if any("Content" in e or "BeginOffsetMillis" in e for e in entries[:5]) else 0.0

    def read(self, source: Source) -> Raw:
        """Turns in the order of the file."""
        data = obj(source.json)
        roles = {
            str(p.get("ParticipantId")): text_of(p.get("ParticipantRole"))
            for p in objects(data.get("Participants"))
        }
        raw = Raw(language=optional(data.get("LanguageCode")))
        times = Times()
        known: dict[str, RawPerson] = {}
        for entry in objects(data.get("Transcript")):
            identity = str(first(entry, "ParticipantId") or "")
            role = (text_of(entry.get("ParticipantRole")) or roles.get(identity) or identity).upper()
            name, side = _ROLES.get(role, (role.title() or None, None))
            if name is not None:
                known.setdefault(name, RawPerson(name, side=side, key=name))
            span = times.span(
                times.millis(entry.get("BeginOffsetMillis")), times.millis(entry.get("EndOffsetMillis"))
            )
            raw.cues.append(RawCue(text_of(entry.get("Content")), name, *span))
        raw.people = list(known.values())
        if all(c.start_s is not None for c in raw.cues):
            raw.cues.sort(key=lambda c: number(c.start_s) or 0.0)
        raw.warnings += times.warnings()
        return raw
