"""A team's sales process as data: it decides what is looked for, what counts, and what may advance."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from pydantic import Field as Key

from coachbot.model.base import Frozen

FieldKind = Literal["text", "list", "choice", "money", "date", "duration", "person"]
SaidBy = Literal["buyer", "seller", "either"]


class FieldSpec(Frozen):
    """Something worth knowing about a deal."""

    id: str
    label: str = Key(description="what reps see")
    question: str = Key(description="what to ask the buyer when it is missing, in words one could say")
    kind: FieldKind = "text"
    options: tuple[str, ...] = Key(default=(), description="the allowed values of a choice")
    said_by: SaidBy = Key(default="buyer", description="whose words count as evidence")
    listen_for: tuple[str, ...] = Key(default=(), description="example utterances that state it")
    not_this: tuple[str, ...] = Key(default=(), description="utterances that look like it and are not")
    like: str | None = Key(default=None, description="id of a field of the standard playbook that means the same")


class Commitment(Frozen):
    """Something that the buyer agrees to do or to be true."""

    id: str
    text: str
    listen_for: tuple[str, ...] = ()
    not_this: tuple[str, ...] = ()


class Criterion(Frozen):
    """A gate of a stage. Met when its fields and commitments are there as `how` says."""

    id: str
    text: str
    question: str = Key(default="", description="what to ask when it is open")
    fields: tuple[str, ...] = Key(default=(), description="ids of fields that prove it")
    commitments: tuple[str, ...] = Key(default=(), description="ids of commitments that prove it")
    how: Literal["any", "all"] = "all"
    at_least: int | None = Key(default=None, description="with `any`: how many of them are needed", ge=1)
    said_by: SaidBy = "buyer"
    agreed: bool = Key(default=False, description="someone on the buyer's side must have agreed to it")


class Stage(Frozen):
    """A stretch of the process, defined by what the buyer has committed to."""

    id: str
    name: str
    purpose: str
    entry_criteria: tuple[Criterion, ...] = ()
    exit_criteria: tuple[Criterion, ...] = ()
    buyer_commitments: tuple[Commitment, ...] = ()
    required_fields: tuple[str, ...] = ()
    required_artifacts: tuple[str, ...] = ()
    rep_actions: tuple[str, ...] = ()
    healthy_days: int = Key(ge=1, description="a deal that stays longer is at risk")
    failure_modes: tuple[str, ...] = ()


class ObjectionCategory(Frozen):
    """A kind of pushback, with the play that answers it."""

    id: str
    label: str
    examples: tuple[str, ...] = ()
    not_this: tuple[str, ...] = ()
    play: str | None = Key(default=None, description="file name in plays/, without .md")
    like: str | None = None


class InfluenceRole(Frozen):
    """A part that a person plays in the decision."""

    id: str
    label: str
    description: str = ""
    title_words: tuple[str, ...] = Key(default=(), description="words of a job title that suggest it")
    listen_for: tuple[str, ...] = ()


RiskRule = Literal[
    "no_next_step",
    "single_threaded",
    "missing_fields",
    "long_time_in_stage",
    "missing_influence",
    "slipped_close_date",
]


class Risk(Frozen):
    """A warning about a deal; `rule` names the check, the other keys are what it needs."""

    id: str
    label: str
    rule: RiskRule
    message: str = Key(description="one sentence for the rep; may use {days}, {healthy_days}, {stage}, {count}")
    stages: tuple[str, ...] = Key(default=(), description="stages it applies to; empty: all")
    fields: tuple[str, ...] = Key(default=(), description="missing_fields: none of these is known")
    influence: tuple[str, ...] = Key(default=(), description="missing_influence: nobody has one of these")
    minimum: int = Key(default=2, description="single_threaded: fewer buyer people than this", ge=1)
    signals: tuple[str, ...] = Key(default=(), description="slipped_close_date: utterances that say it moved")
    not_this: tuple[str, ...] = Key(default=(), description="utterances that look like a signal and are not")


class Reversion(Frozen):
    """When a deal must go back: something said that takes away what a stage rested on."""

    id: str
    text: str
    to: str = Key(description="stage id the deal goes back to")
    from_stages: tuple[str, ...] = Key(default=(), description="stages it applies to; empty: all later than `to`")
    listen_for: tuple[str, ...] = ()
    not_this: tuple[str, ...] = ()


class HandoffRule(Frozen):
    """Who hands what to whom, when."""

    id: str
    giver: str
    receiver: str
    when: str
    must_include: tuple[str, ...] = ()


class DisqualificationReason(Frozen):
    """Why a deal may be closed as not a fit. A learning tool, not a blame tool."""

    id: str
    text: str


class Play(Frozen):
    """A coaching page."""

    id: str
    title: str
    stage: tuple[str, ...] = ()
    field: tuple[str, ...] = ()
    objection: tuple[str, ...] = ()
    criterion: tuple[str, ...] = ()
    body: str
    path: str


class MethodologyElement(Frozen):
    """One letter of a methodology, and the fields of the process that fill it."""

    id: str
    label: str
    question: str
    fields: tuple[str, ...] = ()
    influence: tuple[str, ...] = ()


class Methodology(Frozen):
    """An overlay: regroups the fields of the process, and changes no stage."""

    id: str
    name: str
    elements: tuple[MethodologyElement, ...]


class Playbook(Frozen):
    """The whole process of a team."""

    id: str
    name: str
    version: str
    description: str = ""
    stages: tuple[Stage, ...]
    fields: tuple[FieldSpec, ...]
    objections: tuple[ObjectionCategory, ...] = ()
    influence_roles: tuple[InfluenceRole, ...] = ()
    risks: tuple[Risk, ...] = ()
    reversions: tuple[Reversion, ...] = ()
    stage_reversion_rule: str = ""
    lead_response_sla: str = ""
    handoff_rules: tuple[HandoffRule, ...] = ()
    disqualification_reasons: tuple[DisqualificationReason, ...] = ()
    methodologies: tuple[Methodology, ...] = ()
    plays: tuple[Play, ...] = ()

    @cached_property
    def field_by_id(self) -> dict[str, FieldSpec]:
        """Fields by id, in the playbook's order."""
        return {f.id: f for f in self.fields}

    @cached_property
    def stage_by_id(self) -> dict[str, Stage]:
        """Stages by id, in order."""
        return {s.id: s for s in self.stages}

    @cached_property
    def commitment_by_id(self) -> dict[str, Commitment]:
        """Commitments of all stages by id."""
        return {c.id: c for s in self.stages for c in s.buyer_commitments}

    def stage_index(self, stage_id: str) -> int:
        """Position of a stage, 0 for the first. KeyError where there is none of that id."""
        for at, stage in enumerate(self.stages):
            if stage.id == stage_id:
                return at
        raise KeyError(stage_id)

    def next_stage(self, stage_id: str) -> Stage | None:
        """The stage after that one, None after the last."""
        at = self.stage_index(stage_id) + 1
        return self.stages[at] if at < len(self.stages) else None
