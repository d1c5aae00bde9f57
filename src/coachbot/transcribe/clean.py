"""No invented text: what a recogniser wrote though nobody said it is removed or marked, always with a reason.

Recognisers that were trained on subtitles fill silence with closing phrases, fall into loops, and write more
words than anybody can say (Koenecke et al., "Careless Whisper", FAccT 2024; Radford et al., "Robust Speech
Recognition via Large-Scale Weak Supervision", 2023, section 4.5, for the thresholds on compression and log
probability). One rule holds for all of it: text is removed where nobody speaks, or where the same words are
still there; where somebody does speak, a turn stays, marked uncertain.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

from coachbot.transcribe.closers import is_closer, is_credit
from coachbot.transcribe.loops import Loop, find_loops
from coachbot.transcribe.pieces import ends_sentence, overlap, part, plain, reasons, unspaced, with_words
from coachbot.transcribe.words import Segment, Word

PAD_S = 0.5
"""Seconds that a word may lie outside of speech: times of words and the edges of speech are not exact."""
LOW_LOGPROB = -1.0
"""Whisper's own threshold: a segment below it failed."""
HIGH_COMPRESSION = 2.4
"""Whisper's own threshold: a text above it repeats itself."""
NO_SPEECH = 0.6
"""Whisper's own threshold for "nobody speaks"."""
LOW_WORD = 0.35
"""Two words in a row below this are uncertain."""
LOW_SINGLE = 0.2
"""One word below this is uncertain."""
SURE_WORDS = 0.75
"""Words of this mean probability outside of detected speech may be a quiet voice: marked, not removed."""
FASTEST_WORDS = 9.0
"""Words a second. Fast talkers reach some 9 syllables a second (Coupé et al., Science Advances 2019)."""
FASTEST_CHARS = 14.0
"""Characters a second in Han and Kana, where one is a syllable or more."""
FASTEST_LETTERS = 40.0
"""Characters a second in all other scripts."""
_RATE_WORDS = 8

SILENCE = "text over silence"
CLOSER = "a phrase that recognisers invent at the end of recordings"
QUIET = "no speech was detected here"
LOOP = "the recogniser repeated itself"
FAST = "faster than anybody speaks"
LOW = "recognised with low probability"


@dataclass(frozen=True, slots=True)
class Removal:
    """Text that was taken out: what, where (seconds, channel) and why."""

    text: str
    start: float
    end: float
    reason: str
    channel: int = 0


def clean(
    segments: Sequence[Segment], speech: Sequence[tuple[float, float]] | None
) -> tuple[list[Segment], list[Removal]]:
    """The segments of one channel without invented text, and a record of all that was removed.

    `speech` are the spans in seconds in which somebody speaks, in order (empty: nobody does); None where
    that is not known. What stays but is doubtful has `uncertain` set; segments are split for that, so that
    a reason covers only the words it is about. Every word of the input is in exactly one segment or removal.
    """
    found = [with_words(s) for s in sorted(segments, key=lambda s: (s.start, s.end))]
    found = [s for s in found if s.words]
    removed: list[Removal] = []
    if speech is not None:
        found = _without_silence(found, speech, removed)
    found = _without_closers(found, speech, removed)
    found = _without_loops(found, removed)
    found = [piece for s in found for piece in _doubtful(s)]
    removed.sort(key=lambda r: r.start)
    return found, removed


def _remove(segment: Segment, reason: str) -> Removal:
    text = " ".join("".join(w.text for w in segment.words).split())
    return Removal(text, segment.start, segment.end, reason, segment.channel)


def _without_silence(
    segments: list[Segment], speech: Sequence[tuple[float, float]], removed: list[Removal]
) -> list[Segment]:
    """Takes out words that lie apart from all speech; a quiet voice that was understood well stays."""
    wide = [(a - PAD_S, b + PAD_S) for a, b in speech]
    kept = []
    for segment in segments:
        heard = [_touches(w, wide) for w in segment.words]
        for spoken, piece in _pieces(segment, heard):
            if spoken:
                kept.append(piece)
            elif _quiet_voice(piece):
                kept.append(replace(piece, uncertain=reasons(piece.uncertain, QUIET)))
            else:
                removed.append(_remove(piece, SILENCE))
    return kept


def _touches(word: Word, spans: Sequence[tuple[float, float]]) -> bool:
    at = bisect_right(spans, word.start, key=_end)
    return at < len(spans) and spans[at][0] < max(word.end, word.start + 0.01)


def _end(span: tuple[float, float]) -> float:
    return span[1]


def _quiet_voice(piece: Segment) -> bool:
    mean = sum(w.probability for w in piece.words) / len(piece.words)
    return (
        mean >= SURE_WORDS
        and piece.no_speech_prob < NO_SPEECH
        and len(piece.words) >= 4
        and not is_closer(piece.text)
        and not _too_fast(piece.words)
    )


def _pieces(segment: Segment, marks: Sequence[object]) -> Iterator[tuple[object, Segment]]:
    """The segment split where the marks of its words change."""
    at = 0
    for mark, group in groupby(marks):
        size = len(list(group))
        yield mark, part(segment, at, at + size)
        at += size


def _without_closers(
    segments: list[Segment], speech: Sequence[tuple[float, float]] | None, removed: list[Removal]
) -> list[Segment]:
    """Takes out closing phrases that sit on silence or are improbable; marks those that come again."""
    split = [piece for s in segments for piece in _sentences(s)]
    times = Counter(_comparable(p) for p in split if is_closer(p.text))
    kept = []
    for piece in split:
        if not is_closer(piece.text):
            kept.append(piece)
        elif _silent(piece, speech) or _improbable(piece):
            removed.append(_remove(piece, CLOSER))
        elif times[_comparable(piece)] > 1 or is_credit(piece.text):
            kept.append(replace(piece, uncertain=reasons(piece.uncertain, CLOSER)))
        else:
            kept.append(piece)
    return kept


def _sentences(segment: Segment) -> Iterator[Segment]:
    """The segment, split into sentences only where one of them is a closing phrase."""
    if is_closer(segment.text):
        yield segment
        return
    number, marks = 0, []
    for word in segment.words:
        marks.append(number)
        number += ends_sentence(word.text)
    sentences = [piece for _, piece in _pieces(segment, marks)]
    closes = [is_closer(s.text) for s in sentences]
    if any(closes):
        marks = [number if closes[number] else -1 for number in marks]
        sentences = [piece for _, piece in _pieces(segment, marks)]
        yield from sentences
    else:
        yield segment


def _comparable(segment: Segment) -> str:
    return " ".join(plain(w.text) for w in segment.words)


def _silent(piece: Segment, speech: Sequence[tuple[float, float]] | None) -> bool:
    if speech is None:
        return False
    length = max(piece.end - piece.start, 0.01)
    return overlap(piece.start, max(piece.end, piece.start + 0.01), speech) < 0.5 * length


def _improbable(piece: Segment) -> bool:
    mean = sum(w.probability for w in piece.words) / len(piece.words)
    return mean < 0.5 or piece.no_speech_prob >= NO_SPEECH or piece.avg_logprob < LOW_LOGPROB


class _Mark(NamedTuple):
    """To which loop a word belongs, and whether it stays."""

    loop: int
    stays: bool


def _without_loops(segments: list[Segment], removed: list[Removal]) -> list[Segment]:
    """Keeps the first round of a loop, marked, with the time of all of it; the other rounds are removed."""
    places = [(n, i) for n, s in enumerate(segments) for i in range(len(s.words))]
    words = [plain(segments[n].words[i].text) for n, i in places]
    weak = [_weak(s) for s in segments]
    loops = find_loops(words, [weak[n] for n, _ in places])
    marks: list[list[_Mark | None]] = [[None] * len(s.words) for s in segments]
    for number, loop in enumerate(loops):
        for at in range(loop.start, loop.end):
            n, i = places[at]
            marks[n][i] = _Mark(number, loop.twice or at < loop.start + loop.period)
    kept: list[Segment] = []
    for segment, mark in zip(segments, marks, strict=True):
        for what, piece in _pieces(segment, mark):
            if not isinstance(what, _Mark):
                kept.append(piece)
                continue
            reason = f"{LOOP} ({loops[what.loop].rounds} times)"
            if what.stays:
                kept.append(replace(piece, uncertain=reasons(piece.uncertain, reason)))
            else:
                removed.append(_remove(piece, reason))
    return _stretch(kept, loops, places, segments)


def _stretch(
    kept: list[Segment],
    loops: Sequence[Loop],
    places: Sequence[tuple[int, int]],
    segments: Sequence[Segment],
) -> list[Segment]:
    """The segment that a loop's first round ends with lasts as long as the loop did."""
    for loop in loops:
        end = max(segments[n].words[i].end for n, i in places[loop.start : loop.end])
        n, i = places[loop.start + loop.period - 1]
        last = segments[n].words[i]
        for at, piece in enumerate(kept):
            if piece.words[-1] is last:
                kept[at] = replace(piece, end=max(piece.end, end))
                break
    return kept


def _weak(segment: Segment) -> bool:
    """Whether the recogniser's own figures speak of a loop, so that fewer rounds are enough."""
    return (
        segment.compression_ratio > HIGH_COMPRESSION
        or segment.avg_logprob < LOW_LOGPROB
        or _too_fast(segment.words)
    )


def _doubtful(segment: Segment) -> Iterator[Segment]:
    """The segment, split where words are improbable or come too fast, each piece with its reasons."""
    looping = LOOP in (segment.uncertain or "")
    whole = None
    if segment.avg_logprob < LOW_LOGPROB:
        whole = LOW
    if segment.compression_ratio > HIGH_COMPRESSION and not looping and _repeats(segment):
        whole = reasons(whole, LOOP)
    fast = _fast_words(segment.words)
    low = _low_words(segment.words)
    marks = [reasons(whole, FAST if f else None, LOW if w else None) for f, w in zip(fast, low, strict=True)]
    for mark, piece in _pieces(segment, marks):
        yield replace(piece, uncertain=reasons(piece.uncertain, mark if isinstance(mark, str) else None))


def _repeats(segment: Segment) -> bool:
    """Whether a word in two comes again: the figure may be that of a segment that was cut since."""
    words = [plain(w.text) for w in segment.words]
    return len(words) >= 8 and len(set(words)) * 2 < len(words)


def _low_words(words: Sequence[Word]) -> list[bool]:
    """Runs of improbable words; one good word between two of them does not end a run."""
    low = [w.probability < LOW_WORD for w in words]
    run = [
        one or (0 < n < len(low) - 1 and low[n - 1] and low[n + 1] and words[n].probability < SURE_WORDS)
        for n, one in enumerate(low)
    ]
    marks = [False] * len(words)
    at = 0
    for improbable, group in groupby(run):
        size = len(list(group))
        if improbable and (size > 1 or words[at].probability < LOW_SINGLE):
            marks[at : at + size] = [True] * size
        at += size
    return marks


def _fast_words(words: Sequence[Word]) -> list[bool]:
    """Words of any stretch of eight (or of a shorter segment) that nobody could say in its time."""
    marks = [False] * len(words)
    size = min(_RATE_WORDS, len(words))
    for at in range(len(words) - size + 1):
        if _too_fast(words[at : at + size]):
            marks[at : at + size] = [True] * size
    return marks


def _too_fast(words: Sequence[Word]) -> bool:
    if len(words) < 4:
        return False
    seconds = max(0.05, max(w.end for w in words) - words[0].start)
    text = "".join(w.text.strip() for w in words)
    dense = unspaced(text)
    if dense * 2 > len(text):
        thai = sum(1 for c in text if "\u0e00" <= c <= "\u17ff")
        return len(text) / seconds > (FASTEST_LETTERS if thai * 2 > len(text) else FASTEST_CHARS)
    return len(words) / seconds > FASTEST_WORDS or len(text) / seconds > FASTEST_LETTERS
