"""New versions of prompts, and releasing them: from then on a version never changes."""

from __future__ import annotations

import io
from pathlib import Path

from coachbot.errors import UsageError
from coachbot.files import write_text
from coachbot.llm.prompts import (
    FOLDER,
    LABELS,
    PRODUCTION,
    RELEASED,
    find,
    labels,
    load_prompt,
    number,
    released,
    versions,
)

_HEADS = {
    LABELS: "# Which version of each prompt is in use. `coachbot prompts release TASK VERSION` writes it.\n",
    RELEASED: "# The sha256 of each released version; a released version never changes. Written by\n"
    "# `coachbot prompts release`.\n",
}


def new_version(task: str, home: Path, folder: Path | None = None) -> Path:
    """Copy the latest version of a task to the next number, in the workspace (or in `folder`).

    Raises UsageError where the task does not exist or the file cannot be written.
    """
    latest = versions(task, home)[-1:] or ["v1"]
    source = find(task, latest[0], home)
    target = (folder or home / FOLDER) / task / f"v{number(latest[0]) + 1}.j2"
    if target.exists():
        raise UsageError(f"{target} exists already; edit it, or release it")
    write_text(target, source.read_text(encoding="utf-8"))
    return target


def release(task: str, version: str, home: Path) -> tuple[Path, str]:
    """Put a version into production, and keep its hash beside it. Returns the folder and the hash.

    A bundled version is put into production by a label in the workspace; its own folder is not touched,
    unless it is the one being developed (a checkout).

    Raises UsageError where there is no such version, InputError where it has mistakes or was changed.
    """
    prompt = load_prompt(task, version, home)
    place = prompt.path.parent.parent
    known = released(place)
    if prompt.version not in known.get(task, {}) and _writable(place):
        known.setdefault(task, {})[prompt.version] = prompt.sha256
        _write_table(place / RELEASED, known)
    label_place = place if _writable(place) else home / FOLDER
    # a label of the workspace comes first, so it has to follow even where the version lies elsewhere
    for where in {label_place, *([home / FOLDER] if task in labels(home / FOLDER) else [])}:
        table = labels(where)
        table.setdefault(task, {})[PRODUCTION] = prompt.version
        _write_table(where / LABELS, table)
    return place, prompt.sha256


def _writable(place: Path) -> bool:
    """Whether a folder is for editing: the workspace's, or a checkout's, but not an installed package's."""
    return "_bundled" not in place.parts


def _write_table(path: Path, table: dict[str, dict[str, str]]) -> None:
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.default_flow_style = False
    text = io.StringIO()
    ordered = {
        task: dict(sorted(table[task].items(), key=lambda kv: (len(kv[0]), kv[0]))) for task in sorted(table)
    }
    yaml.dump(ordered, text)
    write_text(path, _HEADS[path.name] + text.getvalue())
