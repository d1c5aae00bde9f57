"""Whose turn it is to send a request: limits that several processes keep together.

This room knows no database. A process that shares one with others says with `use` who gives out turns; in
any other, such as a command on a file, everybody has a turn at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Literal, Protocol

Provider = Literal["llm", "speech"]


class Gate(Protocol):
    """Gives out turns."""

    def turn(self, provider: Provider, seconds: float) -> AbstractContextManager[None]:
        """A turn for one request that takes so many seconds at most; waits until there is one."""
        ...


_gate: Gate | None = None


def use(gate: Gate | None) -> None:
    """From now on turns of this process come from there; None: from nobody."""
    global _gate
    _gate = gate


@contextmanager
def turn(provider: Provider, seconds: float) -> Iterator[None]:
    """Wait for a turn to send one request of at most so many seconds, and hold it meanwhile."""
    if _gate is None:
        yield
        return
    with _gate.turn(provider, seconds):
        yield
