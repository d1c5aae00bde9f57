"""Reading a YAML file or a page's front matter as plain data that remembers its lines.

A file is composed to nodes and walked here, in place of being constructed by the YAML library: the
walk knows every line, goes on after a mistake, builds nothing but dicts, lists and scalars whatever
tags the file carries, and stops at an alias bomb.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coachbot.playbook.problems import Loc, Problem

LARGEST = 500_000  # bytes of one file; the default playbook has 75,000
MOST_ALIASES = 64

_TAG = "tag:yaml.org,2002:"
_HINTS = {
    "mapping values are not allowed here": "Put the text in quotes: it has a colon in it.",
    "cannot start any token": "Indent with spaces, and put text that starts with a sign in quotes.",
    "unexpected end of stream": "Close the quotes.",
    "expected ',' or ']'": "Close the bracket, or put the text in quotes.",
    "expected ',' or '}'": "Close the brace, or put the text in quotes.",
    "expected <block end>": "Compare its indentation with the lines above, and look for a stray quote.",
    "undefined alias": "Put text that starts with * in quotes.",
    "another document": "Keep one document in a file, without a second ---.",
}


@dataclass
class Source:
    """A file that was read: its data (None where unusable), its lines, and what is wrong with it."""

    path: Path
    data: Any = None
    lines: dict[Loc, int] = field(default_factory=dict)
    body: str = ""
    problems: list[Problem] = field(default_factory=list)

    def line(self, loc: Loc) -> int:
        """The line (from 1) of a value, or of the nearest thing around it."""
        while loc and loc not in self.lines:
            loc = loc[:-1]
        return self.lines.get(loc, 1)

    def report(self, loc: Loc, message: str, suggestion: str = "", *, warning: bool = False) -> None:
        """Note a problem at a value."""
        self.problems.append(Problem(self.path, self.line(loc), message, suggestion, warning))

    def name(self, loc: Loc) -> str:
        """A value's place in words: ids stand for positions, as in `stages.discovery.healthy_days`."""
        parts, here = [], self.data
        for at in loc:
            try:
                here = here[at]
            except (KeyError, IndexError, TypeError):
                here = None
            named = here.get("id") if isinstance(at, int) and isinstance(here, dict) else None
            parts.append(named if isinstance(named, str) else str(at + 1 if isinstance(at, int) else at))
        return ".".join(parts)


def read_yaml(path: Path) -> Source:
    """A YAML file as data, with every problem that can be seen without knowing what it is for."""
    source = Source(path)
    text = _read_text(source)
    if text is not None:
        _parse(source, text, first_line=1)
    return source


def read_page(path: Path) -> Source:
    """A Markdown page: the front matter between its `---` lines as `data`, the rest as `body`."""
    source = Source(path)
    text = _read_text(source)
    if text is None:
        return source
    lines = text.splitlines()
    if not lines or lines[0].strip() != "---":
        source.report((), "the page has no front matter", "Begin it with ---, a title: line and ---.")
        return source
    end = next((at for at, line in enumerate(lines[1:], start=1) if line.strip() == "---"), None)
    if end is None:
        source.report((), "the front matter does not end", "Put --- on a line of its own after it.")
        return source
    source.body = "\n".join(lines[end + 1 :]).strip()
    _parse(source, "\n".join(lines[1:end]) + "\n", first_line=2)
    return source


def _read_text(source: Source) -> str | None:
    try:
        size = source.path.stat().st_size
        if size > LARGEST:
            source.report((), f"the file has {size:,} bytes", f"Keep it under {LARGEST:,}.")
            return None
        raw = source.path.read_bytes()
    except OSError as error:
        source.report((), f"cannot be read ({error.strerror})", "Check that it is a file and may be read.")
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        source.lines[()] = raw[: error.start].count(b"\n") + 1
        source.report((), f"byte {error.start + 1} is not UTF-8", "Save the file as UTF-8 text.")
        return None
    if "\0" in text:
        source.report((), "this is not a text file", "Save it as UTF-8 text.")
        return None
    return text


def _parse(source: Source, text: str, *, first_line: int) -> None:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    source.lines[()] = first_line
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except RecursionError:
        source.report((), "is nested too deep to be read", "A playbook needs five levels.")
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        source.lines[()] = first_line + (mark.line if mark else 0)
        what = " ".join(str(error.problem or error.context).split())
        hint = next((hint for sign, hint in _HINTS.items() if sign in what), "Correct the YAML of this line.")
        source.report((), f"not valid YAML: {what}", hint)
    except YAMLError as error:
        what = " ".join(str(error).split())[:80]
        source.report((), f"not valid YAML: {what}", "Save it as plain UTF-8 text.")
    else:
        if node is None:
            source.report((), "is empty", "See docs/playbook.md for what belongs here.")
        else:
            _Walk(source, first_line).run(node)


class _AliasError(Exception):
    pass


class _Walk:
    """Turns nodes into data. An alias brings a node back a second time, which is how it is counted."""

    def __init__(self, source: Source, first_line: int) -> None:
        self.source = source
        self.first_line = first_line
        self.seen: set[int] = set()
        self.aliases = 0

    def run(self, node: Any) -> None:
        try:
            self.source.data = self.value(node, ())
        except (_AliasError, RecursionError):
            self.source.data = None
            self.source.report((), f"has more than {MOST_ALIASES} aliases (*name)", "Write the values out.")

    def value(self, node: Any, loc: Loc) -> Any:
        if id(node) in self.seen:
            self.aliases += 1
            if self.aliases > MOST_ALIASES:
                raise _AliasError
        self.seen.add(id(node))
        self.source.lines.setdefault(loc, self.first_line + node.start_mark.line)
        tag = str(node.tag).removeprefix(_TAG)
        if tag == "map":
            return self.mapping(node, loc)
        if tag == "seq":
            return [self.value(item, (*loc, at)) for at, item in enumerate(node.value)]
        return self.scalar(node, tag, loc)

    def mapping(self, node: Any, loc: Loc) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = self.first_line + key_node.start_mark.line
            if str(key_node.tag) != f"{_TAG}str":
                self.at_line(line, "this key is not a plain word", "Write keys as documented.")
                continue
            key = str(key_node.value)
            if key in out:
                first = self.source.lines[(*loc, key)]
                self.at_line(line, f"'{key}' is given twice, first on line {first}", "Keep one of them.")
                continue
            self.source.lines[(*loc, key)] = line
            out[key] = self.value(value_node, (*loc, key))
        return out

    def scalar(self, node: Any, tag: str, loc: Loc) -> Any:
        if tag in ("str", "timestamp"):
            return str(node.value)
        if tag == "null":
            return None
        if tag == "bool":
            return str(node.value).casefold() == "true"
        if tag in ("int", "float"):
            try:
                return int(node.value) if tag == "int" else float(node.value)
            except ValueError:
                return str(node.value)
        self.source.report(loc, f"the tag '{node.tag}' is not allowed", "Leave it out.")
        return None

    def at_line(self, line: int, message: str, suggestion: str) -> None:
        self.source.problems.append(Problem(self.source.path, line, message, suggestion))
