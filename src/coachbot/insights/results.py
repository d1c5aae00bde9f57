"""The shapes in which numbers leave this room: each with what it counts, of what, and how sure it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from pydantic import Field

from coachbot.insights.compare import FALSE_DISCOVERIES, Comparison, adjusted
from coachbot.insights.rates import Rate, difference, ratio
from coachbot.model.base import Frozen


class Share(Frozen):
    """`count` of `total`, with Wilson's 95 % interval. Of nothing there is no value."""

    count: int
    total: int
    value: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, count: int, total: int) -> Self:
        """The share of a count."""
        rate = Rate(int(count), int(total))
        interval = rate.interval()
        low, high = interval if interval else (None, None)
        return cls(count=rate.count, total=rate.total, value=rate.value, low=low, high=high)


class Gap(Frozen):
    """A group against the others.

    `difference` and `ratio` compare the shares as they stand. `gap` compares like with like (within strata);
    it is what is tested. `p` is None where too few cases were seen to say anything; `q` is corrected for all
    comparisons of the report; `found` is whether at most 5 % of what is called found may be chance.
    """

    group: Share
    others: Share
    difference: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    gap: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    q: float | None = None
    found: bool = False
    too_few: bool = False
    strata: int = Field(default=1, description="groups of like cases that were compared each within itself")

    @classmethod
    def of(cls, compared: Comparison, group: Rate | None = None, others: Rate | None = None) -> Self:
        """From a comparison; `group` and `others` where the shares shown are of other cases than compared."""
        one, other = group or compared.group, others or compared.others
        apart, times = difference(one, other), ratio(one, other)
        stands = one.value - other.value if one.value is not None and other.value is not None else None
        low, high = compared.interval if compared.interval else (None, None)
        return cls(
            group=Share.of(one.count, one.total),
            others=Share.of(other.count, other.total),
            difference=stands,
            difference_low=apart.low if apart else None,
            difference_high=apart.high if apart else None,
            ratio=times.value if times else None,
            ratio_low=times.low if times else None,
            ratio_high=times.high if times else None,
            gap=compared.gap,
            low=low,
            high=high,
            p=compared.p,
            too_few=compared.too_few,
            strata=compared.strata,
        )


def judged(gaps: Sequence[Gap], families: int = 1) -> list[Gap]:
    """The same with `q` and `found`, as one of so many families of comparisons of a report."""
    corrected = adjusted([g.p for g in gaps], families)
    return [
        g.model_copy(update={"q": q, "found": q is not None and q <= FALSE_DISCOVERIES})
        for g, q in zip(gaps, corrected, strict=True)
    ]
