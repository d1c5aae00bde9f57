"""Risks of open deals over all that is known of them, with their history, and those that were dismissed.

The rules are those of the playbook, checked by the same code as on a call; what was accepted takes the place
of what was said. A dismissed risk stays away until something about the deal changes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from coachbot.errors import UsageError
from coachbot.insights.deal_facts import DealFacts, Known
from coachbot.insights.stays import Course
from coachbot.model.base import Frozen
from coachbot.model.claims import (
    EngineReport,
    Evidence,
    FieldClaim,
    Grounded,
    GroundedClaims,
    Match,
    NextStepClaim,
    StakeholderClaim,
)
from coachbot.model.playbook import Playbook, Risk
from coachbot.model.transcript import CloseDate, DealContext, Participant, Side, Source, Transcript
from coachbot.model.workspace import Outcome
from coachbot.stages import find_risks

SEEN, DISMISSED = "risk.seen", "risk.dismissed"
_ACCEPTED = Evidence(turn=0, speaker=None, quote="accepted", match=Match.EXACT)
_ENGINE = EngineReport(name="local", model="accepted facts")


class DealRisk(Frozen):
    """A warning about an open deal. `state` is a print of what is known of the deal: it tells changes."""

    deal_id: str
    deal: str
    owner: str | None
    stage: str
    risk: str
    label: str
    message: str
    since: date | None = Field(default=None, description="the day it was first seen, this time round")
    dismissed: bool = False
    dismissed_by: str | None = None
    dismissed_why: str | None = None
    state: str = Field(exclude=True, repr=False)


class RiskEvent(Frozen):
    """What happened to a risk of a deal."""

    at: datetime
    what: Literal["raised", "cleared", "dismissed"]
    risk: str
    by: str | None = None
    why: str | None = None


def current_risks(facts: DealFacts) -> list[DealRisk]:
    """The risks that open deals have today, by deal, in the playbook's order."""
    book = facts.book
    rules = (*book.risks, *book.portfolio_risks)
    shared = book.model_copy(update={"risks": tuple(r for r in rules if r.rule != "stalled")})
    labels = {r.id: r.label for r in rules}
    found = []
    for course in facts.courses:
        deal, stage = course.deal, course.deal.stage
        if deal.outcome is not Outcome.OPEN or stage is None or stage not in book.stage_by_id:
            continue
        known = facts.known[deal.id]
        state = _state(known, course)
        messages = dict(_messages(shared, course, known, facts.today))
        messages |= {r.id: m for r in rules if (m := _stalled(r, book, course, known, facts.today))}
        found += [
            DealRisk(
                deal_id=deal.id, deal=deal.name, owner=deal.owner, stage=stage, risk=r.id, label=labels[r.id],
                message=messages[r.id], state=state,
            )
            for r in rules
            if r.id in messages
        ]  # fmt: skip
    return found


def _messages(book: Playbook, course: Course, known: Known, today: date) -> Iterable[tuple[str, str]]:
    stage = str(course.deal.stage)
    people = tuple(Participant(name=n, side=Side.BUYER, side_source="given") for n in sorted(known.engaged))
    named = sorted(set().union(*known.roles.values()) - known.engaged - {""})
    transcript = Transcript(
        id=course.deal.id, title="", participants=people, source=Source(format="facts", sha256="")
    )
    entered = course.visits[-1].entered if course.visits else None
    context = DealContext(
        stage=stage,
        days_in_stage=max(0, (today - entered).days) if entered else None,
        contacts=tuple(named),
        close_date_history=tuple(
            CloseDate(set_on=c.at.isoformat(), close_date=c.close_date.isoformat())
            for c in known.closes
            if c.close_date is not None
        ),
    )
    risks = find_risks(_claims(known, today), transcript, book, context, stage)
    return ((r.id, r.message) for r in risks)


def _claims(known: Known, today: date) -> GroundedClaims:
    """What was accepted, in the shape in which the rules look at a call."""
    proof = (_ACCEPTED,)
    return GroundedClaims(
        fields=tuple(Grounded(claim=FieldClaim(field=f, value=""), evidence=proof) for f in known.fields),
        stakeholders=tuple(
            Grounded(claim=StakeholderClaim(value=n, name=n, role=None, influence=role), evidence=proof)
            for role, names in sorted(known.roles.items())
            for n in sorted(names)
        ),
        next_steps=tuple(
            Grounded(claim=NextStepClaim(value="", date=due.isoformat(), committed=True), evidence=proof)
            for due, _ in known.steps
            if due >= today
        ),
        engine=_ENGINE,
    )


def _stalled(risk: Risk, book: Playbook, course: Course, known: Known, today: date) -> str | None:
    if risk.rule != "stalled" or (risk.stages and course.deal.stage not in risk.stages):
        return None
    days = [known.last_call, course.deal.opened_on, *known.fields.values()]
    days += [v.entered for v in course.visits[-1:]]
    last = max((d for d in days if d is not None), default=None)
    quiet = (today - last).days if last else 0
    if quiet <= risk.quiet_days:
        return None
    stage = book.stage_by_id[str(course.deal.stage)]
    return risk.message.format(days=quiet, healthy_days=stage.healthy_days, stage=stage.name, count=0)


def _state(known: Known, course: Course) -> str:
    """A print of all that the rules look at, except the passing of time."""
    seen = [
        course.deal.stage,
        len(course.visits),
        sorted(known.fields),
        sorted((role, sorted(names)) for role, names in known.roles.items()),
        sorted(due.isoformat() for due, _ in known.steps),
        sorted(known.engaged),
        [str(c.close_date) for c in known.closes],
        str(known.last_call),
    ]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:16]


def with_history(
    unit: Any, found: Iterable[DealRisk], today: date, *, subject: str | None = None
) -> list[DealRisk]:
    """The same, with the day each was first seen, and whether somebody dismissed it since the last change.

    `subject`: `deal:ID`, where all of them are of that deal.
    """
    seen = {(m.subject, m.key): m for m in unit.marks.current(SEEN, subject=subject)}
    gone = {(m.subject, m.key): m for m in unit.marks.current(DISMISSED, subject=subject)}
    dated = []
    for risk in found:
        key = (f"deal:{risk.deal_id}", risk.risk)
        mark, no = seen.get(key), gone.get(key)
        raised = mark is not None and mark.value.get("what") == "raised"
        dismissed = no is not None and no.value.get("state") == risk.state
        dated.append(
            risk.model_copy(
                update={
                    "since": mark.at.date() if raised and mark else today,
                    "dismissed": dismissed,
                    "dismissed_by": no.by if dismissed and no else None,
                    "dismissed_why": no.why if dismissed and no else None,
                }
            )
        )
    return dated


Keys = list[tuple[str, str]]


def unnoted(unit: Any, facts: DealFacts, found: Iterable[DealRisk]) -> tuple[Keys, Keys]:
    """Subject and risk of those that were raised, and of those that went, since it was last noted."""
    now = {(f"deal:{r.deal_id}", r.risk) for r in found}
    mine = {f"deal:{deal}" for deal in facts.known}
    last = {(m.subject, m.key): m.value.get("what") for m in unit.marks.current(SEEN) if m.subject in mine}
    raised = [key for key in sorted(now) if last.get(key) != "raised"]
    cleared = sorted(
        (str(s), str(k)) for (s, k), what in last.items() if what == "raised" and (s, k) not in now
    )
    return raised, cleared


def note(unit: Any, facts: DealFacts, found: Iterable[DealRisk]) -> int:
    """Write down which risks were raised and which went away since the last time. Returns how many.

    `found`: the current risks of all of `facts`' deals; deals outside it are left alone.
    """
    raised, cleared = unnoted(unit, facts, found)
    for what, keys in (("raised", raised), ("cleared", cleared)):
        for subject, risk in keys:
            unit.marks.add(SEEN, subject, key=risk, value={"what": what})
    return len(raised) + len(cleared)


def dismiss(
    unit: Any, found: Iterable[DealRisk], deal_id: str, risk: str, *, by: str | None, why: str
) -> DealRisk:
    """Say that a risk is none, and why. Raises UsageError where there is none, or no reason."""
    if not why.strip():
        raise UsageError("say why this is no risk: give a reason")
    mine = [r for r in found if r.deal_id == deal_id]
    one = next((r for r in mine if r.risk == risk), None)
    if one is None:
        has = ", ".join(r.risk for r in mine) or "none"
        raise UsageError(f"deal {deal_id} has no risk {risk!r} today; it has: {has}")
    unit.marks.add(DISMISSED, f"deal:{deal_id}", key=risk, value={"state": one.state}, by=by, why=why.strip())
    return one.model_copy(update={"dismissed": True, "dismissed_by": by, "dismissed_why": why.strip()})


def history(unit: Any, deal_id: str) -> list[RiskEvent]:
    """All that happened to the risks of a deal, oldest first."""
    subject = f"deal:{deal_id}"
    events = [
        RiskEvent(at=m.at, what=m.value["what"], risk=str(m.key)) for m in unit.marks.history(SEEN, subject)
    ]
    events += [
        RiskEvent(at=m.at, what="dismissed", risk=str(m.key), by=m.by, why=m.why)
        for m in unit.marks.history(DISMISSED, subject)
    ]
    return sorted(events, key=lambda e: e.at)
