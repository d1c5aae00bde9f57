"""Whisper and what is built on it: segments with times in seconds, some with speakers."""

from __future__ import annotations

from collections.abc import Iterator

from coachbot.ingest.clock import Times
from coachbot.ingest.raw import Raw, RawCue, Source
from coachbot.ingest.readers.shapes import (
    JsonObject,
    Word,
    cues_of_words,
    first,
    obj,
    objects,
    optional,
    speaker_label,
    text_of,
)


class Whisper:
    """`segments` of OpenAI's verbose and diarised JSON, faster-whisper, WhisperX and whisper-timestamped."""

    id = "whisper"
    label = "Whisper"
    hint = "JSON of OpenAI (verbose, diarised), faster-whisper, WhisperX, whisper-timestamped, whisper.cpp"
    extensions: tuple[str, ...] = (".json",)

    def sniff(self, source: Source) -> float:
        """Segments with the keys that Whisper writes."""
        data = obj(source.json)
        if isinstance(data.get("transcription"), list):  # whisper.cpp
            return 0.95 if any("offsets" in s for s in objects(data["transcription"])[:5]) else 0.0
        if not isinstance(data.get("segments"), list):
            return 0.0
        segments = objects(data["segments"])[:5]
        if any(k in data for k in ("word_segments", "task")) or any(
            "avg_logprob" in s or "seek" in s for s in segments
        ):
            return 1.0
        if any("text" in s and ("start" in s or "start_s" in s) for s in segments):
            return 0.9
        return 0.8 if not data["segments"] and ("text" in data or "language" in data) else 0.0

    def read(self, source: Source) -> Raw:
        """Segments as cues; a segment of several speakers is divided by its words."""
        data = obj(source.json)
        times = Times()
        raw = Raw(language=optional(data.get("language") or obj(data.get("result")).get("language")))
        for segment in objects(data.get("segments")):
            raw.cues += _cues(segment, times)
        for segment in objects(data.get("transcription")):
            offsets = obj(segment.get("offsets"))
            span = times.span(times.millis(offsets.get("from")), times.millis(offsets.get("to")))
            raw.cues.append(
                RawCue(text_of(segment.get("text")), speaker_label(segment.get("speaker")), *span)
            )
        if not any(c.text.strip() for c in raw.cues):
            raw.cues = [RawCue(text_of(data.get("text")))]
        raw.warnings += times.warnings()
        return raw


def _cues(segment: JsonObject, times: Times) -> list[RawCue]:
    span = times.span(times.seconds(segment.get("start")), times.seconds(segment.get("end")))
    who = speaker_label(segment.get("speaker"))
    text = text_of(segment.get("text"))
    words = objects(segment.get("words"))
    speakers = {speaker_label(w.get("speaker")) for w in words} - {None}
    if len(speakers) > 1 or (who is None and speakers):
        cues = cues_of_words(_words(words, who, times))
        if "".join(c.text for c in cues).replace(" ", "") == text.replace(" ", ""):
            return cues
    return [RawCue(text, who, *span)]


def _words(words: list[JsonObject], who: str | None, times: Times) -> Iterator[Word]:
    last = who
    for word in words:
        start, end = times.span(times.seconds(word.get("start")), times.seconds(word.get("end")))
        last = speaker_label(word.get("speaker")) or last
        yield Word(text_of(first(word, "word", "text")), start, end, last)
