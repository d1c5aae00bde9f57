"""Calls, a playbook, and a way to ask what became of a quote."""

from __future__ import annotations

import pytest
from ground_calls import ProveField, read_call

from coachbot.ground import ground
from coachbot.model.claims import Claims, EngineReport, FieldClaim, Grounded, Quote
from coachbot.model.playbook import FieldSpec, Playbook, Stage
from coachbot.model.transcript import Transcript


@pytest.fixture(scope="session")
def calls() -> dict[str, Transcript]:
    return {name: read_call(name) for name in ("harbour", "depot")}


@pytest.fixture(scope="session")
def harbour(calls: dict[str, Transcript]) -> Transcript:
    return calls["harbour"]


@pytest.fixture(scope="session")
def playbook() -> Playbook:
    """One field for each side that may speak for it."""
    return Playbook(
        id="test",
        name="Test",
        version="1",
        stages=(Stage(id="first", name="First", purpose="", healthy_days=10),),
        fields=tuple(
            FieldSpec(id=side, label=side, question=f"{side}?", said_by=side)
            for side in ("buyer", "seller", "either")
        ),
    )


@pytest.fixture(scope="session")
def engine() -> EngineReport:
    return EngineReport(name="local")


@pytest.fixture(scope="session")
def prove_field(playbook: Playbook, engine: EngineReport) -> ProveField:
    """Grounds one field claim: (call, (turn, text), …, field=, value=)."""

    def prove(
        call: Transcript, *quotes: tuple[int | None, str], field: str = "buyer", value: str = "something"
    ) -> Grounded[FieldClaim]:
        claim = FieldClaim(
            field=field, value=value, quotes=tuple(Quote(turn=t, text=text) for t, text in quotes)
        )
        return ground(Claims(fields=(claim,), engine=engine), call, playbook).fields[0]

    return prove
