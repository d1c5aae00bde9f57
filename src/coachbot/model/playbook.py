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

    id: str = Key(description="lower case, words joined by _; unique among the fields")
    label: str = Key(description="what reps see")
    question: str = Key(description="what to ask the buyer when it is missing, in words one could say")
    kind: FieldKind = Key(default="text", description="what sort of value it holds")
    options: tuple[str, ...] = Key(default=(), description="the allowed values of a choice")
    said_by: SaidBy = Key(default="buyer", description="whose words count as evidence")
    note: str = Key(
        default="", description="what counts and where it borders on other fields; a language model reads it"
    )
    listen_for: tuple[str, ...] = Key(default=(), description="example utterances that state it")
    not_this: tuple[str, ...] = Key(default=(), description="utterances that look like it and are not")
    like: str | None = Key(
        default=None, description="id of a field of the standard playbook that means the same"
    )


class Commitment(Frozen):
    """Something that the buyer agrees to do or to be true."""

    id: str = Key(description="lower case, words joined by _; unique among the commitments of all stages")
    text: str = Key(description="what the buyer has agreed, in one sentence")
    listen_for: tuple[str, ...] = Key(default=(), description="utterances of a buyer who agrees to it")
    not_this: tuple[str, ...] = Key(
        default=(), description="utterances that sound like agreement and are not"
    )


class Criterion(Frozen):
    """A gate of a stage. Met when its fields and commitments are there as `how` says."""

    id: str = Key(description="lower case, words joined by _; unique among the criteria of all stages")
    text: str = Key(description="what must hold, in one sentence")
    question: str = Key(default="", description="what to ask when it is open")
    fields: tuple[str, ...] = Key(default=(), description="ids of fields that prove it")
    commitments: tuple[str, ...] = Key(default=(), description="ids of commitments that prove it")
    how: Literal["any", "all"] = Key(default="all", description="whether all of them are needed, or any one")
    at_least: int | None = Key(default=None, description="with `any`: how many of them are needed", ge=1)
    said_by: SaidBy = Key(default="buyer", description="whose words count as evidence")
    agreed: bool = Key(default=False, description="someone on the buyer's side must have agreed to it")


Measure = Literal[
    "talk_share", "longest_speech", "questions", "buyer_people", "dated_next_step", "objections_handled"
]


class Indicator(Frozen):
    """Something a manager can see on a call of the stage: by what was proven, or by a measure of the talk."""

    id: str = Key(description="lower case, words joined by _; unique among the indicators of all stages")
    text: str = Key(description="what is seen when it is done well, in one sentence")
    fields: tuple[str, ...] = Key(default=(), description="ids of fields whose evidence shows it")
    commitments: tuple[str, ...] = Key(default=(), description="ids of commitments that show it")
    how: Literal["any", "all"] = Key(default="all", description="whether all of them are needed, or any one")
    measure: Measure | None = Key(
        default=None,
        description="what is counted instead; talk_share is the seller's share of the words in percent, "
        "longest_speech is in seconds (words where the call has no times), objections_handled is in percent",
    )
    at_least: float | None = Key(default=None, description="with a measure: met from this on", ge=0)
    at_most: float | None = Key(default=None, description="with a measure: met up to this", ge=0)
    try_next: str = Key(default="", description="what to try where it is not met, as an order to oneself")
    play: str | None = Key(default=None, description="file name in plays/, without .md")


class Stage(Frozen):
    """A stretch of the process, defined by what the buyer has committed to."""

    id: str = Key(description="lower case, words joined by _; unique among the stages")
    name: str = Key(description="what reps see")
    purpose: str = Key(description="what a deal has to show while it is here")
    entry_criteria: tuple[Criterion, ...] = Key(default=(), description="what holds before a deal enters")
    exit_criteria: tuple[Criterion, ...] = Key(
        default=(), description="what must hold before a deal moves on"
    )
    buyer_commitments: tuple[Commitment, ...] = Key(default=(), description="what the buyer agrees to here")
    required_fields: tuple[str, ...] = Key(default=(), description="ids of fields to know before moving on")
    required_artifacts: tuple[str, ...] = Key(
        default=(), description="documents that should exist by the end"
    )
    rep_actions: tuple[str, ...] = Key(default=(), description="what the rep does here")
    healthy_days: int = Key(ge=1, description="a deal that stays longer than this many days is at risk")
    failure_modes: tuple[str, ...] = Key(default=(), description="how deals come to a halt here")
    indicators: tuple[Indicator, ...] = Key(
        default=(), description="what a manager looks for on a call of this stage; scorecards hold them"
    )


class ObjectionCategory(Frozen):
    """A kind of pushback, with the play that answers it."""

    id: str = Key(description="lower case, words joined by _; unique among the objections")
    label: str = Key(description="what reps see")
    examples: tuple[str, ...] = Key(default=(), description="utterances of a buyer who raises it")
    not_this: tuple[str, ...] = Key(default=(), description="utterances that look like it and are not")
    play: str | None = Key(default=None, description="file name in plays/, without .md")
    like: str | None = Key(
        default=None, description="id of an objection of the standard playbook that means the same"
    )


class InfluenceRole(Frozen):
    """A part that a person plays in the decision."""

    id: str = Key(description="lower case, words joined by _; unique among the roles")
    label: str = Key(description="what reps see")
    description: str = Key(default="", description="what somebody in this role does for or to the deal")
    title_words: tuple[str, ...] = Key(default=(), description="words of a job title that suggest it")
    listen_for: tuple[str, ...] = Key(default=(), description="utterances that show somebody plays this part")


RiskRule = Literal[
    "no_next_step",
    "single_threaded",
    "missing_fields",
    "long_time_in_stage",
    "missing_influence",
    "slipped_close_date",
    "stalled",
]


class Risk(Frozen):
    """A warning about a deal; `rule` names the check, the other keys are what it needs."""

    id: str = Key(description="lower case, words joined by _; unique among the risks")
    label: str = Key(description="what reps see")
    rule: RiskRule = Key(description="the check that raises it")
    message: str = Key(
        description="one sentence for the rep; may use {days}, {healthy_days}, {stage}, {count}"
    )
    stages: tuple[str, ...] = Key(default=(), description="stages it applies to; empty: all")
    fields: tuple[str, ...] = Key(default=(), description="missing_fields: none of these is known")
    influence: tuple[str, ...] = Key(default=(), description="missing_influence: nobody has one of these")
    minimum: int = Key(default=2, description="single_threaded: fewer buyer people than this", ge=1)
    quiet_days: int = Key(
        default=21, description="stalled: nothing happened for more than this many days", ge=1
    )
    signals: tuple[str, ...] = Key(default=(), description="slipped_close_date: utterances that say it moved")
    not_this: tuple[str, ...] = Key(default=(), description="utterances that look like a signal and are not")
    play: str | None = Key(default=None, description="file name in plays/, without .md")


class Reminder(Frozen):
    """A task that comes up after a deal entered or left a stage: for people of the team, never for buyers."""

    id: str = Key(description="lower case, words joined by _; unique among the reminders")
    when: Literal["entered", "left"] = Key(
        description="what it follows: `entered` holds while the deal is in the stage, `left` once it is gone"
    )
    stages: tuple[str, ...] = Key(default=(), description="ids of the stages it follows; empty: all")
    days_after: int = Key(default=0, description="days after that on which it comes up", ge=0)
    only_if: Literal["always", "no_next_step", "missing_fields", "no_call"] = Key(
        default="always",
        description="what must hold then: no dated next step is ahead, one of the fields is not known, or no "
        "call was held since",
    )
    fields: tuple[str, ...] = Key(default=(), description="missing_fields: ids of the fields")
    text: str = Key(description="what to do, in one sentence; may use {deal}, {stage}, {days}, {fields}")
    to: tuple[Literal["owner", "manager"], ...] = Key(
        default=("owner",),
        description="the deal's owner, the managers of the owner's team, or both",
        min_length=1,
    )
    lapses_after: int = Key(
        default=14,
        description="days after it comes up on which it no longer does, where nobody was told",
        ge=1,
    )


class Reversion(Frozen):
    """When a deal must go back: something said that takes away what a stage rested on."""

    id: str = Key(description="lower case, words joined by _; unique among the reversions")
    text: str = Key(description="what is no longer true, in one sentence")
    to: str = Key(description="stage id the deal goes back to")
    from_stages: tuple[str, ...] = Key(
        default=(), description="ids of stages it applies to; empty: all later than `to`"
    )
    listen_for: tuple[str, ...] = Key(default=(), description="utterances that take it away")
    not_this: tuple[str, ...] = Key(default=(), description="utterances that sound like it and are not")


class HandoffRule(Frozen):
    """Who hands what to whom, when."""

    id: str = Key(description="lower case, words joined by _; unique among the hand-off rules")
    giver: str = Key(description="the role that hands the deal on")
    receiver: str = Key(description="the role that takes it")
    when: str = Key(description="the moment it happens")
    must_include: tuple[str, ...] = Key(default=(), description="what has to come along")


class DisqualificationReason(Frozen):
    """Why a deal may be closed as not a fit. A learning tool, not a blame tool."""

    id: str = Key(description="lower case, words joined by _; unique among the reasons")
    text: str = Key(description="the reason, as it would stand in a review")


class HandoffCheck(Frozen):
    """How a hand-off is seen to have been done: what was known when the deal entered a stage."""

    rule: str = Key(description="id of the hand-off rule")
    stage: str = Key(description="id of the stage that the deal enters with it")
    fields: tuple[str, ...] = Key(description="ids of fields that must be known by then", min_length=1)


class Metrics(Frozen):
    """What the process metrics look at, where they have to know ids of this playbook."""

    discovery_fields: tuple[str, ...] = Key(
        default=(), description="ids of fields that are all known after a good discovery"
    )
    discovery_stage: str | None = Key(
        default=None, description="id of the stage after which they should be; left out: any time"
    )
    champion_influence: tuple[str, ...] = Key(
        default=(), description="ids of the influence roles of those who sell it inside"
    )
    competitor_fields: tuple[str, ...] = Key(default=(), description="ids of fields that name competitors")
    engaged_people: int = Key(
        default=2, description="as many of the buyer's people make it multi-threaded", ge=2
    )
    lead_response_days: int = Key(
        default=1, description="working days within which a new deal has its first call", ge=0
    )
    lead_sources: tuple[str, ...] = Key(
        default=(), description="sources of the deals that are held to it; empty: all"
    )
    handoffs: tuple[HandoffCheck, ...] = Key(default=(), description="how hand-offs are seen to be done")


class Play(Frozen):
    """A coaching page."""

    id: str = Key(description="its file name, without .md")
    title: str = Key(description="what reps see")
    stage: tuple[str, ...] = Key(default=(), description="ids of the stages it helps in")
    field: tuple[str, ...] = Key(default=(), description="ids of the fields it helps to fill")
    objection: tuple[str, ...] = Key(default=(), description="ids of the objections it answers")
    criterion: tuple[str, ...] = Key(default=(), description="ids of the criteria it helps to meet")
    body: str = Key(description="the page in Markdown")
    path: str = Key(description="where the page lies, from the playbook's folder")


class MethodologyElement(Frozen):
    """One letter of a methodology, and the fields of the process that fill it."""

    id: str = Key(description="lower case, words joined by _; unique in the methodology")
    label: str = Key(description="what reps see")
    question: str = Key(description="what it wants to know, in words one could say")
    fields: tuple[str, ...] = Key(default=(), description="ids of the fields that fill it")
    influence: tuple[str, ...] = Key(default=(), description="ids of the influence roles that fill it")


class Methodology(Frozen):
    """An overlay: regroups the fields of the process, and changes no stage."""

    id: str = Key(description="lower case; its file name, without .yaml")
    name: str = Key(description="what reps see")
    elements: tuple[MethodologyElement, ...] = Key(description="its letters, in order")


class Playbook(Frozen):
    """The whole process of a team."""

    id: str = Key(description="lower case, words joined by -; the name of its folder")
    name: str = Key(description="what reps see")
    version: str = Key(description="in quotes; raise it with each change, recaps and citations name it")
    description: str = Key(default="", description="whom it is for, in a sentence or two")
    stages: tuple[Stage, ...] = Key(description="in the order a deal goes through them", min_length=1)
    fields: tuple[FieldSpec, ...] = Key(description="what is worth knowing about a deal", min_length=1)
    objections: tuple[ObjectionCategory, ...] = Key(default=(), description="kinds of pushback")
    influence_roles: tuple[InfluenceRole, ...] = Key(
        default=(), description="parts people play in the decision"
    )
    risks: tuple[Risk, ...] = Key(default=(), description="warnings about a deal")
    portfolio_risks: tuple[Risk, ...] = Key(
        default=(),
        description="warnings that are looked at over all that is known of a deal, not on one call",
    )
    reminders: tuple[Reminder, ...] = Key(
        default=(), description="tasks that come up after a deal entered or left a stage"
    )
    reversions: tuple[Reversion, ...] = Key(default=(), description="what sends a deal back")
    stage_reversion_rule: str = Key(default="", description="the rule behind the reversions, in words")
    lead_response_sla: str = Key(default="", description="how fast somebody who asks is answered")
    handoff_rules: tuple[HandoffRule, ...] = Key(default=(), description="who hands what to whom")
    disqualification_reasons: tuple[DisqualificationReason, ...] = Key(
        default=(), description="why a deal may be closed as not a fit"
    )
    metrics: Metrics = Key(default=Metrics(), description="what the process metrics look at")
    methodologies: tuple[Methodology, ...] = Key(default=(), description="from files in methodologies/")
    plays: tuple[Play, ...] = Key(default=(), description="from files in plays/")

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
