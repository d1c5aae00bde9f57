"""A call as read: who said what, and when where the source knows it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Literal

from pydantic import Field

from coachbot.model.base import Frozen


class Side(StrEnum):
    """Which side of the table a person sits on."""

    SELLER = "seller"
    BUYER = "buyer"
    UNKNOWN = "unknown"


class Participant(Frozen):
    """A person who is on the call."""

    name: str
    side: Side = Side.UNKNOWN
    side_source: Literal["given", "inferred"] = "inferred"
    title: str | None = None
    company: str | None = None
    channel: int | None = Field(
        default=None, ge=0, description="0-based channel of the recording that the person speaks on"
    )


class Cue(Frozen):
    """One timed piece of a turn, as the source had it."""

    start_s: float
    end_s: float | None = None
    offset: int = Field(description="index in the turn's text of the first character of this piece")


class Uncertain(Frozen):
    """A stretch of a turn's text that may not be what was said, and why.

    A quote that rests on such words alone proves nothing.
    """

    start: int = Field(ge=0, description="index in the turn's text of its first character")
    end: int = Field(ge=1, description="index after its last character")
    reason: str


class Turn(Frozen):
    """What one speaker said without being interrupted.

    `text` is immutable evidence: the words of the source, only white space and mark-up cleaned.
    `speaker` is a participant's name, or None where the source names nobody. Times are seconds from
    the start of the call, None where the source has none.
    """

    index: int = Field(ge=0)
    speaker: str | None
    text: str
    start_s: float | None = None
    end_s: float | None = None
    cues: tuple[Cue, ...] = ()
    uncertain: tuple[Uncertain, ...] = ()

    def time_at(self, offset: int) -> float | None:
        """Seconds at which the character `offset` of the text is said (the start of its cue)."""
        at = self.start_s
        for cue in self.cues:
            if cue.offset > offset:
                break
            at = cue.start_s
        return at


class Source(Frozen):
    """The file a transcript was read from."""

    format: str
    sha256: str
    name: str = ""


class Transcript(Frozen):
    """A call, in turns. `turns[i].index == i` always holds."""

    id: str
    title: str
    date: datetime | None = None
    language: str | None = None
    participants: tuple[Participant, ...] = ()
    turns: tuple[Turn, ...] = ()
    source: Source
    warnings: tuple[str, ...] = ()

    @cached_property
    def _by_name(self) -> dict[str, Participant]:
        return {p.name: p for p in self.participants}

    def participant(self, name: str | None) -> Participant | None:
        """The participant of that exact name."""
        return self._by_name.get(name) if name is not None else None

    def side_of(self, turn: Turn | int) -> Side:
        """The side of whoever speaks the turn (or the turn of that index)."""
        speaker = self.turns[turn].speaker if isinstance(turn, int) else turn.speaker
        person = self.participant(speaker)
        return person.side if person else Side.UNKNOWN

    @property
    def duration_s(self) -> float | None:
        """Seconds from the start of the call to the last word, None where the source has no times."""
        ends = [t.end_s if t.end_s is not None else t.start_s for t in self.turns]
        known = [e for e in ends if e is not None]
        return max(known) if known else None

    @property
    def words(self) -> int:
        """Number of words of all turns."""
        return sum(len(t.text.split()) for t in self.turns)

    def talk_shares(self) -> dict[str, float]:
        """Share of the words that each participant said, 0 to 1."""
        total = self.words
        shares = {p.name: 0.0 for p in self.participants}
        for turn in self.turns:
            if turn.speaker is not None and total:
                shares[turn.speaker] = shares.get(turn.speaker, 0.0) + len(turn.text.split()) / total
        return shares

    def said_by(self, side: Side) -> Iterator[Turn]:
        """The turns of that side, in order."""
        return (t for t in self.turns if self.side_of(t) is side)


class DealContext(Frozen):
    """What is known of the deal before the call."""

    account: str | None = None
    stage: str | None = None
    opened_days_ago: int | None = Field(default=None, ge=0)
    days_in_stage: int | None = Field(default=None, ge=0)
    segment: str | None = None
    contacts: tuple[str, ...] = ()
    close_date_history: tuple[CloseDate, ...] = ()


class CloseDate(Frozen):
    """An expected close date and the day it was set. Both ISO 8601 dates."""

    set_on: str
    close_date: str


class CallMeta(Frozen):
    """What the user says about a call (the META file)."""

    title: str | None = None
    date: datetime | None = None
    participants: tuple[Participant, ...] = ()
    deal: DealContext = DealContext()


DealContext.model_rebuild()
