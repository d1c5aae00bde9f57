"""Scorecards: a stage's indicators filled with evidence; a manager may override, with a reason."""

from __future__ import annotations

from typing import Literal

from coachbot.coach.case import moment_of, recap_of, too_little
from coachbot.coach.habits import Habits, habits_of
from coachbot.coach.types import Moment
from coachbot.errors import NotFoundError, UsageError
from coachbot.model.base import Frozen
from coachbot.model.claims import Evidence
from coachbot.model.playbook import Indicator, Playbook, Stage
from coachbot.model.recap import Recap
from coachbot.model.transcript import Transcript
from coachbot.model.workspace import Call
from coachbot.store import Unit

Verdict = Literal["met", "not_met", "na"]
VERDICTS: tuple[Verdict, ...] = ("met", "not_met", "na")
MARK = "coach.scorecard"


class Line(Frozen):
    """An indicator on a call. `seen` says in words what the verdict rests on; `na`: it cannot be judged."""

    indicator: str
    text: str
    verdict: Verdict
    seen: str
    moments: tuple[Moment, ...] = ()
    value: float | None = None
    overridden_by: str | None = None
    why: str | None = None
    engine_verdict: Verdict | None = None


class Scorecard(Frozen):
    """A call held against its stage's indicators."""

    call_id: str | None
    title: str
    stage: str
    playbook: str
    version: str
    lines: tuple[Line, ...]
    too_little: str | None = None

    @property
    def met(self) -> int:
        """Indicators that are met."""
        return sum(line.verdict == "met" for line in self.lines)

    @property
    def judged(self) -> int:
        """Indicators that could be judged."""
        return sum(line.verdict != "na" for line in self.lines)


def fill(
    recap: Recap, transcript: Transcript, book: Playbook, stage: Stage, *, call_id: str | None = None
) -> Scorecard:
    """The scorecard as the call itself fills it."""
    little = too_little(recap, transcript)
    habits = habits_of(recap, transcript)
    lines = tuple(
        Line(indicator=i.id, text=i.text, verdict="na", seen=little)
        if little
        else _line(i, recap, habits, call_id)
        for i in stage.indicators
    )
    return Scorecard(
        call_id=call_id, title=recap.call.title, stage=stage.id, playbook=book.id, version=book.version,
        lines=lines, too_little=little,
    )  # fmt: skip


def score_call(unit: Unit, call: Call, book: Playbook) -> Scorecard:
    """A call's scorecard with what managers changed. Raises NotFoundError where it has no recap."""
    recap = recap_of(unit, call)
    if recap is None:
        raise NotFoundError("recap of call", call.id)
    stage = (
        book.stage_by_id.get(call.stage or "")
        or book.stage_by_id[recap.stage.before or recap.stage.suggested]
    )
    card = fill(recap, unit.transcripts.load(call.id), book, stage, call_id=call.id)
    marks = {m.key: m for m in unit.marks.current(MARK, subject=f"call:{call.id}")}
    lines = []
    for line in card.lines:
        mark = marks.get(line.indicator)
        verdict = mark.value.get("verdict") if mark else None
        if mark is not None and verdict in VERDICTS:
            changed = {"verdict": verdict, "overridden_by": mark.by, "why": mark.why}
            line = line.model_copy(update={**changed, "engine_verdict": line.verdict})
        lines.append(line)
    return card.model_copy(update={"lines": tuple(lines)})


def override(
    unit: Unit,
    call: Call,
    stage: Stage,
    indicator: str,
    verdict: str | None,
    *,
    by: str | None,
    why: str | None,
) -> None:
    """A manager's word on an indicator; None takes it back. Raises UsageError without a reason."""
    if indicator not in {i.id for i in stage.indicators}:
        raise NotFoundError(f"indicator of stage {stage.id}", indicator)
    if verdict is not None and verdict not in VERDICTS:
        raise UsageError(f"a verdict is one of {', '.join(VERDICTS)}, not {verdict!r}")
    if verdict is not None and not (why or "").strip():
        raise UsageError("say why: an override without a reason helps nobody")
    subject = f"call:{call.id}"
    unit.marks.add(MARK, subject, key=indicator, value={"verdict": verdict}, by=by, why=why)
    unit.audit.add(
        "scorecard.override", subject, who=by, after={"indicator": indicator, "verdict": verdict}, why=why
    )


def _line(indicator: Indicator, recap: Recap, habits: Habits, call_id: str | None) -> Line:
    if indicator.measure is not None:
        return _measured(indicator, recap, habits, call_id)
    groups = [_of_field(recap, f, call_id) for f in indicator.fields]
    groups += [_of_commitment(recap, c, call_id) for c in indicator.commitments]
    judged = [g for g in groups if g is not None]
    found = [g for g in judged if g]
    if not judged:
        return Line(
            indicator=indicator.id,
            text=indicator.text,
            verdict="na",
            seen="it was not looked for on this call",
        )
    needed = len(judged) if indicator.how == "all" else 1
    moments = tuple(m for g in found for m in g[:1])[:3]
    met = len(found) >= needed
    cover = recap.coverage
    seen = (
        " ".join(f"{m.text}." for m in moments)
        if met
        else (f"not found in {cover.turns_read} of {cover.turns_total} turns")
    )
    if not met and cover.turns_read < cover.turns_total:
        return Line(indicator=indicator.id, text=indicator.text, verdict="na", seen=seen)
    return Line(
        indicator=indicator.id, text=indicator.text, verdict="met" if met else "not_met", seen=seen,
        moments=moments if met else (),
    )  # fmt: skip


def _measured(indicator: Indicator, recap: Recap, habits: Habits, call_id: str | None) -> Line:
    assert indicator.measure is not None
    value = habits.value(indicator.measure)
    if value is None:
        return Line(indicator=indicator.id, text=indicator.text, verdict="na", seen="too little to judge")
    least = (
        indicator.at_least
        if indicator.at_least is not None
        else (1.0 if indicator.measure == "dated_next_step" else None)
    )
    met = (least is None or value >= least) and (indicator.at_most is None or value <= indicator.at_most)
    moments: tuple[Moment, ...] = ()
    if indicator.measure in ("talk_share", "longest_speech") and habits.longest is not None and not met:
        moments = (_of_call(habits.longest, recap, call_id),)
    if indicator.measure == "dated_next_step" and met:
        steps = [n for n in recap.next_steps if n.committed and n.date and n.evidence]
        moments = tuple(_moment(recap, n.evidence[0], call_id) for n in steps[:1])
    return Line(
        indicator=indicator.id, text=indicator.text, verdict="met" if met else "not_met",
        seen=habits.said(indicator.measure), moments=moments, value=round(value, 1),
    )  # fmt: skip


def _of_field(recap: Recap, field: str, call_id: str | None) -> list[Moment] | None:
    result = recap.fields.get(field)
    if result is None:
        return None
    kept = [i for i in result.items if i.status != "rejected"]
    return [_moment(recap, i.evidence[0], call_id) for i in kept]


def _of_commitment(recap: Recap, commitment: str, call_id: str | None) -> list[Moment] | None:
    """By the criterion of the same id, or the only one that the recap judged with it."""
    results = [c for c in recap.stage.exit_criteria if c.id == commitment]
    if not results:
        return None
    return [_moment(recap, e, call_id) for c in results if c.met for e in c.evidence]


def _moment(recap: Recap, evidence: Evidence, call_id: str | None) -> Moment:

    return moment_of(evidence, call_id, recap.call.title)


def _of_call(moment: Moment, recap: Recap, call_id: str | None) -> Moment:
    return moment.model_copy(update={"call_id": call_id, "call_title": recap.call.title})
