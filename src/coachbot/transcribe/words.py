"""What a recogniser hears: words with times, in segments; and what anything that recognises must do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

LANGUAGE = "the language was not heard surely"
"""The reason that a recogniser gives for doubting all words of a segment."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word. Times are seconds from the start of the file; `text` keeps its leading space."""

    text: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True, slots=True)
class Segment:
    """Words said in one breath on one channel, with the recogniser's own figures.

    `avg_logprob` is the mean log probability of the tokens, `no_speech_prob` the probability (0 to 1) that
    nobody speaks, `compression_ratio` the gzip ratio of the text (high where it repeats itself). `speaker`
    is a voice's or a person's name once it is known. `uncertain` is the reason, in words, why the segment
    may not be what was said.
    """

    words: tuple[Word, ...]
    start: float
    end: float
    text: str
    language: str | None
    avg_logprob: float
    no_speech_prob: float
    compression_ratio: float
    channel: int = 0
    speaker: str | None = None
    uncertain: str | None = None


class Recognizer(Protocol):
    """Anything that turns speech into segments."""

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
        """The segments of one channel of `audio`, in order of time.

        `channel` is 0-based, None for all channels mixed to one. `duration` is the length in seconds.
        `language` is a code such as `en`, None to detect it. `hotwords` are names and terms to expect.
        `progress` is called with the seconds of audio done so far. Raises EngineError where the work fails.
        """
        ...
