"""Keep, start, stop: a rep's last calls against the indicators of their stages, counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

from coachbot.coach import plays
from coachbot.coach.case import recap_of
from coachbot.coach.habits import Habits, habits_of
from coachbot.coach.scorecard import Line, score_call
from coachbot.coach.types import Figure, Moment, PlayRef, clock
from coachbot.model.base import Frozen
from coachbot.model.playbook import Indicator, Playbook
from coachbot.model.workspace import Call, CallState, User
from coachbot.store import Unit, Viewer

FEWEST = 3
"""Calls that an indicator must have been judged on before anything is said of it."""
KEEP, LACK = 2 / 3, 0.4
MOST = 3
Advice = Literal["keep", "start", "stop"]


class Habit(Frozen):
    """Something to keep, start or stop, with how often it was seen. `of` calls could be judged."""

    advice: Advice
    text: str
    met: int
    of: int
    seen: str
    do: str = ""
    examples: tuple[Moment, ...] = ()
    call_ids: tuple[str, ...] = ()
    play: PlayRef | None = None


class RepSheet(Frozen):
    """A rep's last calls. `too_little` says why nothing is advised; figures come with their denominators."""

    user: str
    name: str
    calls: int
    habits: tuple[Habit, ...] = ()
    figures: tuple[Figure, ...] = ()
    too_little: str | None = None


@dataclass
class _Tally:
    indicator: Indicator
    book: Playbook
    stages: set[str] = field(default_factory=set)
    lines: list[tuple[Call, Line]] = field(default_factory=list)


def coach_rep(
    unit: Unit,
    user: User,
    playbook_of: Callable[[Call], Playbook],
    *,
    last: int = 10,
    viewer: Viewer | None = None,
) -> RepSheet:
    """What a rep should keep, start and stop doing, from the last calls that the viewer may see.

    A user without an id stands for everybody: the last calls of all reps, and those of nobody.
    """
    found = unit.calls.list(
        owner=user.id or None, states=[CallState.DRAFT, CallState.REVIEWED], visible_to=viewer, limit=last
    ).items
    tallies: dict[tuple[object, ...], _Tally] = {}
    habits: list[Habits] = []
    for call in found:
        recap = recap_of(unit, call)
        if recap is None:
            continue
        book = playbook_of(call)
        card = score_call(unit, call, book)
        if card.too_little:
            continue
        habits.append(habits_of(recap, unit.transcripts.load(call.id)))
        by_id = {i.id: i for i in book.stage_by_id[card.stage].indicators}
        for line in card.lines:
            indicator = by_id[line.indicator]
            tally = tallies.setdefault(_same(indicator), _Tally(indicator, book))
            tally.stages.add(card.stage)
            tally.lines.append((call, line))
    if len(habits) < FEWEST:
        little = f"too little to judge: {len(habits)} calls that can be judged, {FEWEST} are needed"
        return RepSheet(
            user=user.id, name=user.name, calls=len(habits), figures=_figures(habits), too_little=little
        )
    return RepSheet(
        user=user.id, name=user.name, calls=len(habits), figures=_figures(habits),
        habits=tuple(_advice(tallies.values())),
    )  # fmt: skip


def _same(indicator: Indicator) -> tuple[object, ...]:
    """Indicators of several stages that look for the same thing count together."""
    if indicator.measure == "dated_next_step":
        return (indicator.measure,)
    if indicator.measure is not None:
        return (indicator.measure, indicator.at_least is not None)
    return (indicator.fields, indicator.commitments)


def _advice(tallies: Iterable[_Tally]) -> list[Habit]:
    found: dict[Advice, list[tuple[float, Habit]]] = defaultdict(list)
    for tally in tallies:
        judged = [(c, line) for c, line in tally.lines if line.verdict != "na"]
        if len(judged) < FEWEST:
            continue
        share = sum(line.verdict == "met" for _, line in judged) / len(judged)
        if share >= KEEP:
            found["keep"].append((share, _habit("keep", tally, judged)))
        elif share <= LACK:
            advice: Advice = "stop" if tally.indicator.at_most is not None else "start"
            found[advice].append((1 - share, _habit(advice, tally, judged)))
    order: tuple[Advice, ...] = ("keep", "start", "stop")
    return [h for a in order for _, h in sorted(found[a], key=lambda r: (-r[0], -r[1].of))[:MOST]]


def _habit(advice: Advice, tally: _Tally, judged: list[tuple[Call, Line]]) -> Habit:
    met = sum(line.verdict == "met" for _, line in judged)
    wanted = "met" if advice == "keep" else "not_met"
    shown = [(c, line) for c, line in judged if line.verdict == wanted]
    play = plays.by_id(tally.book, tally.indicator.play)
    seen = f"seen on {met} of {len(judged)} calls"
    if advice != "keep" and tally.indicator.measure is not None:
        seen += f"; last time {shown[0][1].seen}"
    return Habit(
        advice=advice, text=tally.indicator.text, met=met, of=len(judged), seen=seen,
        do="" if advice == "keep" else tally.indicator.try_next,
        examples=tuple(m for _, line in shown for m in line.moments[:1])[:2],
        call_ids=tuple(c.id for c, _ in shown[:5]),
        play=plays.reference(play, tally.book) if play else None,
    )  # fmt: skip


def _figures(habits: list[Habits]) -> tuple[Figure, ...]:
    """Over the calls: sums with what they are of; medians where calls differ in length."""
    sided = [h for h in habits if h.sides_known]
    if not sided:
        return ()
    mine, words = sum(h.seller_words for h in sided), sum(h.words for h in sided)
    asking = [h.questions for h in sided if h.questions is not None]
    longest = [h.longest_s for h in sided if h.longest_s is not None]
    several = sum(h.buyer_people >= 2 for h in sided)
    dated = sum(h.dated_steps > 0 for h in habits)
    settled, raised = sum(h.settled for h in habits), sum(h.objections for h in habits)
    n = len(sided)
    found = [
        Figure(id="talk_share", label="Talk share", value=mine, of=words,
               text=f"{round(100 * mine / max(1, words))}% of the words ({mine} of {words}, {n} calls)"),
        Figure(id="multi_threading", label="Two or more of the buyer's people", value=several, of=n,
               text=f"{several} of {n} calls"),
        Figure(id="dated_next_step", label="Next step with a day", value=dated, of=len(habits),
               text=f"{dated} of {len(habits)} calls"),
        Figure(id="objections_handled", label="Objections settled", value=settled, of=raised,
               text=f"{settled} of {raised}"),
    ]  # fmt: skip
    if asking:
        text = f"{sum(asking)} questions on {len(asking)} calls, {sum(asking) / len(asking):.0f} a call"
        found.append(Figure(id="questions", label="Questions", value=sum(asking), of=len(asking), text=text))
    if longest:
        text = f"{clock(median(longest))} min, median of {len(longest)} calls; at most {clock(max(longest))}"
        found.append(Figure(id="longest_speech", label="Longest speech", value=median(longest), text=text))
    return tuple(found)
