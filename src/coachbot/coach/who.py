"""Whom and what a question names: people of the calls, reps, deals.

A first name may be several people's, and a name may be nobody's: then the answer is which ones there are, and
not a number or a quote about somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from coachbot.model.workspace import User
from coachbot.store import Unit

MOST_READ = 400
"""Transcripts, newest first, whose speakers are known by name besides the calls' lists of participants."""
MOST_CHOICES = 6
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
# "what did Marek say", "which calls did Deniz join", "calls with Anna": where a name stands
_ASKED = re.compile(
    r"\b(?:did|does|has|had|was|is) (?P<subject>[A-ZÀ-ÞĀ-Ž]\w+(?: [A-ZÀ-ÞĀ-Ž]\w+)*) "
    r"(?:say|said|tell|told|mention|want|join|attend|raise|ask|talk|speak|think|promise|agree|object|on)|"
    r"\b(?:with|by|from) (?P<other>[A-ZÀ-ÞĀ-Ž]\w+(?: [A-ZÀ-ÞĀ-Ž]\w+)*)"
)
_RAISES = re.compile(r"\b(?:raise[ds]?|raising|object(?:ed|s)?|brought up|bring up|push(?:ed)? back)\b", re.I)
_LISTS = re.compile(
    r"^(?:on |in )?(?:which|what|list|show)(?: me)?(?: the| all)* (?:calls?|meetings?|conversations?)\b", re.I
)


@dataclass(frozen=True)
class Somebody:
    """A speaker or participant: the name in full, and the calls on which it stands."""

    name: str
    calls: frozenset[str]


@dataclass(frozen=True)
class Directory:
    """Who is on the calls that the asker may see, and the deals these are of: id, name, account."""

    people: tuple[Somebody, ...] = ()
    deals: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Who:
    """What was made of the names. `unclear` is what to ask back; `words` are the question's words used up."""

    person: Somebody | None = None
    deal: str | None = None
    words: frozenset[str] = frozenset()
    unclear: str = ""
    choices: tuple[str, ...] = ()

    @property
    def speaker(self) -> str | None:
        """The name of whom the question is about."""
        return self.person.name if self.person else None


def directory(unit: Unit, call_ids: set[str], users: Sequence[User] = ()) -> Directory:
    """The names on those calls, and those of the users with the calls that are theirs."""
    calls = unit.calls.many(sorted(call_ids))
    newest = sorted(calls.values(), key=lambda c: c.date or c.created_at, reverse=True)
    turns = unit.transcripts.turns([c.id for c in newest[:MOST_READ]])
    on: dict[str, set[str]] = {}
    for call in newest:
        said = {str(row.get("speaker") or "") for row in turns.get(call.id, ())}
        for name in said | {p.name for p in call.meta.participants}:
            if name.strip():
                on.setdefault(" ".join(name.split()), set()).add(call.id)
    for user in users:
        same = next((n for n in on if _folded(n) == _folded(user.name)), user.name)
        on.setdefault(same, set()).update(c.id for c in newest if c.owner == user.id)
    deals = unit.deals.many(sorted({c.deal_id for c in newest if c.deal_id}))
    return Directory(
        people=tuple(Somebody(name, frozenset(ids)) for name, ids in sorted(on.items())),
        deals=tuple((d.id, d.name, d.account) for d in deals.values()),
    )


def read_names(question: str, known: Directory, labels: Iterable[str] = ()) -> Who:
    """Whom the question names. `labels` are words of the playbook, which are nobody's name."""
    low = _folded(question)
    deals = [(i, n) for i, name, account in known.deals for n in {name, account} if n and _holds(low, n)]
    found = _longest([n for _, n in deals])
    ids = sorted({i for i, n in deals if n in found})
    words = {w for n in found for w in _folded(n).split()}
    if len(ids) > 1:
        names = {i: name for i, name, _ in known.deals}
        return _which(" or ".join(sorted(found)), [names[i] for i in ids], "deals are called", words)
    deal = ids[0] if ids else None
    rest = low
    for name in found:
        rest = rest.replace(f" {_folded(name)} ", "  ")
    people = _people(rest, known.people)
    if people is None:
        taken = {*words, *(w for text in labels for w in _folded(text).split())}
        return _unknown(question, known, taken, deal, words)
    used, matches = people
    words |= used
    if len(matches) > 1:
        return _which(" ".join(sorted(used)).title(), [m.name for m in matches], "people are called", words)
    return Who(matches[0], deal, frozenset(words))


def without_names(question: str, who: Who) -> str:
    """The question without the names that narrow it already; as it is where nothing else is in it."""
    left = [w for w in question.split() if _folded(w).strip() not in who.words]
    return " ".join(left) if any(_folded(w).strip() for w in left) else question


def asks_for_calls(question: str) -> bool:
    """Whether it wants a list of calls, such as "which calls did Deniz join?"."""
    return bool(_LISTS.search(question.strip()))


def asks_who_raised(question: str) -> bool:
    """Whether what it counts are objections that the named person raised."""
    return bool(_RAISES.search(question))


def _people(low: str, people: Sequence[Somebody]) -> tuple[set[str], list[Somebody]] | None:
    """The words of the question that name somebody, and whom they may name. Whole names come first."""
    whole = [p for p in people if " " in p.name and _holds(low, p.name)]
    if whole:
        best = max(whole, key=lambda p: len(p.name))
        return set(_folded(best.name).split()), [p for p in whole if _folded(p.name) == _folded(best.name)][
            :1
        ]
    by_part: dict[str, list[Somebody]] = {}
    for person in people:
        for part in {w for w in _folded(person.name).split() if len(w) > 1}:
            if f" {part} " in low and part not in _PLAIN:
                by_part.setdefault(part, []).append(person)
    if not by_part:
        return None
    part = min(by_part, key=lambda p: (len(by_part[p]), p))
    return {part}, by_part[part]


_PLAIN_WORDS = (
    "may will mark rich art bill grant faith hope sales support speaker unknown host guest mr mrs ms dr "
    "customer buyer seller rep client price cost call deal team"
)
_PLAIN = frozenset(_PLAIN_WORDS.split())
"""Names that are words as well: they count as names only with the rest of the name."""


def _unknown(question: str, known: Directory, taken: set[str], deal: str | None, words: set[str]) -> Who:
    """A name that stands where a name stands and is nobody's; unless it is a deal's or the playbook's."""
    for match in _ASKED.finditer(question):
        name = match["subject"] or match["other"]
        parts = _folded(name).split()
        if any(p in taken or p in _TIMES for p in parts):
            continue
        there = [p.name for p in known.people][:MOST_CHOICES]
        more = ", …" if len(known.people) > MOST_CHOICES else ""
        heard = f" Heard there: {', '.join(there)}{more}." if there else ""
        return Who(
            unclear=f"Nobody called {name} is on the calls that you may see.{heard}", choices=tuple(there)
        )
    return Who(deal=deal, words=frozenset(words))


_TIME_WORDS = (
    "january february march april may june july august september october november december monday tuesday "
    "wednesday thursday friday saturday sunday q1 q2 q3 q4 the we they he she it i you"
)
_TIMES = frozenset(_TIME_WORDS.split())


def _which(said: str, names: Sequence[str], what: str, words: set[str]) -> Who:
    shown = tuple(dict.fromkeys(names))[:MOST_CHOICES]
    more = f", and {len(set(names)) - len(shown)} more" if len(set(names)) > len(shown) else ""
    text = f"{len(set(names))} {what} {said}: {', '.join(shown)}{more}. Ask again with the whole name."
    return Who(words=frozenset(words), unclear=text, choices=shown)


def _longest(names: Sequence[str]) -> set[str]:
    """The names that are no part of another one of them."""
    folded = {n: _folded(n) for n in names}
    return {
        n
        for n in names
        if not any(folded[n] != f and folded[n].strip() in f.strip() for f in folded.values())
    }


def _holds(low: str, name: str) -> bool:
    return bool(_folded(name).strip()) and _folded(name) in low


def _folded(text: str) -> str:
    """Its words in lower case with a blank around each; a genitive's s is left out."""
    words = (re.sub(r"['’]s$", "", w) for w in (m.group().casefold() for m in _WORD.finditer(text)))
    return f" {' '.join(words)} "


def calls_of(call_ids: set[str], who: Who, deal_of: Mapping[str, str | None]) -> set[str]:
    """Those of the calls that the named person is on and that are of the named deal."""
    kept = {c for c in call_ids if who.deal is None or deal_of.get(c) == who.deal}
    return kept & who.person.calls if who.person is not None else kept
