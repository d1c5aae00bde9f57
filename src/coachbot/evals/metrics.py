"""The metrics that suites may name. Each is a quotient of counts, so calls add up to a suite.

A call's own value decides comparisons; the suite's value (micro) is made of the summed counts and the macro
value is the mean over calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from coachbot.errors import UsageError
from coachbot.evals.score import CallScore, Share, Tally, prf

Direction = Literal["higher", "lower"]
Parts = tuple[float, ...]
DIGITS = 6
"""Values are rounded to this, so that a value read back from a file equals the one just made."""


@dataclass(frozen=True)
class Metric:
    """A number about a call or a suite.

    `parts` gives the counts of a call, `value` the number they make (None where it is not defined: nothing
    to find, and nothing found). `share`: it lies between 0 and 1. `portable`: no matter on which machine.
    """

    id: str
    label: str
    better: Direction
    parts: Callable[[CallScore], Parts]
    value: Callable[[Sequence[float]], float | None]
    share: bool = True
    portable: bool = True

    def of_call(self, score: CallScore) -> float | None:
        """The call's value. A failed call has the worst: 0, or 1 for a share where lower is better."""
        if score.failed is not None and self.share:
            return 0.0 if self.better == "higher" else 1.0
        found = self.value(self.parts(score))
        return None if found is None else round(found, DIGITS)

    def of_calls(self, scores: Iterable[CallScore]) -> float | None:
        """The value of all calls together (micro): that of the summed counts."""
        rows = [self.parts(s) for s in scores]
        return self.value([sum(column) for column in zip(*rows, strict=True)]) if rows else None

    def good(self, difference: float) -> float:
        """The difference, turned so that more is better."""
        return difference if self.better == "higher" else -difference


def _tally(parts: Sequence[float]) -> Tally:
    right, predicted, found, expected = (round(p) for p in parts)
    return Tally(right=right, predicted=predicted, found=found, expected=expected)


def _f1(parts: Sequence[float]) -> float | None:
    return prf(_tally(parts)).f1 if parts[1] or parts[3] else None


def _precision(parts: Sequence[float]) -> float | None:
    return prf(_tally(parts)).precision if parts[1] or parts[3] else None


def _recall(parts: Sequence[float]) -> float | None:
    return prf(_tally(parts)).recall if parts[3] else None


def _quotient(parts: Sequence[float]) -> float | None:
    return parts[0] / parts[1] if parts[1] else None


def _counts(get: Callable[[CallScore], Tally]) -> Callable[[CallScore], Parts]:
    return lambda score: get(score).parts


def _yes_of(name: str) -> Callable[[CallScore], Parts]:
    def parts(score: CallScore) -> Parts:
        share = score.shares.get(name, Share())
        return share.yes, share.of

    return parts


def _mean(get: Callable[[CallScore], float]) -> Callable[[CallScore], Parts]:
    return lambda score: (get(score), 1.0)


def _reverted(score: CallScore) -> Parts:
    return float(score.reversion.expected and score.reversion.said), float(score.reversion.expected)


def _falsely_reverted(score: CallScore) -> Parts:
    return float(score.reversion.said and not score.reversion.expected), float(not score.reversion.expected)


def _matched_as(kind: str) -> Callable[[CallScore], Parts]:
    return lambda score: (score.matches.get(kind, 0), sum(score.matches.values()))


def _build() -> Iterable[Metric]:
    families: tuple[tuple[str, str, Callable[[CallScore], Tally]], ...] = (
        ("fields", "Fields (exact)", lambda s: s.strict),
        ("related", "Fields (related)", lambda s: s.loose),
        ("stakeholders", "Stakeholders", lambda s: s.stakeholders),
        ("objections", "Objections", lambda s: s.objections),
        ("next_steps", "Next steps", lambda s: s.next_steps),
        ("risks", "Risks", lambda s: s.risks),
    )
    for name, label, get in families:
        yield Metric(f"{name}_f1", f"{label} F1", "higher", _counts(get), _f1)
        yield Metric(f"{name}_precision", f"{label} precision", "higher", _counts(get), _precision)
        yield Metric(f"{name}_recall", f"{label} recall", "higher", _counts(get), _recall)
    shares: tuple[tuple[str, str, Direction], ...] = (
        ("stage", "Stage right", "higher"),
        ("exit_criteria", "Exit criteria right", "higher"),
        ("states", "Field states right", "higher"),
        ("objection_category", "Objection category", "higher"),
        ("objection_handled", "Objection handled", "higher"),
        ("next_step_owner", "Next step owner", "higher"),
        ("next_step_date", "Next step date", "higher"),
        ("next_step_committed", "Next step committed", "higher"),
        ("stakeholder_influence", "Stakeholder influence", "higher"),
        ("stakeholder_role", "Stakeholder role", "higher"),
        ("traps", "Traps fallen into", "lower"),
        ("false_found", "Blank fields filled", "lower"),
        ("ungrounded", "Quotes not in the call", "lower"),
        ("vague", "Quotes that prove nothing", "lower"),
    )
    for name, label, better in shares:
        yield Metric(name, label, better, _yes_of(name), _quotient)
    yield Metric("reversion_found", "Going back: found", "higher", _reverted, _quotient)
    yield Metric("reversion_false", "Going back: false", "lower", _falsely_reverted, _quotient)
    yield Metric("quotes_exact", "Quotes matched exactly", "higher", _matched_as("exact"), _quotient)
    spend: tuple[tuple[str, str, Callable[[CallScore], float]], ...] = (
        ("seconds", "Seconds a call", lambda s: s.spend.seconds),
        ("tokens_in", "Tokens read a call", lambda s: s.spend.tokens_in),
        ("tokens_out", "Tokens written a call", lambda s: s.spend.tokens_out),
    )
    for name, label, get_spend in spend:
        yield Metric(
            name, label, "lower", _mean(get_spend), _quotient, share=False, portable=name != "seconds"
        )


METRICS: Mapping[str, Metric] = {m.id: m for m in _build()}


def metric(name: str) -> Metric:
    """The metric of that id. Raises UsageError naming those there are."""
    if name not in METRICS:
        raise UsageError(f"no metric is called {name!r}; there are: {', '.join(METRICS)}")
    return METRICS[name]


def values_of(score: CallScore) -> dict[str, float | None]:
    """Every metric of one call."""
    return {m.id: m.of_call(score) for m in METRICS.values()}


def mean_values(repeats: Sequence[Mapping[str, float | None]]) -> dict[str, float | None]:
    """The mean of a call's repeats, metric by metric, over those where it is defined."""
    means: dict[str, float | None] = {}
    for name in METRICS:
        known = [v for r in repeats if (v := r.get(name)) is not None]
        means[name] = round(sum(known) / len(known), DIGITS) if known else None
    return means


def macro(values: Iterable[float | None]) -> float | None:
    """The mean of the values that are defined."""
    known = [v for v in values if v is not None]
    return sum(known) / len(known) if known else None
