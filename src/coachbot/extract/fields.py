"""Fields of the playbook: what the buyer said of each."""

from __future__ import annotations

from collections.abc import Iterator

from coachbot.extract.call import Call
from coachbot.extract.peaks import Peak, find_peaks
from coachbot.extract.phrases import clean_phrase
from coachbot.extract.weighing import field_figures, load_weighings
from coachbot.extract.zero_shot import Example
from coachbot.model.claims import FieldClaim, Quote
from coachbot.model.playbook import FieldSpec, Playbook
from coachbot.model.transcript import Side

FAINT, SUPPORT = 0.15, 0.2
CONFIRMS_WITHIN = 2


def find_fields(call: Call, playbook: Playbook) -> list[FieldClaim]:
    """Claims for every field, in the playbook's order, strongest first."""
    return [claim for spec in playbook.fields for claim in _field(call, spec)]


def _field(call: Call, spec: FieldSpec) -> Iterator[FieldClaim]:
    learnt = call.reading.weights.labels["core"]
    name = spec.like or spec.id
    found = _learnt(call, spec, name) if name in learnt else _by_example(call, spec)
    yield from (c for c in (_as_option(spec, claim) for claim in found) if c is not None)


def _learnt(call: Call, spec: FieldSpec, name: str) -> Iterator[FieldClaim]:
    weighing = load_weighings()["fields"]
    found = [(weighing.probability(figures), peak) for peak, figures in field_peaks(call, name)]
    for sure, peak in sorted(found, key=lambda pair: -pair[0]):
        turns = _turns(call, spec, peak)
        if sure >= weighing.threshold and turns:
            yield FieldClaim(
                field=spec.id,
                value=call.phrase(peak.turn, "core", name),
                confidence=round(sure, 3),
                quotes=call.quotes(turns, "core", name),
            )


def field_peaks(call: Call, name: str) -> Iterator[tuple[Peak, dict[str, float]]]:
    """Where the reader sees the label `name`, faint places among them, each with what is to be weighed."""
    at = call.reading.weights.labels["core"].index(name)
    states = call.reading.probabilities("core")[:, at]
    supports = call.reading.probabilities("any")[:, at]
    for peak in find_peaks(states, supports, FAINT, support=SUPPORT):
        yield peak, field_figures(call, peak, states, at)


def _turns(call: Call, spec: FieldSpec, peak: Peak) -> list[int]:
    """The turns to quote; none where the seller said it and nobody answered."""
    if spec.said_by != "buyer":
        return list(peak.turns)
    if call.side(peak.turn) is not Side.SELLER:
        return [t for t in peak.turns if call.not_seller(t)]
    answer = _answer(call, peak.turn)
    if answer is None:
        return []
    return [peak.turn, answer, *(t for t in peak.turns if t != answer and call.not_seller(t))]


def _answer(call: Call, turn: int) -> int | None:
    """The buyer's turn that answers what the seller put to them."""
    last = min(turn + CONFIRMS_WITHIN, len(call.transcript.turns) - 1)
    return next((t for t in range(turn + 1, last + 1) if call.side(t) is Side.BUYER), None)


def _by_example(call: Call, spec: FieldSpec) -> Iterator[FieldClaim]:
    """A field that the reader was not trained for: by its listen_for and not_this."""

    def may_say(turn: int) -> bool:
        side = call.side(turn)
        return side is Side.UNKNOWN or spec.said_by in ("either", side.value)

    for hit in call.likeness.hits(Example(spec.id, spec.listen_for, spec.not_this), may_say):
        said = hit.utterance
        yield FieldClaim(
            field=spec.id,
            value=clean_phrase(call.text(said.turn), (said.start, said.end)),
            confidence=round(hit.score, 3),
            quotes=(Quote(turn=said.turn, text=said.text),),
        )


def _as_option(spec: FieldSpec, claim: FieldClaim) -> FieldClaim | None:
    """A choice takes one of its options, where the words name it; a wrong value is worse than none."""
    if spec.kind != "choice":
        return claim
    said = " ".join(q.text for q in claim.quotes).casefold()
    named = [option for option in spec.options if option.casefold() in said]
    return claim.model_copy(update={"value": named[0]}) if len(named) == 1 else None
