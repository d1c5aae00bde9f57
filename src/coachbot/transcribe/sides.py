"""Channels to people: whose voice is on which, as the meta file says, else by the channel's number."""

from __future__ import annotations

from collections.abc import Sequence

from coachbot.model.transcript import CallMeta, Participant, Side
from coachbot.transcribe.spans import SpeakerSpan

CHANNELS_UNKNOWN = (
    'Who speaks on which channel is not known: add "channel" (0 or 1) to the participants in the details '
    "given with the call."
)
ONE_VOICE = (
    "The recording does not tell its speakers apart (one channel, no diarization), so what the buyer said "
    "cannot be told from what the seller said."
)


def knows_channels(meta: CallMeta | None) -> bool:
    """Whether the meta file says who speaks on which channel."""
    return meta is not None and any(p.channel is not None for p in meta.participants)


def name_channels(
    numbers: Sequence[int], meta: CallMeta | None
) -> tuple[dict[int, str], list[Participant], list[str]]:
    """The speaker of each channel, everybody on the call, and sentences for the user.

    A channel of several people is named `Channel 2`, with their side where they share one: its words cannot
    be told apart any further. So is a channel of which nothing is known, with an unknown side.
    """
    people = list(meta.participants) if meta else []
    on = {n: [p for p in people if p.channel == n] for n in numbers}
    rest = [p for p in people if p.channel is None]
    free = [n for n in numbers if not on[n]]
    if len(free) == 1 and len(rest) == 1 and len(people) == len(numbers) > 1:
        on[free[0]] = [rest[0].model_copy(update={"channel": free[0]})]
        people[people.index(rest[0])] = on[free[0]][0]
    names: dict[int, str] = {}
    taken = {p.name for p in people}
    for n in numbers:
        if len(on[n]) == 1:
            names[n] = on[n][0].name
            continue
        names[n] = _free(f"Channel {n + 1}", taken)
        sides = {p.side for p in on[n]}
        side = sides.pop() if len(sides) == 1 else Side.UNKNOWN
        given = side is not Side.UNKNOWN
        people.append(
            Participant(name=names[n], side=side, side_source="given" if given else "inferred", channel=n)
        )
    notes = []
    if any(not on[n] for n in numbers):
        notes.append(CHANNELS_UNKNOWN)
    shared = [names[n] for n in numbers if len(on[n]) > 1]
    if shared:
        notes.append(f"Several people speak on {' and '.join(shared)}; which of them speaks is not known.")
    return names, people, notes


def list_voices(voices: Sequence[SpeakerSpan], meta: CallMeta | None) -> tuple[list[Participant], list[str]]:
    """Everybody on a call of one channel, the voices that nobody has named among them, and sentences."""
    people = list(meta.participants) if meta else []
    if not voices:
        return people, [ONE_VOICE]
    known = {p.name for p in people}
    strange = [v for v in dict.fromkeys(s.speaker for s in sorted(voices)) if v not in known]
    notes = []
    if strange:
        notes.append(
            f"Who {' and '.join(strange)} are is not known yet: name them with `coachbot speakers`."
            if len(strange) > 1
            else f"Who {strange[0]} is is not known yet: name it with `coachbot speakers`."
        )
    return [*people, *(Participant(name=voice) for voice in strange)], notes


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "'"
    taken.add(name)
    return name
