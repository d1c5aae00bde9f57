"""The requests about one call: asked, counted, and what they took put on record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coachbot.errors import EngineError, TruncatedError
from coachbot.extract.llm_parse import Parts
from coachbot.model.claims import EngineReport

if TYPE_CHECKING:
    from coachbot.llm import Answer, Chat, Message, Prompt, Usage


@dataclass
class Work:
    """What the reading of one call has come to so far."""

    chat: Chat
    call_id: str
    usage: list[Usage] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    read: set[int] = field(default_factory=set)
    found: list[Parts] = field(default_factory=list)
    prompts: dict[str, str] = field(default_factory=dict)

    def ask(
        self, prompt: Prompt, messages: Sequence[Message], schema: Mapping[str, Any], most: int | None
    ) -> tuple[Answer, bool]:
        """The answer, and whether it is whole. Raises EngineError; what was spent is kept all the same."""
        try:
            answer = self.chat.ask(
                messages,
                dict(schema),
                name=prompt.task,
                temperature=prompt.temperature,
                max_tokens=prompt.max_tokens or most,
                task=prompt.task,
                call=self.call_id,
            )
        except TruncatedError as error:
            self._spent(error)
            if error.answer is None:
                raise
            broken: Answer = error.answer
            self._mended(broken)
            return broken, False
        except EngineError as error:
            self._spent(error)
            raise
        self.usage.append(answer.usage)
        self._mended(answer)
        return answer, True

    def _mended(self, answer: Answer) -> None:
        if answer.repairs:
            self.warnings.append(f"The model's answer had to be mended: {'; '.join(answer.repairs)}.")

    def _spent(self, error: EngineError) -> None:
        usage = getattr(error, "usage", None)
        if usage is not None:
            self.usage.append(usage)

    def report(self, prompts: Mapping[str, str], seconds: float) -> EngineReport:
        """What the requests took, as a recap tells it."""
        from coachbot.llm import Usage

        total = sum(self.usage, Usage())
        return EngineReport(
            name="llm",
            model=self.chat.model,
            prompts=dict(prompts),
            requests=total.requests,
            tokens_in=total.tokens_in,
            tokens_out=total.tokens_out,
            tokens_cached=total.tokens_cached,
            cost=total.cost,
            currency=total.currency,
            seconds=round(seconds, 3),
        )


def together(before: EngineReport, more: EngineReport) -> EngineReport:
    """Both reports as one. The cost is unknown where one of them is."""
    known = before.cost is not None and (more.cost is not None or not more.requests)
    return before.model_copy(
        update={
            "prompts": {**before.prompts, **more.prompts},
            "requests": before.requests + more.requests,
            "tokens_in": before.tokens_in + more.tokens_in,
            "tokens_out": before.tokens_out + more.tokens_out,
            "tokens_cached": before.tokens_cached + more.tokens_cached,
            "cost": (before.cost or 0) + (more.cost or 0) if known else None,
            "seconds": round(before.seconds + more.seconds, 3),
        }
    )
