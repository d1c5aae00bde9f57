"""Everything that coachbot raises on purpose.

CoachbotError            the root; its message tells the user what to do
├── UsageError           exit status 2: a wrong option, or input that cannot be used
│   ├── InputError       a file that cannot be read as what it should be; names file and line
│   └── PlaybookError    a playbook with mistakes; carries every one of them
├── EngineError          exit status 1: the work itself failed and may be tried again
└── MissingRecordingError  exit status 3: an eval run lacks recaps that a comparison needs
"""

from __future__ import annotations

from pathlib import Path


class CoachbotError(Exception):
    """Root of all errors raised on purpose. The message is one line meant for the user."""

    exit_status = 1


class UsageError(CoachbotError):
    """The request cannot be carried out as given."""

    exit_status = 2


class InputError(UsageError):
    """A file that cannot be used, with the place where reading it went wrong."""

    def __init__(self, message: str, *, path: Path | str | None = None, line: int | None = None) -> None:
        self.path = path
        self.line = line
        self.reason = message
        where = f"{path}" if path is not None else "input"
        if line is not None:
            where += f":{line}"
        super().__init__(f"{where}: {message}")


class PlaybookError(UsageError):
    """A playbook with mistakes. `problems` holds one line for each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        more = f" (and {len(problems) - 1} more: run `coachbot playbook check`)" if len(problems) > 1 else ""
        super().__init__(f"{problems[0]}{more}")


class EngineError(CoachbotError):
    """An engine could not do its work."""


class MissingRecordingError(CoachbotError):
    """An eval run or baseline lacks recordings that a comparison needs."""

    exit_status = 3
