"""Query expansion by the playbook's own terms: from a question to definitions, from these to tagged pages.

"She says we cost too much" shares no word with a page on discounts, yet it is near to what buyers say in the
objection's examples, and that objection's id stands on the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from coachbot.retrieval.fuse import reciprocal_rank
from coachbot.retrieval.passages import Passage

if TYPE_CHECKING:
    from coachbot.retrieval.build import Built
    from coachbot.retrieval.ranking import Found

DEFINITIONS = 8
"""The nearest definitions that are followed."""


def linked_pages(built: Built, found: Found, telling: Sequence[str], ceiling: float) -> list[int]:
    """Numbers of the pages that the nearest definitions lead to, best first; empty where there are none."""
    numbers = built.definitions
    if not numbers:
        return []
    lists: dict[str, Sequence[int]] = {}
    if found.query is not None and built.matrices is not None:
        near = built.matrices.meaning(found.query, [n - 1 for n in numbers])
        lists["meaning"] = [numbers[at] for at in sorted(range(len(numbers)), key=lambda at: -near[at])]
    ranked = built.words.search(telling, 50, allowed=set(numbers))
    lists["words"] = [n for n, _ in ranked]
    sure = {n: min(1.0, score / ceiling) for n, score in ranked}
    scores = reciprocal_rank(lists, {}, trust={"words": sure})
    best = sorted(scores, key=lambda n: (-scores[n], n))[:DEFINITIONS]
    known = built.words.passages(best)
    pages: dict[int, float] = {}
    for rank, n in enumerate(best, start=1):
        for name, value in _keys(known[n]):
            for page, share in built.tagged.get((name, value), {}).items():
                pages[page] = pages.get(page, 0.0) + share / rank
    return sorted(pages, key=lambda page: (-pages[page], page))


def _keys(definition: Passage) -> list[tuple[str, str]]:
    """The ids to follow: the most particular kind that a definition has."""
    for names in (("objection",), ("criterion",), ("field",), ("stage",)):
        keys = [(name, value) for name in names for value in definition.tags()[name]]
        if keys:
            return keys
    return []


def tagged_pages(rows: Sequence[tuple[int, Passage]]) -> dict[tuple[str, str], dict[int, float]]:
    """For each tag, the pages that carry it and how much they are about it.

    `rows`: page and passage. What stands first in a list of tags, or in a short one, says more of a page.
    """
    found: dict[tuple[str, str], dict[int, float]] = {}
    for page, passage in rows:
        for name, values in passage.tags().items():
            for at, value in enumerate(values, start=1):
                found.setdefault((name, value), {})[page] = 1.0 / (at * len(values) ** 0.5)
    return found
