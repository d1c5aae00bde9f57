"""A playbook to browse and to search."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from coachbot.model.playbook import FieldSpec, Play, Playbook

SAID_BY = {"buyer": "the buyer", "seller": "us", "either": "either side"}


@dataclass(frozen=True, slots=True)
class Found:
    """A part of the playbook that holds the words."""

    kind: str
    title: str
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class FieldPage:
    """A field: what it draws on, and what rests on it."""

    spec: FieldSpec
    said_by: str
    needed_in: tuple[str, ...]
    proves: tuple[tuple[str, str], ...]
    tiles: tuple[str, ...]
    plays: tuple[Play, ...]


def field_page(book: Playbook, field: str) -> FieldPage:
    """The page of a field. KeyError where the playbook has none of that id."""
    spec = book.field_by_id[field]
    return FieldPage(
        spec=spec,
        said_by=SAID_BY[spec.said_by],
        needed_in=tuple(s.name for s in book.stages if field in s.required_fields),
        proves=tuple((s.name, c.text) for s in book.stages for c in s.exit_criteria if field in c.fields),
        tiles=tuple(
            f"{m.name}: {e.label}" for m in book.methodologies for e in m.elements if field in e.fields
        ),
        plays=tuple(p for p in book.plays if field in p.field),
    )


def search(book: Playbook, text: str) -> list[Found]:
    """Parts that hold all the words, titles first."""
    words = text.casefold().split()
    if not words:
        return []
    hits = [(f, f"{f.title}\n{f.text}".casefold()) for f in _parts(book)]
    found = [f for f, whole in hits if all(w in whole for w in words)]
    found.sort(key=lambda f: not all(w in f.title.casefold() for w in words))
    return [replace(f, text=_around(f.text, words)) for f in found]


def _around(text: str, words: Sequence[str]) -> str:
    """The text without Markdown's signs, from the sentence on in which the first of the words stands."""
    plain = " ".join(re.sub(r"(?m)^#+.*$|^\s*[-+] |[*_`>|]+", " ", text).split())
    at = min((p for w in words if (p := plain.casefold().find(w)) >= 0), default=0)
    start = max(plain.rfind(end, 0, at) for end in (". ", "? ", "! "))
    return plain if start < 0 else f"… {plain[start + 2 :]}"


def _parts(book: Playbook) -> Iterator[Found]:
    for stage in book.stages:
        text = " ".join((stage.purpose, *(c.text for c in stage.exit_criteria), *stage.rep_actions))
        yield Found("Stage", stage.name, text, f"/playbook#{stage.id}")
    for spec in book.fields:
        text = " ".join((spec.question, *spec.listen_for))
        yield Found("Field", spec.label, text, f"/playbook/fields/{spec.id}")
    for kind in book.objections:
        href = f"/playbook/plays/{kind.play}" if kind.play else "/playbook#objections"
        yield Found("Objection", kind.label, " ".join(kind.examples), href)
    for play in book.plays:
        yield Found("Play", play.title, play.body, f"/playbook/plays/{play.id}")


@lru_cache(maxsize=256)
def markdown(text: str) -> str:
    """Markdown as HTML, headings with ids. Markup in it stays text, and links lead only where links may."""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(text)
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", heading_id(tokens[at + 1].content))
    return str(reader.renderer.render(tokens, reader.options, {}))


def heading_id(heading: str) -> str:
    """The id of a heading: its words, so that a link to it holds while they do."""
    return "-".join(("h", *re.findall(r"\w+", heading.casefold())))
