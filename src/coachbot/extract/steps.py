"""Next steps: what is to be done, by whom, until when, and whether the buyer agreed."""

from __future__ import annotations

from coachbot.extract.call import Call
from coachbot.extract.dates import resolve
from coachbot.extract.peaks import Peak, find_peaks
from coachbot.model.claims import NextStepClaim, Owner

THRESHOLD = 0.35
MERGE, REACH, SUPPORT = 3, 3, 0.2
AGREED = 0.5


def find_steps(call: Call) -> list[NextStepClaim]:
    """Next steps in the order of the call."""
    plans = call.reading.probabilities("ns")[:, 0]
    threshold = call.reading.weights.thresholds.get("next_step", THRESHOLD)
    peaks = find_peaks(plans, plans, threshold, merge=MERGE, reach=REACH, support=SUPPORT)
    return [_step(call, peak) for peak in sorted(peaks, key=lambda p: p.turn)]


def _step(call: Call, peak: Peak) -> NextStepClaim:
    turns = list(peak.turns)
    what = call.phrase(peak.turn, "ns", "next_step")
    when, day = _when(call, peak, what)
    return NextStepClaim(
        value=what,
        confidence=round(peak.confidence, 3),
        quotes=call.quotes(turns, "ns", "next_step"),
        owner=_owner(call, turns),
        when=when,
        date=day,
        committed=_agreed(call, turns),
    )


def _when(call: Call, peak: Peak, what: str) -> tuple[str | None, str | None]:
    """The time said for the step. Without the call's date it stays as said."""
    on = call.transcript.date
    if on is None:
        return None, None
    when, day = resolve([call.text(t) for t in sorted(peak.turns)], on.date(), about=what)
    return when, day.isoformat() if day else None


def _owner(call: Call, turns: list[int]) -> Owner:
    names: list[Owner] = ["buyer", "seller", "both"]
    logits = call.reading.logits[turns, call.reading.weights.columns("owner")].mean(axis=0)
    return names[int(logits.argmax())]


def _agreed(call: Call, turns: list[int]) -> bool:
    return float(call.reading.probabilities("committed")[turns, 0].mean()) >= AGREED
