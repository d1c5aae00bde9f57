"""Texts that say the same, put together: the same texts give the same groups, a few more change little.

Average-linkage clustering of sentence vectors, cut at a fixed distance, so that no number of groups has to be
guessed and no random start is needed. A group that was there before is known again by its middle and keeps
its id while the list grows.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]
"""Unit vectors of texts, shape (texts, width)."""

DISTANCE = 0.65
"""Cosine distance (average, between groups) at which groups stay apart."""

SAME = 0.75
"""Cosine similarity of two middles from which on they are those of the same group."""

SMALLEST = 3
"""Texts that make a group; what is rarer stays by itself."""

_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_LITTLE = (
    "a about all also am an and any are as at be because been before but by can could did do does don't for "
    "from get go got had has have he her here him his how i i'm if in into is isn't it it's its just let "
    "like me more much my no not now of on one or other our out over really say she so some such than that "
    "that's the their them then there there's these they they're thing things this those to too up us very "
    "was we we're were what when where which who will with would yes yet you you're your"
)
_COMMON = frozenset(_LITTLE.split())


@dataclass(frozen=True, eq=False)
class Anchor:
    """A group that is known from before, by its middle."""

    id: str
    middle: Vectors


@dataclass(frozen=True, eq=False)
class Group:
    """Places of the texts that belong together, the most central first. `known`: it was there before."""

    id: str
    members: tuple[int, ...]
    middle: Vectors
    known: bool


def cluster(texts: Sequence[str], encode: Encode, known: Sequence[Anchor] = ()) -> list[Group]:
    """Group texts, the largest group first. Texts that fit nowhere are in no group."""
    distinct = sorted(set(texts))
    if not distinct:
        return []
    vectors = np.asarray(encode(distinct), dtype=np.float32)
    place = {text: n for n, text in enumerate(distinct)}
    of_text: list[list[int]] = [[] for _ in distinct]
    for n, text in enumerate(texts):
        of_text[place[text]].append(n)
    groups = [
        _group(inside, vectors, of_text, texts)
        for inside in _labels(vectors)
        if sum(len(of_text[n]) for n in inside) >= SMALLEST
    ]
    return sorted(_recognised(groups, known), key=lambda g: (-len(g.members), texts[g.members[0]]))


def _recognised(groups: list[Group], known: Sequence[Anchor]) -> list[Group]:
    """Groups with the ids of those known before, nearest first, each id once."""
    if not groups or not known:
        return groups
    near = np.stack([g.middle for g in groups]) @ np.stack([k.middle for k in known]).T
    found: dict[int, str] = {}
    used: set[int] = set()
    for flat in np.argsort(-near, axis=None, kind="stable"):
        g, k = divmod(int(flat), len(known))
        if near[g, k] < SAME:
            break
        if g not in found and k not in used:
            found[g] = known[k].id
            used.add(k)
    return [Group(found[n], g.members, g.middle, True) if n in found else g for n, g in enumerate(groups)]


def _labels(vectors: Vectors) -> list[NDArray[np.intp]]:
    if len(vectors) < 2:
        return [np.arange(len(vectors))] if len(vectors) else []
    from sklearn.cluster import AgglomerativeClustering

    tree = AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="average", distance_threshold=DISTANCE
    )
    labels = tree.fit_predict(vectors)
    return [np.flatnonzero(labels == n) for n in range(int(labels.max()) + 1)]


def _group(inside: Iterable[int], vectors: Vectors, of_text: list[list[int]], texts: Sequence[str]) -> Group:
    places = [int(n) for n in inside]
    weights = np.array([len(of_text[n]) for n in places], dtype=np.float32)
    mean = (vectors[places] * weights[:, None]).sum(axis=0)
    middle = np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float32)
    order = sorted(places, key=lambda n: (-float(vectors[n] @ middle), n))
    members = tuple(m for n in order for m in of_text[n])
    name = hashlib.sha256(texts[members[0]].casefold().encode()).hexdigest()[:12]
    return Group(name, members, middle, False)


def keywords(inside: Sequence[str], outside: Sequence[str], most: int = 4) -> tuple[str, ...]:
    """The words that set a group apart from the others: frequent in it, rare elsewhere (tf-idf by group).

    In the order in which people say them, in the case in which they say them most.
    """
    mine, theirs = Counter(_words(inside)), Counter(_words(outside))
    shown: dict[str, Counter[str]] = {}
    for text in inside:
        for word in _WORD.findall(text):
            shown.setdefault(word.casefold(), Counter())[word] += 1
    size, rest = max(1, len(inside)), max(1, len(outside))
    score = {w: n / size * log((1 + n / size) / (0.02 + theirs[w] / rest)) for w, n in mine.items()}
    best = sorted(score, key=lambda w: (-score[w], w))[:most]
    return tuple(shown[w].most_common(1)[0][0] for w in best)


def _words(texts: Iterable[str]) -> Iterable[str]:
    for text in texts:
        yield from {w.casefold() for w in _WORD.findall(text)} - _COMMON
