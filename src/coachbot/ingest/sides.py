"""Who sells and who buys: as the user or the source says, else inferred, else left unknown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from coachbot.ingest.clean import listed
from coachbot.ingest.names import name_key
from coachbot.ingest.people import Person, same_person
from coachbot.ingest.said import CLEAR, LIKELY, Said
from coachbot.ingest.vocabulary import BUYER_LABELS, FREE_MAIL, SELLER_LABELS
from coachbot.model.transcript import Side, Turn

_SELLER_TITLES = re.compile(
    r"(?i)\b(?:account executive|sales (?:rep|representative|engineer|executive|consultant|development)|"
    r"business development rep\w*|sdr|bdr|ae|solutions? (?:engineer|consultant)|pre-?sales)\b"
)


MANY_SPEAKERS = 8
"""With more people than this it is a meeting of another kind: nothing is inferred from words."""

MANY_COMPANIES = 50

DETAILS = "details given with the call"
"""How warnings call what the user says about a call: a file beside it, or a form that sends it."""


def assign_sides(
    people: Sequence[Person],
    turns: Sequence[Turn],
    *,
    own_people: Sequence[str] = (),
    account: str | None = None,
) -> list[str]:
    """Fill in `side` and `given` of the people; returns sentences for the user."""
    _own(people, own_people)
    _by_label(people)
    _by_company(people, account)
    _by_title(people)
    _by_company(people, None)
    speaking = {t.speaker for t in turns if t.speaker is not None}
    open_ = [p for p in people if p.name in speaking and p.side is Side.UNKNOWN]
    if open_:
        _by_words(people, open_, turns)
        _the_other_one([p for p in people if p.name in speaking])
    return _sentences(people, speaking)


def _set(person: Person, side: Side, *, given: bool = False) -> None:
    if person.side is Side.UNKNOWN:
        person.side, person.given = side, given


def _own(people: Sequence[Person], own_people: Sequence[str]) -> None:
    for entry in (e.strip() for e in own_people):
        if not entry:
            continue
        domain = (
            entry.rpartition("@")[2].casefold()
            if "@" in entry or re.fullmatch(r"[\w-]+(\.[\w-]+)+", entry)
            else ""
        )
        whole = "@" not in entry or entry.startswith("@")
        firsts = [p for p in people if name_key(p.name).split()[:1] == name_key(entry).split()]
        for person in people:
            email = (person.email or "").casefold()
            mine = (
                same_person(entry, person.name)
                or (len(firsts) == 1 and person is firsts[0])
                or (
                    bool(email)
                    and (
                        email == entry.casefold() or (whole and bool(domain) and email.endswith("@" + domain))
                    )
                )
                or (person.company is not None and name_key(person.company) == name_key(entry))
            )
            if mine:
                _set(person, Side.SELLER, given=True)


def _by_label(people: Sequence[Person]) -> None:
    for person in people:
        key = name_key(person.name).rstrip(" 0123456789")
        if key in SELLER_LABELS:
            _set(person, Side.SELLER)
        elif key in BUYER_LABELS:
            _set(person, Side.BUYER)


def _prefixes(words: Sequence[str]) -> set[str]:
    """`delta water ltd`: delta, deltawater, deltawaterltd; as domains and short names are built."""
    return {"".join(words[: n + 1]) for n in range(len(words))}


def _alike(one: Sequence[str], other: Sequence[str]) -> bool:
    return "".join(one) in _prefixes(other) or "".join(other) in _prefixes(one)


def _groups(people: Iterable[Person]) -> list[tuple[list[str], list[Person]]]:
    """People by company or, failing that, by the domain of their e-mail; with the words of its name."""
    groups: list[tuple[list[str], list[Person]]] = []
    for person in people:
        stem = (person.email or "").rpartition("@")[2].split(".")[0]
        words = name_key(person.company).split() if person.company else [] if stem in FREE_MAIL else [stem]
        if not any(words) or len(groups) > MANY_COMPANIES:
            continue
        members = next((m for other, m in groups if _alike(words, other)), None)
        if members is None:
            groups.append((words, [person]))
        else:
            members.append(person)
    return groups


def _by_company(people: Sequence[Person], account: str | None) -> None:
    groups = _groups(people)
    account_words = name_key(account or "").split()
    for words, members in groups:
        if account_words and _alike(words, account_words):
            for person in members:
                _set(person, Side.BUYER)
    for _, members in groups:
        known = {p.side for p in members} - {Side.UNKNOWN}
        if len(known) == 1:
            for person in members:
                _set(person, next(iter(known)))
    if len(groups) != 2:
        return
    for (_, members), (_, others) in (groups, groups[::-1]):
        known = {p.side for p in members} - {Side.UNKNOWN}
        if len(known) == 1 and not {p.side for p in others} - {Side.UNKNOWN}:
            for person in others:
                _set(person, Side.BUYER if known == {Side.SELLER} else Side.SELLER)


def _by_title(people: Sequence[Person]) -> None:
    """Titles of sellers count only where somebody else has another title or company: two vendors may meet."""
    selling = [p for p in people if p.title and _SELLER_TITLES.search(p.title)]
    if len(selling) == sum(1 for p in people if p.title) and len(selling) == len(people):
        return
    for person in selling:
        _set(person, Side.SELLER)


def _by_words(people: Sequence[Person], open_: Sequence[Person], turns: Sequence[Turn]) -> None:
    points = {p.name: Said() for p in people}
    words = dict.fromkeys(points, 0)
    for turn in turns:
        if turn.speaker in points:
            points[turn.speaker].add(turn.text)
            words[turn.speaker] += len(turn.text.split())
    if sum(1 for count in words.values() if count) > MANY_SPEAKERS:
        return
    known = {p.side for p in people} - {Side.UNKNOWN}
    clear = _leaning(open_, points, CLEAR)
    if set(clear.values()) | known != {Side.SELLER, Side.BUYER}:
        return
    guess = {**_leaning(open_, points, LIKELY), **clear}
    told = sum(words[p.name] for p in people if p.side is not Side.UNKNOWN or p.name in guess)
    if told < 0.5 * sum(words.values()):  # most of the talk fits neither side: no sales call
        return
    for person in open_:
        if person.name in guess:
            _set(person, guess[person.name])


def _leaning(people: Sequence[Person], points: dict[str, Said], least: float) -> dict[str, Side]:
    leans = {p.name: points[p.name].lean for p in people}
    return {n: Side.SELLER if lean > 0 else Side.BUYER for n, lean in leans.items() if abs(lean) > least}


def _the_other_one(speaking: Sequence[Person]) -> None:
    """Of two who talk to each other, one known side tells the other."""
    if len(speaking) != 2:
        return
    for person, other in (speaking, speaking[::-1]):
        if person.side is Side.UNKNOWN and other.side is not Side.UNKNOWN:
            _set(person, Side.BUYER if other.side is Side.SELLER else Side.SELLER)


def on_details(warning: str) -> bool:
    """Whether a warning depends on the details given: where those change, it is judged anew."""
    return DETAILS in warning or "meta file" in warning  # as transcripts of before this name have it


def _sentences(people: Sequence[Person], speaking: set[str]) -> list[str]:
    unknown = [p.name for p in people if p.name in speaking and p.side is Side.UNKNOWN]
    inferred = [p.name for p in people if p.name in speaking and p.side is not Side.UNKNOWN and not p.given]
    sentences = []
    if inferred:
        sentences.append(
            f"Whether they sell or buy was inferred from the call for {listed(inferred)}: "
            f"check it, or name the participants in the {DETAILS}."
        )
    if unknown:
        verb = "sells or buys" if len(unknown) == 1 else "sell or buy"
        sentences.append(
            f"It is not clear whether {listed(unknown)} {verb}: "
            f"name the participants and their sides in the {DETAILS}."
        )
    return sentences
