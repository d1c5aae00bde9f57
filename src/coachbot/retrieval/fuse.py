"""Ranked lists to one list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

K = 60


def reciprocal_rank(
    lists: Mapping[str, Sequence[int]],
    weights: Mapping[str, float],
    *,
    trust: Mapping[str, Mapping[int, float]] | None = None,
    k: int = K,
) -> dict[int, float]:
    """Sum over the lists of weight * trust / (k + rank), ranks from 1; a list gives nothing to what it lacks.

    `trust` is a factor for each item of a list, 1 where it says nothing.

    Cormack, Clarke and Büttcher, "Reciprocal rank fusion outperforms Condorcet and individual rank learning
    methods", SIGIR 2009; the factors are an addition of ours.
    """
    scores: dict[int, float] = {}
    for name, ranked in lists.items():
        weight = weights.get(name, 1.0)
        factors = (trust or {}).get(name)
        for rank, item in enumerate(ranked, start=1):
            gain = weight / (k + rank)
            scores[item] = scores.get(item, 0.0) + (
                gain if factors is None else gain * factors.get(item, 1.0)
            )
    return scores


def spread(order: Sequence[int], page_of: Mapping[int, int], most: int) -> list[int]:
    """The same items, with those beyond the first `most` of a page moved behind all others."""
    seen: dict[int, int] = {}
    first: list[int] = []
    later: list[int] = []
    for item in order:
        page = page_of[item]
        seen[page] = seen.get(page, 0) + 1
        (first if seen[page] <= most else later).append(item)
    return first + later
