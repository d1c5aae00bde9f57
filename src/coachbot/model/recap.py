"""The recap: the contract of `coachbot recap --format json` (coachbot/recap/1)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from coachbot.model.base import Frozen
from coachbot.model.claims import EngineReport, Evidence, Handled, Owner, Refusal
from coachbot.model.transcript import Side

FieldState = Literal["found", "conflicting", "not_discussed", "not_read"]
ItemStatus = Literal["draft", "accepted", "edited", "rejected"]
Direction = Literal["stay", "advance", "revert"]


class RecapParticipant(Frozen):
    """A person on the call, with the share of the words they said (0 to 1)."""

    name: str
    side: Side
    side_source: Literal["given", "inferred"]
    title: str | None = None
    talk_share: float = Field(ge=0, le=1)


class SourceRef(Frozen):
    """The file that was read."""

    format: str
    sha256: str


class CallInfo(Frozen):
    """Which call this is."""

    id: str
    title: str
    date: str | None
    duration_s: float | None
    language: str | None = None
    participants: tuple[RecapParticipant, ...]
    source: SourceRef


class PlaybookRef(Frozen):
    """The playbook the recap was made with."""

    id: str
    version: str


class Coverage(Frozen):
    """The receipt: how much of the call was read."""

    turns_read: int
    turns_total: int
    words_total: int = 0


class SummaryLine(Frozen):
    """A sentence and its proof."""

    text: str
    evidence: tuple[Evidence, ...]


class Item(Frozen):
    """A proven value of a field. `id` is stable for the same call and evidence."""

    id: str
    value: str
    confidence: float = Field(ge=0, le=1)
    evidence: tuple[Evidence, ...] = Field(min_length=1)
    status: ItemStatus = "draft"


class FieldResult(Frozen):
    """What the call says about a field."""

    state: FieldState
    items: tuple[Item, ...] = ()


class Stakeholder(Frozen):
    """A person who matters to the deal."""

    name: str | None
    role: str | None
    side: Literal["buyer", "seller"]
    on_call: bool
    influence: str
    evidence: tuple[Evidence, ...]


class ObjectionResponse(Frozen):
    """What was answered."""

    text: str
    evidence: tuple[Evidence, ...]


class Objection(Frozen):
    """Pushback from the buyer."""

    category: str
    text: str
    handled: Handled
    response: ObjectionResponse | None
    evidence: tuple[Evidence, ...]


class NextStep(Frozen):
    """Something somebody is to do."""

    what: str
    owner: Owner
    when: str | None
    date: str | None
    committed: bool
    evidence: tuple[Evidence, ...]


class CriterionResult(Frozen):
    """An exit criterion of the stage the deal was in."""

    id: str
    text: str
    met: bool
    evidence: tuple[Evidence, ...] = ()
    question: str = ""


class StageAssessment(Frozen):
    """Where the deal stands after the call, by rules only."""

    before: str | None
    suggested: str
    direction: Direction
    why: str
    exit_criteria: tuple[CriterionResult, ...]
    missing: tuple[str, ...]


class RiskResult(Frozen):
    """A warning about the deal."""

    id: str
    message: str
    evidence: tuple[Evidence, ...] = ()


class UnprovenClaim(Frozen):
    """A claim no quote could prove: shown apart, never as found."""

    kind: str
    value: str
    why: Refusal
    quote: str


class Recap(Frozen):
    """The draft laid before the rep."""

    schema_: Literal["coachbot/recap/1"] = Field(default="coachbot/recap/1", alias="schema")
    call: CallInfo
    playbook: PlaybookRef
    engine: EngineReport
    coverage: Coverage
    summary: tuple[SummaryLine, ...]
    fields: dict[str, FieldResult]
    stakeholders: tuple[Stakeholder, ...]
    objections: tuple[Objection, ...]
    next_steps: tuple[NextStep, ...]
    stage: StageAssessment
    risks: tuple[RiskResult, ...]
    unproven: tuple[UnprovenClaim, ...] = ()
    warnings: tuple[str, ...]

    def to_json(self, indent: int | None = None) -> str:
        """The contract's JSON."""
        return self.model_dump_json(by_alias=True, indent=indent)
