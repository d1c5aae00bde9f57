"""Who is who: the labels of the source against the people that the user and the source name.

Tiers go from certain to likely; each is tried for all labels before the next, and a likely match counts only
where it is the only one on both sides. Nobody is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from coachbot.ingest.names import Label, name_key
from coachbot.model.transcript import Side


@dataclass
class Person:
    """Somebody on the call while the call is being put together."""

    name: str
    title: str | None = None
    company: str | None = None
    email: str | None = None
    side: Side = Side.UNKNOWN
    given: bool = False
    from_meta: bool = False

    def learn(self, label: Label) -> None:
        """Take over what is not known yet."""
        self.title = self.title or label.title
        self.company = self.company or label.company
        self.email = self.email or label.email


Test = Callable[[Label, Person], bool]
Key = Callable[[str, str | None], Hashable]


def _exact(name: str, _: str | None) -> Hashable:
    return name


def _folded(name: str, _: str | None) -> Hashable:
    return name_key(name) or None


def _address(_: str, email: str | None) -> Hashable:
    return email.casefold() if email else None


def _reversed(name: str, _: str | None) -> Hashable:
    words = name_key(name).split()
    return tuple(sorted(words)) if len(words) > 1 else None


def _run_together(label: Label, person: Person) -> bool:
    local = label.email.split("@")[0] if label.email and label.name == label.email else label.name
    mine, words = name_key(local).replace(" ", ""), name_key(person.name).split()
    if len(words) < 2 or len(mine) < 4:
        return False
    return mine in ("".join(words), words[0][0] + words[-1], words[0] + words[-1], words[-1] + words[0])


def _part(label: Label, person: Person) -> bool:
    """One name has a middle name or initial that the other lacks: at least two words are shared."""
    mine, theirs = set(name_key(label.name).split()), set(name_key(person.name).split())
    return min(len(mine), len(theirs)) >= 2 and (mine <= theirs or theirs <= mine)


def _first_name(label: Label, person: Person) -> bool:
    mine, theirs = name_key(label.name).split(), name_key(person.name).split()
    if not mine or not theirs or (len(mine) > 1) == (len(theirs) > 1):
        return False
    return mine[0] == theirs[0]


def _initial(label: Label, person: Person) -> bool:
    """`Jane D` or `J Doe` for Jane Doe."""
    mine, theirs = name_key(label.name).split(), name_key(person.name).split()
    if len(mine) < 2 or len(theirs) < 2:
        return False
    size = len(mine) - 1  # a first name may be of two words, as in Li-Wen T
    if len(mine[-1]) == 1 and mine[:size] == theirs[:size] and len(theirs) > size:
        return theirs[-1].startswith(mine[-1])
    return len(mine) == 2 and len(mine[0]) == 1 and theirs[0].startswith(mine[0]) and mine[1] == theirs[-1]


def _one_word(label: Label, person: Person) -> bool:
    """A label of one word that is the last name, or another word of the name."""
    mine, theirs = name_key(label.name).split(), name_key(person.name).split()
    return len(mine) == 1 and len(mine[0]) > 2 and mine[0] in theirs[1:]


def _misspelt(label: Label, person: Person) -> bool:
    mine, theirs = name_key(label.name), name_key(person.name)
    if any(c.isdigit() for c in mine + theirs):  # "Speaker 1" is not a misspelt "Speaker 2"
        return False
    if " " not in mine and " " in theirs:
        theirs = theirs.split()[0]
    return _near(mine, theirs)


def _near(mine: str, theirs: str) -> bool:
    size = min(len(mine), len(theirs))
    allowed = 0 if size < 4 else 1 if size < 8 else 2
    return (
        allowed > 0 and mine[0] == theirs[0] and OSA.distance(mine, theirs, score_cutoff=allowed) <= allowed
    )


MANY = 300
"""With more labels than this only certain matches are made: it is no list of people any more."""

_CERTAIN: tuple[Key, ...] = (_exact, _folded, _address, _reversed)
_LIKELY: tuple[Test, ...] = (_run_together, _part, _first_name, _initial, _one_word, _misspelt)


def resolve(labels: Sequence[Label], people: Sequence[Person]) -> dict[int, int]:
    """Positions of labels to positions of people, for those that fit."""
    found: dict[int, int] = {}
    for key in _CERTAIN:
        by_key: dict[Hashable, list[int]] = {}
        for m, person in enumerate(people):
            by_key.setdefault(key(person.name, person.email), []).append(m)
        by_key.pop(None, None)
        for n, label in enumerate(labels):
            sure = by_key.get(key(label.name, label.email), [])
            if n not in found and len(sure) == 1:
                found[n] = sure[0]
    if len(labels) > MANY or len(people) > MANY:
        return found
    for test in _LIKELY:
        free = set(range(len(people))) - set(found.values())
        fits_of = {
            n: [m for m in free if test(label, people[m])] for n, label in enumerate(labels) if n not in found
        }
        for n, fits in fits_of.items():
            rivals = sum(1 for other in fits_of.values() if fits and fits[0] in other)
            if len(fits) == 1 and rivals == 1 and _apart(labels[n], people, fits[0], test):
                found[n] = fits[0]
    return found


def _apart(label: Label, people: Sequence[Person], at: int, test: Test) -> bool:
    """Whether nobody else on the list, taken or not, fits as well."""
    return sum(1 for p in people if test(label, p)) == 1 and test(label, people[at])


def same_person(name: str, label: str) -> bool:
    """Whether two names are certainly of one person (case, accents and order aside)."""
    return any(key(name, None) == key(label, None) is not None for key in _CERTAIN)


def take_name(label: Label, used: set[str]) -> str:
    """A name to show that nobody else has yet; it is added to `used`."""
    name = label.name
    extra = label.company or label.title
    if name in used and extra:
        name = f"{name} ({extra})"
    base, number = name, 2
    while name in used:
        name, number = f"{base} ({number})", number + 1
    used.add(name)
    return name
