"""How a call went and how well it was heard, in figures counted from its turns and words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from pydantic import Field

from coachbot.model.base import Frozen
from coachbot.model.transcript import Side, Transcript, Turn
from coachbot.transcribe.words import Segment

INTERRUPTION_S = 0.3
"""A turn that starts while somebody else speaks interrupts them if both go on for longer than this."""
BACK_CHANNEL = 3
"""Words. A turn of no more ("mm-hm, right") does not end what the other one is saying."""
_SENTENCE_END = re.compile(r"[.?!…。？！؟]+")


class Talk(Frozen):
    """What one person or voice did. `share` is that of all talking time, 0 to 1; of words without times."""

    name: str
    side: Side
    seconds: float
    share: float
    words: int
    turns: int
    questions: int
    interruptions: int


class Monologue(Frozen):
    """The longest stretch of one speaker, back-channels of others aside."""

    name: str
    start_s: float
    seconds: float


class Quality(Frozen):
    """The figures of one call. Those that the source does not allow are None.

    `speech_share` is the part of the recording in which anybody speaks; `mean_probability` that of the
    recognised words; `uncertain_share` the part of the words that are marked; `overlap_s` the seconds in
    which more than one speaks. Shares are 0 to 1.
    """

    duration_s: float | None = None
    speech_share: float | None = None
    mean_probability: float | None = None
    words: int = 0
    uncertain_share: float = 0.0
    talk: tuple[Talk, ...] = ()
    overlap_s: float | None = None
    longest_monologue: Monologue | None = None
    questions: dict[str, int] = Field(default_factory=dict, description="questions asked, by side")
    interruptions: int | None = None


def measure(
    transcript: Transcript,
    segments: Iterable[Segment] = (),
    *,
    speech: Mapping[int, Sequence[tuple[float, float]]] | None = None,
    duration: float | None = None,
) -> Quality:
    """The figures of a transcript.

    `segments` are the recogniser's (for probabilities), `speech` the spans of each channel in which somebody
    speaks, `duration` the recording's length in seconds. A transcript alone gives all the other figures.
    """
    turns = transcript.turns
    timed = bool(turns) and all(t.start_s is not None and t.end_s is not None for t in turns)
    length = duration or transcript.duration_s
    chances = [w.probability for s in segments for w in s.words]
    interrupting = Counter(name_of(t) for t in _interrupting(turns)) if timed else Counter[str]()
    talk = _talk(transcript, timed, interrupting)
    questions: Counter[str] = Counter({side.value: 0 for side in {t.side for t in talk}})
    for one in talk:
        questions[one.side.value] += one.questions
    return Quality(
        duration_s=round(length, 2) if length else None,
        speech_share=_speech_share(speech, length),
        mean_probability=round(sum(chances) / len(chances), 3) if chances else None,
        words=transcript.words,
        uncertain_share=_uncertain_share(turns),
        talk=talk,
        overlap_s=_overlap(turns) if timed else None,
        longest_monologue=_longest(turns) if timed else None,
        questions=dict(sorted(questions.items())),
        interruptions=sum(interrupting.values()) if timed else None,
    )


def summary(quality: Quality) -> list[tuple[str, str]]:
    """The figures as labels and values for people, in order; those that are not known are left out."""
    q = quality
    rows = [
        ("Length", _clock(q.duration_s)),
        ("Speech", _percent(q.speech_share)),
        ("Words", f"{q.words:,}"),
        ("Mean word probability", _percent(q.mean_probability)),
        ("Uncertain words", _percent(q.uncertain_share)),
        *((f"Talk: {t.name}", f"{_percent(t.share)} ({t.words:,} words)") for t in q.talk),
        ("At once", "" if q.overlap_s is None else f"{q.overlap_s:.0f} s"),
        ("Questions", ", ".join(f"{side} {n}" for side, n in q.questions.items())),
        ("Interruptions", "" if q.interruptions is None else str(q.interruptions)),
    ]
    if q.longest_monologue is not None:
        m = q.longest_monologue
        rows.append(("Longest monologue", f"{_clock(m.seconds)} by {m.name}, from {_clock(m.start_s)}"))
    return [(label, value) for label, value in rows if value]


def name_of(turn: Turn) -> str:
    """Who speaks, or `unknown`."""
    return turn.speaker or "unknown"


def _times(turn: Turn) -> tuple[float, float]:
    return turn.start_s or 0.0, turn.end_s or 0.0


def _talk(transcript: Transcript, timed: bool, interrupting: Counter[str]) -> tuple[Talk, ...]:
    by_name: dict[str, list[Turn]] = {}
    for turn in transcript.turns:
        by_name.setdefault(name_of(turn), []).append(turn)
    seconds = {
        n: sum(b - a for a, b in _union(map(_times, own))) if timed else 0.0 for n, own in by_name.items()
    }
    words = {n: sum(len(t.text.split()) for t in own) for n, own in by_name.items()}
    amounts: Mapping[str, float] = seconds if any(seconds.values()) else words
    total = float(sum(amounts.values())) or 1.0
    return tuple(
        Talk(
            name=name,
            side=transcript.side_of(own[0]),
            seconds=round(seconds[name], 2),
            share=round(amounts[name] / total, 4),
            words=words[name],
            turns=len(own),
            questions=sum(_questions(t.text) for t in own),
            interruptions=interrupting[name],
        )
        for name, own in by_name.items()
    )


def _questions(text: str) -> int:
    """Sentences that end in a question mark; a lone "Right?" asks nothing."""
    count = begin = 0
    for mark in _SENTENCE_END.finditer(text):
        words = text[begin : mark.start()].split()
        begin = mark.end()
        if not {"?", "？", "؟"}.isdisjoint(mark[0]) and (len(words) > 1 or len("".join(words)) > 8):
            count += 1
    return count


def _interrupting(turns: Sequence[Turn]) -> list[Turn]:
    """Turns that start while somebody else speaks and go on beside them for longer than INTERRUPTION_S."""
    found: list[Turn] = []
    speaking: list[Turn] = []
    for turn in sorted(turns, key=_times):
        start, end = _times(turn)
        speaking = [t for t in speaking if _times(t)[1] > start + INTERRUPTION_S]
        others = (t for t in speaking if t.speaker != turn.speaker and _times(t)[0] < start)
        if end > start + INTERRUPTION_S and any(others):
            found.append(turn)
        speaking.append(turn)
    return found


def _overlap(turns: Sequence[Turn]) -> float:
    """Seconds in which at least two different people speak."""
    edges: list[tuple[float, int]] = []
    for name in {name_of(t) for t in turns}:
        for start, end in _union(_times(t) for t in turns if name_of(t) == name):
            edges += [(start, 1), (end, -1)]
    total, count, last = 0.0, 0, 0.0
    for at, step in sorted(edges):
        if count > 1:
            total += at - last
        count, last = count + step, at
    return round(total, 2)


def _longest(turns: Sequence[Turn]) -> Monologue | None:
    best: Monologue | None = None
    name, start, end = "", 0.0, 0.0
    for turn in sorted(turns, key=_times):
        began, ended = _times(turn)
        if name_of(turn) == name:
            end = max(end, ended)
        elif len(turn.text.split()) > BACK_CHANNEL or not name:
            name, start, end = name_of(turn), began, ended
        if best is None or end - start > best.seconds:
            best = Monologue(name=name, start_s=start, seconds=round(end - start, 3))
    return best


def _uncertain_share(turns: Sequence[Turn]) -> float:
    """Share of the words that touch an uncertain stretch."""
    total = doubtful = 0
    for turn in turns:
        for word in re.finditer(r"\S+", turn.text):
            total += 1
            doubtful += any(u.start < word.end() and word.start() < u.end for u in turn.uncertain)
    return round(doubtful / total, 4) if total else 0.0


def _speech_share(
    speech: Mapping[int, Sequence[tuple[float, float]]] | None, duration: float | None
) -> float | None:
    if speech is None or not duration:
        return None
    spans = _union((a, b) for own in speech.values() for a, b in own)
    return round(min(1.0, sum(b - a for a, b in spans) / duration), 4)


def _union(spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"


def _clock(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
