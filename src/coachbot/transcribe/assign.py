"""Words to speakers, by time; where the times are not exact, by sentences and pauses.

Each word goes to the speaker whose spans cover most of it, as in WhisperX (Bain et al., "WhisperX:
Time-Accurate Speech Transcription of Long-Form Audio", Interspeech 2023, and its assign_word_speakers).
Both times err by some tenths of a second, and then a word or two at each change of speaker goes to the wrong
one. So all words are decided together: the cheapest sequence of speakers (Viterbi, 1967), where it costs the
seconds of a word that a speaker does not cover, and changing in mid-sentence costs more than at a full stop
or a pause. That gives what whisper-diarization does by rule afterwards, a sentence to the speaker of most of
it (M. Ashraf, github.com/MahmoudAshraf97/whisper-diarization), without moving a change that is well
supported.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from coachbot.transcribe.pieces import ends_clause, ends_sentence, part, with_words
from coachbot.transcribe.spans import SpeakerSpan
from coachbot.transcribe.words import Segment, Word

CHANGE = 0.55
"""Cost, in seconds, of a change of speakers in mid-sentence."""
AT_CLAUSE = 0.6
"""Factor on it after a comma."""
AT_SENTENCE = 0.06
"""Factor on it after a full stop."""
AT_PAUSE = 0.45
"""Factor on it at a pause of PAUSE_S or more."""
PAUSE_S = 0.3
SHORTEST_S = 0.12
"""A word counts as long as this at least."""
REACH_S = 2.0
"""A word that no span covers goes by the distance to the spans, as far as this."""
FAR = 0.3
"""Cost of a second of distance."""


def assign(segments: Sequence[Segment], spans: Sequence[SpeakerSpan]) -> list[Segment]:
    """The segments of one channel with their speakers; a segment that several speak is split between words.

    Every word is in exactly one segment, in the order of time. Where spans overlap, a word belongs to the
    speaker who is talking already; the exclusive spans that some diarizers give decide it better. Without
    spans nothing changes.
    """
    found = [with_words(s) for s in sorted(segments, key=lambda s: (s.start, s.end))]
    words = [w for s in found for w in s.words]
    if not spans or not words:
        return found
    names = _decide(words, spans)
    result = []
    at = 0
    for segment in found:
        own = names[at : at + len(segment.words)]
        at += len(segment.words)
        first = 0
        for name, group in groupby(own):
            last = first + len(list(group))
            result.append(replace(part(segment, first, last), speaker=name))
            first = last
    return result


def _decide(words: Sequence[Word], spans: Sequence[SpeakerSpan]) -> list[str]:
    """The cheapest sequence of speakers."""
    speakers = list(dict.fromkeys(s.speaker for s in sorted(spans)))
    tracks = [_Track([s for s in spans if s.speaker == name]) for name in speakers]
    total = [0.0] * len(speakers)
    back: list[list[int]] = []
    for at, word in enumerate(words):
        change = _change(words[at - 1], word) if at else 0.0
        best = min(range(len(speakers)), key=total.__getitem__)
        came = [n if total[n] <= total[best] + change else best for n in range(len(speakers))]
        total = [min(total[n], total[best] + change) + track.cost(word) for n, track in enumerate(tracks)]
        back.append(came)
    state = min(range(len(speakers)), key=total.__getitem__)
    chosen = []
    for came in reversed(back):
        chosen.append(state)
        state = came[state]
    return [speakers[n] for n in reversed(chosen)]


def _change(before: Word, word: Word) -> float:
    """What it costs to change speakers between two words."""
    cost = CHANGE
    if ends_sentence(before.text):
        cost *= AT_SENTENCE
    elif ends_clause(before.text):
        cost *= AT_CLAUSE
    if word.start - before.end >= PAUSE_S:
        cost *= AT_PAUSE
    return cost


class _Track:
    """When one speaker talks."""

    def __init__(self, spans: Sequence[SpeakerSpan]) -> None:
        self.starts: list[float] = []
        self.ends: list[float] = []
        for span in sorted(spans):
            if self.ends and span.start <= self.ends[-1]:
                self.ends[-1] = max(self.ends[-1], span.end)
            else:
                self.starts.append(span.start)
                self.ends.append(span.end)

    def cost(self, word: Word) -> float:
        """Seconds of the word in which this speaker is silent, and how far off they are if in all of it."""
        length = max(word.end - word.start, SHORTEST_S)
        middle = (word.start + word.end) / 2
        start, end = middle - length / 2, middle + length / 2
        covered = 0.0
        for at in range(bisect_right(self.ends, start), bisect_left(self.starts, end)):
            covered += min(end, self.ends[at]) - max(start, self.starts[at])
        if covered > 0:
            return length - covered
        after = bisect_left(self.starts, middle)
        distances = [
            abs(t - middle) for t in (*self.starts[after : after + 1], *self.ends[after - 1 : after])
        ]
        return length + FAR * min(min(distances), REACH_S)
