"""Prompts as files: `prompts/<task>/vN.j2`, one version a file, and which of them is in production.

A file has front matter, then its sections:

    ---
    note: what this version is for
    variables: [transcript, playbook]
    temperature: 0
    ---
    --- system ---
    Instructions, as a Jinja2 template.
    --- user ---
    {{ transcript | fence("transcript") }}

The workspace's own `prompts/` is looked in first, so that a team's version wins over a bundled one.
Sections are cut before anything is filled in: text of a call cannot open one.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from coachbot.bundled import bundled
from coachbot.errors import InputError, UsageError
from coachbot.llm.fence import fence
from coachbot.llm.types import Message, Role

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

FOLDER = "prompts"
LABELS = "labels.yaml"
RELEASED = "released.yaml"
PRODUCTION = "production"

_SECTION = re.compile(r"^--- *(system|user|assistant) *---[ \t]*$", re.MULTILINE)
_VERSION = re.compile(r"v([1-9][0-9]{0,5})")
_TASK = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_KEYS = {"note", "variables", "temperature", "models", "max_tokens"}


@dataclass(frozen=True)
class Prompt:
    """One version of a prompt. `variables` are the names that `render` takes, all of them."""

    task: str
    version: str
    path: Path
    note: str
    variables: frozenset[str]
    temperature: float | None
    max_tokens: int | None
    models: tuple[str, ...]
    sha256: str
    sections: tuple[tuple[Role, str], ...] = field(repr=False)

    @property
    def name(self) -> str:
        """Task and version, as in `extract/v2`."""
        return f"{self.task}/{self.version}"

    def render(self, **variables: Any) -> list[Message]:
        """The messages, filled in. UsageError for a variable that is missing, or that it does not have."""
        from jinja2 import TemplateError

        missing = sorted(self.variables - set(variables))
        unknown = sorted(set(variables) - self.variables)
        if missing or unknown:
            what = f"needs {', '.join(missing)}" if missing else f"has no variable {', '.join(unknown)}"
            raise UsageError(f"prompt {self.name} {what}; it takes {', '.join(sorted(self.variables))}")
        out = []
        for role, source in self.sections:
            try:
                text = _environment().from_string(source).render(**variables)
            except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
                raise InputError(f"cannot be filled in: {error}", path=self.path) from error
            out.append(Message(role, text.strip()))
        return [message for message in out if message.content]


def load_prompt(task: str, version: str | None = None, home: Path | None = None) -> Prompt:
    """A prompt of that task: the given version (`v2`), or the one that is in production.

    `extract/v2` as the task names both. `home` is the workspace, whose own prompts win.

    Raises:
        UsageError: no such task or version, or none is in production.
        InputError: the file has a mistake, or was changed after its release.
    """
    if version is None and "/" in task:
        task, version = task.split("/", 1)
    path = find(task, version or production(task, home), home)
    raw = path.read_text(encoding="utf-8")
    prompt = _parse(path, raw)
    expected = released(path.parent.parent).get(task, {}).get(path.stem)
    if expected is not None and expected != prompt.sha256:
        raise InputError(
            f"was changed after its release; restore it, and put the change in a new version "
            f"(`coachbot prompts new {task}`)",
            path=path,
        )
    return prompt


def places(home: Path | None = None) -> list[Path]:
    """The folders that hold prompts, nearest first."""
    own = [home / FOLDER] if home is not None and (home / FOLDER).is_dir() else []
    return [*own, bundled("prompts")]


def tasks(home: Path | None = None) -> list[str]:
    """The tasks that have a prompt."""
    return sorted({f.parent.name for place in places(home) for f in place.glob("*/v*.j2") if _is_prompt(f)})


def versions(task: str, home: Path | None = None) -> list[str]:
    """The versions of a task, oldest first."""
    found = {f.stem for place in places(home) for f in (place / task).glob("v*.j2") if _is_prompt(f)}
    return sorted(found, key=number)


def number(version: str) -> int:
    """The number of a version: 2 for `v2`."""
    return int(version[1:])


def find(task: str, version: str, home: Path | None = None) -> Path:
    """The file of a version. UsageError where there is none."""
    if not _TASK.fullmatch(task) or not (known := versions(task, home)):
        raise UsageError(f"no task is called {task!r}; there is: {', '.join(tasks(home)) or 'none'}")
    if _VERSION.fullmatch(version):
        for place in places(home):
            if (path := place / task / f"{version}.j2").is_file():
                return path
    raise UsageError(f"{task} has no version {version!r}; there is: {', '.join(known)}")


def production(task: str, home: Path | None = None) -> str:
    """The version of a task that is in production. UsageError where none is."""
    for place in places(home):
        label = labels(place).get(task, {}).get(PRODUCTION)
        if label is not None:
            return label
    known = versions(task, home)
    if not known:
        raise UsageError(f"no task is called {task!r}; there is: {', '.join(tasks(home)) or 'none'}")
    raise UsageError(
        f"no version of {task} is in production; choose one: coachbot prompts release {task} {known[-1]}"
    )


def labels(place: Path) -> dict[str, dict[str, str]]:
    """What labels.yaml of a folder says: for each task, the version of each label."""
    return _table(place / LABELS)


def released(place: Path) -> dict[str, dict[str, str]]:
    """What released.yaml of a folder says: for each task, the sha256 of each released version."""
    return _table(place / RELEASED)


def digest(text: str) -> str:
    """The hash that a release keeps. Line ends do not count: checkouts differ in them."""
    return hashlib.sha256("\n".join(text.splitlines()).encode()).hexdigest()


def _is_prompt(file: Path) -> bool:
    return bool(_VERSION.fullmatch(file.stem)) and file.is_file()


def _table(path: Path) -> dict[str, dict[str, str]]:
    data = read_yaml(path.read_text(encoding="utf-8"), path, 1) if path.is_file() else {}
    good = isinstance(data, dict) and all(
        isinstance(inner, dict) and all(isinstance(v, str) for v in inner.values()) for inner in data.values()
    )
    if not good:
        raise InputError("does not map each task to words; see docs/language-models.md", path=path)
    return data


def read_yaml(text: str, path: Path, first_line: int) -> Any:
    """Plain data of a YAML text. InputError, with the line, where it is none."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        data = YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        at = first_line + (error.problem_mark.line if error.problem_mark else 0)
        raise InputError(f"not valid YAML: {error.problem}", path=path, line=at) from error
    except (YAMLError, ValueError) as error:
        raise InputError("not valid YAML", path=path) from error
    return {} if data is None else data


def _parse(path: Path, raw: str) -> Prompt:
    lines = raw.splitlines()
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if not lines or lines[0].rstrip() != "---" or end is None:
        raise InputError("has no front matter: begin it with ---, note:, variables: and ---", path=path)
    head = read_yaml("\n".join(lines[1:end]), path, 2)
    if not isinstance(head, dict) or (odd := set(map(str, head)) - _KEYS):
        odd_keys = ", ".join(sorted(odd)) if isinstance(head, dict) else "no keys"
        raise InputError(f"front matter: {odd_keys}; it takes {', '.join(sorted(_KEYS))}", path=path)
    sections = _sections(path, "\n".join(lines[end + 1 :]))
    named = head.get("variables") or []
    if not isinstance(named, list) or not all(isinstance(v, str) for v in named):
        raise InputError("front matter: variables: is a list of names", path=path)
    _check_variables(path, sections, frozenset(named))
    return Prompt(
        task=path.parent.name,
        version=path.stem,
        path=path,
        note=str(head.get("note") or ""),
        variables=frozenset(named),
        temperature=_number(path, head, "temperature"),
        max_tokens=int(most) if (most := _number(path, head, "max_tokens")) is not None else None,
        models=tuple(str(m) for m in head.get("models") or ()),
        sha256=digest(raw),
        sections=sections,
    )


def _number(path: Path, head: dict[str, Any], key: str) -> float | None:
    value = head.get(key)
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0):
        return value
    raise InputError(f"front matter: {key}: is a number of 0 or more", path=path)


def _sections(path: Path, body: str) -> tuple[tuple[Role, str], ...]:
    parts = _SECTION.split(body)
    if parts[0].strip() or len(parts) < 3:
        raise InputError("text before the first section: begin with a line --- system ---", path=path)
    roles: tuple[Role, ...] = get_args(Role)
    return tuple(
        (next(r for r in roles if r == role), text)
        for role, text in zip(parts[1::2], parts[2::2], strict=True)
    )


def _check_variables(path: Path, sections: tuple[tuple[Role, str], ...], named: frozenset[str]) -> None:
    from jinja2 import TemplateError, TemplateSyntaxError, meta

    used: set[str] = set()
    for role, source in sections:
        try:
            used |= meta.find_undeclared_variables(_environment().parse(source)) - set(_environment().globals)
            _environment().from_string(source)  # unknown filters show when it is compiled
        except TemplateSyntaxError as error:
            raise InputError(
                f"{role} section, its line {error.lineno}: {error.message}", path=path
            ) from error
        except TemplateError as error:
            raise InputError(f"{role} section: {error}", path=path) from error
    if used != named:
        odd = ", ".join(sorted(used - named)) or ", ".join(sorted(named - used))
        what = "uses, and its front matter does not name" if used - named else "names, and does not use"
        raise InputError(f"{what}: {odd}; correct variables:", path=path)


@lru_cache(maxsize=1)
def _environment() -> SandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(  # messages are text, not HTML: no escaping
        undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True,
    )  # fmt: skip
    environment.globals = {"namespace": environment.globals["namespace"]}
    environment.filters["fence"] = fence
    return environment
