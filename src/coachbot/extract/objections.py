"""Objections: pushback from the buyer, its category, and what the seller answered."""

from __future__ import annotations

from collections.abc import Iterator

from coachbot.extract.call import Call
from coachbot.extract.peaks import Peak, find_peaks
from coachbot.extract.phrases import clean_phrase
from coachbot.extract.zero_shot import Example
from coachbot.model.claims import Handled, ObjectionClaim, Quote, Response
from coachbot.model.playbook import ObjectionCategory, Playbook
from coachbot.model.transcript import Side

THRESHOLD = 0.35
MERGE, REACH, SUPPORT = 4, 2, 0.2
ANSWERED_WITHIN = 5
LEAST_ANSWER = 0.12


def find_objections(call: Call, playbook: Playbook) -> list[ObjectionClaim]:
    """Objections in the order of the call; each once, under the category that fits best."""
    learnt = call.reading.weights.labels["cat"]
    known = {(c.like or c.id): c for c in playbook.objections if (c.like or c.id) in learnt}
    new = [c for c in playbook.objections if (c.like or c.id) not in learnt]
    found = [*(_learnt(call, known) if known else ()), *_by_example(call, new)]
    found.sort(key=lambda claim: claim.quotes[0].turn or 0)
    return found


def _learnt(call: Call, known: dict[str, ObjectionCategory]) -> Iterator[ObjectionClaim]:
    reading = call.reading
    names = reading.weights.labels["cat"]
    objects = reading.probabilities("obj")[:, 0]
    categories = reading.probabilities("cat")
    threshold = reading.weights.thresholds.get("objection", THRESHOLD)
    peaks = find_peaks(
        objects, objects, threshold, merge=MERGE, reach=REACH, support=SUPPORT, allowed=call.not_seller
    )
    for peak in peaks:
        scores = categories[list(peak.turns)].max(axis=0)
        category = max((n for n in names if n in known), key=lambda n: float(scores[names.index(n)]))
        answer = _answer(call, peak)
        turns = [t for t in peak.turns if call.not_seller(t)]
        yield ObjectionClaim(
            value=call.phrase(peak.turn, "obj", "objection"),
            confidence=round(peak.confidence, 3),
            quotes=call.quotes(turns, "obj", "objection"),
            category=known[category].id,
            handled=_handled(call, peak) if answer else "no",
            response=answer,
        )


def _answer(call: Call, peak: Peak) -> Response | None:
    """The seller's turn after the objection that most answers it."""
    responds = call.reading.probabilities("resp")[:, 0]
    last = min(max(peak.turns) + ANSWERED_WITHIN, len(call.transcript.turns) - 1)
    after = [t for t in range(peak.turn + 1, last + 1) if call.side(t) is Side.SELLER]
    best = max(after, key=lambda t: float(responds[t]), default=None)
    if best is None or responds[best] < LEAST_ANSWER:
        return None
    return Response(
        text=call.phrase(best, "resp", "response"), quotes=call.quotes([best], "resp", "response")
    )


def _handled(call: Call, peak: Peak) -> Handled:
    names: list[Handled] = ["yes", "partly", "no"]
    logits = call.reading.logits[list(peak.turns), call.reading.weights.columns("handled")].mean(axis=0)
    return names[int(logits.argmax())]


def _by_example(call: Call, categories: list[ObjectionCategory]) -> Iterator[ObjectionClaim]:
    """Categories that the reader was not trained for."""
    for category in categories:
        example = Example(category.id, category.examples, category.not_this)
        for hit in call.likeness.hits(example, call.not_seller):
            said = hit.utterance
            peak = Peak(said.turn, hit.score, (said.turn,))
            answer = _answer(call, peak)
            yield ObjectionClaim(
                value=clean_phrase(call.text(said.turn), (said.start, said.end)),
                confidence=round(hit.score, 3),
                quotes=(Quote(turn=said.turn, text=said.text),),
                category=category.id,
                handled=_handled(call, peak) if answer else "no",
                response=answer,
            )
