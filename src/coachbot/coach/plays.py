"""Which play stands behind a prompt, and which of its lines to say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from math import log
from typing import NamedTuple

from coachbot.coach.speak import content_words
from coachbot.coach.types import PlayRef
from coachbot.model.playbook import Play, Playbook

_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$")
_BULLET = re.compile(r"^\s*[-*+]\s+(.*)$")
_SENTENCE = re.compile(r"(?<=[.?!。？！])\s+")
_SAID = re.compile(r"[“\"]([^”\"]{8,300})[”\"]")

_COUNTED = re.compile(r"\bthe (?:two|three|four|five|six|seven|eight|nine|ten)\b", re.IGNORECASE)

NEAREST = 0.3
"""Likeness from which a page of the playbook is about what was said."""

Likeness = Callable[[str, Sequence[str]], Sequence[float]]
"""How alike a text is to each of several others, more is closer."""


class Line(NamedTuple):
    """Something that one could say, as a play has it, and the heading it stands under."""

    text: str
    heading: str


def spoken_lines(play: Play) -> list[Line]:
    """The quoted bullets of a play, in order. Text in quotes is what the page would have somebody say."""
    found, heading = [], ""
    for line in play.body.splitlines():
        head = _HEADING.match(line)
        if head:
            heading = head[1]
            continue
        bullet = _BULLET.match(line)
        said = _SAID.search(bullet[1]) if bullet else None
        # a bullet that goes on after the quote explains an utterance of the buyer's
        if bullet and said and len(said[0]) >= 0.7 * len(bullet[1].strip()):
            found.append(Line(said[1].strip(), heading))
    return found


def best_line(play: Play, about: str, likeness: Likeness | None) -> Line | None:
    """The line that fits best with what was seen: a question that asserts nothing of its own.

    A play's other lines are examples ("The price I gave rests on two ..."), and what they assert may not be
    so on this call: they are cited, and not put into anybody's mouth. Without something to be like, the
    play's first question.
    """
    lines = spoken_lines(play)
    asked = [line for line in lines if _only_asks(line.text)]
    if not asked:
        return None
    if likeness is None or not about:
        return asked[0]
    scores = likeness(about, [line.text for line in asked])
    return max(zip(asked, scores, strict=True), key=lambda row: row[1])[0]


def _only_asks(text: str) -> bool:
    """Whether every sentence is a question and none names a day, a person or a figure of another call."""
    sentences = [s for s in _SENTENCE.split(text.strip()) if s]
    names = any(w[0].isupper() and w.strip(".,?!") not in ("I", "I'd", "I'm", "I've", "I'll", "IT")
                for s in sentences for w in s.split()[1:])  # fmt: skip
    return (
        all(s.endswith(("?", "？")) for s in sentences)
        and not names
        and not any(c.isdigit() for c in text)
        and not _COUNTED.search(text)
    )


def reference(play: Play, book: Playbook, line: Line | None = None) -> PlayRef:
    """The citation of a play, at the heading that the line stands under (else at its first one)."""
    heading = line.heading if line else next(iter(_headings(play)), "")
    return PlayRef(
        play=play.id, title=play.title, path=play.path, heading=heading, playbook=book.id,
        version=book.version, words=line.text if line else _first_words(play),
    )  # fmt: skip


def by_id(book: Playbook, name: str | None) -> Play | None:
    """The play of that file name."""
    return next((p for p in book.plays if p.id == name), None) if name else None


def for_criterion(book: Playbook, criterion: str, stage: str) -> Play | None:
    """The play tagged with the criterion: of the stage, named like it, about as little else as possible."""
    tagged = [p for p in book.plays if criterion in p.criterion]
    return _narrowest(tagged, stage, lambda p: len(p.criterion) - 3 * named_like(p, criterion))


def for_field(book: Playbook, field: str, stage: str) -> Play | None:
    """The play tagged with the field; one that names it first comes before the others."""
    tagged = [p for p in book.plays if field in p.field]
    return _narrowest(
        tagged, stage, lambda p: p.field.index(field) * 4 + len(p.field) - 3 * named_like(p, field)
    )


def for_objection(book: Playbook, category: str, stage: str) -> Play | None:
    """The play that the category names, else one tagged with it."""
    named = next((o.play for o in book.objections if o.id == category), None)
    tagged = [p for p in book.plays if category in p.objection]
    return by_id(book, named) or _narrowest(tagged, stage, lambda p: len(p.objection))


def for_text(book: Playbook, text: str, stage: str) -> Play | None:
    """The play of the stage that shares the most telling words with the text; None where none does."""
    plays = [p for p in book.plays if not p.stage or stage in p.stage]
    sets = {p.id: _play_words(p) for p in plays}
    wanted = content_words(text)

    def score(play: Play) -> float:
        return sum(
            (2.0 if word in content_words(play.title) else 1.0)
            * log(1 + len(plays) / sum(word in words for words in sets.values()))
            for word in wanted & sets[play.id]
        ) / (1 + log(1 + len(sets[play.id])))

    best = max(plays, key=score, default=None)
    return best if best is not None and score(best) > 0 else None


def like_text(book: Playbook, text: str, stage: str, likeness: Likeness | None) -> Play | None:
    """The play of the stage whose title comes nearest to the text, None where none is near; by its words
    without a likeness. A page that has nothing to do with a prompt is no proof of it.
    """
    plays = [p for p in book.plays if not p.stage or stage in p.stage]
    if likeness is None or not plays:
        return for_text(book, text, stage)
    scores = likeness(text, [p.title for p in plays])
    best, score = max(zip(plays, scores, strict=True), key=lambda row: row[1])
    return best if score >= NEAREST else None


def _narrowest(plays: Iterable[Play], stage: str, breadth: Callable[[Play], float]) -> Play | None:
    return min(
        plays,
        key=lambda p: (stage not in p.stage and bool(p.stage), breadth(p), len(p.stage), p.id),
        default=None,
    )


def named_like(play: Play, name: str) -> float:
    """Share of an id's words that the page's file name holds."""
    words = name.split("_")
    return sum(w in play.id.split("-") for w in words) / len(words)


def _headings(play: Play) -> list[str]:
    return [m[1] for line in play.body.splitlines() if (m := _HEADING.match(line))]


def _first_words(play: Play) -> str:
    lines = (line.strip() for line in play.body.splitlines())
    plain = (_BULLET.sub(r"\1", line) for line in lines if line and not _HEADING.match(line))
    return next((line[:240] for line in plain), "")


@lru_cache(maxsize=512)
def _play_words(play: Play) -> frozenset[str]:
    return frozenset(content_words(f"{play.title} {play.id.replace('-', ' ')} {play.body}"))
