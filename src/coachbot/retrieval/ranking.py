"""From a question to passages: the lists, and how they are weighed.

The main lists are those of meaning (Chroma's nearest passages, ordered by exact similarity) and of words
(BM25). Two more say which page a passage stands on: the page's own BM25, and the definitions the question is
nearest to, whose ids tag the pages that help with them. See `fuse.weighed` for how they become one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from coachbot.errors import SearchError
from coachbot.retrieval.encoders import Encoder
from coachbot.retrieval.fuse import spread, weighed
from coachbot.retrieval.links import linked_pages
from coachbot.retrieval.matrices import cosines
from coachbot.retrieval.passages import Hit
from coachbot.retrieval.script import for_query, latin_share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from coachbot.retrieval.build import Built

DEEP = 150
WHOLE = 5
"""Of so many of the best pages, every passage is looked at."""
WEIGHTS: Mapping[str, float] = {"meaning": 1.0, "words": 0.3, "page_words": 0.3, "links": 0.07}
LINKED = 10
"""How slowly the pages that definitions lead to lose weight with their place."""
FOREIGN, STEEP = 0.05, 4
"""What meaning weighs for a question without a Latin letter: the encoder has read little but English.

With some Latin letters in it ("ROI が大きすぎる") it weighs not much more.
"""

SAME_PAGE, SPREAD_FROM = 3, 10
"""Passages of one page before those of others come, in a playbook of so many pages or more."""


@dataclass
class Found:
    """What a question found: numbers of passages, best first, and how far BM25 can be trusted in each."""

    vector: list[int] = field(default_factory=list)
    words: list[int] = field(default_factory=list)
    sure: dict[int, float] = field(default_factory=dict)
    query: NDArray[np.float32] | None = None


def search(
    built: Built,
    encoder: Encoder | None,
    text: str,
    *,
    k: int,
    filters: Mapping[str, Sequence[str]],
    kind: str | None,
    how: str,
) -> list[Hit]:
    """The best passages of a generation for a question."""
    allowed = _allowed(built, filters, kind)
    if allowed is not None and not allowed:
        return []
    depth = max(DEEP, k)
    found = Found()
    telling = for_query(text)
    ceiling = 0.0
    if how != "vector":
        ceiling = built.words.ceiling(telling)
        telling = built.words.rare(telling)
        ranked = built.words.search(telling, depth, allowed=allowed)
        found.words = [n for n, _ in ranked]
        found.sure = {n: min(1.0, score / ceiling) for n, score in ranked}
    if how != "words":
        _vector(found, built, encoder, text, depth, allowed, needed=how == "vector")
    if how == "fused":
        scores = _fused(built, found, text, telling, ceiling, allowed)
    else:
        scores = {n: 1.0 / rank for rank, n in enumerate(getattr(found, how), start=1)}
    order = sorted(scores, key=lambda n: (-scores[n], n))
    if how == "fused" and built.pages >= SPREAD_FROM:
        order = spread(order, built.words.page_of(order), SAME_PAGE)
    order = order[:k]
    known = built.words.passages(order)
    place = {
        "vector": {n: rank for rank, n in enumerate(found.vector, start=1)},
        "words": {n: rank for rank, n in enumerate(found.words, start=1)},
    }
    return [Hit(known[n], scores[n], {name: at.get(n) for name, at in place.items()}) for n in order]


def _fused(
    built: Built,
    found: Found,
    text: str,
    telling: Sequence[str],
    ceiling: float,
    allowed: Set[int] | None,
) -> dict[int, float]:
    """Scores of everything that was found, and of the passages of the pages that were found.

    Meaning counts as far as it is near, a word list as far as it can be trusted: BM25's score of a passage
    over the highest it could have.
    """
    by_page = built.words.search_pages(telling, DEEP)
    links = linked_pages(built, found, telling, ceiling)
    whole = built.words.on_pages([*(page for page, _ in by_page[:WHOLE]), *links[:WHOLE]])
    more = [n for n in whole if allowed is None or n in allowed]
    numbers = list(dict.fromkeys([*found.vector, *found.words, *more]))
    if not numbers:
        return {}
    own: dict[str, Mapping[int, float]] = {"words": found.sure}
    if found.query is not None and built.matrices is not None:
        near = built.matrices.meaning(found.query, [n - 1 for n in numbers])
        own["meaning"] = {n: max(0.0, float(cosine)) for n, cosine in zip(numbers, near, strict=True)}
    foreign = FOREIGN + (1 - FOREIGN) * latin_share(text) ** STEEP
    weights = {**WEIGHTS, **{name: WEIGHTS[name] * foreign for name in ("meaning", "links")}}
    scores = weighed(own, weights)
    page_scores = weighed(
        {
            "page_words": {page: min(1.0, score / ceiling) for page, score in by_page},
            "links": {page: LINKED / (LINKED + rank) for rank, page in enumerate(links)},
        },
        weights,
    )
    pages = built.words.page_of(numbers)
    return {n: scores.get(n, 0.0) + page_scores.get(pages[n], 0.0) for n in numbers}


def _allowed(built: Built, filters: Mapping[str, Sequence[str]], kind: str | None) -> Set[int] | None:
    """Numbers of the passages that fit; None where all do."""
    fits = [built.tagged_with(name, tuple(values)) for name, values in filters.items()]
    if kind is not None:
        fits.append(built.of_kind(kind))
    return frozenset.intersection(*fits) if fits else None


def _vector(
    found: Found,
    built: Built,
    encoder: Encoder | None,
    text: str,
    depth: int,
    allowed: Set[int] | None,
    *,
    needed: bool,
) -> None:
    if encoder is None or not built.generation.collection:
        return
    found.query = encoder.encode([text])[0]
    if allowed is not None and built.matrices is not None:
        # few enough to look at each, and sooner done than telling Chroma their names
        numbers = sorted(allowed)
        near = cosines(built.matrices.passages[[n - 1 for n in numbers]], found.query)
        found.vector = [numbers[at] for at in near.argsort(kind="stable")[::-1][:depth]]
        return
    ids = None if allowed is None else [str(n) for n in sorted(allowed)]
    try:
        nearest = built.chroma.search(built.generation.collection, found.query, depth, ids=ids)
    except SearchError as error:
        if needed or not built.chroma.server:
            raise
        built.note(f"the nearest passages by meaning may be missing: {error}")
        return
    found.vector = [int(n) for n in nearest]
