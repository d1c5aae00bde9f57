"""Where somebody speaks: spans found by Silero VAD, once for each file, and windows packed from them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from coachbot.transcribe.audio import RATE
from coachbot.transcribe.sound import FRAME_S, SILENT, length, samples

BLOCK_S = 600
"""Seconds looked at in one go; memory does not grow with the recording."""
WINDOW_S = 30.0
"""Seconds of speech that the recogniser reads at a time."""
PAD_S = 0.4
"""Seconds of sound kept on either side of speech, as faster-whisper does."""
WIDEN_S = 1.0
"""How much earlier and later than detected speech may have begun and ended, going by its loudness."""
KNOWN = 10
"""Tenths of a second without speech that are needed to know how loud the background is."""
LONGEST_S = WINDOW_S - 2 * PAD_S
MIN_SILENCE_MS = 160
AROUND_S = 1.0
"""Seconds of silence before and after sound that are looked at with it."""


class Span(NamedTuple):
    """Seconds from the start of a file between which somebody speaks."""

    start: float
    end: float


def speech(
    path: Path,
    progress: Callable[[float], None] = lambda done: None,
    *,
    loudness: Sequence[float] | None = None,
) -> tuple[Span, ...]:
    """The spans of speech in a wave file of 16 kHz, in order, without padding, none longer than LONGEST_S.

    They are kept in a file beside it, so a file is looked at only once. `loudness` is its level for every
    tenth of a second: what is silent by it is passed over, which saves half of the work on a side's channel.
    """
    kept = beside(path)
    if kept.is_file():
        return tuple(Span(*pair) for pair in json.loads(kept.read_text("utf-8")))
    total = length(path)
    found: list[Span] = []
    for start, end in [(0, total)] if loudness is None else _loud(loudness, total):
        found += _search(path, start, end, progress)
    keep(path, found)
    return tuple(found)


def beside(path: Path) -> Path:
    """The file that keeps the spans of another."""
    return path.with_name(f"{path.name}.speech.json")


def keep(path: Path, spans: Sequence[Span]) -> None:
    """Write down the spans of a file, so that `speech` need not look for them."""
    beside(path).write_text(json.dumps([list(span) for span in spans]), "utf-8")


def _loud(loudness: Sequence[float], total: int) -> list[tuple[int, int]]:
    """Stretches in samples that are not silent, with what lies around them; short silences stay inside."""
    least = min(SILENT, max(loudness, default=0.0) / 50)
    frame, around = int(FRAME_S * RATE), int(AROUND_S * RATE)
    found: list[tuple[int, int]] = []
    for n, level in enumerate(loudness):
        if level < least:
            continue
        start, end = max(0, n * frame - around), min(total, (n + 1) * frame + around)
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _search(path: Path, first: int, last: int, progress: Callable[[float], None]) -> list[Span]:
    """Block by block; speech that a block's end cuts in two is looked at again with the next block."""
    from coachbot.transcribe.whisper import silero

    found: list[Span] = []
    at = first
    while at < last:
        end = min(last, at + BLOCK_S * RATE)
        spans = silero(samples(path, at, end), longest_s=LONGEST_S, min_silence_ms=MIN_SILENCE_MS)
        following = end
        if spans and end < last and end - at - spans[-1][1] < RATE * MIN_SILENCE_MS // 1000:
            following = at + spans.pop()[0]
        found += (Span((at + a) / RATE, (at + b) / RATE) for a, b in spans)
        at = following
        progress(at / RATE)
    return found


def widened(spans: Sequence[Span], loudness: Sequence[float]) -> tuple[Span, ...]:
    """The spans with the soft beginnings and ends that detection leaves out, at most WIDEN_S on either side.

    `loudness` is the sound's level for every tenth of a second. A frame belongs to the speech beside it while
    it has a quarter of that speech's level (12 dB below) and stands out from what is there without speech:
    mains hum and noise are no soft ends.
    """
    wide: list[Span] = []
    background = 2 * _background(spans, loudness)
    for n, span in enumerate(spans):
        inside = sorted(loudness[int(span.start / FRAME_S) : int(span.end / FRAME_S) + 1]) or [0.0]
        least = max(inside[len(inside) // 2] / 4, background, 1e-4)
        floor = max(span.start - WIDEN_S, wide[-1].end if wide else 0.0)
        roof = min(span.end + WIDEN_S, spans[n + 1].start if n + 1 < len(spans) else len(loudness) * FRAME_S)
        start, end = span
        frame = min(int(start / FRAME_S), len(loudness) - 1)
        while frame >= 0 and start > floor and loudness[frame] >= least:
            start = max(floor, min(start, frame * FRAME_S))
            frame -= 1
        frame = int(end / FRAME_S)
        while frame < len(loudness) and end < roof and loudness[frame] >= least:
            frame += 1
            end = min(roof, max(end, frame * FRAME_S))
        wide.append(Span(round(start, 3), round(end, 3)))
    return tuple(wide)


def _background(spans: Sequence[Span], loudness: Sequence[float]) -> float:
    """The level where nobody speaks, which a fifth of those moments stay below; 0 where it is unknown."""
    outside: list[float] = []
    at = 0
    for span in spans:
        outside += loudness[at : int(span.start / FRAME_S)]
        at = int(span.end / FRAME_S) + 1
    outside += loudness[at:]
    return sorted(outside)[len(outside) // 5] if len(outside) >= KNOWN else 0.0


def padded(spans: Sequence[Span], duration: float) -> list[Span]:
    """The spans with PAD_S on either side; neighbours meet in the middle of what lies between them."""
    wide = []
    for n, span in enumerate(spans):
        before = (span.start - spans[n - 1].end) / 2 if n else span.start
        after = (spans[n + 1].start - span.end) / 2 if n + 1 < len(spans) else duration - span.end
        wide.append(Span(span.start - min(PAD_S, max(0.0, before)), span.end + min(PAD_S, max(0.0, after))))
    return wide


def windows(spans: Sequence[Span]) -> list[list[Span]]:
    """Padded spans in groups of at most WINDOW_S seconds of speech each, in order."""
    packed: list[list[Span]] = []
    filled = WINDOW_S
    for span in spans:
        took = span.end - span.start
        if filled + took > WINDOW_S:
            packed.append([])
            filled = 0.0
        packed[-1].append(span)
        filled += took
    return packed
