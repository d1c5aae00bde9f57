"""How one made-up deal goes: through its stages, with calls, until it is won, lost, or today."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from random import Random

from coachbot.insights.portfolio_calls import CallMaker
from coachbot.insights.portfolio_parts import Effects, Plan, Portfolio, days_later, first_day, moment
from coachbot.insights.portfolio_words import COMPANY, FIRST, LAST, PRODUCTS, SEGMENTS, SOURCES, TITLES, TRADE
from coachbot.model.playbook import Playbook, Stage
from coachbot.model.transcript import Side
from coachbot.model.workspace import Account, CloseDateChange, Deal, Outcome, Person, StageChange

BACK = 0.04
"""Chance that a deal which could move on goes back a stage instead."""

HEALTHY_SHARE = 0.6
"""The median time in a stage, as a share of its healthy days."""


@dataclass
class Course:
    """A deal under way."""

    id: str
    rng: Random
    owner: str
    people: list[Person]
    opened: date
    day: date
    stage: int = 0
    entered: date | None = None
    outcome: Outcome = Outcome.OPEN
    loss_reason: str | None = None
    changes: list[StageChange] = field(default_factory=list)
    calls: int = 0


class DealMaker:
    """Makes deals of a playbook. A deal depends on the seed and its number only."""

    def __init__(self, book: Playbook, effects: Effects, plan: Plan, seed: int, reps: list[str]) -> None:
        self.book, self.effects, self.plan, self.seed, self.reps = book, effects, plan, seed, reps
        self.start = first_day(plan)
        self.calls = CallMaker(book, effects, plan, self.start)
        # The last stage of a long process comes after the signature: reaching it is winning.
        self.winning = len(book.stages) - 2 if len(book.stages) > 2 else len(book.stages) - 1

    def add(self, part: Portfolio, number: int) -> None:
        """Make deal `number` and put all that belongs to it into the part."""
        rng = Random(f"{self.seed}:{number}")
        key = f"{self.seed}-{number:06d}"
        account = self._account(rng, key)
        people = [self._person(rng, key, n) for n in range(1 + rng.randrange(4))]
        opened = days_later(self.start, rng.random() * (self.plan.today - self.start).days)
        course = Course(f"deal-{key}", rng, rng.choice(self.reps), people, opened, opened)
        self._run(part, course)
        part.accounts.append(account)
        part.people.extend(people)
        part.deals.append(self._deal(rng, course, account, key))
        part.stage_changes.extend(course.changes)
        part.close_dates.extend(self._close_dates(rng, course))

    def _account(self, rng: Random, key: str) -> Account:
        name = f"{rng.choice(COMPANY)} {rng.choice(TRADE)} {key}"
        return Account(id=f"account-{key}", name=name, segment=rng.choice(SEGMENTS))

    def _person(self, rng: Random, key: str, n: int) -> Person:
        roles = [r.id for r in self.book.influence_roles]
        return Person(
            id=f"person-{key}-{n}",
            account_id=f"account-{key}",
            name=f"{rng.choice(FIRST)} {rng.choice(LAST)}",
            title=rng.choice(TITLES),
            side=Side.BUYER,
            influence=rng.choice(roles) if roles and rng.random() < 0.6 else "unknown",
        )

    def _run(self, part: Portfolio, course: Course) -> None:
        rng = course.rng
        while course.outcome is Outcome.OPEN:
            stage = self.book.stages[course.stage]
            self._enter(course, stage)
            slow = self.effects.slow if stage.id == self.effects.slow_stage else 1.0
            days = max(1.0, stage.healthy_days * HEALTHY_SHARE * slow * rng.lognormvariate(0, 0.6))
            leaves = days_later(course.day, days)
            until = min(leaves, self.plan.today)
            raised = self.calls.visit(part, course, stage, until)
            if leaves > self.plan.today or course.stage > self.winning:
                return
            course.day = leaves
            if rng.random() < self._ends(raised):
                self._lose(course)
            elif course.stage == self.winning:
                course.outcome = Outcome.WON
                if course.stage + 1 < len(self.book.stages):
                    course.stage += 1
                    self._enter(course, self.book.stages[course.stage])
            elif course.stage and rng.random() < BACK:
                course.stage -= 1
            else:
                course.stage += 1

    def _enter(self, course: Course, stage: Stage) -> None:
        before = course.changes[-1].to_stage if course.changes else None
        if before == stage.id:
            return
        course.entered = course.day
        course.changes.append(
            StageChange(
                deal_id=course.id, from_stage=before, to_stage=stage.id,
                at=moment(course.day, 17), by=course.owner,
            )
        )  # fmt: skip

    def _ends(self, raised: dict[str, str | None]) -> float:
        """The chance to end here, by the first answer to each category that was raised here."""
        effects = self.effects
        if effects.costly is None or effects.costly not in raised:
            return effects.base
        saved = effects.saves if raised[effects.costly] == self.calls.saving else 0.0
        return max(0.0, min(1.0, effects.base + effects.cost - saved))

    def _lose(self, course: Course) -> None:
        rng = course.rng
        reasons = [r.id for r in self.book.disqualification_reasons]
        if reasons and rng.random() < 0.2:
            course.outcome, course.loss_reason = Outcome.DISQUALIFIED, rng.choice(reasons)
        else:
            course.outcome = Outcome.LOST
            course.loss_reason = rng.choice([c.id for c in self.book.objections] or [None])

    def _deal(self, rng: Random, course: Course, account: Account, key: str) -> Deal:
        closed = course.day if course.outcome is not Outcome.OPEN else None
        return Deal(
            id=course.id,
            name=f"{account.name} deal",
            account_id=account.id,
            account=account.name,
            owner=course.owner,
            playbook=self.book.id,
            stage=self.book.stages[course.stage].id,
            segment=account.segment,
            product=rng.choice(PRODUCTS),
            amount=float(rng.randrange(5, 200) * 500),
            currency="EUR",
            source=rng.choice(SOURCES),
            opened_on=course.opened,
            entered_stage_on=course.entered,
            closed_on=closed,
            outcome=course.outcome,
            loss_reason=course.loss_reason,
        )

    def _close_dates(self, rng: Random, course: Course) -> list[CloseDateChange]:
        expected, set_on, made = days_later(course.opened, 60 + rng.random() * 60), course.opened, []
        last = min(course.day, self.plan.today)
        while set_on <= last:
            made.append(_set_to(course, expected, set_on))
            if rng.random() > 0.35:
                break
            set_on = days_later(set_on, 14 + rng.random() * 40)
            expected = days_later(expected, rng.choice((-10, 20, 30, 45)))
        return made


def _set_to(course: Course, expected: date, day: date) -> CloseDateChange:
    return CloseDateChange(deal_id=course.id, close_date=expected, at=moment(day, 10), by=course.owner)
