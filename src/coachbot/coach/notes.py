"""What a brief takes of a deal's notes: whole sentences, cited and never rewritten."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from math import log

from coachbot.coach.speak import content_words
from coachbot.model.base import Frozen
from coachbot.store import Unit

_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+|\n+")


class Note(Frozen):
    """A note on a deal. `pages` holds its text, one string a page (one in all where it has none)."""

    id: str
    name: str
    pages: tuple[str, ...]
    by: str | None = None
    shortened: bool = False


class NoteLine(Frozen):
    """A sentence of a note, verbatim, and where it stands."""

    text: str
    note: str
    name: str
    page: int | None = None

    @property
    def place(self) -> str:
        """The note's name, with the page where it has several."""
        return f"{self.name}, p. {self.page}" if self.page else self.name


def notes_of(unit: Unit, deal_id: str) -> tuple[Note, ...]:
    """The notes of a deal, oldest first: its documents that are kept as notes, with their text."""
    return tuple(
        Note(id=d.id, name=d.name, pages=pages, by=d.added_by, shortened=short)
        for d, pages, short in unit.documents.notes(deal_id)
    )


def summarised(
    notes: Sequence[Note],
    about: Sequence[str],
    *,
    most: int = 6,
    likeness: Callable[[str, Sequence[str]], Sequence[float]] | None = None,
) -> tuple[NoteLine, ...]:
    """The sentences that say most, verbatim and in the notes' order: central words, and near to `about`.

    Words weigh by how many sentences share them (SumBasic: Nenkova and Vanderwende 2005); each sentence
    that is taken makes its words weigh less, so that the next one says something else.
    """
    lines = [line for note in notes for line in _lines(note)][:1200]
    if not lines:
        return ()
    words = [content_words(line.text) for line in lines]
    counts = Counter(w for found in words for w in found)
    weight = {w: log(1 + n) for w, n in counts.items()}
    for word in content_words(" ".join(about)):
        weight[word] = weight.get(word, 0.0) + 1.5
    near = (
        likeness(" ".join(about)[:600], [line.text for line in lines])
        if likeness and about
        else [0.0] * len(lines)
    )
    taken: list[int] = []
    while len(taken) < min(most, len(lines)):
        rest = [n for n in range(len(lines)) if n not in taken]

        def score(n: int) -> float:
            return sum(weight[w] for w in words[n]) / (3 + len(words[n])) + float(near[n])

        best = max(rest, key=score)
        taken.append(best)
        for word in words[best]:
            weight[word] *= 0.25
    return tuple(lines[n] for n in sorted(taken))


def _lines(note: Note) -> list[NoteLine]:
    several = len(note.pages) > 1
    found = []
    for number, page in enumerate(note.pages, start=1):
        for sentence in _SENTENCE.split(page):
            text = " ".join(sentence.strip().lstrip("#*->• ").split())
            if 5 <= len(text.split()) <= 60:
                found.append(
                    NoteLine(text=text, note=note.id, name=note.name, page=number if several else None)
                )
    return found
