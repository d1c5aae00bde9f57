"""A quote with its place and its speaker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from coachbot.model.claims import Evidence, Match
from coachbot.model.transcript import Side, Transcript
from coachbot.render.words import clock


@dataclass(frozen=True, slots=True)
class Chip:
    """Evidence as a chip that unfolds. `at` is seconds from the start, None where the call has no times.

    `call`: the call that the words are of, where a list has words of several.
    """

    turn: int
    where: str
    speaker: str
    side: str
    at: float | None
    quote: str
    exact: bool
    start: int
    call: str = ""


def sides(transcript: Transcript | None) -> dict[str, str]:
    """Side of each named speaker."""
    return {p.name: p.side.value for p in transcript.participants} if transcript else {}


def chips(evidence: Iterable[Evidence], known: Mapping[str, str], call: str = "") -> tuple[Chip, ...]:
    """The evidence, each with the side of its speaker."""
    return tuple(
        Chip(
            turn=e.turn,
            where=clock(e.start_s) or f"turn {e.turn + 1}",
            speaker=e.speaker or "unknown voice",
            side=known.get(e.speaker or "", Side.UNKNOWN.value),
            at=e.start_s,
            quote=e.quote,
            exact=e.match is Match.EXACT,
            start=e.start,
            call=call,
        )
        for e in evidence
    )
