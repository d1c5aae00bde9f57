"""AssemblyAI: utterances, else words, else the text; times in milliseconds."""

from __future__ import annotations

from collections.abc import Iterator

from coachbot.errors import InputError
from coachbot.ingest.clean import shorten
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

_OWN_KEYS = ("audio_url", "acoustic_model", "language_model", "speech_model", "audio_duration", "webhook_url")


class AssemblyAi:
    """A transcript object of the API; `utterances` may be null."""

    id = "assemblyai"
    label = "AssemblyAI"
    hint = "transcripts of the AssemblyAI API"
    extensions: tuple[str, ...] = (".json",)

    def sniff(self, source: Source) -> float:
        """Utterances or words at the top, with keys that only AssemblyAI has."""
        data = obj(source.json)
        own = sum(1 for k in _OWN_KEYS if k in data)
        if own and ("utterances" in data or "words" in data or "text" in data):
            return 0.95
        listed = objects(data.get("utterances"))[:5]
        return 0.8 if any("text" in u and "words" in u and "speaker" in u for u in listed) else 0.0

    def read(self, source: Source) -> Raw:
        """Cues. Raises InputError for a transcript that failed or is not ready."""
        data = obj(source.json)
        status = text_of(data.get("status"))
        if status == "error":
            reason = shorten(text_of(data.get("error")) or "no reason given", 120)
            raise InputError(f"AssemblyAI could not transcribe this call ({reason})", path=source.path)
        if status in ("queued", "processing"):
            raise InputError(
                "this transcript was fetched before it was ready; fetch it again", path=source.path
            )
        times = Times()
        raw = Raw(language=optional(data.get("language_code")))
        for utterance in objects(data.get("utterances")):
            span = times.span(times.millis(utterance.get("start")), times.millis(utterance.get("end")))
            who = speaker_label(first(utterance, "speaker", "channel"))
            words = list(_words(objects(utterance.get("words")), who, times))
            cues = cues_of_words(words)
            if " ".join(c.text for c in cues) == " ".join(text_of(utterance.get("text")).split()):
                raw.cues += cues  # the same words, with finer times
            else:
                raw.cues.append(RawCue(text_of(utterance.get("text")), who, *span))
        if not raw.cues:
            raw.cues = cues_of_words(_words(objects(data.get("words")), None, times))
        if not raw.cues:
            raw.cues = [RawCue(text_of(data.get("text")))]
        raw.warnings += times.warnings()
        return raw


def _words(words: list[JsonObject], speaker: str | None, times: Times) -> Iterator[Word]:
    for word in words:
        start, end = times.span(times.millis(word.get("start")), times.millis(word.get("end")))
        yield Word(text_of(word.get("text")), start, end, speaker or speaker_label(word.get("speaker")))
