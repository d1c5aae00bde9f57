"""From what a reader found, and what the user says, to a Transcript."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from coachbot.errors import InputError
from coachbot.ingest.clean import clean, language_tag, listed
from coachbot.ingest.merge import turns_of
from coachbot.ingest.names import Label, is_nobody, name_key, parse_label
from coachbot.ingest.people import Person, resolve, take_name
from coachbot.ingest.raw import Raw, RawCue, RawPerson, Source
from coachbot.ingest.sides import DETAILS, assign_sides
from coachbot.ingest.vocabulary import JOB_WORDS, REMARKS
from coachbot.model.transcript import CallMeta, Participant, Side, Transcript, Turn
from coachbot.model.transcript import Source as FileSource

NO_SPEAKERS = (
    "The source names no speakers, so what the buyer said cannot be told from what the seller said: "
    "export it again with speaker names."
)

LONGEST_TURN = 1_500_000
"""Characters: a day and a night of fast talk."""


def assemble(
    raw: Raw,
    source: Source,
    format_id: str,
    *,
    meta: CallMeta | None,
    own_people: Sequence[str],
    warnings: list[str],
) -> Transcript:
    """The Transcript. Raises InputError where there are no words at all."""
    if raw.ready is not None and meta is None and not own_people:
        return raw.ready
    meta = meta or CallMeta()
    cues = _speech(raw)
    if not cues and not raw.turns:
        raise InputError("nobody says anything in it; check that the export is complete", path=source.path)
    spoken = [t.speaker for t in raw.turns] if raw.turns is not None else [c.speaker for c in cues]
    labels = list(dict.fromkeys(label for label in spoken if label is not None))
    people, names = _people(raw, labels, meta, literal=raw.turns is not None)
    if raw.turns is not None:
        turns = [t.model_copy(update={"speaker": names[t.speaker]} if t.speaker else {}) for t in raw.turns]
    else:
        for cue in cues:
            cue.speaker = names[cue.speaker] if cue.speaker is not None else None
        turns = turns_of(cues, whole=raw.whole)
    if (longest := max(len(turn.text) for turn in turns)) > LONGEST_TURN:
        raise InputError(
            f"one paragraph of it has {longest:,} characters, and nobody talks that long in one go; is it "
            "really a transcript?",
            path=source.path,
        )
    notes = [*warnings, *raw.warnings, *_about_speakers(turns, people, meta)]
    notes += assign_sides(people, turns, own_people=own_people, account=meta.deal.account)
    old = raw.ready
    return Transcript(
        id=old.id if old else source.sha256[:12],
        title=clean(meta.title or "") or clean(raw.title or "") or clean(source.path.stem) or "call",
        date=meta.date or raw.date,
        language=language_tag(raw.language),
        participants=tuple(_participant(p) for p in people),
        turns=tuple(turns),
        source=old.source
        if old
        else FileSource(format=format_id, sha256=source.sha256, name=clean(source.path.name)),
        warnings=tuple(dict.fromkeys(notes)),
    )


def _speech(raw: Raw) -> list[RawCue]:
    """The cues that hold words, cleaned."""
    cues = []
    for cue in raw.cues:
        cue.text = clean(cue.text)
        if not cue.text:
            continue
        label = clean(cue.speaker) if cue.speaker is not None else None
        cue.speaker = None if is_nobody(label) else label
        cues.append(cue)
    return cues


def _people(
    raw: Raw, labels: Sequence[str], meta: CallMeta, *, literal: bool
) -> tuple[list[Person], dict[str, str]]:
    """Everybody on the call, and the name to show for each label of the source."""
    people = _from_meta(meta)
    named = [p for p in raw.people if not is_nobody(clean(p.name))]
    companies = _companies(labels, named, meta)
    keys = _join(people, named, companies, literal=literal)
    parsed = [Label(label) if literal else parse_label(label, companies) for label in labels]
    names: dict[str, str] = {}
    rest: list[tuple[str, Label]] = []
    found = resolve(parsed, people)
    for n, (label, info) in enumerate(zip(labels, parsed, strict=True)):
        person = keys.get(label) or (people[found[n]] if n in found else None)
        if person is None:
            rest.append((label, info))
        else:
            person.learn(info)
            names[label] = person.name
    groups: dict[tuple[str, str], list[tuple[str, Label]]] = {}
    for label, info in rest:  # "Jane Doe" and "jane doe" are one, "Sam (Acme)" and "Sam (Beta)" are two
        groups.setdefault((name_key(info.name), name_key(info.company or "")), []).append((label, info))
    used = {p.name for p in people}
    for members in groups.values():
        person = Person(take_name(members[0][1], used))
        for label, info in members:
            person.learn(info)
            names[label] = person.name
        people.append(person)
    return people, names


def _from_meta(meta: CallMeta) -> list[Person]:
    people: dict[str, Person] = {}
    for p in meta.participants:
        given = p.side is not Side.UNKNOWN
        people.setdefault(p.name, Person(p.name, p.title, p.company, None, p.side, given, from_meta=True))
    return list(people.values())


def _companies(labels: Sequence[str], named: Sequence[RawPerson], meta: CallMeta) -> set[str]:
    found = [p.company for p in named] + [p.company for p in meta.participants] + [meta.deal.account]
    for text in [*labels, *(p.name for p in named)]:
        found.append(parse_label(text).company)
    repeated = Counter(word.split(" ")[0] for word in _in_parens([*labels, *(p.name for p in named)]))
    found += [word for word, count in repeated.items() if count >= 2]
    return {name_key(c) for c in found if c} - JOB_WORDS - REMARKS


def _in_parens(texts: Sequence[str]) -> list[str]:
    return [
        t.rpartition("(")[2].rpartition(")")[0].rpartition(",")[2].strip() for t in texts if t.endswith(")")
    ]


def _join(
    people: list[Person], named: Sequence[RawPerson], companies: set[str], *, literal: bool
) -> dict[str, Person]:
    """Put the people the source names together with those of the user; returns those it labels by a key."""
    parsed = []
    for p in named:
        info = Label(clean(p.name)) if literal else parse_label(p.name, companies)
        parsed.append(
            Label(info.name, p.title or info.title, p.company or info.company, p.email or info.email)
        )
    keys: dict[str, Person] = {}
    found = resolve(parsed, people)
    taken = {p.name for p in people}
    # A name that comes twice is one person, unless the addresses differ.
    fresh: dict[tuple[str, str | None], Person] = {}
    for n, (p, info) in enumerate(zip(named, parsed, strict=True)):
        person = people[found[n]] if n in found else fresh.get((info.name, info.email))
        if person is None:
            person = Person(take_name(info, taken))
            people.append(person)
            fresh[info.name, info.email] = person
        person.learn(info)
        if p.side is not None and person.side is Side.UNKNOWN:
            person.side, person.given = p.side, True
        if p.key is not None:
            keys[p.key] = person
    return keys


def _participant(person: Person) -> Participant:
    return Participant(
        name=person.name,
        side=person.side,
        side_source="given" if person.given else "inferred",
        title=clean(person.title) or None if person.title else None,
        company=clean(person.company) or None if person.company else None,
    )


def _about_speakers(turns: Sequence[Turn], people: Sequence[Person], meta: CallMeta) -> list[str]:
    nameless = sum(1 for t in turns if t.speaker is None)
    speaking = {t.speaker for t in turns}
    notes = []
    if nameless == len(turns):
        notes.append(NO_SPEAKERS)
    elif nameless:
        notes.append(f"{nameless} of {len(turns)} turns name no speaker.")
    strangers = [p.name for p in people if p.name in speaking and not p.from_meta]
    if meta.participants and strangers:
        notes.append(f"The {DETAILS} do not name {listed(strangers)}, who {_verb(strangers)} on the call.")
    return notes


def _verb(names: Sequence[str]) -> str:
    return "speaks" if len(names) == 1 else "speak"
