"""Reading a playbook's files: YAML and Markdown front matter, with the line of every key."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LARGEST = 2_000_000  # bytes of one file
DEEPEST = 30
Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """A mistake in a playbook, or something worth a look (`warning`)."""

    path: Path
    line: int | None
    message: str
    suggestion: str = ""
    warning: bool = False

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else f"{self.path}"
        hint = f" {self.suggestion}" if self.suggestion else ""
        return f"{where}: {'warning: ' if self.warning else ''}{self.message}.{hint}"


@dataclass
class Source:
    """A parsed file: its data, and the line (1-based) on which each key or list entry stands."""

    path: Path
    data: Any = None
    lines: dict[Path_, int] = field(default_factory=dict)
    body: str = ""
    problems: list[Problem] = field(default_factory=list)

    def line(self, at: Path_) -> int | None:
        """The line of a key, or of the nearest one above it."""
        while at and at not in self.lines:
            at = at[:-1]
        return self.lines.get(at)

    def report(self, at: Path_, message: str, suggestion: str = "", *, warning: bool = False) -> None:
        """Note a problem at a key."""
        self.problems.append(Problem(self.path, self.line(at), message, suggestion, warning))


def read_text(path: Path) -> tuple[str, Problem | None]:
    """A file's text, or the problem with it."""
    try:
        if path.stat().st_size > LARGEST:
            return "", Problem(path, None, f"is larger than {LARGEST // 1_000_000} MB", "Is it a playbook?")
        raw = path.read_bytes()
    except OSError as error:
        return "", Problem(path, None, f"cannot be read ({error.strerror})", "Check the path and its rights.")
    if b"\0" in raw:
        return "", Problem(path, None, "is not a text file")
    try:
        return raw.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return "", Problem(path, line, "is not UTF-8", "Save it as UTF-8.")


def read_yaml(path: Path) -> Source:
    """Parse a YAML file; syntax errors become problems, never exceptions."""
    text, problem = read_text(path)
    source = Source(path)
    if problem:
        source.problems.append(problem)
    else:
        _parse(text, source, first_line=1)
    return source


def read_page(path: Path) -> Source:
    """Parse a Markdown page with YAML front matter between `---` lines."""
    text, problem = read_text(path)
    source = Source(path)
    if problem:
        source.problems.append(problem)
        return source
    lines = text.splitlines()
    ends = [n for n, line in enumerate(lines) if line.strip() == "---"]
    if len(ends) < 2 or ends[0] != 0:
        source.problems.append(
            Problem(path, 1, "has no front matter", "Begin with --- lines that hold `title:` and `stage:`.")
        )
        return source
    source.body = "\n".join(lines[ends[1] + 1 :]).strip()
    _parse("\n".join(lines[1 : ends[1]]), source, first_line=2)
    return source


def _parse(text: str, source: Source, *, first_line: int) -> None:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    yaml = YAML(typ="safe", pure=True)
    try:
        node = yaml.compose(text)
        source.data = _plain(node, source, (), first_line, 0, yaml)
    except _Refused as refused:
        source.problems.append(Problem(source.path, refused.line, refused.why))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + first_line if mark else None
        what = " ".join(str(error.problem or error.context or "is not valid YAML").split())
        source.problems.append(Problem(source.path, line, f"YAML: {what}", "Check indentation and quotes."))
    except (YAMLError, ValueError, RecursionError) as error:
        what = " ".join(str(error).split())[:120]
        source.problems.append(Problem(source.path, None, f"YAML: {what}", "Check indentation and quotes."))


class _Refused(Exception):
    def __init__(self, line: int, why: str) -> None:
        self.line, self.why = line, why


def _plain(node: Any, source: Source, at: Path_, first: int, depth: int, yaml: Any) -> Any:
    """Plain values of a node tree, noting lines. Anchors are refused: they hide copies, or a bomb."""
    from ruamel.yaml.nodes import MappingNode, SequenceNode

    if node is None:
        return None
    line = node.start_mark.line + first
    source.lines.setdefault(at, line)
    if depth > DEEPEST:
        raise _Refused(line, f"is nested more than {DEEPEST} deep")
    if getattr(node, "anchor", None):
        raise _Refused(line, "uses a YAML anchor; write the value out instead")
    if isinstance(node, MappingNode):
        result: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            here = (*at, key)
            if key in result:
                source.lines[here] = key_node.start_mark.line + first
                source.report(here, f"{key!r} is given twice", "Keep one of them.")
            source.lines[here] = key_node.start_mark.line + first
            result[key] = _plain(value_node, source, here, first, depth + 1, yaml)
        return result
    if isinstance(node, SequenceNode):
        return [_plain(v, source, (*at, n), first, depth + 1, yaml) for n, v in enumerate(node.value)]
    tag = str(node.tag or "")
    if tag.endswith((":int", ":float", ":bool", ":null")):
        return yaml.constructor.construct_object(node, deep=True)
    return node.value
