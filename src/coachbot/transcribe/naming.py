"""Voices and who they are: excerpts to know a voice by, and giving it a name."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from coachbot.errors import UsageError
from coachbot.model.base import Frozen
from coachbot.model.transcript import Participant, Side, Transcript, Turn
from coachbot.transcribe.sides import CHANNELS_UNKNOWN
from coachbot.transcribe.words import Segment

UNKNOWN = "unknown"
"""What turns without a speaker are called here."""
SHORTEST = 4
LONGEST = 30
"""Words of an excerpt."""
_SENTENCE = re.compile(r"\S.*?(?:[.?!…。？！]+[\"'”’»)\]]*(?=\s|$)|[。？！]|$)", re.DOTALL)
_LABEL = re.compile(r"(?:voice|channel|speaker|spk)[ _-]?\d+'*", re.IGNORECASE)


class Excerpt(Frozen):
    """A stretch of a turn by which a voice can be known. Times in seconds, None where the source has none."""

    turn: int
    text: str
    start_s: float | None
    end_s: float | None


class Voice(Frozen):
    """Somebody who speaks in a call. `named` is False for a label such as `Voice 2`."""

    name: str
    side: Side
    named: bool
    seconds: float | None
    words: int
    turns: int
    excerpts: tuple[Excerpt, ...]


def voices(
    transcript: Transcript, segments: Iterable[Segment] = (), *, excerpts: int = 3
) -> tuple[Voice, ...]:
    """Each voice of the call in the order in which they first speak, with its clearest excerpts, best first.

    Clear is what is long, holds no doubtful words and stands alone. `segments`, where they are at hand, add
    how probable the words are.
    """
    heard = _Heard(segments)
    by_name: dict[str, list[Turn]] = {}
    for turn in transcript.turns:
        by_name.setdefault(turn.speaker or UNKNOWN, []).append(turn)
    return tuple(
        Voice(
            name=name,
            side=transcript.side_of(own[0]),
            named=name != UNKNOWN and not _LABEL.fullmatch(name),
            seconds=_seconds(own),
            words=sum(len(t.text.split()) for t in own),
            turns=len(own),
            excerpts=tuple(_clearest(own, transcript.turns, heard, excerpts)),
        )
        for name, own in by_name.items()
    )


def name_voices(transcript: Transcript, names: Mapping[str, Participant]) -> Transcript:
    """The transcript with voices named: only names, sides and what was said about them change.

    `names` maps a voice, as `voices` lists it, to the person. Two voices may be one person (a diarizer often
    splits one). A person who is among the participants already keeps what the new entry leaves open.
    Turns keep their text, number and times. Raises UsageError for a voice that does not speak in the call.
    """
    speaking = {t.speaker or UNKNOWN for t in transcript.turns}
    for voice in names:
        if voice not in speaking:
            there = ", ".join(v.name for v in voices(transcript, excerpts=0)) or "nobody"
            raise UsageError(f"no voice {voice!r} speaks in this call; there are: {there}")
    turns = tuple(
        t.model_copy(update={"speaker": names[t.speaker or UNKNOWN].name})
        if (t.speaker or UNKNOWN) in names
        else t
        for t in transcript.turns
    )
    still = {t.speaker for t in turns}
    people = _people(transcript.participants, names, still)
    return transcript.model_copy(
        update={
            "turns": turns,
            "participants": tuple(people),
            "warnings": tuple(w for w in transcript.warnings if not _settled(w, names, still)),
        }
    )


def _people(
    before: Sequence[Participant], names: Mapping[str, Participant], still: set[str | None]
) -> list[Participant]:
    """Everybody, each once: a named voice's entry becomes the person's, in its place."""
    found: dict[str, Participant] = {}
    for person in before:
        new = names.get(person.name)
        if new is not None and person.name not in still:
            _put(found, _filled(new, channel=person.channel))
        else:
            _put(found, person)
    for new in names.values():
        _put(found, _filled(new))
    return list(found.values())


def _filled(person: Participant, channel: int | None = None) -> Participant:
    """What a user says is given."""
    source = "inferred" if person.side is Side.UNKNOWN else "given"
    own = person.channel if person.channel is not None else channel
    return person.model_copy(update={"side_source": source, "channel": own})


def _put(found: dict[str, Participant], person: Participant) -> None:
    """Add somebody, or what is new about them. A side that was given wins over one that was not."""
    old = found.get(person.name)
    if old is None:
        found[person.name] = person
        return
    better = person.side is not Side.UNKNOWN and (
        person.side_source == "given" or old.side is Side.UNKNOWN or old.side_source == "inferred"
    )
    side = person if better else old
    found[person.name] = old.model_copy(
        update={
            "side": side.side,
            "side_source": side.side_source,
            "title": person.title or old.title,
            "company": person.company or old.company,
            "channel": old.channel if old.channel is not None else person.channel,
        }
    )


def _settled(warning: str, names: Mapping[str, Participant], still: set[str | None]) -> bool:
    """Whether a warning spoke of a voice that has a name now."""
    gone = [v for v in names if v not in still]
    if any(re.search(rf"(?<!\w){re.escape(v)}(?!\w)", warning) for v in gone if v != UNKNOWN):
        return True
    unnamed = [s for s in still if s is not None and _LABEL.fullmatch(s)]
    return warning == CHANNELS_UNKNOWN and not unnamed


class _Heard:
    """How probable the words of any stretch of time are; 1 where nothing is known of it."""

    def __init__(self, segments: Iterable[Segment]) -> None:
        words = sorted((w.start, w.probability) for s in segments for w in s.words)
        self.times = [start for start, _ in words]
        self.chances = [chance for _, chance in words]

    def probability(self, start: float, end: float) -> float:
        """The mean, 0 to 1."""
        inside = self.chances[bisect_left(self.times, start) : bisect_left(self.times, end)]
        return sum(inside) / len(inside) if inside else 1.0


def _seconds(turns: Sequence[Turn]) -> float | None:
    times = [(t.start_s, t.end_s) for t in turns]
    if any(a is None or b is None for a, b in times):
        return None
    return round(sum((b or 0.0) - (a or 0.0) for a, b in times), 2)


@dataclass(frozen=True, slots=True)
class _Candidate:
    score: float
    excerpt: Excerpt


def _clearest(own: Sequence[Turn], everybody: Sequence[Turn], heard: _Heard, count: int) -> list[Excerpt]:
    found = [
        _Candidate(_score(turn, start, end, everybody, heard), _excerpt(turn, start, end))
        for turn in own
        for start, end in _stretches(turn)
    ]
    # Equal ones in the order of the call: sorting is stable.
    found.sort(key=lambda c: -c.score)
    chosen: list[Excerpt] = []
    for one in found:
        if len(chosen) >= count:
            break
        if all(one.excerpt.turn != other.turn for other in chosen):
            chosen.append(one.excerpt)
    return chosen


def _stretches(turn: Turn) -> Iterable[tuple[int, int]]:
    """Sentences in a row, together no longer than an excerpt may be; a long sentence is cut at a word."""
    sentences = [(m.start(), m.end()) for m in _SENTENCE.finditer(turn.text)]
    for n, (start, end) in enumerate(sentences):
        for _, further in sentences[n:]:
            if len(turn.text[start:further].split()) > LONGEST:
                break
            end = further
        words = list(re.finditer(r"\S+", turn.text[start:end]))[:LONGEST]
        yield start, start + words[-1].end()


def _score(turn: Turn, start: int, end: int, everybody: Sequence[Turn], heard: _Heard) -> float:
    words = len(turn.text[start:end].split())
    score = float(words if words >= SHORTEST else words / 4)
    if any(u.start < end and start < u.end for u in turn.uncertain):
        score *= 0.3
    first, last = turn.time_at(start), _end(turn, end)
    if first is not None and last is not None:
        others = everybody[max(0, turn.index - 3) : turn.index + 4]
        if any(o.speaker != turn.speaker and _touch(o, first, last) for o in others):
            score *= 0.5
        score *= heard.probability(first, last)
    return score


def _touch(turn: Turn, start: float, end: float) -> bool:
    if turn.start_s is None or turn.end_s is None:
        return False
    return turn.start_s < end and start < turn.end_s


def _excerpt(turn: Turn, start: int, end: int) -> Excerpt:
    return Excerpt(
        turn=turn.index, text=turn.text[start:end], start_s=turn.time_at(start), end_s=_end(turn, end)
    )


def _end(turn: Turn, offset: int) -> float | None:
    """Seconds at which the character before `offset` has been said."""
    at = bisect_left([c.offset for c in turn.cues], offset)
    ended = turn.cues[at - 1].end_s if at else None
    return ended if ended is not None else turn.end_s
