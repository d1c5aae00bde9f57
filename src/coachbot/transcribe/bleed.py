"""Crosstalk: what a side's microphone picks up of the other side is taken out of its channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rapidfuzz.fuzz import partial_ratio

from coachbot.transcribe.pieces import joined, overlap, part, plain, reasons
from coachbot.transcribe.sound import Levels
from coachbot.transcribe.vad import Span
from coachbot.transcribe.words import Segment

QUIETER = 4.0
"""How much louder (12 dB) the other channel must be at the same time."""
FAR_QUIETER = 10.0
"""From here on (20 dB) words that are not the other side's are doubtful as well."""
ALIKE = 75.0
"""Likeness of the words, 0 to 100, from which on they are the same."""
AROUND_S = 1.0
DOUBT = "far quieter than the other side, who speaks at the same time"


@dataclass(frozen=True, slots=True)
class Side:
    """One channel: what was recognised on it, and where somebody speaks."""

    channel: int
    segments: tuple[Segment, ...]
    speech: tuple[Span, ...]


def without_bleed(sides: Sequence[Side], levels: Levels) -> tuple[list[Side], int]:
    """Two channels without what they picked up of each other, and how many words that were.

    Speech goes where the other channel is much louder at the same time and its words say the same, or where
    there are no words. Other words that are hardly audible beside the other side become uncertain.
    """
    if len(sides) != 2:
        return list(sides), 0
    kept, count = [], 0
    for side, other in (sides, sides[::-1]):
        segments: list[Segment] = []
        gone: list[Span] = []
        for segment in side.segments:
            for piece in _pieces(segment, side.speech):
                bleed, doubtful = _judge(piece, side.channel, other, levels)
                if bleed:
                    count += len(piece.words)
                    gone.append(Span(piece.start, piece.end))
                else:
                    doubt = DOUBT if doubtful else None
                    segments.append(replace(piece, uncertain=reasons(piece.uncertain, doubt)))
        speech = tuple(s for s in side.speech if not _is_gone(s, segments, gone, side.channel, other, levels))
        kept.append(replace(side, segments=tuple(segments), speech=speech))
    return kept, count


def _pieces(segment: Segment, speech: Sequence[Span]) -> list[Segment]:
    """The segment split where its words belong to different spans of speech."""
    if not segment.words:
        return [segment]
    found, first = [], 0
    homes = [_home(w.start, w.end, speech) for w in segment.words]
    for n in range(1, len(homes) + 1):
        if n == len(homes) or homes[n] != homes[first]:
            found.append(part(segment, first, n))
            first = n
    return found


def _home(start: float, end: float, speech: Sequence[Span]) -> int:
    """The span that is nearest to the middle of a word."""
    from bisect import bisect_right

    middle = (start + end) / 2
    at = bisect_right(speech, middle, key=lambda s: s.end)
    if 0 < at < len(speech) and middle - speech[at - 1].end < speech[at].start - middle:
        return at - 1
    return min(at, len(speech) - 1)


def _judge(piece: Segment, channel: int, other: Side, levels: Levels) -> tuple[bool, bool]:
    if overlap(piece.start, piece.end, other.speech) < 0.5 * (piece.end - piece.start):
        return False, False
    mine = levels.loudness(channel, piece.start, piece.end)
    theirs = levels.loudness(other.channel, piece.start, piece.end)
    if theirs < QUIETER * mine:
        return False, False
    words = [
        w
        for s in other.segments
        if s.end > piece.start - AROUND_S and s.start < piece.end + AROUND_S
        for w in s.words
        if w.end > piece.start - AROUND_S and w.start < piece.end + AROUND_S
    ]
    alike = partial_ratio(_bare(joined(piece.words)), _bare(joined(words))) if words else 0.0
    return alike >= ALIKE, theirs >= FAR_QUIETER * mine


def _bare(text: str) -> str:
    return " ".join(plain(word) for word in text.split())


def _is_gone(
    span: Span, segments: Sequence[Segment], gone: Sequence[Span], channel: int, other: Side, levels: Levels
) -> bool:
    """Whether a span holds nothing but crosstalk: its words went, or it never had any."""
    if any(w.end > span.start and w.start < span.end for s in segments for w in s.words):
        return False
    if any(g.end > span.start and g.start < span.end for g in gone):
        return True
    return overlap(*span, other.speech) >= 0.5 * (span.end - span.start) and levels.loudness(
        other.channel, *span
    ) >= QUIETER * levels.loudness(channel, *span)
