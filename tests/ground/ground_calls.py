"""Two calls of our own, and small ones made up in a test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from coachbot.model.claims import FieldClaim, Grounded, Quote, Refusal
from coachbot.model.transcript import Participant, Side, Source, Transcript, Turn

CASES = Path(__file__).parent / "cases"
WORDS_A_SECOND = 2.6

SIDES = {"Ann": Side.SELLER, "Bob": Side.BUYER}

ProveField = Callable[..., Grounded[FieldClaim]]


def read_call(name: str) -> Transcript:
    """The call of that name, with times as if it had been spoken."""
    data = YAML(typ="safe").load((CASES / f"{name}.yaml").read_text(encoding="utf-8"))
    turns, at = [], 0.0
    for index, (speaker, text) in enumerate(data["turns"]):
        end = at + len(text.split()) / WORDS_A_SECOND
        turns.append(Turn(index=index, speaker=speaker, text=text, start_s=round(at, 2), end_s=round(end, 2)))
        at = end + 0.4
    return Transcript(
        id=name,
        title=data["title"],
        date=data["date"],
        participants=tuple(Participant(**p) for p in data["people"]),
        turns=tuple(turns),
        source=Source(format="yaml", sha256="0" * 64),
    )


def call(*lines: str, **sides: Side) -> Transcript:
    """A call of lines 'Speaker: words'; sides by name."""
    turns = []
    for index, line in enumerate(lines):
        speaker, _, text = line.partition(": ")
        turns.append(Turn(index=index, speaker=speaker, text=text))
    names = dict.fromkeys(t.speaker for t in turns if t.speaker)
    people = tuple(Participant(name=n, side=sides.get(n, Side.UNKNOWN)) for n in names)
    source = Source(format="test", sha256="0")
    return Transcript(id="c", title="c", participants=people, turns=tuple(turns), source=source)


def q(turn: int | None, text: str) -> Quote:
    return Quote(turn=turn, text=text)


def turns(grounded: Grounded[Any]) -> list[int]:
    """The turns of its evidence, in order."""
    return [e.turn for e in grounded.evidence]


def reasons(grounded: Grounded[Any]) -> list[Refusal]:
    """Why its quotes were refused, in order."""
    return [u.why for u in grounded.refused]
