"""Eval runs and prompt versions as lists."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run. `error` says why it cannot be read."""

    name: str
    suite: str
    contender: str
    cases: int
    primary: str
    started: str
    finished: bool
    error: str = ""


@dataclass(frozen=True, slots=True)
class PromptRow:
    """A prompt's task with its versions; `current` is the one in use."""

    task: str
    versions: tuple[str, ...]
    current: str


def run_rows(folder: Path) -> list[RunRow]:
    """The runs in a folder, newest first. One that cannot be read stands with the reason."""
    rows = []
    for path in sorted(folder.glob("*/run.json")) if folder.is_dir() else ():
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            contender = told["contender"]
            rows.append(
                RunRow(
                    name=path.parent.name,
                    suite=told["suite"],
                    contender=" ".join(str(v) for v in contender.values() if v),
                    cases=len(told["cases"]),
                    primary=told["primary"],
                    started=told["started"],
                    finished=bool(told.get("finished")),
                )
            )
        except (OSError, ValueError, KeyError, AttributeError) as error:
            rows.append(RunRow(path.parent.name, "", "", 0, "", "", False, f"cannot be read: {error}"))
    return sorted(rows, key=lambda r: r.started, reverse=True)


def prompt_rows(home: Path) -> list[PromptRow]:
    """The prompts that there are."""
    from coachbot.llm.prompts import production, tasks, versions

    return [PromptRow(t, tuple(reversed(versions(t, home))), production(t, home)) for t in tasks(home)]
