"""What a recap is worth on one call: counts only, so that scores of calls can be added up."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import Field

from coachbot.model.base import Frozen


class Tally(Frozen):
    """Counts of one kind of thing.

    `right` of the `predicted` ones match a gold one; `found` of the `expected` gold ones are matched.
    For one-to-one matching both are the same number of pairs.
    """

    right: int = 0
    predicted: int = 0
    found: int = 0
    expected: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            right=self.right + other.right,
            predicted=self.predicted + other.predicted,
            found=self.found + other.found,
            expected=self.expected + other.expected,
        )

    @property
    def parts(self) -> tuple[int, int, int, int]:
        """right, predicted, found, expected."""
        return self.right, self.predicted, self.found, self.expected

    @property
    def false_positives(self) -> int:
        """Predicted, and wrong."""
        return self.predicted - self.right

    @property
    def false_negatives(self) -> int:
        """There, and not found. A wrong value is one of these and a false positive too."""
        return self.expected - self.found


class Share(Frozen):
    """`yes` of `of`."""

    yes: int = 0
    of: int = 0

    def __add__(self, other: Share) -> Share:
        return Share(yes=self.yes + other.yes, of=self.of + other.of)


class Prf(NamedTuple):
    """Precision, recall and their harmonic mean, 0 to 1."""

    precision: float
    recall: float
    f1: float


def prf(tally: Tally) -> Prf:
    """Precision, recall and F1; a quotient with nothing below the line is 0."""
    p = tally.right / tally.predicted if tally.predicted else 0.0
    r = tally.found / tally.expected if tally.expected else 0.0
    return Prf(p, r, 2 * p * r / (p + r) if p + r else 0.0)


class Pair(NamedTuple):
    """A predicted item and the gold one it stands for, both by position in their field."""

    item: int
    gold: int


class Reversion(Frozen):
    """Whether the deal should go back, and whether the recap said so."""

    expected: bool = False
    said: bool = False


class Spend(Frozen):
    """What the recap took. `seconds` is wall time of the whole job; `model` None: no language model."""

    seconds: float = 0.0
    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    model: str | None = None


class CallScore(Frozen):
    """The score of one recap against one call's labels.

    `fields` counts per field with the exact field, `related` with neighbouring fields allowed. `states`
    counts "gold state>recap state" over the playbook's fields; `matches` counts evidence by how it matched.
    `failed` is why there is no recap; then everything that was there counts as missed.
    """

    case: str
    cluster: str
    failed: str | None = None
    fields: dict[str, Tally] = Field(default_factory=dict)
    related: dict[str, Tally] = Field(default_factory=dict)
    pairs: dict[str, tuple[Pair, ...]] = Field(default_factory=dict)
    stakeholders: Tally = Tally()
    objections: Tally = Tally()
    next_steps: Tally = Tally()
    risks: Tally = Tally()
    shares: dict[str, Share] = Field(default_factory=dict)
    states: dict[str, int] = Field(default_factory=dict)
    matches: dict[str, int] = Field(default_factory=dict)
    traps: tuple[int, ...] = Field(default=(), description="positions in gold's must_not_appear")
    stage_before: str
    stage_expected: str
    stage_suggested: str | None = None
    reversion: Reversion = Reversion()
    spend: Spend = Spend()

    @property
    def strict(self) -> Tally:
        """All fields together."""
        return sum(self.fields.values(), Tally())

    @property
    def loose(self) -> Tally:
        """All fields together, neighbouring fields allowed."""
        return sum(self.related.values(), Tally())
