"""A brief as its page shows it: each line with a link to where it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from coachbot.coach import Brief, Moment
from coachbot.coach.brief_parts import Promise
from coachbot.coach.brief_render import OWNERS
from coachbot.coach.speak import short
from coachbot.render.words import day
from coachbot.store import Unit
from coachbot.web.views.coach import MomentView, moment_views, sides_of

STATES = {
    "held": ("held", "ok"),
    "spoken_of": ("spoken of later", ""),
    "silent": ("no later call speaks of it", "warn"),
    "waiting": ("no call since", ""),
}


@dataclass(frozen=True, slots=True)
class PromiseView:
    """A promise, what the later calls show of it, and the moments for both."""

    owner: str
    what: str
    day: str
    state: str
    tone: str
    later: str
    said: MomentView
    then: MomentView | None


@dataclass(frozen=True, slots=True)
class BriefView:
    """The brief with its moments as links. `cares` and `objections` go beside the brief's own lists."""

    brief: Brief
    cares: tuple[tuple[MomentView, ...], ...]
    promises: tuple[PromiseView, ...]
    said: tuple[MomentView | None, ...]
    answers: tuple[tuple[MomentView, ...], ...]


def brief_view(unit: Unit, brief: Brief) -> BriefView:
    """The page from a brief; who sits on which side is told by the calls that it names."""
    moments = list(_moments(brief))
    known = sides_of(unit, moments)
    only = {m.call_id for m in moments} if brief.calls == 1 else set()
    here = next(iter(only), None) or "" if len(only) == 1 else ""  # one call need not be named each time

    def one(moment: Moment) -> MomentView:
        return moment_views([moment], known, here)[0]

    return BriefView(
        brief=brief,
        cares=tuple(tuple(one(m) for m in p.cares) for p in brief.people),
        promises=tuple(
            PromiseView(
                owner=OWNERS[p.owner],
                what=p.what,
                day=day(p.day.isoformat()) if p.day else "",
                state="overdue" if p.overdue else STATES[p.state][0],
                tone="bad" if p.overdue else STATES[p.state][1],
                later=_later(p),
                said=one(p.said),
                then=one(p.later) if p.later else None,
            )
            for p in brief.promises
        ),
        said=tuple(one(o.said) if o.said else None for o in brief.objections),
        answers=tuple(tuple(one(a.answer) for a in o.answers) for o in brief.objections),
    )


def _later(promise: Promise) -> str:
    if promise.later is None:
        return STATES[promise.state][0] if promise.overdue else ""
    return promise.later.call_title if promise.state == "held" else f"“{short(promise.later.quote, 16)}”"


def _moments(brief: Brief) -> Iterator[Moment]:
    for person in brief.people:
        yield from person.cares
    for promise in brief.promises:
        yield promise.said
        if promise.later:
            yield promise.later
    for likely in brief.objections:
        if likely.said:
            yield likely.said
        yield from (a.answer for a in likely.answers)
