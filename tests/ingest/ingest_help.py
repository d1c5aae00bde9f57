"""What the tests of this room share."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from coachbot.errors import InputError
from coachbot.model.transcript import CallMeta, Participant, Side, Transcript

Read = Callable[..., Transcript]


def said(call: Transcript) -> list[tuple[str | None, str]]:
    """Who says what."""
    return [(t.speaker, t.text) for t in call.turns]


def times(call: Transcript) -> list[tuple[float | None, float | None]]:
    return [(t.start_s, t.end_s) for t in call.turns]


def sides(call: Transcript) -> dict[str, str]:
    """`seller`, `buyer` or `unknown` of each participant, with `?` where it was inferred."""
    return {
        p.name: p.side.value + ("?" if p.side_source == "inferred" and p.side is not Side.UNKNOWN else "")
        for p in call.participants
    }


def meta(**people: str) -> CallMeta:
    """META that names people: meta(Ana_Ruiz="seller")."""
    return CallMeta(
        participants=tuple(
            Participant(
                name=name.replace("_", " "),
                side=Side(side),
                side_source="inferred" if side == "unknown" else "given",
            )
            for name, side in people.items()
        )
    )


def outcome(reading: Callable[[], Transcript]) -> Transcript | str:
    """The call, or the line for the user. Any other exception is a failure of the test."""
    try:
        return reading()
    except InputError as error:
        return str(error)


def one_line(text: str) -> bool:
    """Whether a terminal shows the text as one line: no control or line characters in it."""
    return not any(unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") for c in text)
