"""A second try at speech that gave no words.

Whisper reads half a minute at a time and may pass over a part of it; the same part alone it mostly hears.
What gives no words, or only improbable ones, a second time stays without words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from coachbot.transcribe.audio import RATE
from coachbot.transcribe.cover import LOST_S
from coachbot.transcribe.sound import cut
from coachbot.transcribe.vad import Span, keep
from coachbot.transcribe.words import Recognizer, Segment, Word

LEAST_S = 1.2
"""A stretch as short as this is no word that was lost: breath, a click, the end of a laugh."""
SOME_S = 0.3
"""Seconds around a stretch that come along: the edges of speech and of words are not exact."""
SURE = 0.5
"""Mean probability from which on the first try calls for a second, and words of the second are taken."""
LEAST = 6
"""Stretches that are tried again in any case; of more, as many as there were windows."""
WINDOW_S = 30.0


def wordless(segments: Sequence[Segment], spans: Sequence[Span]) -> list[Span]:
    """Stretches of speech in which no word was recognised, in order, in the times of the arguments."""
    words = sorted((w.start, w.end) for s in segments for w in s.words)
    found = []
    for span in spans:
        inside = [(a, b) for a, b in words if span.start <= (a + b) / 2 <= span.end]
        least = LOST_S if inside else LEAST_S
        at = span.start
        for start, end in [*inside, (span.end, span.end)]:
            if start - at >= least:
                found.append(Span(at, start))
            at = max(at, end)
    return found


def second_try(
    audio: Path,
    segments: Sequence[Segment],
    spans: Sequence[Span],
    recognizer: Recognizer,
    *,
    language: str | None,
) -> list[Segment]:
    """The segments with those of a second try, each stretch alone, the longest first where there are many.

    `audio` is a wave file of one channel and 16 kHz, and all times are seconds from its start. Only a
    recogniser with `in_windows` is asked again: a service of others reads on by itself, and is paid. Where
    what it did hear is improbable, a second try would take long and bring no more. No words are expected this
    time: those that were may be why it passed over others, above all those in another language.
    """
    if not getattr(recognizer, "in_windows", False) or not _understood(segments):
        return list(segments)
    lost = wordless(segments, spans)
    most = max(LEAST, int(sum(s.end - s.start for s in spans) / WINDOW_S))
    chosen = sorted(sorted(lost, key=lambda s: s.start - s.end)[:most])
    found = [s for span in chosen for s in _alone(audio, span, recognizer, language)]
    return sorted([*segments, *found], key=lambda s: s.start) if found else list(segments)


def _understood(segments: Sequence[Segment]) -> bool:
    chances = [w.probability for s in segments for w in s.words]
    return not chances or sum(chances) / len(chances) >= SURE


def _alone(audio: Path, span: Span, recognizer: Recognizer, language: str | None) -> Iterator[Segment]:
    first = max(0.0, span.start - SOME_S)
    length = span.end + SOME_S - first
    file = audio.with_name("again.wav")
    cut(audio, file, round(first * RATE), round((first + length) * RATE))
    keep(file, [Span(span.start - first, span.end - first)])
    quiet: Callable[[float], None] = lambda _: None  # noqa: E731
    for segment in recognizer.recognize(
        file, None, duration=length, language=language, hotwords=None, progress=quiet
    ):
        words = tuple(w for w in (_moved(w, first) for w in segment.words) if _within(w, span))
        if words and sum(w.probability for w in words) / len(words) >= SURE:
            yield replace(
                segment, words=words, start=words[0].start, end=max(w.end for w in words),
                text="".join(w.text for w in words),
            )  # fmt: skip


def _moved(word: Word, by: float) -> Word:
    return replace(word, start=round(word.start + by, 3), end=round(word.end + by, 3))


def _within(word: Word, span: Span) -> bool:
    return span.start - SOME_S / 2 <= (word.start + word.end) / 2 <= span.end + SOME_S / 2
