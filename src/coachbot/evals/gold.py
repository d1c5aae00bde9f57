"""What a careful reviewer found in a call: the labels that a recap is measured against."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from coachbot.model.base import Frozen
from coachbot.model.claims import Handled, Owner
from coachbot.model.recap import FieldState

OBJECTIONS = "objections"
NEXT_STEPS = "next_steps"
STAKEHOLDERS = "stakeholders"
LISTS = (OBJECTIONS, NEXT_STEPS, STAKEHOLDERS)
"""The parts of a recap that are no fields; a trap may name one of them."""

Turns = tuple[int, ...]


class Labelled(Frozen):
    """Something a call says, and where. Turn indices count from 0.

    `core_turns` are the turns of which at least one has to be cited; empty: any of `turns`.
    `quotes` (optional) are words of those turns.
    """

    turns: Turns = Field(min_length=1)
    core_turns: Turns = ()
    quotes: tuple[str, ...] = ()

    @property
    def core(self) -> frozenset[int]:
        """The turns of which one has to be cited."""
        return frozenset(self.core_turns or self.turns)


class GoldItem(Labelled):
    """A fact of a field."""

    gist: str


class GoldPerson(Labelled):
    """A buyer's person who matters to the deal; `turns` introduce or describe them."""

    name: str | None
    role: str | None = None
    side: Literal["buyer", "seller"] = "buyer"
    on_call: bool = False
    influence: str = "unknown"


class GoldObjection(Labelled):
    """Pushback from the buyer."""

    category: str
    handled: Handled
    response_turns: Turns = ()
    text: str = ""


class GoldStep(Labelled):
    """Something somebody is to do. `date` is YYYY-MM-DD, resolved from the call's date."""

    what: str
    owner: Owner
    when: str | None = None
    date: str | None = None
    committed: bool


class Trap(Labelled):
    """Words that must not appear as `as` (a field, or one of LISTS): a pitch, a joke, a retracted figure."""

    kind: str = Field(alias="as")
    why: str


class GoldDeal(Frozen):
    """What was known of the deal before the call."""

    stage_before: str
    opened_days_ago: int | None = None
    days_in_stage: int | None = None
    segment: str | None = None
    known_stakeholders: tuple[str, ...] = ()


class Gold(Frozen):
    """All labels of a call. `states` names fields whose state is not what their items say (conflicting)."""

    deal: GoldDeal
    fields: dict[str, tuple[GoldItem, ...]] = Field(default_factory=dict)
    stakeholders: tuple[GoldPerson, ...] = ()
    objections: tuple[GoldObjection, ...] = ()
    next_steps: tuple[GoldStep, ...] = ()
    exit_criteria: dict[str, bool] = Field(default_factory=dict)
    stage_after: str
    risks: tuple[str, ...] = ()
    must_not_appear: tuple[Trap, ...] = ()
    states: dict[str, FieldState] = Field(default_factory=dict)

    def state_of(self, field: str) -> FieldState:
        """The state that a recap of the whole call should give the field."""
        return self.states.get(field) or ("found" if self.fields.get(field) else "not_discussed")
