"""What an engine says about a call (claims), and what was proven of it (grounded claims)."""

from __future__ import annotations

from enum import StrEnum
from typing import Generic, Literal, TypeVar

from pydantic import Field

from coachbot.model.base import Frozen
from coachbot.model.transcript import Side

Handled = Literal["yes", "partly", "no"]
Owner = Literal["buyer", "seller", "both", "unknown"]


class Quote(Frozen):
    """Words that an engine cites, and the turn it took them from (None: it does not know)."""

    turn: int | None
    text: str


class Claim(Frozen):
    """Something an engine says, with the words it rests on. Not yet believed."""

    value: str
    confidence: float = Field(default=1.0, ge=0, le=1)
    quotes: tuple[Quote, ...] = ()


class FieldClaim(Claim):
    """A value for a field of the playbook."""

    field: str


class CommitmentClaim(Claim):
    """The buyer agreed to something that the playbook names (a commitment's id)."""

    commitment: str


class ReversionClaim(Claim):
    """Something said that takes away what a stage rested on (a reversion's id)."""

    reversion: str


class RiskClaim(Claim):
    """Something said that a risk rule listens for (a risk's id)."""

    risk: str


class StakeholderClaim(Claim):
    """A person who matters to the deal. `value` is how they were introduced or described."""

    name: str | None
    role: str | None
    side: Side = Side.BUYER
    on_call: bool = False
    influence: str = "unknown"


class Response(Frozen):
    """What the seller answered to an objection."""

    text: str
    quotes: tuple[Quote, ...] = ()


class ObjectionClaim(Claim):
    """Pushback from the buyer. `value` is the objection in a short phrase."""

    category: str
    handled: Handled = "no"
    response: Response | None = None


class NextStepClaim(Claim):
    """Something somebody is to do. `value` is what; `when` as said; `date` YYYY-MM-DD."""

    owner: Owner = "unknown"
    when: str | None = None
    date: str | None = None
    committed: bool = False


class SummaryClaim(Claim):
    """A sentence of the summary."""


class EngineReport(Frozen):
    """Which engine did the work, and what it took."""

    name: Literal["local", "llm"]
    model: str | None = None
    prompts: dict[str, str] = Field(default_factory=dict)
    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = Field(default=0, description="of tokens_in, those the provider had kept")
    cost: float | None = Field(default=None, description="None: not known, or nothing was paid for")
    currency: str | None = None
    seconds: float = 0.0
    fallback_from: str | None = None


class Claims(Frozen):
    """All that an engine says about a call. `turns_read` holds the indices it really read."""

    fields: tuple[FieldClaim, ...] = ()
    commitments: tuple[CommitmentClaim, ...] = ()
    reversions: tuple[ReversionClaim, ...] = ()
    risks: tuple[RiskClaim, ...] = ()
    stakeholders: tuple[StakeholderClaim, ...] = ()
    objections: tuple[ObjectionClaim, ...] = ()
    next_steps: tuple[NextStepClaim, ...] = ()
    summary: tuple[SummaryClaim, ...] = ()
    turns_read: frozenset[int] = frozenset()
    engine: EngineReport
    warnings: tuple[str, ...] = ()


class Match(StrEnum):
    """How the words of a quote were found in the transcript."""

    EXACT = "exact"
    FUZZY = "fuzzy"
    CROSS_TURN = "cross_turn"


class Refusal(StrEnum):
    """Why a quote proves nothing."""

    NOT_FOUND = "not_found"
    CONTRADICTED = "contradicted"
    WRONG_SIDE = "wrong_side"
    TOO_SHORT = "too_short"
    UNCERTAIN = "uncertain"


class Evidence(Frozen):
    """A place of the transcript. `quote` is always the transcript's own words, verbatim.

    For `cross_turn`, `turn` is the first turn and `quote` its words.
    """

    turn: int = Field(ge=0)
    speaker: str | None
    start_s: float | None = None
    end_s: float | None = None
    quote: str
    match: Match
    start: int = Field(default=0, ge=0, description="offset of the quote in the turn's text")
    score: float = Field(default=1.0, ge=0, le=1)


class Unproven(Frozen):
    """A quote that did not prove its claim, and why."""

    quote: str
    turn: int | None
    why: Refusal
    detail: str = ""


C = TypeVar("C", bound=Claim)


class Grounded(Frozen, Generic[C]):
    """A claim with the evidence that was found for it. Proven when at least one quote holds."""

    claim: C
    evidence: tuple[Evidence, ...] = ()
    refused: tuple[Unproven, ...] = ()
    response_evidence: tuple[Evidence, ...] = Field(default=(), description="of an objection's response")

    @property
    def proven(self) -> bool:
        """Whether the claim may be shown as found."""
        return bool(self.evidence)


class GroundedClaims(Frozen):
    """All claims of an engine after grounding; nothing is dropped, unproven ones keep their reasons."""

    fields: tuple[Grounded[FieldClaim], ...] = ()
    commitments: tuple[Grounded[CommitmentClaim], ...] = ()
    reversions: tuple[Grounded[ReversionClaim], ...] = ()
    risks: tuple[Grounded[RiskClaim], ...] = ()
    stakeholders: tuple[Grounded[StakeholderClaim], ...] = ()
    objections: tuple[Grounded[ObjectionClaim], ...] = ()
    next_steps: tuple[Grounded[NextStepClaim], ...] = ()
    summary: tuple[Grounded[SummaryClaim], ...] = ()
    turns_read: frozenset[int] = frozenset()
    engine: EngineReport
    warnings: tuple[str, ...] = ()
