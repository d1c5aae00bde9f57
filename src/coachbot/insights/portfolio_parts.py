"""The parts of a made-up portfolio: what is planted, how much is made, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from coachbot.model.playbook import Playbook
from coachbot.model.workspace import (
    Account,
    Call,
    CloseDateChange,
    Deal,
    Fact,
    Person,
    RecordedObjection,
    ReviewItem,
    StageChange,
    User,
)


@dataclass(frozen=True)
class Effects:
    """The truth that is planted. Chances are added ones: 0.3 is thirty deals more of a hundred.

    A deal ends in a stage with chance `base`; `cost` more when `costly` was raised in it; `saves` less again
    when the first answer to it there was of the first approach. In `slow_stage` everything takes `slow` times
    as long. From month `surge_from` (counted from the first) on, `surging` is raised `surge` times as often.
    None plants nothing.
    """

    base: float = 0.15
    costly: str | None = None
    cost: float = 0.35
    saves: float = 0.0
    slow_stage: str | None = None
    slow: float = 3.0
    surging: str | None = None
    surge: float = 3.0
    surge_from: int = 9


NOISE = Effects()
"""No effect at all: whatever is found in it is false."""


def planted(playbook: Playbook) -> Effects:
    """One effect of every kind, on ids of that playbook."""
    categories = [c.id for c in playbook.objections]
    middle = playbook.stages[len(playbook.stages) // 2]
    return Effects(
        costly=categories[0] if categories else None,
        saves=0.30,
        slow_stage=middle.id,
        surging=categories[1] if len(categories) > 1 else None,
    )


@dataclass(frozen=True)
class Portfolio:
    """A workspace's contents, of the workspace's types, with the truth that was planted."""

    playbook: Playbook
    effects: Effects
    today: date
    users: list[User] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)
    stage_changes: list[StageChange] = field(default_factory=list)
    close_dates: list[CloseDateChange] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    items: list[ReviewItem] = field(default_factory=list)
    objections: list[RecordedObjection] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    def extend(self, other: Portfolio) -> None:
        """Take in everything of another part, except its users, which all parts share."""
        for name in ("accounts", "people", "deals", "stage_changes", "close_dates", "calls", "items",
                     "objections", "facts"):  # fmt: skip
            getattr(self, name).extend(getattr(other, name))


@dataclass(frozen=True)
class Plan:
    """How much is made. `calls` and `pushback`: mean numbers of calls a stage and of objections a call."""

    months: int = 18
    today: date = date(2026, 6, 30)
    calls: float = 2.0
    pushback: float = 1.0
    drafts: float = 0.0
    details: bool = True


def moment(day: date, hour: int = 9, minute: int = 0) -> datetime:
    """A time of that day, UTC."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def months_between(first: date, day: date) -> int:
    """How many months later the day's month is."""
    return (day.year - first.year) * 12 + day.month - first.month


def first_day(plan: Plan) -> date:
    """The first day of the portfolio's first month."""
    back = plan.today.year * 12 + plan.today.month - 1 - (plan.months - 1)
    return date(back // 12, back % 12 + 1, 1)


def days_later(day: date, days: float) -> date:
    """The day so many days later, rounded down."""
    return day + timedelta(days=int(days))
