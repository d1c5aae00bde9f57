"""What coaching gives: prompts with their two citations, behaviour figures, scorecards."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from coachbot.model.base import Frozen

Kind = Literal["reversion", "criterion", "field", "objection", "risk", "behaviour", "next_stage"]


class Moment(Frozen):
    """Words of a call: `quote` is verbatim. `call_id` is None for a call that is in no workspace."""

    turn: int = Field(ge=0)
    speaker: str | None
    start_s: float | None = None
    quote: str
    heart: str = Field(default="", description="the part of the quote that says it, where that is shorter")
    call_id: str | None = None
    call_title: str = ""

    @property
    def place(self) -> str:
        """Who and when, in a few words: `Dale Pruitt, 10:41`, or the turn where the call has no times."""
        when = f"turn {self.turn}" if self.start_s is None else clock(self.start_s)
        return f"{self.speaker or 'Somebody'}, {when}"

    @property
    def text(self) -> str:
        """The quote with who said it and when."""
        return f"“{self.quote}” ({self.place})"


class Absence(Frozen):
    """Something that was looked for and not found, with the receipt: how much was read."""

    what: str
    turns_read: int
    turns_total: int
    calls: int = 1

    @property
    def text(self) -> str:
        """The receipt in words."""
        of = f", {self.calls} calls" if self.calls > 1 else ""
        return f"not found in {self.turns_read} of {self.turns_total} turns{of}"


class Basis(Frozen):
    """The line of the playbook that a prompt rests on, besides its play."""

    kind: Literal["criterion", "field", "objection", "risk", "indicator", "stage"]
    id: str
    text: str


class PlayRef(Frozen):
    """A passage of a play. `path` is relative to the playbook's folder; `words` are the play's own."""

    play: str
    title: str
    path: str
    heading: str
    playbook: str
    version: str
    words: str = ""


class CoachPrompt(Frozen):
    """One thing to do next, with its proof. `say` are words one could say, `do` an order to oneself."""

    id: str
    kind: Kind
    title: str
    seen: str
    moments: tuple[Moment, ...] = ()
    absence: Absence | None = None
    why: str
    basis: Basis
    say: tuple[str, ...] = ()
    do: str = ""
    play: PlayRef
    causes: tuple[str, ...] = Field(default=(), description="ids that this is about; one prompt a cause")
    weight: float = 0.0
    phrased_by: Literal["template", "llm"] = "template"

    @property
    def cited(self) -> bool:
        """Whether both citations are there: a moment or a receipt, and a play."""
        return bool(self.moments or (self.absence and self.absence.turns_total)) and bool(self.play.path)


class Figure(Frozen):
    """A counted figure: `value` of `of` (None: a plain number), in words in `text`."""

    id: str
    label: str
    value: float
    of: float | None = None
    text: str


class CoachSheet(Frozen):
    """The prompts for a call or a deal, best first. `too_little` says why there are none to be had."""

    subject: str = Field(description="call:ID, deal:ID or file:NAME")
    title: str
    stage: str | None
    playbook: str
    version: str
    prompts: tuple[CoachPrompt, ...] = ()
    figures: tuple[Figure, ...] = ()
    too_little: str | None = None
    notes: tuple[str, ...] = ()


def clock(seconds: float) -> str:
    """A time of the call: 5:07, or 1:02:33 from an hour on."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
