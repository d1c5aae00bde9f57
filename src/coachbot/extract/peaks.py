"""From scores a turn to items: which turns state a thing, and which turns support it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Peak:
    """A turn that states something, with the turns beside it that belong to it, best first."""

    turn: int
    confidence: float
    turns: tuple[int, ...]


def find_peaks(
    states: NDArray[np.float32],
    supports: NDArray[np.float32],
    threshold: float,
    *,
    merge: int = 1,
    reach: int = 2,
    support: float = 0.15,
    most: int = 4,
    sure: float = 1.1,
    allowed: Callable[[int], bool] | None = None,
) -> list[Peak]:
    """Peaks of `states` (one probability a turn) at or above `threshold`, strongest first.

    Turns within `merge` of a peak that also pass join it, unless they reach `sure` and stand for
    themselves; turns within `reach` whose `supports` is at least `support` are added as its context.
    """
    turns = [int(t) for t in (-states).argsort(kind="stable") if states[t] >= threshold]
    used: set[int] = set()
    found = []
    for turn in turns:
        if turn in used or (allowed is not None and not allowed(turn)):
            continue
        group = [turn]
        for near in _around(turn, merge, len(states)):
            if near not in used and threshold <= states[near] < sure and len(group) < most:
                group.append(near)
        used.update(group)
        for near in _around(turn, reach, len(states)):
            if near not in group and near not in used and supports[near] >= support and len(group) < most:
                group.append(near)
        rest = sorted(group[1:], key=lambda t: -max(float(states[t]), float(supports[t])))
        found.append(Peak(turn, float(states[turn]), (turn, *rest)))
    return found


def _around(turn: int, distance: int, length: int) -> list[int]:
    near = [t for d in range(1, distance + 1) for t in (turn - d, turn + d)]
    return [t for t in near if 0 <= t < length]
