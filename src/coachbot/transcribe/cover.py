"""Every second of speech in one segment: segments stretched over the speech that their words were said in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from typing import NamedTuple

from coachbot.transcribe.pieces import ends_sentence, part, with_words
from coachbot.transcribe.spans import SpeakerSpan
from coachbot.transcribe.turns import BREATH_S
from coachbot.transcribe.vad import PAD_S, Span
from coachbot.transcribe.words import Segment, Word

INAUDIBLE = "[inaudible]"
INAUDIBLE_S = 1.0
"""Speech without words that is shorter than this is left out: a cough, or the end of a breath."""
LOST_S = 3.0
"""Somebody who speaks says a word within this time; if none was recognised, it was lost."""
NO_WORDS = "somebody speaks here, but no words were recognised"


class _Home(NamedTuple):
    """A word's place: segment, word in it, and the span it was said in (-1: outside of all)."""

    segment: int
    word: int
    span: int


def cover(
    segments: Sequence[Segment], speech: Sequence[Span], channel: int, speaker: str | None
) -> list[Segment]:
    """The segments of one channel, in order, with times that leave no speech out and do not overlap.

    Segments are split between sentences and at silences. What is spoken between two words belongs to the
    first, and a sound without words to what is said right before or after it. Longer speech without words
    becomes a segment `[inaudible]`, so that nothing is passed over in silence.
    """
    found = [with_words(s) for s in sorted(segments, key=lambda s: (s.start, s.end))]
    pieces = _pieces(found, speech)
    taken = {home for home, _ in pieces}
    lost = [span for n, span in enumerate(speech) if n not in taken]
    covered = _stretched(pieces, speech, lost)
    return _with_lost(covered, lost, channel, speaker)


def _pieces(segments: Sequence[Segment], speech: Sequence[Span]) -> list[tuple[int, Segment]]:
    """Parts of the segments, each of one sentence within one span, with the number of that span."""
    found: list[tuple[int, Segment]] = []
    for home, group in groupby(_homes(segments, speech), key=lambda h: (h.segment, h.span)):
        segment = segments[home[0]]
        first = None
        for place in group:
            first = place.word if first is None else first
            if ends_sentence(segment.words[place.word].text):
                found.append((home[1], _timed(part(segment, first, place.word + 1), home[1], speech)))
                first = None
            last = place.word
        if first is not None:
            found.append((home[1], _timed(part(segment, first, last + 1), home[1], speech)))
    return sorted(found, key=lambda pair: pair[1].start)


def _timed(piece: Segment, home: int, speech: Sequence[Span]) -> Segment:
    """With the times of its words, which do not reach into the silence around the speech they are in."""
    words = piece.words if home < 0 else tuple(_inside(w, speech[home]) for w in piece.words)
    return replace(piece, words=words, start=min(w.start for w in words), end=max(w.end for w in words))


def _inside(word: Word, span: Span) -> Word:
    if word.end < span.start - PAD_S or word.start > span.end + PAD_S:
        return word  # a quiet voice, or the times are wrong
    start = min(max(word.start, span.start), span.end)
    return replace(word, start=start, end=max(start, min(word.end, span.end)))


def _homes(segments: Sequence[Segment], speech: Sequence[Span]) -> Iterator[_Home]:
    at = 0
    for n, segment in enumerate(segments):
        for m, word in enumerate(segment.words):
            middle = (word.start + word.end) / 2
            while at > 0 and _distance(speech[at - 1], middle) < _distance(speech[at], middle):
                at -= 1
            while at + 1 < len(speech) and _distance(speech[at + 1], middle) <= _distance(speech[at], middle):
                at += 1
            near = bool(speech) and _distance(speech[at], middle) < BREATH_S
            yield _Home(n, m, at if near else -1)


def _distance(span: Span, time: float) -> float:
    return max(span.start - time, time - span.end, 0.0)


def _stretched(
    pieces: Sequence[tuple[int, Segment]], speech: Sequence[Span], lost: list[Span]
) -> list[Segment]:
    """The pieces with the speech around their words; long speech without words is added to `lost`."""
    covered: list[Segment] = []
    for n, (home, piece) in enumerate(pieces):
        start, end = piece.start, piece.end
        if home >= 0:
            first = n == 0 or pieces[n - 1][0] != home
            last = n + 1 == len(pieces) or pieces[n + 1][0] != home
            earliest = speech[home].start if first else start
            latest = speech[home].end if last else pieces[n + 1][1].start
            if start - earliest > LOST_S:
                lost.append(Span(earliest, start))
            else:
                start = min(start, earliest)
            if latest - end > LOST_S:
                lost.append(Span(end, latest))
            else:
                end = max(end, latest)
        if covered and start < covered[-1].end:  # two words at once on one channel: the first one ends
            start = max(start, covered[-1].start)
            covered[-1] = replace(covered[-1], end=start)
        covered.append(replace(piece, start=start, end=max(start, end)))
    return covered


def _with_lost(
    covered: Sequence[Segment], lost: Sequence[Span], channel: int, speaker: str | None
) -> list[Segment]:
    """With the speech that has no words: joined where it goes on, and short sounds given to a neighbour."""
    items: list[Segment] = []
    for item in sorted([*covered, *(_inaudible(s, channel, speaker) for s in lost)], key=lambda s: s.start):
        near = bool(items) and item.start - items[-1].end < BREATH_S
        if near and not item.words and (not items[-1].words or item.end - item.start < INAUDIBLE_S):
            items[-1] = replace(items[-1], end=max(items[-1].end, item.end))
        elif near and not items[-1].words and items[-1].end - items[-1].start < INAUDIBLE_S:
            items[-1] = replace(item, start=items[-1].start)
        else:
            items.append(item)
    return [s for s in items if s.words or s.end - s.start >= INAUDIBLE_S]


def _inaudible(span: Span, channel: int, speaker: str | None) -> Segment:
    return Segment(
        words=(), start=span.start, end=span.end, text=INAUDIBLE, language=None, avg_logprob=0.0,
        no_speech_prob=0.0, compression_ratio=0.0, channel=channel, speaker=speaker, uncertain=NO_WORDS,
    )  # fmt: skip


def by_voice(segment: Segment, voices: Sequence[SpeakerSpan]) -> list[Segment]:
    """Speech without words, split where another voice speaks; a segment with words as it is."""
    if segment.words:
        return [segment]
    edges = {segment.start, segment.end, *(t for v in voices for t in (v.start, v.end))}
    times = sorted(t for t in edges if segment.start <= t <= segment.end)
    found: list[Segment] = []
    for start, end in pairwise(times):
        speaking = [v.speaker for v in sorted(voices) if v.start <= start and v.end >= end]
        before = found[-1].speaker if found else None
        voice = before if not speaking or before in speaking else speaking[0]
        if found and voice == before:
            found[-1] = replace(found[-1], end=end)
        else:
            found.append(replace(segment, start=start, end=end, speaker=voice))
    return found or [segment]
