"""Google Cloud Speech-to-Text, versions 1 and 2."""

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


class GoogleSpeech:
    """`results` with words; with diarisation the last one repeats all words, with speakers."""

    id = "google-speech"
    label = "Google Speech-to-Text"
    hint = "responses of Google Cloud Speech-to-Text, with or without speakers"
    extensions: tuple[str, ...] = (".json",)

    def sniff(self, source: Source) -> float:
        """A list of results with alternatives."""
        return 0.95 if any("alternatives" in r for r in _results(source.json)[:5]) else 0.0

    def read(self, source: Source) -> Raw:
        """Cues of the words, or of the text where there are no words."""
        results = _results(source.json)
        times = Times()
        raw = Raw()
        language = next((first(r, "languageCode", "language_code") for r in results), None)
        raw.language = optional(language)
        channels = {str(first(r, "channelTag", "channel_tag")) for r in results} - {"None", "0", ""}
        per_result = [_best(r) for r in results]
        if _repeats(per_result):
            per_result = per_result[-1:]
        for result, best in zip(results[-len(per_result) :], per_result, strict=True):
            channel = first(result, "channelTag", "channel_tag") if len(channels) > 1 else None
            who = speaker_label(channel, "Channel")
            cues = cues_of_words(_words(best, who, times))
            raw.cues += cues or [RawCue(text_of(best.get("transcript")), who)]
        if len(channels) > 1 and all(c.start_s is not None for c in raw.cues):
            raw.cues.sort(key=lambda c: c.start_s or 0.0)
        raw.warnings += times.warnings()
        return raw


def _results(value: object) -> list[JsonObject]:
    data = obj(value)
    results = data.get("results")
    if isinstance(results, dict):  # version 2, batch: results by the address of the audio
        one = obj(next(iter(results.values()), None)) if len(results) == 1 else {}
        inline = obj(first(one, "inlineResult", "inline_result"))
        return objects(obj(first(one, "transcript") or first(inline, "transcript")).get("results"))
    if not isinstance(results, list):
        results = obj(unwrap(data, "response", "result", "data")).get("results")
    return objects(results) or (objects(value) if isinstance(value, list) else [])


def _best(result: JsonObject) -> JsonObject:
    return next(iter(objects(result.get("alternatives"))), {})


def _speaker(word: JsonObject) -> str | None:
    """The label of a word; 0 and the empty text stand for nobody."""
    tag = first(word, "speakerTag", "speaker_tag", "speakerLabel", "speaker_label")
    return None if tag in (0, "0", "") else speaker_label(tag)


def _repeats(bests: list[JsonObject]) -> bool:
    """Whether the last result holds again, with speakers, what the others hold."""
    if len(bests) < 2:
        return False
    last = objects(bests[-1].get("words"))
    before = sum(
        len(objects(b.get("words"))) or len(text_of(b.get("transcript")).split()) for b in bests[:-1]
    )
    tagged = sum(1 for w in last if _speaker(w) is not None)
    return tagged > 0 and len(last) >= 0.8 * before


def _words(best: JsonObject, channel: str | None, times: Times) -> Iterator[Word]:
    for word in objects(best.get("words")):
        start, end = times.span(
            times.seconds(first(word, "startTime", "start_time", "startOffset", "start_offset")),
            times.seconds(first(word, "endTime", "end_time", "endOffset", "end_offset")),
        )
        yield Word(text_of(word.get("word")), start, end, channel or _speaker(word))
