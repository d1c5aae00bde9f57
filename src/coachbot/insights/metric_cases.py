"""The cases of each process metric: what is counted, and whether it is a hit.

A case is a deal (or a deal's stay in a stage, or a move). The day is that of the event, None for what is
looked at as it stands today.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from coachbot.insights.deal_facts import DealFacts, Known
from coachbot.insights.stays import AnyDeal, Course, Fate
from coachbot.model.workspace import Outcome

UNKNOWN = "(none)"


class Case(NamedTuple):
    """One of the denominator. `hit`: one of the numerator as well. `key`: a stage, a reason, a level."""

    deal: AnyDeal
    hit: bool
    day: date | None = None
    key: str | None = None


class Span(NamedTuple):
    """Something that lasts: `days` until it ended, or, not `ended`, so far. `day`: when it began."""

    deal: AnyDeal
    days: int
    ended: bool
    day: date | None = None
    key: str | None = None


@dataclass(frozen=True)
class Metric:
    """A process metric: its words, and where its cases come from."""

    id: str
    label: str
    definition: str
    keyed_by: str | None = None
    cases: Callable[[DealFacts], Iterator[Case]] | None = None
    spans: Callable[[DealFacts], Iterator[Span]] | None = None


def open_deals(facts: DealFacts) -> Iterator[tuple[AnyDeal, Known]]:
    """Deals that are neither won nor lost, with what is known of them."""
    for course in facts.courses:
        if course.deal.outcome is Outcome.OPEN:
            yield course.deal, facts.known[course.deal.id]


def conversion(facts: DealFacts) -> Iterator[Case]:
    """Stays that are decided."""
    for course in facts.courses:
        for stay in course.stays:
            if stay.fate is not Fate.OPEN:
                yield Case(course.deal, stay.fate is Fate.ADVANCED, stay.until, stay.stage)


def time_in_stage(facts: DealFacts) -> Iterator[Span]:
    """Visits to stages."""
    for course in facts.courses:
        for visit in course.visits:
            yield Span(course.deal, visit.days, visit.ended, visit.entered, visit.stage)


def loss_reasons(facts: DealFacts) -> Iterator[Case]:
    """Deals that were closed without being won; the key is the stage they stood in."""
    for course in facts.courses:
        deal = course.deal
        if deal.outcome in (Outcome.LOST, Outcome.DISQUALIFIED):
            yield Case(deal, True, deal.closed_on, last_stage(course))


def last_stage(course: Course) -> str:
    """The stage in which a deal stands."""
    return course.deal.stage or (course.visits[-1].stage if course.visits else UNKNOWN)


def no_next_step(facts: DealFacts) -> Iterator[Case]:
    """Open deals without a dated, agreed next step that is still to come."""
    for deal, known in open_deals(facts):
        yield Case(deal, not any(due >= facts.today for due, _ in known.steps))


def slipped_close_date(facts: DealFacts) -> Iterator[Case]:
    """Deals whose close date was ever set; hits: it was moved to a later day."""
    for course in facts.courses:
        closes = [c for c in facts.known[course.deal.id].closes if c.close_date is not None]
        if closes:
            days = [c.close_date for c in closes if c.close_date is not None]
            later = any(b > a for a, b in pairwise(days))
            yield Case(course.deal, later, closes[-1].at.date())


def multi_threading(facts: DealFacts) -> Iterator[Case]:
    """Open deals with enough of the buyer's people on calls."""
    for deal, known in open_deals(facts):
        yield Case(deal, len(known.engaged) >= facts.book.metrics.engaged_people)


def engaged_people(facts: DealFacts) -> Iterator[Case]:
    """Open deals by the number of the buyer's people on calls."""
    for deal, known in open_deals(facts):
        yield Case(deal, True, None, str(len(known.engaged)))


def discovery_quality(facts: DealFacts) -> Iterator[Case]:
    """Deals past discovery; hits: all its fields are known."""
    metrics = facts.book.metrics
    if not metrics.discovery_fields:
        return
    for course in facts.courses:
        hit = facts.known[course.deal.id].fields.keys() >= set(metrics.discovery_fields)
        if metrics.discovery_stage is None:
            yield Case(course.deal, hit, course.deal.opened_on)
        for stay in course.stays:
            if stay.stage == metrics.discovery_stage and stay.fate is Fate.ADVANCED:
                yield Case(course.deal, hit, stay.until)


def champion_strength(facts: DealFacts) -> Iterator[Case]:
    """Open deals by strength, 0 to 3."""
    if facts.book.metrics.champion_influence:
        for deal, known in open_deals(facts):
            yield Case(deal, True, None, str(strength(facts, known)))


def strong_champion(facts: DealFacts) -> Iterator[Case]:
    """Open deals; hits: strength 2 or 3."""
    if facts.book.metrics.champion_influence:
        for deal, known in open_deals(facts):
            yield Case(deal, strength(facts, known) >= 2)


def strength(facts: DealFacts, known: Known) -> int:
    """A point each: a champion is named; was on a call; the buyer's side has taken on a dated next step."""
    names = set().union(*(known.roles.get(role, set()) for role in facts.book.metrics.champion_influence))
    if not names:
        return 0
    return 1 + bool(names & known.engaged) + any(owner in ("buyer", "both") for _, owner in known.steps)


def velocity(facts: DealFacts) -> Iterator[Span]:
    """Deals from the day they were opened to the day they were closed."""
    for course in facts.courses:
        deal = course.deal
        if deal.opened_on is not None:
            ended = deal.outcome is not Outcome.OPEN and deal.closed_on is not None
            until = deal.closed_on if ended and deal.closed_on else facts.today
            yield Span(
                deal, max(0, (until - deal.opened_on).days), ended, deal.opened_on, deal.segment or UNKNOWN
            )


def days_to_win(facts: DealFacts) -> Iterator[Span]:
    """Won deals from the day they were opened to the day they were won."""
    for span in velocity(facts):
        if span.deal.outcome is Outcome.WON and span.ended:
            yield span


def lead_response(facts: DealFacts) -> Iterator[Case]:
    """New deals of the sources that are held to it, once the time is up; hits: called in time."""
    metrics = facts.book.metrics
    for course in facts.courses:
        deal, first = course.deal, facts.known[course.deal.id].first_call
        if deal.opened_on is None or (metrics.lead_sources and deal.source not in metrics.lead_sources):
            continue
        hit = first is not None and working_days(deal.opened_on, first) <= metrics.lead_response_days
        if hit or working_days(deal.opened_on, facts.today) > metrics.lead_response_days:
            yield Case(deal, hit, deal.opened_on)


def working_days(first: date, last: date) -> int:
    """Days from Monday to Friday after `first` up to `last`; never negative."""
    return max(0, int(np.busday_count(np.datetime64(first), np.datetime64(last))))


def handoffs(facts: DealFacts) -> Iterator[Case]:
    """Deals that entered a stage by a hand-off; hits: all that must come along was known that day."""
    for check in facts.book.metrics.handoffs:
        for course in facts.courses:
            day = next((s.entered for s in course.stays if s.stage == check.stage), None)
            if day is not None and course.moves:
                fields = facts.known[course.deal.id].fields
                yield Case(
                    course.deal, all(fields.get(f, date.max) <= day for f in check.fields), day, check.rule
                )


def reversions(facts: DealFacts) -> Iterator[Case]:
    """Moves from one stage to another, by the stage that was left; hits: it went back."""
    order = {s.id: n for n, s in enumerate(facts.book.stages)}
    for course in facts.courses:
        for move in course.changes:
            yield Case(
                course.deal,
                order[move.to_stage] < order[str(move.from_stage)],
                move.day,
                move.from_stage,
            )
