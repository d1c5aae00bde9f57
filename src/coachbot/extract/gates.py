"""Signals for the stage: commitments of the buyer, and what takes them away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

from coachbot.extract.call import Call
from coachbot.extract.zero_shot import Example
from coachbot.model.claims import CommitmentClaim, Quote, ReversionClaim, RiskClaim

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from coachbot.model.playbook import Commitment, Playbook, Reversion, Stage
    from coachbot.model.transcript import DealContext

# By how many logits "it is so" must outweigh "it is not so", and the probabilities from which a reversion
# and a slipped date count. Chosen on calls that the heads had not seen (training/README.md).
MARGIN, REVERTED, SLIPPED = 1.0, 0.45, 0.3
AS_GOOD = 0.5  # a second turn is quoted when it scores at least this share of the best
MOST_QUOTES = 2


@dataclass(frozen=True)
class Signal:
    """Words of the buyer that speak for something."""

    confidence: float
    quotes: tuple[Quote, ...]


def find_commitments(call: Call, playbook: Playbook, deal: DealContext) -> list[CommitmentClaim]:
    """What the buyer agreed to, of the commitments of the deal's stage (all stages where it is unknown)."""
    return [
        CommitmentClaim(commitment=c.id, value=c.text, confidence=s.confidence, quotes=s.quotes)
        for stage in _stages(playbook, deal)
        for c in stage.buyer_commitments
        for s in _agreed(call, c)
    ]


def find_reversions(call: Call, playbook: Playbook, deal: DealContext) -> list[ReversionClaim]:
    """What was said that sends the deal back, under the rule that describes it best."""
    if deal.stage is None:
        return []
    at = playbook.stage_index(deal.stage)
    rules = [
        r
        for r in playbook.reversions
        if playbook.stage_index(r.to) < at and (not r.from_stages or deal.stage in r.from_stages)
    ]
    if "revert" in call.reading.weights.labels:
        signal = _strongest(call, call.reading.probabilities("revert")[:, 0], "revert", "revert", REVERTED)
        if signal is None or not rules:
            return []
        rule = _most_alike(call, signal, rules)
        return [
            ReversionClaim(
                reversion=rule.id, value=rule.text, confidence=signal.confidence, quotes=signal.quotes
            )
        ]
    return [
        ReversionClaim(reversion=r.id, value=r.text, confidence=s.confidence, quotes=s.quotes)
        for r in rules
        for s in _by_example(call, Example(r.id, r.listen_for, r.not_this))
    ]


def find_risks_said(call: Call, playbook: Playbook) -> list[RiskClaim]:
    """Utterances that a risk rule listens for."""
    return [
        RiskClaim(risk=r.id, value=r.label, confidence=s.confidence, quotes=s.quotes)
        for r in playbook.risks
        if r.signals
        for s in _risk_signals(call, r.rule, Example(r.id, r.signals, r.not_this))
    ]


def _stages(playbook: Playbook, deal: DealContext) -> tuple[Stage, ...]:
    return (playbook.stage_by_id[deal.stage],) if deal.stage else playbook.stages


def _agreed(call: Call, commitment: Commitment) -> Iterator[Signal]:
    names = call.reading.weights.labels.get("gate", [])
    if commitment.id not in names:
        yield from _by_example(call, Example(commitment.id, commitment.listen_for, commitment.not_this))
        return
    at = names.index(commitment.id)
    yes = call.reading.probabilities("gate")[:, at]
    no = call.reading.probabilities("ungate")[:, at]
    turns = [t for t in (-yes).argsort(kind="stable").tolist() if call.not_seller(t)]
    if not turns:
        return
    denied = max(float(no[t]) for t in turns)
    best = float(yes[turns[0]])
    # said more strongly that it is not so: then it is open
    if _logit(best) - _logit(denied) > MARGIN:
        cited = [t for t in turns[:MOST_QUOTES] if yes[t] >= AS_GOOD * best]
        yield Signal(round(best, 3), call.quotes(cited, "gate", commitment.id))


def _logit(p: float) -> float:
    return log(p + 1e-4) - log(1 - p + 1e-4)


def _risk_signals(call: Call, rule: str, example: Example) -> Iterator[Signal]:
    if rule == "slipped_close_date" and "slipped" in call.reading.weights.labels:
        signal = _strongest(call, call.reading.probabilities("slipped")[:, 0], "slipped", "slipped", SLIPPED)
        if signal is not None:
            yield signal
        return
    yield from _by_example(call, example)


def _strongest(
    call: Call, scores: NDArray[np.float32], group: str, name: str, otherwise: float
) -> Signal | None:
    """The turns that say it most, of those where the buyer may be speaking."""
    threshold = call.reading.weights.thresholds.get(f"{group}:{name}", otherwise)
    turns = [t for t in (-scores).argsort(kind="stable").tolist() if call.not_seller(t)]
    best = [t for t in turns[:MOST_QUOTES] if scores[t] >= threshold]
    if not best:
        return None
    return Signal(round(float(scores[best[0]]), 3), call.quotes(best, group, name))


def _most_alike(call: Call, signal: Signal, rules: Sequence[Reversion]) -> Reversion:
    said = call.encode([q.text for q in signal.quotes])

    def likeness(rule: Reversion) -> float:
        return float((said @ call.encode(rule.listen_for).T).max()) if rule.listen_for else -1.0

    return max(rules, key=likeness)


def _by_example(call: Call, example: Example) -> Iterator[Signal]:
    hits = call.likeness.hits(example, call.not_seller)
    if hits:
        quotes = tuple(Quote(turn=h.utterance.turn, text=h.utterance.text) for h in hits[:MOST_QUOTES])
        yield Signal(round(hits[0].score, 3), quotes)
