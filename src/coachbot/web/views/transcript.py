"""A call to read: its turns in slices, and who said how much."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from coachbot.model.transcript import Transcript
from coachbot.render.words import clock

SLICE = 40
"""Turns in one slice: a page holds one, the rest comes as one scrolls (or by pages, without scripts)."""


@dataclass(frozen=True, slots=True)
class TurnView:
    """One turn. `named` says whether its speaker is another than the turn's before it."""

    index: int
    speaker: str
    side: str
    at: float | None
    where: str
    text: str
    named: bool


@dataclass(frozen=True, slots=True)
class SliceView:
    """Turns `start` to `end` (exclusive); without turns it is a place to fill."""

    start: int
    end: int
    at: float | None = None
    turns: tuple[TurnView, ...] = ()


@dataclass(frozen=True, slots=True)
class Voice:
    """A speaker, with the share of the words and where its stretch of the talk bar begins (percent)."""

    name: str
    side: str
    title: str | None
    share: float
    left: float
    width: float
    colour: int
    known: bool


@dataclass(frozen=True, slots=True)
class TranscriptView:
    """A call's transcript as one page of it shows it."""

    call_id: str
    total: int
    first: int
    slices: tuple[SliceView, ...]
    voices: tuple[Voice, ...]
    timed: bool
    duration_s: float | None
    audio: str | None
    previous: int | None
    next: int | None


def turns_of(transcript: Transcript, start: int, end: int) -> tuple[TurnView, ...]:
    """The turns from `start` up to `end`, both cut to what there is."""
    before = transcript.turns[start - 1].speaker if 0 < start <= len(transcript.turns) else None
    found = []
    for turn in transcript.turns[max(0, start) : max(0, end)]:
        found.append(
            TurnView(
                index=turn.index,
                speaker=turn.speaker or "Unknown voice",
                side=transcript.side_of(turn).value,
                at=turn.start_s,
                where=clock(turn.start_s) or str(turn.index + 1),
                text=turn.text,
                named=turn.speaker is None or turn.speaker != before or turn.index == start,
            )
        )
        before = turn.speaker
    return tuple(found)


def transcript_view(
    transcript: Transcript, *, call_id: str, audio: str | None = None, first: int = 0
) -> TranscriptView:
    """The transcript with the slice that holds turn `first` filled, the others waiting."""
    total = len(transcript.turns)
    begin = min(max(0, first), max(0, total - 1)) // SLICE * SLICE
    edges = [*range(0, total, SLICE), total]
    slices = tuple(
        SliceView(a, b, transcript.turns[a].start_s, turns_of(transcript, a, b) if a == begin else ())
        for a, b in pairwise(edges)
    )
    return TranscriptView(
        call_id=call_id,
        total=total,
        first=begin,
        slices=slices,
        voices=voices(transcript),
        timed=any(t.start_s is not None for t in transcript.turns),
        duration_s=transcript.duration_s,
        audio=audio,
        previous=begin - SLICE if begin else None,
        next=begin + SLICE if begin + SLICE < total else None,
    )


def voices(transcript: Transcript) -> tuple[Voice, ...]:
    """Buyers first, then by how much they said. At most six colours: three for each side."""
    shares = transcript.talk_shares()
    people = [
        (name, person.side.value if person else "unknown", person.title if person else None, share)
        for name, share in shares.items()
        for person in [transcript.participant(name)]
    ]
    people.sort(key=lambda p: (p[1] != "buyer", -p[3]))
    found, left, used = [], 0.0, {True: 0, False: 3}
    for name, side, title, share in people:
        buyer = side == "buyer"
        found.append(
            Voice(
                name=name,
                side=side,
                title=title,
                share=share,
                left=round(left * 100, 2),
                width=round(share * 100, 2),
                colour=min(used[buyer], 2 if buyer else 5),
                known=side != "unknown",
            )
        )
        used[buyer] += 1
        left += share
    return tuple(found)
