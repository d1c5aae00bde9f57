"""Recognition by a server: any with OpenAI's `/audio/transcriptions`, also one of your own."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coachbot.errors import BadRequestError, EngineError, ModelError
from coachbot.settings import Settings
from coachbot.transcribe.answers import segments_of
from coachbot.transcribe.audio import RATE
from coachbot.transcribe.sound import length, samples
from coachbot.transcribe.vad import Span, padded, speech, windows
from coachbot.transcribe.words import Segment

if TYPE_CHECKING:
    from coachbot.llm.speech import SpeechClient

CHUNK_S = 600.0
"""Seconds of sound that are sent at a time; OpenAI's newer models take no more than 1,500."""
LONG_SILENCE_S = 15.0
"""A longer silence is not sent: a new file begins after it."""
FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0
_PLAIN = ("verbose_json", "timestamp_granularities", "response_format")

_sleep = time.sleep


class HostedRecognizer:
    """Recognises speech by requests of at most `limit` bytes, cut where nobody speaks; see Recognizer.

    A server that gives no times (as some of OpenAI's models) is asked window by window, so that the times are
    right to some seconds. A request that may succeed later is tried `retries` times again.
    """

    def __init__(self, client: SpeechClient, *, limit: int = 25_000_000, retries: int = 2) -> None:
        self.client = client
        self.limit = limit
        self.retries = retries
        self.timed = True
        self.by_word = True

    @classmethod
    def of(cls, conf: Settings, model: str | None = None) -> HostedRecognizer:
        """The recogniser that the settings name. UsageError that says what to set where one is missing."""
        from coachbot.llm.speech import SpeechClient, speech_target

        client = SpeechClient(speech_target(conf, model))
        return cls(client, limit=int(conf.transcribe_limit_mb * 1_000_000), retries=conf.llm_retries)

    @property
    def identity(self) -> str:
        """What the result depends on, as one line."""
        return f"hosted {self.client.target.where} {self.client.target.model}"

    def recognize(
        self,
        audio: Path,
        channel: int | None,
        *,
        duration: float,
        language: str | None,
        hotwords: str | None,
        progress: Callable[[float], None],
    ) -> Iterator[Segment]:
        """See Recognizer. `audio` is a wave file of one channel and 16 kHz.

        Raises a ModelError where the server cannot be used; what it answered before has been yielded.
        """
        spans = padded(speech(audio), length(audio) / RATE)
        waiting = chunks(spans)
        while waiting:
            chunk = waiting.pop(0)
            if not self.timed and len(parts := windows(chunk)) > 1:
                waiting[:0] = parts
                continue
            start, end = chunk[0].start, chunk[-1].end
            data = flac(audio, start, end)
            if len(data) > self.limit:
                waiting[:0] = self._halves(chunk, len(data))
                continue
            timed = self.timed
            answer = self._ask(data, language, hotwords)
            if timed and not self.timed and len(windows(chunk)) > 1:
                waiting.insert(0, chunk)  # the server gave no times: once more, in small pieces
                continue
            for segment in segments_of(answer, chunk, language, self.client.target.where):
                yield replace(segment, channel=channel or 0)
            progress(end)

    def _halves(self, chunk: list[Span], size: int) -> list[list[Span]]:
        """A chunk in two, at the silence nearest to its middle."""
        if len(chunk) < 2:
            raise EngineError(
                f"{size:,} bytes of speech without a pause are more than the server takes: raise "
                "COACHBOT_TRANSCRIBE_LIMIT_MB"
            )
        middle = (chunk[0].start + chunk[-1].end) / 2
        at = min(range(1, len(chunk)), key=lambda n: abs(chunk[n].start - middle))
        return [chunk[:at], chunk[at:]]

    def _ask(self, data: bytes, language: str | None, hotwords: str | None) -> dict[str, Any]:
        """The answer to one file, in the fullest form that the server has."""
        fields: dict[str, Any] = {"temperature": 0.0}
        if language:
            fields["language"] = language
        if hotwords:
            fields["prompt"] = hotwords
        while True:
            form: dict[str, Any] = {"response_format": "verbose_json" if self.timed else "json"}
            if self.timed and self.by_word:
                form["timestamp_granularities"] = ["word", "segment"]
            try:
                answer = self._patiently(data, fields | form)
            except BadRequestError as error:
                words = f"{error} {error.detail}"
                if not self.timed or not any(mark in words for mark in _PLAIN):
                    raise
                # First without words' times, then without any.
                self.by_word, self.timed = False, self.by_word and "granularities" in words
                continue
            if self.timed and not (answer.get("segments") or answer.get("words")) and answer.get("text"):
                self.timed = False
            return answer

    def _patiently(self, data: bytes, fields: dict[str, Any]) -> dict[str, Any]:
        for attempt in count():
            try:
                return self.client.post("call.flac", data, "audio/flac", fields)
            except ModelError as error:
                if not error.retryable or attempt >= self.retries:
                    raise
                wait = FIRST_WAIT * 2**attempt if error.retry_after is None else error.retry_after
                _sleep(min(wait, LONGEST_WAIT))
        raise AssertionError("the loop above returns or raises")


def chunks(spans: Sequence[Span]) -> list[list[Span]]:
    """Spans of speech in groups to send: no longer than CHUNK_S together, apart where a silence is long."""
    found: list[list[Span]] = []
    for span in spans:
        last = found[-1] if found else None
        if last is None or span.end - last[0].start > CHUNK_S or span.start - last[-1].end > LONG_SILENCE_S:
            found.append([span])
        else:
            last.append(span)
    return found


def flac(audio: Path, start: float, end: float) -> bytes:
    """A stretch of a 16 kHz wave file as FLAC, which loses nothing and takes about half the space."""
    import av
    import numpy as np

    sound = samples(audio, round(start * RATE), round(end * RATE))
    data = np.clip(np.round(sound * 32768), -32768, 32767).astype(np.int16)
    file = io.BytesIO()
    with av.open(file, "w", format="flac") as container:
        stream = container.add_stream("flac", rate=RATE, layout="mono")
        for at in range(0, len(data), 4096):
            frame = av.AudioFrame.from_ndarray(data[None, at : at + 4096], format="s16", layout="mono")
            frame.sample_rate, frame.pts = RATE, at
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()
