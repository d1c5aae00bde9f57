"""Pairing what was found with what is there: each of both at most once, as many pairs as can be."""

from __future__ import annotations

from collections.abc import Sequence


def match(edges: Sequence[Sequence[int]]) -> dict[int, int]:
    """Largest one-to-one matching of a bipartite graph: {left: right}.

    `edges[i]` holds the right nodes that left node i may take, the dearest first. Augmenting paths, after
    Kuhn, "The Hungarian method for the assignment problem", Naval Research Logistics Quarterly 2 (1955),
    in the form of Berge's theorem (1957); O(nodes x edges).
    """
    taken: dict[int, int] = {}

    def assign(left: int, seen: set[int]) -> bool:
        for right in edges[left]:
            if right not in seen:
                seen.add(right)
                if right not in taken or assign(taken[right], seen):
                    taken[right] = left
                    return True
        return False

    for left in range(len(edges)):
        assign(left, set())
    return {left: right for right, left in taken.items()}
