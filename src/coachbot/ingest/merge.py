"""From cues to turns: what one speaker says in a row becomes one turn, with its cues kept."""

from __future__ import annotations

from collections.abc import Iterable

from coachbot.ingest.raw import RawCue
from coachbot.model.transcript import Cue, Turn

MAX_CHARS = 1500
"""A turn is not made longer than this by merging; a longer single cue stays whole."""
MAX_GAP_S = 30.0
"""After a longer silence a new turn begins, even of the same speaker."""
ANONYMOUS_CHARS = 600
ANONYMOUS_GAP_S = 5.0
"""Without a name, two cues may be two people: their turns are kept shorter."""


def turns_of(cues: Iterable[RawCue], *, whole: bool = False) -> list[Turn]:
    """Turns in the order of the source. `whole`: every cue is a turn already."""
    turns: list[Turn] = []
    group: list[RawCue] = []
    size = 0
    for cue in cues:
        if group and (whole or not _goes_on(group, size, cue)):
            turns.append(_turn(len(turns), group))
            group, size = [], 0
        size += len(cue.text) + (1 if group else 0)
        group.append(cue)
    if group:
        turns.append(_turn(len(turns), group))
    return turns


def _goes_on(group: list[RawCue], size: int, cue: RawCue) -> bool:
    last = group[-1]
    if cue.speaker != last.speaker:
        return False
    chars, gap = (MAX_CHARS, MAX_GAP_S) if cue.speaker is not None else (ANONYMOUS_CHARS, ANONYMOUS_GAP_S)
    if size + 1 + len(cue.text) > chars:
        return False
    ended = last.end_s if last.end_s is not None else last.start_s
    return ended is None or cue.start_s is None or cue.start_s - ended <= gap


def _turn(index: int, group: list[RawCue]) -> Turn:
    first, last = group[0], group[-1]
    if len(group) == 1:
        return Turn(
            index=index, speaker=first.speaker, text=first.text, start_s=first.start_s, end_s=first.end_s
        )
    cues: list[Cue] = []
    offset = 0
    for cue in group:
        if cue.start_s is not None:
            cues.append(Cue(start_s=cue.start_s, end_s=cue.end_s, offset=offset))
        offset += len(cue.text) + 1
    ends = [c.end_s for c in group if c.end_s is not None]
    return Turn(
        index=index,
        speaker=first.speaker,
        text=" ".join(c.text for c in group),
        start_s=first.start_s,
        end_s=max(ends) if ends and last.end_s is not None else None,
        cues=tuple(cues),
    )
