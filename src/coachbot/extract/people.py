"""The buyer's people: who is on the call, who is spoken of, their part, and the words that say so."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from coachbot.extract.people_cast import Person, gather
from coachbot.extract.people_influence import Influence
from coachbot.extract.people_unnamed import find_unnamed, part
from coachbot.extract.phrases import best_sentence, sentences
from coachbot.model.claims import Quote, StakeholderClaim
from coachbot.model.playbook import InfluenceRole
from coachbot.model.transcript import Side, Transcript, Turn

_QUOTES = 3
_TELLING = 4  # words: a shorter quote could be from anywhere
_UNKNOWN = "unknown"  # the model's word for nobody having said what part a person plays
_ENOUGH_ON_CALL, _ENOUGH = 1.2, 1.3
_GOES_ON = re.compile(r"\b(?:he|she|his|her|him)(?:['\u2019](?:s|ll|d|ve))?\b", re.I)
_POINTS_BACK = re.compile(r"(?:that['\u2019]?s|it['\u2019]?s|this is|so)\b", re.I)
_INTRODUCES = re.compile(
    r"\b(?:i'm|i am|my name is|this is|i run|i look after|i lead|i head|i own|here|speaking|i'm the|i do)\b",
    re.I,
)


def find_people(
    transcript: Transcript, contacts: Sequence[str], roles: Sequence[InfluenceRole]
) -> list[StakeholderClaim]:
    """Everybody on the buyer's side who matters: first those on the call, then those spoken of.

    `contacts` are names known from before the call, `roles` the playbook's influence roles; without roles
    every influence is `unknown`. Nobody from the seller's side, no other customer's and no past supplier's
    people are meant to be among them.
    """
    influence = Influence(roles)
    people = [*gather(transcript, contacts), *find_unnamed(transcript)]
    people = _without_twins(people)
    return [_claim(person, transcript, influence) for person in people]


def _without_twins(people: Sequence[Person]) -> list[Person]:
    """Drops an unnamed 'our CFO' where somebody named has that part, or is named right behind it."""
    named = [p for p in people if p.name]
    for person in people:
        apposed = next((n for n in named if not person.name and _apposed(person, n)), None)
        if apposed and not apposed.role:
            apposed.role = person.role
    taken = {part(m.role) for p in named for m in p.mentions if m.role}
    taken |= {part(p.role) for p in named if p.role}
    return [p for p in people if p.name or part(p.role or "") not in taken]


def _apposed(unnamed: Person, named: Person) -> bool:
    """Whether a name follows the part in the same breath: 'the superintendent asked, Doctor Hale'."""
    return any(
        u.turn == n.turn and 0 < n.start - u.end < 40 and n.points >= 2 and n.role is None
        for u in unnamed.mentions
        for n in named.mentions
    )


def _claim(person: Person, transcript: Transcript, influence: Influence) -> StakeholderClaim:
    said_of = [_around(transcript, m.turn, m.start) for m in person.mentions]
    said_by = [t.text for t in transcript.turns if person.on_call and t.speaker == person.name]
    points = influence.weigh(person.role, said_of, said_by)
    quotes = _quotes(person, transcript)
    described = quotes[0].text if quotes else (person.role or "")
    return StakeholderClaim(
        value=described,
        confidence=min(1.0, 0.4 + person.points / 10) if not person.on_call else 1.0,
        quotes=quotes,
        name=person.name,
        role=person.role,
        side=Side.BUYER,
        on_call=person.on_call,
        influence=_strongest(points, person),
    )


def _strongest(points: Mapping[str, float], person: Person) -> str:
    best = max(points.items(), key=lambda kv: kv[1], default=(_UNKNOWN, 0.0))
    return best[0] if best[1] >= (_ENOUGH_ON_CALL if person.on_call else _ENOUGH) else _UNKNOWN


def _around(transcript: Transcript, turn: int, start: int) -> str:
    """The sentence that names somebody, and those after it that go on about them ('She signs it')."""
    text = transcript.turns[turn].text.replace("\u2019", "'")
    spans = sentences(text)
    at = next((n for n, (a, b) in enumerate(spans) if a <= start < b), 0)
    end = at + 1
    while end < len(spans) and end - at < 4 and _GOES_ON.search(text[spans[end][0] : spans[end][1]][:60]):
        end += 1
    naming = text[spans[at][0] : spans[at][1]]
    if at and (len(naming.split()) < 4 or _POINTS_BACK.match(naming)):
        at -= 1
    said = text[spans[at][0] : spans[end - 1][1]]
    if end == len(spans):
        said += "".join(f" {t.text[:160]}" for t in _answers(transcript, turn))
    return said


def _answers(transcript: Transcript, turn: int) -> list[Turn]:
    """The next turns as long as they go on about the same person."""
    following = transcript.turns[turn + 1 : turn + 3]
    found = []
    for t in following:
        if transcript.side_of(t) is Side.SELLER and t.text.endswith("?"):
            continue
        if not _GOES_ON.search(t.text[:40]):
            break
        found.append(t)
    return found


def _quotes(person: Person, transcript: Transcript) -> tuple[Quote, ...]:
    ranked = sorted(person.mentions, key=lambda m: (-m.points, m.turn))
    own = _introduction(person, transcript) if person.on_call else None
    quotes = [own] if own else []
    for mention in ranked:
        text = transcript.turns[mention.turn].text
        start, end = _telling(text, mention.start)
        quote = Quote(turn=mention.turn, text=text[start:end])
        if quote not in quotes:
            quotes.append(quote)
        if len(quotes) == _QUOTES:
            break
    return tuple(quotes)


def _telling(text: str, at: int) -> tuple[int, int]:
    """Offsets of the sentence at `at`, with the next (or the last) ones where it says too little alone."""
    spans = sentences(text)
    first = last = next((n for n, (a, b) in enumerate(spans) if a <= at < b), 0)
    while len(text[spans[first][0] : spans[last][1]].split()) < _TELLING and (first, last) != (
        0,
        len(spans) - 1,
    ):
        last, first = (last + 1, first) if last < len(spans) - 1 else (last, first - 1)
    return spans[first][0], spans[last][1]


def _introduction(person: Person, transcript: Transcript) -> Quote | None:
    """Where they say who they are; else their first turn of substance, else their first."""
    own = [t for t in transcript.turns if t.speaker == person.name and t.text.strip()]
    names = {w.lower() for w in (person.name or "").split()}

    def introduces(turn: Turn) -> bool:
        words = set(re.findall(r"[\w'-]+", turn.text.lower()))
        return bool(_INTRODUCES.search(turn.text) and (words & names or turn is own[0]))

    early = own[:6]
    turn = next((t for t in early if introduces(t)), None)
    turn = turn or next((t for t in own if len(t.text.split()) >= 8), own[0] if own else None)
    if turn is None:
        return None
    a, _ = best_sentence(turn.text, lambda s: 99 * bool(_INTRODUCES.search(s)) + len(s.split()))
    start, end = _telling(turn.text, a)
    return Quote(turn=turn.index, text=turn.text[start:end])
