"""Prompts from how the call was held, by the stage's indicators that were not met."""

from __future__ import annotations

from collections.abc import Iterator

from coachbot.coach import plays
from coachbot.coach.case import Case
from coachbot.coach.gates import prompt_id
from coachbot.coach.scorecard import Line, fill
from coachbot.coach.speak import lower_first, purpose, short
from coachbot.coach.types import Basis, CoachPrompt, PlayRef
from coachbot.model.playbook import Indicator

BEHAVIOUR = 20.0
CLEARLY = 1.15


def behaviour_prompts(case: Case) -> Iterator[CoachPrompt]:
    """Those that a measure shows, and those whose field the second look does not find either."""
    if case.transcript is None:
        return
    card = fill(case.recap, case.transcript, case.book, case.stage, call_id=case.call_id)
    by_id = {i.id: i for i in case.stage.indicators}
    for place, line in enumerate(card.lines):
        indicator = by_id[line.indicator]
        # pushback has prompts of its own, each with its answer; a missing day is a risk or a criterion
        if line.verdict != "not_met" or indicator.measure in ("objections_handled", "dated_next_step"):
            continue
        if not _clearly(indicator, line):
            continue
        if indicator.commitments or not all(case.lacks(f) for f in indicator.fields):
            continue
        play = plays.by_id(case.book, indicator.play) or plays.for_text(
            case.book, f"{indicator.text} {indicator.try_next}", case.stage.id
        )
        if play is not None:
            yield _prompt(case, indicator, line, plays.reference(play, case.book), place)


def _clearly(indicator: Indicator, line: Line) -> bool:
    """Whether a limit is missed by more than a call's chance."""
    if line.value is None or indicator.at_most is None:
        return True
    return line.value >= indicator.at_most * CLEARLY


def _prompt(case: Case, indicator: Indicator, line: Line, ref: PlayRef, place: int) -> CoachPrompt:
    labels = [case.book.field_by_id[f].label for f in indicator.fields]
    absence = None if line.moments else case.absence(" or ".join(labels) or indicator.text)
    limit = _limit(indicator)
    seen = f"{line.seen[:1].upper()}{line.seen[1:]}{limit}."
    if line.moments:
        moment = line.moments[0]
        seen += f" The longest of them: “{short(moment.quote, 14)}” ({moment.place})."
    elif labels:
        seen = f"{' and '.join(labels)}: {line.seen}."
    question = case.book.field_by_id[indicator.fields[0]].question if indicator.fields else ""
    return CoachPrompt(
        id=prompt_id(case, "behaviour", indicator.id),
        kind="behaviour",
        title=f"Not seen: {lower_first(indicator.text)}",
        seen=seen,
        moments=line.moments,
        absence=absence,
        why=f"Looked for on calls of {case.stage.name}. {purpose(case.stage)}",
        basis=Basis(kind="indicator", id=indicator.id, text=indicator.text),
        say=(question,) if question else (),
        do=indicator.try_next,
        play=ref,
        causes=(indicator.id, *indicator.fields, *_CAUSE.get(indicator.measure or "", ())),
        weight=BEHAVIOUR - place,
    )  # fmt: skip


_CAUSE = {"buyer_people": ("risk:single_threaded",)}


def _limit(indicator: Indicator) -> str:
    unit = {"talk_share": "%", "longest_speech": " seconds"}.get(indicator.measure or "", "")
    if indicator.at_most is not None:
        return f"; up to {indicator.at_most:g}{unit} is looked for"
    return f"; at least {indicator.at_least:g}{unit} is looked for" if indicator.at_least is not None else ""
