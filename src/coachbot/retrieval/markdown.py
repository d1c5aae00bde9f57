"""A Markdown page cut at its headings, long sections at their paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from coachbot.retrieval.script import size

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

LONGEST = 180
"""Tokens of a piece at most, about; the heading path comes on top."""

LONGEST_PAGE = 1500
"""Tokens of a file, or of a part of one under a heading, that is one page when pages are compared."""

_TAG = re.compile(r"<!--.*?-->|<[^>\n]+>|\{\{[%<].*?[%>]\}\}", re.DOTALL)
SENTENCE = re.compile(r"(?<=[.!?。！？])(?:\s+|(?<=[。！？]))")
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class Section:
    """Some lines of a page under one heading. Lines count from 1, both ends included.

    `text` is the page's own Markdown, `plain` the same without mark-up.
    """

    path: tuple[str, ...]
    text: str
    plain: str
    start: int
    end: int


@dataclass(frozen=True)
class Page:
    """A page: the title (front matter, first heading of level 1, or the given name), its tags, its pieces."""

    title: str
    head: dict[str, Any]
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class _Unit:
    plain: str
    start: int
    end: int
    cut: bool = False


def read_page(text: str, *, name: str, longest: int = LONGEST) -> Page:
    """Cut a page. `name` is its title where the page itself says none. Front matter may be missing."""
    head, first = front_matter(text)
    lines = text.splitlines()
    body = "\n".join([""] * first + lines[first:])
    title = str(head.get("title") or "").strip()
    sections: list[Section] = []
    for levels, units in _sections(body):
        path = tuple(text for _, text in levels)
        if not title and levels and levels[0][0] == 1:
            title = path[0]
        if path and path[0] == title:
            path = path[1:]
        for group in _groups(units, longest):
            start, end = group[0].start, group[-1].end
            plain = " ".join(u.plain for u in group)
            own = "\n".join(lines[start - 1 : end]).strip()
            shown = plain if any(u.cut for u in group) else own  # a part of a line is not the whole line
            sections.append(Section(path, shown, plain, start, end))
    return Page(title or name.replace("-", " ").replace("_", " "), head, tuple(sections))


def front_matter(text: str) -> tuple[dict[str, Any], int]:
    """The keys between `---` lines at the head of a page, and the number of lines they take (0: none).

    What is no YAML mapping is text; whether a playbook's page is sound is not decided here.
    """
    lines = text.splitlines()
    if not lines or lines[0].strip() != "---":
        return {}, 0
    end = next((at for at, line in enumerate(lines[1:], start=1) if line.strip() == "---"), None)
    if end is None:
        return {}, 0
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        data = YAML(typ="safe", pure=True).load("\n".join(lines[1:end]))
    except (YAMLError, ValueError, RecursionError):
        data = None
    return (data, end + 1) if isinstance(data, dict) else ({}, 0)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table")


def _sections(body: str) -> Iterator[tuple[list[tuple[int, str]], list[_Unit]]]:
    """Headings with their levels, and what stands right under them.

    A heading without text or smaller headings below stands for itself.
    """
    path: list[tuple[int, str]] = []
    units: list[_Unit] = []
    bare: _Unit | None = None
    tokens = _parser().parse(body)
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            level, name = int(token.tag[1:]), _plain(tokens[at + 1])
            if units or (bare is not None and level <= path[-1][0]):
                yield path, [bare] if bare is not None else units
            units = []
            path = [*((n, text) for n, text in path if n < level), (level, name)]
            start, end = token.map or (0, 1)
            bare = _Unit(name, start + 1, end) if name else None
        elif token.map and not (at and tokens[at - 1].type == "heading_open"):
            unit = _unit(token)
            if unit is None:
                continue
            if units and units[-1].start == unit.start and token.type == "inline":  # cells of a row
                units[-1] = _Unit(f"{units[-1].plain} | {unit.plain}", unit.start, unit.end)
            else:
                units.append(unit)
            bare = None
    if units or bare is not None:
        yield path, [bare] if bare is not None else units


def _unit(token: Token) -> _Unit | None:
    if token.type not in ("inline", "fence", "code_block", "html_block") or token.map is None:
        return None
    plain = _plain(token)
    return _Unit(plain, token.map[0] + 1, max(token.map[1], token.map[0] + 1)) if plain else None


def _plain(token: Token) -> str:
    """The words of a token, without mark-up, links' targets and tags."""
    if token.children is None:
        return _BLANKS.sub(" ", _TAG.sub(" ", token.content)).strip()
    parts: list[str] = []
    for child in token.children:
        if child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif child.type == "image" or child.type != "html_inline":
            parts.append(child.content)
    return _BLANKS.sub(" ", _TAG.sub(" ", "".join(parts))).strip()


def page_parts(sections: Sequence[tuple[tuple[str, ...], int]]) -> list[tuple[str, ...]]:
    """For each section of a file, by its heading path and size, the part of the file that counts as a page.

    A file of some pages' length is one page. A longer one, such as a handbook in a single file, is taken
    apart at its headings until the parts are about as long as pages are.
    """
    sizes: dict[tuple[str, ...], int] = {}
    for path, tokens in sections:
        for depth in range(len(path) + 1):
            sizes[path[:depth]] = sizes.get(path[:depth], 0) + tokens
    return [
        next((path[:d] for d in range(len(path)) if sizes[path[:d]] <= LONGEST_PAGE), path)
        for path, _ in sections
    ]


def _groups(units: list[_Unit], longest: int) -> Iterator[list[_Unit]]:
    group: list[_Unit] = []
    held = 0
    for unit in (part for whole in units for part in _parts(whole, longest)):
        more = size(unit.plain)
        if group and held + more > longest:
            yield group
            group, held = [], 0
        group.append(unit)
        held += more
    if group:
        yield group


def _parts(unit: _Unit, longest: int) -> Iterator[_Unit]:
    """The unit, or its sentences where it is too long, or what fits of one endless sentence."""
    if size(unit.plain) <= longest:
        yield unit
        return
    for piece in pack(SENTENCE.split(unit.plain), longest):
        yield _Unit(piece, unit.start, unit.end, cut=True)


def pack(sentences: list[str], longest: int) -> Iterator[str]:
    """Sentences joined until they would pass `longest` tokens; a longer one is cut by its words."""
    held: list[str] = []
    for sentence in (part for whole in sentences if whole for part in _cut(whole, longest)):
        if held and size(" ".join([*held, sentence])) > longest:
            yield " ".join(held)
            held = []
        held.append(sentence)
    if held:
        yield " ".join(held)


def _cut(sentence: str, longest: int) -> Iterator[str]:
    if size(sentence) <= longest:
        yield sentence
        return
    words = sentence.split(" ")
    if len(words) > 1:
        half = len(words) // 2
        yield from _cut(" ".join(words[:half]), longest)
        yield from _cut(" ".join(words[half:]), longest)
    else:
        yield from (sentence[at : at + longest] for at in range(0, len(sentence), longest))
