"""Puts the names of a call together into persons, and keeps those of the buyer's side."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rapidfuzz.fuzz import ratio

from coachbot.extract.people_names import Mention, find_mentions
from coachbot.extract.people_words import COURTESY, PARTICLES, is_common, word_set
from coachbot.model.transcript import Side, Transcript

_ENOUGH = 3.0
_ALIKE = 80
_NO_ROLE = word_set(
    "head chief lead leader man person guy woman lad lass lady bloke fella chap boy girl expert colleague "
    "rep deputy"
)


@dataclass
class Person:
    """Somebody who is on the call or spoken of. `points` say how surely they are a person of the buyer's."""

    name: str | None
    role: str | None = None
    side: Side = Side.UNKNOWN
    on_call: bool = False
    known: bool = False
    mentions: list[Mention] = field(default_factory=list)
    points: float = 0.0

    @property
    def tokens(self) -> list[str]:
        """The parts of the name, lower-case, without courtesy titles and particles."""
        return name_tokens(self.name or "")


def name_tokens(name: str) -> list[str]:
    """The parts of a name that tell people apart, lower-case: 'Dr. Ana de Souza' gives ana, souza."""
    words = re.findall(r"[\w'\u2019-]+", re.sub(r"-(?:san|sama|ji)\b", "", name.lower()))
    return [w for w in words if w not in COURTESY | PARTICLES]


def gather(transcript: Transcript, contacts: Sequence[str]) -> list[Person]:
    """The buyer's people by name: those on the call, then those spoken of, in order of appearance."""
    people = [
        Person(p.name, p.title, p.side, on_call=True, known=True) for p in transcript.participants if p.name
    ]
    for name in contacts:
        if not any(_same(name_tokens(name), p.tokens) for p in people):
            people.append(Person(name, side=Side.BUYER, known=True))
    known = frozenset(w for p in people for w in p.tokens if len(w) > 2)
    mentions = find_mentions(transcript, known)
    for mention in sorted(mentions, key=lambda m: -len(name_tokens(m.name))):
        _assign(mention, people)
    for person in people:
        _settle(person, transcript)
    kept = [p for p in people if _belongs(p)]
    return sorted(kept, key=lambda p: (not p.on_call, p.mentions[0].turn if p.mentions else 0))


def _assign(mention: Mention, people: list[Person]) -> None:
    tokens = name_tokens(mention.name)
    if not tokens:
        return
    fits = [p for p in people if _same(tokens, p.tokens)]
    if fits:
        # A known person first; then whoever shares the first name.
        best = max(fits, key=lambda p: (p.tokens[0] == tokens[0], p.known, len(p.mentions)))
        best.mentions.append(mention)
        if not best.known and len(tokens) > len(best.tokens):
            best.name = mention.name
        return
    people.append(Person(mention.name, mentions=[mention]))


def _same(tokens: Sequence[str], others: Sequence[str]) -> bool:
    """Whether two names may be one person's: first or last name alike, and nothing that contradicts."""
    if not tokens or not others:
        return False
    if len(tokens) > 1 and len(others) > 1:
        firsts, lasts = _like(tokens[0], others[0]), _like(tokens[-1], others[-1])
        joined = ratio("".join(tokens), "".join(others)) >= _ALIKE
        return joined or (firsts and lasts) or (lasts and ratio(tokens[0], others[0]) >= 50)
    short, long = sorted((tokens, others), key=len)
    if any(_like(short[0], part) for part in (long[0], long[-1])):
        return True
    return len(long) > 1 and ratio(short[0], "".join(long)) >= _ALIKE


def _like(a: str, b: str) -> bool:
    if a == b:
        return True
    alike = min(len(a), len(b)) >= 5 and a[0] == b[0] and ratio(a, b) >= _ALIKE
    return alike or (a[0] == b[0] and len(_consonants(a)) >= 3 and _consonants(a) == _consonants(b))


def _consonants(word: str) -> str:
    """What speech recognition mostly gets right of a name: 'Katryn' and 'Katherine' are both k-t-r-n."""
    return re.sub(r"(.)\1+", r"\1", re.sub(r"[aeiouyh']", "", word))


def _settle(person: Person, transcript: Transcript) -> None:
    """Sums up what the mentions say: those by the seller's side prove nobody of the buyer's."""
    person.mentions.sort(key=lambda m: (m.turn, m.start))
    seller = [m for m in person.mentions if transcript.side_of(m.turn) is Side.SELLER]
    heard = [m for m in person.mentions if m not in seller or (m.role and m.asked)]
    top = sorted((m.points for m in heard), reverse=True)[:3]
    person.points = (
        sum(top)
        - (1 if any(m.role for m in heard) else 1.5) * sum(m.thing for m in heard)
        - 2 * sum(m.outside for m in heard)
    )
    if not any(m.sure for m in heard):
        person.points -= 1.5
    if person.mentions and person.mentions[0] in seller and not person.mentions[0].asked:
        # Whom the seller brings up, and describes, is mostly one of theirs or another customer's.
        person.points -= 4 if any(m.role for m in seller) else 1.0
    if person.role is None:
        person.role = _commonest(m.role for m in person.mentions)


def _commonest(found: Iterable[str | None]) -> str | None:
    """The role that says most: longer words for it before shorter ones; 'man' or 'head' alone say nothing."""
    counted = Counter(" ".join(r.split()) for r in found if r and r.lower() not in _NO_ROLE)
    return max(counted, key=lambda r: (" " in r, counted[r], len(r))) if counted else None


def _belongs(person: Person) -> bool:
    if person.on_call:
        return person.side is Side.BUYER
    if person.known:
        # Without capitals, 'grant' or 'mark' need not be a contact of that name.
        return any(m.points > 0.9 or m.name[0].isupper() or not is_common(m.name) for m in person.mentions)
    return person.points >= _ENOUGH
