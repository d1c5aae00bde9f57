"""Task reminders: what the playbook's rules ask for after a deal moved, for whom, and who was told already.

Each comes up once for a move of a deal. A reminder is a mark; what became of it are marks of the same key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import Field

from coachbot.errors import NotFoundError
from coachbot.insights.deal_facts import DealFacts, Known
from coachbot.insights.stays import Course
from coachbot.model.base import Frozen
from coachbot.model.playbook import Reminder
from coachbot.model.workspace import Deal, Outcome, Role, User
from coachbot.store.records import Viewer

RAISED, DONE = "reminder", "reminder.done"


class Task(Frozen):
    """A reminder of a deal that has come up. `key` is the same however often it is worked out."""

    deal_id: str
    deal: str
    rule: str
    when: str
    stage: str
    moved: date = Field(description="the day of the move that it follows")
    due: date
    text: str
    to: tuple[str, ...] = Field(description="users' ids; empty: the deal has nobody")

    @property
    def key(self) -> str:
        """The rule and the move: with the deal, what makes it one."""
        return f"{self.rule}:{self.stage}:{self.moved.isoformat()}"

    @property
    def subject(self) -> str:
        """Whose it is."""
        return f"deal:{self.deal_id}"


def due_tasks(facts: DealFacts, users: Sequence[User]) -> list[Task]:
    """The reminders that are up today, by deal, in the playbook's order; whether anybody was told or not."""
    by_id = {u.id: u for u in users if u.active}
    return [
        task
        for course in facts.courses
        for rule in facts.book.reminders
        for stage, moved in _moves(rule, course)
        if (task := _task(rule, facts, course, stage, moved, by_id)) is not None
    ]


def _moves(rule: Reminder, course: Course) -> Iterator[tuple[str, date]]:
    """Stage and day of the moves that the rule follows: the latest entry, or the latest way out of each."""
    deal = course.deal
    if deal.outcome in (Outcome.LOST, Outcome.DISQUALIFIED):
        return
    if rule.when == "entered":
        last = course.visits[-1] if course.visits else None
        if last is not None and not last.ended and (not rule.stages or last.stage in rule.stages):
            yield last.stage, last.entered
        return
    left = {c.from_stage: c.day for c in course.changes if c.from_stage is not None}
    for stage, day in left.items():
        if stage != deal.stage and (not rule.stages or stage in rule.stages):
            yield stage, day


def _task(
    rule: Reminder, facts: DealFacts, course: Course, stage: str, moved: date, users: dict[str, User]
) -> Task | None:
    due = moved + timedelta(days=rule.days_after)
    if not due <= facts.today < due + timedelta(days=rule.lapses_after):
        return None
    known = facts.known[course.deal.id]
    missing = [f for f in rule.fields if f not in known.fields]
    if not _holds(rule, known, missing, moved, facts.today):
        return None
    book = facts.book
    words = {
        "deal": course.deal.name,
        "stage": book.stage_by_id[stage].name if stage in book.stage_by_id else stage,
        "days": str((facts.today - moved).days),
        "fields": ", ".join(book.field_by_id[f].label for f in missing if f in book.field_by_id),
    }
    return Task(
        deal_id=course.deal.id, deal=course.deal.name, rule=rule.id, when=rule.when, stage=stage, moved=moved,
        due=due, text=rule.text.format(**words), to=_recipients(rule, course.deal.owner, users),
    )  # fmt: skip


def _holds(rule: Reminder, known: Known, missing: Sequence[str], moved: date, today: date) -> bool:
    if rule.only_if == "no_next_step":
        return not any(due >= today for due, _ in known.steps)
    if rule.only_if == "missing_fields":
        return bool(missing)
    if rule.only_if == "no_call":
        return known.last_call is None or known.last_call < moved
    return True


def _recipients(rule: Reminder, owner_id: str | None, users: dict[str, User]) -> tuple[str, ...]:
    owner = users.get(owner_id or "")
    found: dict[str, None] = {}
    if "owner" in rule.to and owner is not None:
        found[owner.id] = None
    if "manager" in rule.to and owner is not None and owner.team is not None:
        found |= {u.id: None for u in users.values() if u.role is Role.MANAGER and u.team == owner.team}
    return tuple(found)


def raise_tasks(unit: Any, tasks: Iterable[Task]) -> list[Task]:
    """Note those that were not yet, for the lists in the app. Returns these. Once each, whoever runs it."""
    unit.lock("reminders")
    known = {(m.subject, m.key) for m in unit.marks.current(RAISED)}
    fresh = [t for t in tasks if (t.subject, t.key) not in known]
    for task in fresh:
        unit.marks.add(RAISED, task.subject, key=task.key, value=task.model_dump(mode="json"))
    return fresh


class Waiting(Frozen):
    """A reminder in somebody's list."""

    task: Task
    since: datetime


def waiting(unit: Any, *, viewer: Viewer | None = None, whole_team: bool = False) -> tuple[Waiting, ...]:
    """What waits for somebody: not done, and the deal has not moved on since. The oldest first.

    Their own, and those of deals without anybody; with `whole_team`, or without a viewer, those of all deals
    that they may see.
    """
    done = {(m.subject, m.key) for m in unit.marks.current(DONE)}
    marks = [m for m in unit.marks.current(RAISED) if (m.subject, m.key) not in done]
    found = [Waiting(task=Task.model_validate(m.value), since=m.at) for m in marks]
    deals = unit.deals.many([w.task.deal_id for w in found])
    mine = [
        w
        for w in found
        if w.task.deal_id in deals
        and _still(deals[w.task.deal_id], w.task)
        and (viewer is None or whole_team or not w.task.to or viewer.user_id in w.task.to)
    ]
    return tuple(w for w in mine if viewer is None or _seen(unit, w.task, viewer))


def _still(deal: Deal, task: Task) -> bool:
    if deal.outcome in (Outcome.LOST, Outcome.DISQUALIFIED):
        return False
    return (deal.stage == task.stage) == (task.when == "entered")


def _seen(unit: Any, task: Task, viewer: Viewer) -> bool:
    try:
        unit.deals.visible(task.deal_id, viewer)
    except NotFoundError:
        return False
    return True


def finish_task(unit: Any, deal_id: str, key: str, *, by: str | None, viewer: Viewer | None = None) -> None:
    """Take a reminder off the lists: it is done. Raises NotFoundError where there is none to be seen."""
    unit.deals.visible(deal_id, viewer)
    if unit.marks.latest(RAISED, f"deal:{deal_id}", key) is None:
        raise NotFoundError("reminder", key)
    unit.marks.add(DONE, f"deal:{deal_id}", key=key, by=by)
    unit.audit.add("reminder.done", f"deal:{deal_id}", who=by, after={"reminder": key})
