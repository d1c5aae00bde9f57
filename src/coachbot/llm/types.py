"""What passes between a task and a language model: messages in, an answer and its cost out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True)
class Message:
    """One message of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True)
class Usage:
    """What work with a model took. `seconds` is the time spent in requests, without the waits between.

    `cost` is None as soon as one request's price is not known: half a sum would pass for the whole.
    """

    requests: int = 0
    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0
    cost: float | None = None
    currency: str | None = None
    seconds: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        if not other.requests:
            return self
        if not self.requests:
            return other
        known = self.cost is not None and other.cost is not None and self.currency == other.currency
        return Usage(
            requests=self.requests + other.requests,
            tokens_in=self.tokens_in + other.tokens_in,
            tokens_cached=self.tokens_cached + other.tokens_cached,
            tokens_out=self.tokens_out + other.tokens_out,
            cost=(self.cost or 0.0) + (other.cost or 0.0) if known else None,
            currency=self.currency if known else None,
            seconds=self.seconds + other.seconds,
        )


@dataclass(frozen=True)
class Answer:
    """What a model answered, valid under the schema that was asked for.

    `repairs` says in words what had to be changed for that (an item that was left out, say); empty
    for an answer that was right as it came.
    """

    data: dict[str, Any]
    usage: Usage
    text: str = field(repr=False)
    repairs: tuple[str, ...] = ()


class Chat(Protocol):
    """A language model that answers in JSON.

    `model` is its name, `context` how many tokens it can read and write together.
    """

    @property
    def model(self) -> str:
        """The model's name."""
        ...

    @property
    def context(self) -> int:
        """How many tokens it can read and write together."""
        ...

    def ask(
        self,
        messages: Sequence[Message],
        schema: dict[str, Any],
        *,
        name: str,
        temperature: float | None = None,
        max_tokens: int | None = None,
        task: str = "extract",
        call: str | None = None,
    ) -> Answer:
        """An answer that is valid under the JSON Schema (an object).

        Args:
            messages: what to send. Redacted first where the settings say so.
            schema: JSON Schema of the answer; its root is an object.
            name: a name for the schema, of letters, digits, `_` and `-`.
            temperature: None leaves it to the server.
            max_tokens: the most the answer may have; None leaves it to the server.
            task: what the usage is booked under.
            call: id of the call it is for, which the usage and the budget of a call are booked under.

        Raises:
            ModelError: of its kinds in coachbot.errors; BudgetError before anything is spent.
        """
        ...
