"""Next steps: what is to be done, by whom, until when, and whether the buyer agreed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from coachbot.extract.call import Call
from coachbot.extract.dates import resolve
from coachbot.extract.peaks import Peak, find_peaks
from coachbot.extract.weighing import load_weighings, standing
from coachbot.model.claims import NextStepClaim, Owner
from coachbot.model.transcript import Side

FAINT = 0.3
MERGE, REACH, SUPPORT = 4, 3, 0.2
AGREED = 0.5
ANSWERED_WITHIN = 2
ANY_DAY = date(2001, 1, 1)


def find_steps(call: Call) -> list[NextStepClaim]:
    """Next steps in the order of the call."""
    weighing = load_weighings()["steps"]
    found = [(weighing.probability(figures), peak) for peak, figures in step_peaks(call)]
    believed = [(sure, peak) for sure, peak in found if sure >= weighing.threshold]
    return [_step(call, peak, sure) for sure, peak in sorted(believed, key=lambda pair: pair[1].turn)]


def step_peaks(call: Call) -> Iterator[tuple[Peak, dict[str, float]]]:
    """Where the reader sees a next step, faint places among them, each with what is to be weighed."""
    plans = call.reading.probabilities("ns")[:, 0]
    for peak in find_peaks(plans, plans, FAINT, merge=MERGE, reach=REACH, support=SUPPORT):
        yield peak, standing(peak, plans)


def _step(call: Call, peak: Peak, sure: float) -> NextStepClaim:
    turns = list(peak.turns)
    agreed = _agreed(call, turns)
    if agreed and not any(call.side(t) is Side.BUYER for t in turns):
        turns = _with_answer(call, turns)
    what = call.phrase(peak.turn, "ns", "next_step")
    when, day = _when(call, peak, what)
    return NextStepClaim(
        value=what,
        confidence=round(sure, 3),
        quotes=call.quotes(_proving(call, turns), "ns", "next_step"),
        owner=_owner(call, turns),
        when=when,
        date=day,
        committed=agreed,
    )


def _when(call: Call, peak: Peak, what: str) -> tuple[str | None, str | None]:
    """The time said for the step, and its day. Without the call's date the time stays as said."""
    on = call.transcript.date
    said_on = on.date() if on else ANY_DAY
    when, day = resolve([call.text(t) for t in sorted(peak.turns)], said_on, about=what)
    return when, day.isoformat() if day and on else None


def _owner(call: Call, turns: list[int]) -> Owner:
    names: list[Owner] = ["buyer", "seller", "both"]
    logits = call.reading.logits[turns, call.reading.weights.columns("owner")].mean(axis=0)
    return names[int(logits.argmax())]


def _proving(call: Call, turns: list[int]) -> list[int]:
    """The turns to quote: what the seller offered beside the step may have been refused."""
    return [t for n, t in enumerate(turns) if n == 0 or call.not_seller(t)]


def _with_answer(call: Call, turns: list[int]) -> list[int]:
    """The turns and the buyer's answer to them: a commitment is the buyer's own words, or none."""
    last = min(max(turns) + ANSWERED_WITHIN, len(call.transcript.turns) - 1)
    answer = next((t for t in range(turns[0] + 1, last + 1) if call.side(t) is Side.BUYER), None)
    return turns if answer is None else [turns[0], answer, *(t for t in turns[1:] if t != answer)]


def _agreed(call: Call, turns: list[int]) -> bool:
    return float(call.reading.probabilities("committed")[turns, 0].mean()) >= AGREED
