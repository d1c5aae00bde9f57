"""Crosstalk: what a side's microphone picks up of the other side is taken out of its channel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from rapidfuzz.fuzz import partial_ratio

from coachbot.transcribe.pieces import joined, overlap, part, plain, reasons
from coachbot.transcribe.sound import FRAME_S, Levels
from coachbot.transcribe.vad import Span
from coachbot.transcribe.words import Segment, Word

QUIETER = 4.0
"""How much louder (12 dB) the other channel must be at the same time."""
FAR_QUIETER = 10.0
"""From here on (20 dB) words that are not the other side's are doubtful as well."""
ALIKE = 75.0
"""Likeness of the words, 0 to 100, from which on they are the same."""
LESS = 2.0
"""How much louder (6 dB) it must be for a word that both channels have at the same time."""
SAME_S = 0.4
FEW = 3
"""Words between faint ones that may be a little louder: levels and times of single words are rough."""
UNLIKE = 60.0
"""Likeness that is enough where a side is far below its own level as well."""
BELOW_OWN = 3.0
"""How far (10 dB) below its own level a side is doubtful while the other one speaks."""
AROUND_S = 1.0
FAINT_S = 0.5
"""Faint speech without words of its own that is shorter than this may be a pause between two words."""
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
    levels = _evened(sides, levels)
    for side, other in (sides, sides[::-1]):
        segments: list[Segment] = []
        gone: list[Span] = []
        level = _own_level(side, other, levels)
        for segment in side.segments:
            for piece in _pieces(segment, side, other, levels):
                bleed, doubtful = _judge(piece, side.channel, other, level, levels)
                if bleed:
                    count += len(piece.words)
                    gone.append(Span(piece.start, piece.end))
                else:
                    doubt = DOUBT if doubtful else None
                    segments.append(replace(piece, uncertain=reasons(piece.uncertain, doubt)))
        own = _without_faint(side, segments, other, levels)
        speech = tuple(s for s in own if not _is_gone(s, segments, gone, side.channel, other, levels))
        kept.append(replace(side, segments=tuple(segments), speech=speech))
    return kept, count


def _pieces(segment: Segment, side: Side, other: Side, levels: Levels) -> list[Segment]:
    """The segment split where its words belong to different spans of speech, or begin or end to be faint.

    Somebody may stop while the other one goes on: then only the end of a segment is crosstalk.
    """
    if not segment.words:
        return [segment]
    found: list[Segment] = []
    at = 0
    for _, group in groupby(_home(w.start, w.end, side.speech) for w in segment.words):
        size = len(list(group))
        whole = part(segment, at, at + size)
        at += size
        found += (
            [whole]
            if _judge(whole, side.channel, other, 0.0, levels)[0]
            else _split(whole, side, other, levels)
        )
    return found


def _split(piece: Segment, side: Side, other: Side, levels: Levels) -> Iterator[Segment]:
    theirs = [
        (plain(w.text), w.start)
        for s in other.segments
        if s.end > piece.start - SAME_S and s.start < piece.end + SAME_S
        for w in s.words
    ]
    faint = [_is_other(w, side.channel, other, theirs, levels) for w in piece.words]
    _smooth(faint, piece.words, side.channel, other, levels)
    at = 0
    for _, group in groupby(faint):
        size = len(list(group))
        yield part(piece, at, at + size)
        at += size


def _is_other(
    word: Word, channel: int, other: Side, theirs: Sequence[tuple[str, float]], levels: Levels
) -> bool:
    """Whether the word is far quieter than the other side, or quieter and heard there as well."""
    if _is_faint(word.start, word.end, channel, other, levels):
        return True
    same = any(abs(at - word.start) < SAME_S and text == plain(word.text) for text, at in theirs)
    return same and _is_faint(word.start, word.end, channel, other, levels, least=LESS)


def _smooth(faint: list[bool], words: Sequence[Word], channel: int, other: Side, levels: Levels) -> None:
    """Some words beside faint ones are faint too, unless they are about as loud as the other side."""
    at = 0
    for value, group in groupby(list(faint)):
        size = len(list(group))
        end = at + size
        if not value and size <= FEW and size < len(faint):
            span = words[at].start, words[end - 1].end
            faint[at:end] = [_is_faint(*span, channel, other, levels, least=LESS)] * size
        at = end


def _is_faint(
    start: float, end: float, channel: int, other: Side, levels: Levels, least: float = QUIETER
) -> bool:
    """Whether the other side speaks in that time, and is far louder."""
    if overlap(start, end, other.speech) < 0.5 * (end - start):
        return False
    theirs = levels.loudness(other.channel, start, end)
    return theirs >= least * levels.loudness(channel, start, end)


def _without_faint(side: Side, segments: Sequence[Segment], other: Side, levels: Levels) -> tuple[Span, ...]:
    """The channel's speech without the stretches that are faint beside the other side and hold no words."""
    import numpy as np

    size = levels.rms.shape[1]
    mine, theirs = levels.rms[side.channel], levels.rms[other.channel]
    speaks, said = np.zeros(size, bool), np.zeros(size, bool)
    for span in other.speech:
        speaks[int(span.start / FRAME_S) : int(span.end / FRAME_S) + 1] = True
    for word in (w for s in segments for w in s.words):
        said[int(word.start / FRAME_S) : int(word.end / FRAME_S) + 1] = True
    faint = speaks & ~said & (theirs >= QUIETER * mine)
    kept: list[Span] = []
    for span in side.speech:
        first, last = int(span.start / FRAME_S), min(size, int(span.end / FRAME_S) + 1)
        at = span.start
        edges = np.flatnonzero(np.diff(np.concatenate(([0], faint[first:last], [0]))))
        for a, b in (edges.reshape(-1, 2) + first) * FRAME_S:
            if b - a >= FAINT_S:
                kept.append(Span(at, max(at, float(a))))
                at = min(span.end, float(b))
        kept.append(Span(at, span.end))
    whole = set(side.speech)
    return tuple(
        s for s in kept
        if s in whole or s.end - s.start >= FAINT_S or (said[_frames(s)].any() and s.end > s.start)
    )  # fmt: skip


def _frames(span: Span) -> slice:
    return slice(int(span.start / FRAME_S), int(span.end / FRAME_S) + 1)


def _home(start: float, end: float, speech: Sequence[Span]) -> int:
    """The span that is nearest to the middle of a word."""
    from bisect import bisect_right

    middle = (start + end) / 2
    at = bisect_right(speech, middle, key=lambda s: s.end)
    if 0 < at < len(speech) and middle - speech[at - 1].end < speech[at].start - middle:
        return at - 1
    return min(at, len(speech) - 1)


def _judge(piece: Segment, channel: int, other: Side, own: float, levels: Levels) -> tuple[bool, bool]:
    """Whether a piece is crosstalk, and whether it is doubtful. `own`: the level the side speaks at."""
    if not _is_faint(piece.start, piece.end, channel, other, levels, least=LESS):
        return False, False
    mine = levels.loudness(channel, piece.start, piece.end)
    theirs = levels.loudness(other.channel, piece.start, piece.end)
    low = mine < own / BELOW_OWN
    if theirs < QUIETER * mine and not low:
        return False, False
    words = [
        w
        for s in other.segments
        if s.end > piece.start - AROUND_S and s.start < piece.end + AROUND_S
        for w in s.words
        if w.end > piece.start - AROUND_S and w.start < piece.end + AROUND_S
    ]
    alike = partial_ratio(_bare(joined(piece.words)), _bare(joined(words))) if words else 0.0
    return alike >= (UNLIKE if low else ALIKE), low or theirs >= FAR_QUIETER * mine


def _evened(sides: Sequence[Side], levels: Levels) -> Levels:
    """The levels as if both sides spoke equally loud, where one is far quieter as a whole."""
    import numpy as np

    one, two = (_own_level(a, b, levels) for a, b in (sides, sides[::-1]))
    if not one or not two or max(one, two) < QUIETER * min(one, two):
        return levels
    gains = np.ones((len(levels.rms), 1), np.float32)
    gains[sides[0].channel], gains[sides[1].channel] = max(one, two) / one, max(one, two) / two
    return replace(levels, rms=levels.rms * gains)


def _own_level(side: Side, other: Side, levels: Levels) -> float:
    """The level at which a side speaks while the other one does not; 0 where it hardly ever does."""
    import numpy as np

    mine, theirs = levels.rms[side.channel], levels.rms[other.channel]
    speaks = np.zeros(len(mine), bool)
    for span in side.speech:
        speaks[_frames(span)] = True
    leads = mine[speaks & (mine > 2 * theirs)]
    enough = len(leads) * FRAME_S >= 1.0 and len(leads) >= 0.1 * speaks.sum()
    return float(np.median(leads)) if enough else 0.0


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
    return _is_faint(*span, channel, other, levels)
