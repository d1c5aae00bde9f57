"""Ranked lists to one list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

K = 60
SHORT_K, FIRST = 10, 1.5
"""Of `weighed`: places count within the first ten or so, up to about a seventh of the strength."""


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


def weighed(
    lists: Mapping[str, Mapping[int, float]],
    weights: Mapping[str, float],
    *,
    k: int = SHORT_K,
    first: float = FIRST,
) -> dict[int, float]:
    """Sum over the lists of weight * strength * (1 + first / (k + rank)), ranks from 1.

    `lists` hold the strength of each item, about 0 to 1 and comparable from question to question: a list that
    knows little then says little, and a clear hit is not worn down to a rank. The sum of strengths is the
    convex combination of Bruch, Gai and Ingber, "An analysis of fusion functions for hybrid retrieval", ACM
    TOIS 42 (2023); the reciprocal rank is that of `reciprocal_rank`.
    """
    scores: dict[int, float] = {}
    for name, strengths in lists.items():
        weight = weights.get(name, 1.0)
        order = sorted(strengths, key=lambda item: (-strengths[item], item))
        for rank, item in enumerate(order, start=1):
            gain = weight * strengths[item] * (1 + first / (k + rank))
            scores[item] = scores.get(item, 0.0) + gain
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
