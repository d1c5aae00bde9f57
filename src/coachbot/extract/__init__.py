"""Transcript to claims: two engines behind one protocol."""

from __future__ import annotations

from typing import Protocol

from coachbot.errors import UsageError
from coachbot.model.claims import Claims
from coachbot.model.playbook import Playbook
from coachbot.model.transcript import DealContext, Transcript

ENGINES = ("local",)


class Engine(Protocol):
    """Reads a call and says what it holds. What it says is not believed before it is grounded."""

    def extract(self, transcript: Transcript, playbook: Playbook, deal: DealContext) -> Claims:
        """All claims about the call, with the turns that were read. Raises EngineError."""
        ...


def get_engine(name: str) -> Engine:
    """The engine of that name."""
    if name == "local":
        from coachbot.extract.local import LocalEngine

        return LocalEngine()
    raise UsageError(f"no engine is called {name!r}; there is: {', '.join(ENGINES)}")
