"""What is wrong with a file of a playbook, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

Loc = tuple[str | int, ...]
"""Where a value lies in a file's data: keys and list positions from the top."""

LIKE_ENOUGH = 60  # of 100, from which one name may be meant by another


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake in a playbook, or something worth a look (`warning`). Lines count from 1."""

    path: Path
    line: int
    message: str
    suggestion: str = ""
    warning: bool = False

    def __str__(self) -> str:
        hint = f" {self.suggestion}" if self.suggestion else ""
        return f"{self.path}:{self.line}: {'warning: ' if self.warning else ''}{self.message}.{hint}"


def nearest(wrong: str, known: Iterable[str]) -> str | None:
    """The known name most like a wrong one, None where none is like enough to be meant."""
    from rapidfuzz import fuzz, process

    found = process.extractOne(wrong, list(known), scorer=fuzz.WRatio, processor=_spaced)
    return str(found[0]) if found and found[1] >= LIKE_ENOUGH else None


def _spaced(name: str) -> str:
    return name.replace("_", " ").replace("-", " ").casefold()


def did_you_mean(wrong: str, known: Iterable[str], *, shown: int = 12) -> str:
    """A suggestion for a name that is not known: the nearest one, or else what there is."""
    names = list(dict.fromkeys(known))
    near = nearest(wrong, names)
    if near is not None:
        return f"Did you mean '{near}'?"
    if not names:
        return "None is defined yet."
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return f"There is: {', '.join(names[:shown])}{more}."
