"""Segments to turns: the channels put together by time, every word in exactly one turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from coachbot.model.transcript import Cue, Turn, Uncertain
from coachbot.transcribe.pieces import ends_clause, ends_sentence, unspaced, visible, with_words
from coachbot.transcribe.words import Segment, Word

BREATH_S = 0.7
"""A longer pause ends an utterance: what the other side says meanwhile comes in between."""
MAX_CHARS = 1500
"""A turn is not made longer than this by what the same speaker says next."""
MAX_GAP_S = 30.0
"""After a longer silence a new turn begins, even of the same speaker."""
ANONYMOUS_CHARS = 600
ANONYMOUS_GAP_S = 5.0
"""Without a name, two utterances may be two people's: their turns are kept shorter."""
CUE_S = 2.5
"""Seconds after which a new cue begins at the latest; sentences, clauses and pauses begin one as well."""
CUE_PAUSE_S = 0.3
_CJK_MARKS = ((0x3000, 0x303F), (0xFF00, 0xFFEF))


@dataclass(slots=True)
class _Said:
    """A word with what its segment says of it. `start` and `end` are the segment's for its outer words."""

    word: Word
    text: str
    spaced: bool
    start: float
    end: float
    reason: str | None


@dataclass(slots=True)
class _Utterance:
    """Words of one speaker without a long pause, of one sentence at most. `order` is what they sort by."""

    speaker: str | None
    channel: int
    order: float
    said: list[_Said] = field(default_factory=list)

    @property
    def start(self) -> float:
        return min(s.start for s in self.said)

    @property
    def end(self) -> float:
        return max(s.end for s in self.said)


def build_turns(segments: Sequence[Segment]) -> tuple[Turn, ...]:
    """The turns of a call, in order of time.

    Every word of the segments is in exactly one turn, and a channel's words keep their order. People who
    talk at once keep their sentences whole: such turns overlap in time. Doubtful words are marked in
    `Turn.uncertain`; cues give the times of phrases.
    """
    channels = sorted({s.channel for s in segments})
    utterances = [u for channel in channels for u in _utterances(_in_order(segments, channel), channel)]
    utterances.sort(key=lambda u: (u.order, u.channel))
    turns: list[Turn] = []
    group: list[_Utterance] = []
    size = 0
    for utterance in utterances:
        length = sum(len(s.text) + s.spaced for s in utterance.said)
        if group and not _goes_on(group, size, utterance, length):
            turns.append(_turn(len(turns), group))
            group, size = [], 0
        group.append(utterance)
        size += length
    if group:
        turns.append(_turn(len(turns), group))
    return tuple(turns)


def _in_order(segments: Iterable[Segment], channel: int) -> list[Segment]:
    own = (with_words(s) for s in segments if s.channel == channel)
    return sorted(own, key=lambda s: (s.start, s.end))


def _said(segment: Segment) -> Iterator[_Said]:
    """The words of a segment that can be seen. The first one is spaced unless its script has no spaces."""
    words = [(w, text) for w in segment.words if (text := visible(w.text))]
    for n, (word, text) in enumerate(words):
        spaced = word.text[:1].isspace() or (n == 0 and not _dense(text[0]))
        last = n == len(words) - 1
        start = word.start if n else min(word.start, segment.start)
        end = max(word.start, word.end, segment.end if last else word.end)
        yield _Said(word, text, spaced, start, end, segment.uncertain)


def _dense(char: str) -> bool:
    return bool(unspaced(char)) or any(a <= ord(char) <= b for a, b in _CJK_MARKS)


def _utterances(segments: Iterable[Segment], channel: int) -> Iterator[_Utterance]:
    current: _Utterance | None = None
    order = 0.0
    for segment in segments:
        for said in _said(segment):
            if current is None or _breaks(current, said, segment.speaker):
                if current is not None:
                    yield current
                order = max(order, said.start)
                current = _Utterance(segment.speaker, channel, order)
            current.said.append(said)
    if current is not None:
        yield current


def _breaks(current: _Utterance, said: _Said, speaker: str | None) -> bool:
    last = current.said[-1]
    return (
        speaker != current.speaker
        or said.start - last.end >= BREATH_S
        or (said.spaced and ends_sentence(last.text))
        or (not said.spaced and ends_sentence(last.text) and _dense(last.text[-1]))
    )


def _goes_on(group: Sequence[_Utterance], size: int, utterance: _Utterance, length: int) -> bool:
    last = group[-1]
    if (utterance.speaker, utterance.channel) != (last.speaker, last.channel):
        return False
    named = utterance.speaker is not None
    chars, gap = (MAX_CHARS, MAX_GAP_S) if named else (ANONYMOUS_CHARS, ANONYMOUS_GAP_S)
    return size + length <= chars and utterance.start - last.end <= gap


def _turn(index: int, group: Sequence[_Utterance]) -> Turn:
    text = ""
    cues: list[Cue] = []
    uncertain: list[Uncertain] = []
    fresh = True
    for utterance in group:
        for said in utterance.said:
            if text and said.spaced:
                text += " "
            at = len(text)
            text += said.text
            _add_cue(cues, said, at, fresh)
            _add_uncertain(uncertain, said.reason, at, len(text))
            fresh = ends_sentence(said.text) or ends_clause(said.text)
    start = min(u.start for u in group)
    return Turn(
        index=index,
        speaker=group[0].speaker,
        text=text,
        start_s=round(start, 3),
        end_s=round(max(start, *(u.end for u in group)), 3),
        cues=tuple(cues),
        uncertain=tuple(uncertain),
    )


def _add_cue(cues: list[Cue], said: _Said, offset: int, fresh: bool) -> None:
    last = cues[-1] if cues else None
    start = round(max(said.word.start, last.start_s if last else 0.0), 3)
    end = round(max(said.word.end, start), 3)
    ended = last.end_s if last is not None and last.end_s is not None else start
    if last is None or fresh or start - ended >= CUE_PAUSE_S or end - last.start_s > CUE_S:
        cues.append(Cue(start_s=start, end_s=end, offset=offset))
    else:
        cues[-1] = last.model_copy(update={"end_s": max(ended, end)})


def _add_uncertain(found: list[Uncertain], reason: str | None, start: int, end: int) -> None:
    if reason is None:
        return
    last = found[-1] if found else None
    if last is not None and last.reason == reason and start - last.end <= 1:
        found[-1] = Uncertain(start=last.start, end=end, reason=reason)
    else:
        found.append(Uncertain(start=start, end=end, reason=reason))
