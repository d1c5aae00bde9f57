"""Sides of a transcript whose speakers are voices: inferred from what they say, as for any other source."""

from __future__ import annotations

from collections.abc import Sequence

from coachbot.ingest.people import Person
from coachbot.ingest.sides import assign_sides, on_details
from coachbot.model.transcript import CallMeta, Participant, Side, Transcript


def infer_sides(
    transcript: Transcript, meta: CallMeta | None = None, *, own_people: Sequence[str] = ()
) -> Transcript:
    """The transcript with the sides of those who speak, where they are not known yet.

    Where the meta file names one seller and one buyer without saying which voice is whose, and the words of
    two voices tell, the voices get these names. All that is inferred is marked so, and said in the warnings.
    """
    meta = meta or CallMeta()
    speaking = {t.speaker for t in transcript.turns if t.speaker is not None}
    people = [
        Person(p.name, p.title, p.company, None, p.side, p.side_source == "given")
        for p in transcript.participants
        if p.name in speaking
    ]
    notes = assign_sides(people, transcript.turns, own_people=own_people, account=meta.deal.account)
    found = {p.name: p for p in people}
    participants = [
        p.model_copy(
            update={
                "side": found[p.name].side,
                "side_source": "given" if found[p.name].given else "inferred",
            }
        )
        if p.name in found
        else p
        for p in transcript.participants
    ]
    named = _names(participants, speaking, meta)
    if named:
        participants, note = _renamed(participants, named)
        notes = [n for n in notes if not on_details(n)] + [note]
    turns = tuple(
        t.model_copy(update={"speaker": named[t.speaker].name}) if t.speaker in named else t
        for t in transcript.turns
    )
    return transcript.model_copy(
        update={
            "participants": tuple(participants),
            "turns": turns,
            "warnings": tuple(dict.fromkeys([*transcript.warnings, *notes])),
        }
    )


def _names(
    participants: Sequence[Participant], speaking: set[str], meta: CallMeta
) -> dict[str | None, Participant]:
    """Voices to the people of the meta file, where there is one of each side and nobody else."""
    mine = {p.name for p in meta.participants}
    voices = [p for p in participants if p.name in speaking and p.name not in mine]
    people = [p for p in meta.participants if p.channel is None and p.name not in speaking]
    if len(voices) != 2 or len(people) != 2 or len(speaking) != 2:
        return {}
    named: dict[str | None, Participant] = {}
    for side in (Side.SELLER, Side.BUYER):
        voice = [v for v in voices if v.side is side]
        person = [p for p in people if p.side is side]
        if len(voice) != 1 or len(person) != 1:
            return {}
        named[voice[0].name] = person[0]
    return named


def _renamed(
    participants: Sequence[Participant], named: dict[str | None, Participant]
) -> tuple[list[Participant], str]:
    """The voices gone, their people marked as inferred; and the sentence that says so."""
    channels = {person.name: voice.channel for voice in participants if (person := named.get(voice.name))}
    people = [
        p.model_copy(update={"side_source": "inferred", "channel": channels[p.name]})
        if p.name in channels
        else p
        for p in participants
        if p.name not in named
    ]
    pairs = " and ".join(f"{voice} is {person.name}" for voice, person in named.items())
    return people, f"That {pairs} was inferred from what they say: check it."
