"""What a team's workspace remembers: people, deals, calls, the items of a recap and what became of them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from coachbot.model.base import Frozen
from coachbot.model.claims import Evidence, Handled
from coachbot.model.recap import ItemStatus
from coachbot.model.transcript import CallMeta, Side


class Role(StrEnum):
    """What a user may do: a rep sees their own calls, a manager the team's, enablement the playbook."""

    REP = "rep"
    MANAGER = "manager"
    ENABLEMENT = "enablement"
    ADMIN = "admin"


class User(Frozen):
    """Somebody who works with coachbot."""

    id: str
    name: str
    email: str
    role: Role = Role.REP
    team: str | None = None
    active: bool = True


class Account(Frozen):
    """A company that may buy."""

    id: str
    name: str
    domain: str | None = None
    segment: str | None = None


class Person(Frozen):
    """Somebody at an account. `influence` is an influence role's id of the playbook."""

    id: str
    account_id: str
    name: str
    title: str | None = None
    email: str | None = None
    side: Side = Side.BUYER
    influence: str = "unknown"
    last_contact: datetime | None = None


class Outcome(StrEnum):
    """How a deal ended, or that it did not yet."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"
    DISQUALIFIED = "disqualified"


class Deal(Frozen):
    """A chance to sell to an account. `stage` is a stage id of its playbook; `version` counts changes."""

    id: str
    name: str
    account_id: str
    account: str
    owner: str | None = Field(default=None, description="a user's id")
    playbook: str
    stage: str | None = None
    segment: str | None = None
    product: str | None = None
    amount: float | None = None
    currency: str | None = None
    source: str | None = None
    opened_on: date | None = None
    entered_stage_on: date | None = None
    close_date: date | None = None
    closed_on: date | None = None
    outcome: Outcome = Outcome.OPEN
    loss_reason: str | None = None
    external_id: str | None = Field(default=None, description="its id in the CRM it came from")
    version: int = 1


class StageChange(Frozen):
    """A deal moved, by a person's choice. `unmet` holds the exit criteria that were open then."""

    deal_id: str
    from_stage: str | None
    to_stage: str
    at: datetime
    by: str | None = None
    why: str | None = None
    unmet: tuple[str, ...] = ()


class CloseDateChange(Frozen):
    """The expected close date, as somebody set it."""

    deal_id: str
    close_date: date | None
    at: datetime
    by: str | None = None


class Document(Frozen):
    """A file that is kept with a deal, by its SHA-256 `file`. `kind` is what its content is.

    A `note` is research that a brief reads. One that was removed is hidden and kept.
    """

    id: str
    deal_id: str
    name: str
    what: str | None = Field(default=None, description="such as proposal, or one of the stage's artifacts")
    kind: str
    file: str
    size: int = Field(description="bytes")
    note: bool = False
    added_by: str | None = Field(default=None, description="a user's id")
    added_at: datetime
    removed_by: str | None = None
    removed_at: datetime | None = None


class CallState(StrEnum):
    """Where a call stands. A failed one keeps its file and can be retried."""

    QUEUED = "queued"
    RUNNING = "running"
    DRAFT = "draft"
    REVIEWED = "reviewed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Call(Frozen):
    """A recording or transcript, stored before anything else happens. `file` is its SHA-256."""

    id: str
    title: str
    file: str
    file_name: str
    size: int
    state: CallState = CallState.QUEUED
    date: datetime | None = None
    deal_id: str | None = None
    owner: str | None = Field(default=None, description="a user's id")
    meta: CallMeta = CallMeta()
    stage: str | None = Field(default=None, description="stage of the deal when the call was held")
    error: str | None = None
    duration_s: float | None = None
    created_at: datetime
    reviewed_at: datetime | None = None
    priority: int = 0
    version: int = 1


STEPS = ("transcribe", "extract", "index", "notify")
"""The work on a call, in order. Grounding and the stage rules are part of `extract`."""


class StepState(StrEnum):
    """Where a step stands."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class StepRun(Frozen):
    """One step of a call's work: how often it was tried, what went wrong, how long it took."""

    call_id: str
    step: str
    state: StepState = StepState.PENDING
    attempts: int = 0
    error: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


ItemKind = Literal["field", "stakeholder", "objection", "next_step"]


class ReviewItem(Frozen):
    """A line of a recap as the rep decides on it. The same evidence keeps the same id over re-runs.

    `key` is the field's id, the objection's category, a stakeholder's name; None for a next step.
    `value` holds what the recap holds for its kind, without evidence and status: {"value": …} for a field.
    """

    id: str
    call_id: str
    kind: ItemKind
    key: str | None
    value: dict[str, Any]
    evidence: tuple[Evidence, ...] = ()
    response_evidence: tuple[Evidence, ...] = ()
    confidence: float = Field(default=1.0, ge=0, le=1)
    status: ItemStatus = "draft"
    by_hand: bool = False
    stale: bool = Field(default=False, description="no longer found by the latest extraction")
    why: str | None = None
    proposed: dict[str, Any] | None = Field(default=None, description="the engine's value, where edited")
    recap_version: int = 1
    decided_by: str | None = None
    decided_at: datetime | None = None
    version: int = 1


class Fact(Frozen):
    """Something known of a deal because a person accepted it. A newer one may have replaced it."""

    id: str
    deal_id: str
    call_id: str
    item_id: str
    kind: ItemKind
    key: str | None
    value: dict[str, Any]
    evidence: tuple[Evidence, ...] = ()
    accepted_by: str | None = None
    accepted_at: datetime
    replaced_by: str | None = None


class RecordedObjection(Frozen):
    """An objection as counted across calls: one row for each item, draft or accepted."""

    id: str
    call_id: str
    deal_id: str | None
    category: str
    text: str
    handled: Handled
    stage: str | None = None
    rep: str | None = None
    at: date | None = None
    accepted: bool = False


class RecapVersion(Frozen):
    """One recap of a call; all are kept. `number` counts from 1."""

    call_id: str
    number: int
    playbook: str
    playbook_version: str
    engine: str
    created_at: datetime
    recap: dict[str, Any] = Field(description="the contract's JSON (coachbot/recap/1)")


class AuditEntry(Frozen):
    """Who did what, when and why. Only ever added to."""

    id: int
    at: datetime
    who: str | None
    what: str = Field(description="a verb with its object, such as item.accept or deal.stage")
    subject: str = Field(description="kind and id, such as item:4f1c…")
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    why: str | None = None
