"""Everything that coachbot raises on purpose.

CoachbotError            the root; its message tells the user what to do
├── UsageError           exit status 2: a wrong option, or input that cannot be used
│   ├── InputError       a file that cannot be read as what it should be; names file and line
│   │   └── AudioError   a recording without usable speech; says in which state it is
│   └── PlaybookError    a playbook with mistakes; carries every one of them
│   └── NotFoundError    no call, deal, item … of that id
├── EngineError          exit status 1: the work itself failed and may be tried again
│   ├── ModelError       a language model did not answer as it should; its kinds follow below
│   └── BudgetError      the next request could cost more than the settings allow; nothing was sent
├── SearchError          exit status 1: a search index, or the server that keeps it, cannot be used
├── StoreError           exit status 1: the database or the files cannot be used as they are now
├── ConflictError        exit status 1: somebody else changed it first; carries both values
└── MissingRecordingError  exit status 3: an eval run lacks recaps that a comparison needs
"""

from __future__ import annotations

from pathlib import Path
from typing import Any


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


class AudioError(InputError):
    """A recording that cannot be transcribed.

    `state` is one of `empty`, `silent`, `no_speech`, `corrupt`, `no_audio`, `encrypted`, `too_long`.
    """

    def __init__(self, message: str, *, state: str, path: Path | str | None = None) -> None:
        self.state = state
        super().__init__(message, path=path)


class PlaybookError(UsageError):
    """A playbook with mistakes. `problems` holds one line for each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        more = f" (and {len(problems) - 1} more: run `coachbot playbook check`)" if len(problems) > 1 else ""
        super().__init__(f"{problems[0]}{more}")


class EngineError(CoachbotError):
    """An engine could not do its work."""


class BudgetError(EngineError):
    """A request was not sent, because it could pass a budget of the settings.

    `usage` (a coachbot.llm.Usage, or None) is what requests before it took.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.usage: Any = None


class ModelError(EngineError):
    """A language model, or the way to it, failed.

    `kind` is a stable word for states and statistics. `retryable` says whether the same request may
    succeed later, `sent` whether it reached the server, as far as is known. `usage` (a
    coachbot.llm.Usage) is what was spent all the same, and `answer` (a coachbot.llm.Answer) what could
    be saved of an answer that broke off; both may be None.
    """

    kind = "model"
    retryable = False

    def __init__(self, message: str, *, retry_after: float | None = None, detail: str = "") -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.detail = detail
        self.sent = True
        self.usage: Any = None
        self.answer: Any = None


class UnreachableError(ModelError):
    """No connection, or one that broke."""

    kind = "unreachable"
    retryable = True


class KeyRefusedError(ModelError):
    """The server does not accept the key, or not for this (401, 403)."""

    kind = "key_refused"


class NoSuchModelError(ModelError):
    """The server does not have the model, or the address is not that of a model server (404)."""

    kind = "no_such_model"


class BadRequestError(ModelError):
    """The server refuses the request as it is (400, 413, 422)."""

    kind = "bad_request"


class ContextError(BadRequestError):
    """The request is longer than what the model can read."""

    kind = "context"


class RateLimitError(ModelError):
    """Too many requests (429); `retry_after` holds the seconds that the server asks to wait."""

    kind = "rate_limit"
    retryable = True


class QuotaError(ModelError):
    """The account has no credit left (402, or 429 with that reason): waiting does not help."""

    kind = "quota"


class ServerFailedError(ModelError):
    """The server failed (5xx), or answered with what is no answer."""

    kind = "server"
    retryable = True


class TimedOutError(ModelError):
    """No answer in time, or one that stalled on its way."""

    kind = "timeout"
    retryable = True


class RefusedError(ModelError):
    """The model, or a filter before it, declined to answer."""

    kind = "refused"


class EmptyAnswerError(ModelError):
    """An answer without content."""

    kind = "empty"
    retryable = True


class TruncatedError(ModelError):
    """The answer broke off. `answer` holds what was whole of it, where that is valid."""

    kind = "truncated"


class WrongShapeError(ModelError):
    """The answer is not JSON, or not valid under the schema, beyond repair."""

    kind = "wrong_shape"
    retryable = True


class TooLongError(ModelError):
    """The answer was longer than any honest one; it was not read to its end."""

    kind = "too_long"


class SearchError(CoachbotError):
    """A search index, or the Chroma server that keeps its vectors, cannot be used as it is now.

    `transient`: the same work may succeed when tried again (a server that is away, an index being built).
    """

    def __init__(self, message: str, *, transient: bool = False) -> None:
        self.transient = transient
        super().__init__(message)


class MissingRecordingError(CoachbotError):
    """An eval run or baseline lacks recordings that a comparison needs."""

    exit_status = 3


class NotFoundError(UsageError):
    """Nothing of that kind and id is in the workspace."""

    def __init__(self, kind: str, key: object) -> None:
        self.kind = kind
        self.key = key
        super().__init__(f"no {kind} {key!r} in this workspace")


class StoreError(CoachbotError):
    """The workspace's database or files cannot be used as they are now. The message says what to do.

    `transient`: the same work may succeed when tried again (a lost connection, a lock).
    """

    def __init__(self, message: str, *, transient: bool = False) -> None:
        self.transient = transient
        super().__init__(message)


class ConflictError(CoachbotError):
    """Somebody changed it since it was read; nothing was written.

    `current` is what is stored now, `proposed` what was to be written, `expected` the version it was
    based on.
    """

    def __init__(self, subject: str, *, expected: int | None, current: object, proposed: object) -> None:
        self.subject = subject
        self.expected = expected
        self.current = current
        self.proposed = proposed
        super().__init__(f"{subject} was changed by somebody else: read it again, then decide")
