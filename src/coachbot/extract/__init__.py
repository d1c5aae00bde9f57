"""Transcript to claims: two engines behind one protocol."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from coachbot.errors import UsageError
from coachbot.model.claims import Claims, GroundedClaims
from coachbot.model.playbook import Playbook
from coachbot.model.transcript import DealContext, Transcript

ENGINES = ("local", "llm")


class Engine(Protocol):
    """Reads a call and says what it holds. What it says is not believed before it is grounded."""

    def extract(self, transcript: Transcript, playbook: Playbook, deal: DealContext) -> Claims:
        """All claims about the call, with the turns that were read. Raises EngineError."""
        ...


@runtime_checkable
class Repairing(Protocol):
    """An engine that may have a second look at what did not ground."""

    def repair(
        self, said: Claims, checked: GroundedClaims, transcript: Transcript, playbook: Playbook
    ) -> Claims:
        """The claims again, some with other quotes; `said` itself where there is nothing to mend.

        Never raises EngineError: what cannot be mended stays as it was, with a warning.
        """
        ...


def get_engine(name: str) -> Engine:
    """The engine of that name."""
    if name == "local":
        from coachbot.extract.local import LocalEngine

        return LocalEngine()
    if name == "llm":
        from coachbot.extract.llm import LlmEngine

        return LlmEngine()
    raise UsageError(f"no engine is called {name!r}; there is: {', '.join(ENGINES)}")
