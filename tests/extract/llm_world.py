"""A chat that answers what it is told to, and a call for it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from coachbot.errors import EngineError
from coachbot.llm.types import Answer, Message, Usage
from coachbot.model.transcript import Participant, Side, Source, Transcript, Turn

USAGE = Usage(requests=1, tokens_in=100, tokens_out=20, tokens_cached=60, seconds=0.5)


@dataclass
class Asked:
    """A request as the chat got it."""

    messages: list[Message]
    schema: dict[str, Any]
    name: str
    max_tokens: int | None

    @property
    def text(self) -> str:
        return "\n".join(m.content for m in self.messages)


@dataclass
class FakeChat:
    """Gives its answers one after the other; an error among them is raised, a function is called."""

    answers: list[Any]
    context: int = 128_000
    model: str = "fake"
    asked: list[Asked] = field(default_factory=list)

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
        self.asked.append(Asked([*messages], schema, name, max_tokens))
        given = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if callable(given) and not isinstance(given, EngineError):
            given = given(self.asked[-1])
        if isinstance(given, EngineError):
            raise given
        return Answer(data=given, usage=USAGE, text=json.dumps(given))


def reply(facts: Mapping[str, Any] | None = None, **kinds: Any) -> dict[str, Any]:
    """An answer with these facts and lists, the others empty."""
    lists = ("people", "objections", "next_steps", "commitments", "reversions", "risks", "summary")
    return {**{key: kinds.get(key, []) for key in lists}, "facts": dict(facts or {})}


def quote(turn: Any, text: str) -> dict[str, Any]:
    return {"turn": turn, "text": text}


def fact(value: str, turn: Any, text: str) -> dict[str, Any]:
    return {"value": value, "quotes": [quote(turn, text)]}


def long_call(turns: int, words: int = 30) -> Transcript:
    """A call of so many turns, each with words of its own, of which every tenth opens a new topic."""
    people = ("Sam Seller", "Bea Buyer")
    text = [
        f"So topic {n // 10} item {n} is about "
        + " ".join(f"word{n // 10}x{(n * 7 + k) % 50}" for k in range(words))
        for n in range(turns)
    ]
    return Transcript(
        id="long",
        title="A long call",
        participants=(
            Participant(name="Sam Seller", side=Side.SELLER, side_source="given"),
            Participant(name="Bea Buyer", side=Side.BUYER, side_source="given"),
        ),
        turns=tuple(Turn(index=n, speaker=people[n % 2], text=said) for n, said in enumerate(text)),
        source=Source(format="test", sha256="0" * 64),
    )
