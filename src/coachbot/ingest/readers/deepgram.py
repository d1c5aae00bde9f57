"""Deepgram: utterances, else paragraphs, else words."""

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
    unwrap,
)


class Deepgram:
    """`results.channels`, times in seconds; speakers are numbers, or the channels where there are several."""

    id = "deepgram"
    label = "Deepgram"
    hint = "responses of the Deepgram API, with or without utterances"
    extensions: tuple[str, ...] = (".json",)

    def sniff(self, source: Source) -> float:
        """Channels under results."""
        results = _results(source.json)
        return 1.0 if isinstance(results.get("channels"), list) else 0.9 if _has_utterances(results) else 0.0

    def read(self, source: Source) -> Raw:
        """Cues in the order of time."""
        results = _results(source.json)
        channels = objects(results.get("channels"))
        several = len(channels) > 1
        times = Times()
        raw = Raw()
        raw.cues = [_utterance(u, several, times) for u in objects(results.get("utterances"))]
        if not any(c.text.strip() for c in raw.cues):
            raw.cues = [
                c
                for n, channel in enumerate(channels)
                for c in _channel(channel, n if several else None, times)
            ]
        if several and all(c.start_s is not None for c in raw.cues):
            raw.cues.sort(key=lambda c: c.start_s or 0.0)
        alternative = next((_best(c) for c in channels), {})
        languages = alternative.get("languages")
        language = first(next(iter(channels), {}), "detected_language") or (
            languages[0] if isinstance(languages, list) and len(languages) == 1 else None
        )
        raw.language = optional(language)
        raw.warnings += times.warnings()
        return raw


def _results(value: object) -> JsonObject:
    data = obj(value)
    if "results" not in data:
        data = obj(unwrap(data, "result", "response", "data", "body"))
    return obj(data.get("results"))


def _has_utterances(results: JsonObject) -> bool:
    return any("transcript" in u for u in objects(results.get("utterances"))[:5])


def _who(speaker: object, channel: object, several: bool) -> str | None:
    """In a recording of several channels the channel is the speaker: diarisation restarts in each."""
    if several:
        return speaker_label(channel, "Channel")
    return speaker_label(speaker)


def _utterance(utterance: JsonObject, several: bool, times: Times) -> RawCue:
    span = times.span(times.seconds(utterance.get("start")), times.seconds(utterance.get("end")))
    who = _who(utterance.get("speaker"), utterance.get("channel"), several)
    return RawCue(text_of(utterance.get("transcript")), who, *span)


def _best(channel: JsonObject) -> JsonObject:
    return next(iter(objects(channel.get("alternatives"))), {})


def _channel(channel: JsonObject, number: int | None, times: Times) -> list[RawCue]:
    best = _best(channel)
    several = number is not None
    words = objects(best.get("words"))
    if words:
        return cues_of_words(_words(words, number, several, times))
    cues = []
    for paragraph in objects(obj(best.get("paragraphs")).get("paragraphs")):
        who = _who(paragraph.get("speaker"), number, several)
        for sentence in objects(paragraph.get("sentences")):
            span = times.span(times.seconds(sentence.get("start")), times.seconds(sentence.get("end")))
            cues.append(RawCue(text_of(sentence.get("text")), who, *span))
    return cues or [RawCue(text_of(best.get("transcript")), _who(None, number, several))]


def _words(words: list[JsonObject], channel: int | None, several: bool, times: Times) -> Iterator[Word]:
    for word in words:
        start, end = times.span(times.seconds(word.get("start")), times.seconds(word.get("end")))
        text = text_of(first(word, "punctuated_word", "word"))
        yield Word(text, start, end, _who(word.get("speaker"), channel, several))
