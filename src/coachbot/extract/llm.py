"""The language-model engine: one careful pass over a call, and a second look at what did not ground."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from coachbot.errors import CoachbotError, ContextError, EngineError, UsageError
from coachbot.extract import llm_repair
from coachbot.extract.llm_merge import merge
from coachbot.extract.llm_parse import Parser, Parts
from coachbot.extract.llm_plan import Plan, make_plan, messages_for, part_messages
from coachbot.extract.llm_schema import facts_schema
from coachbot.extract.llm_second import SecondLook
from coachbot.extract.llm_summary import cited
from coachbot.extract.llm_work import Work
from coachbot.extract.summary import NO_DATE, summarise
from coachbot.model.claims import Claims, GroundedClaims
from coachbot.model.playbook import Playbook
from coachbot.model.transcript import DealContext, Transcript
from coachbot.settings import settings

if TYPE_CHECKING:
    from coachbot.llm import Answer, Chat, Message, Prompt

__all__ = ["LlmEngine", "messages_for"]

NAME = "llm"
TASKS = ("extract", "continue", "repair")
SMALLEST_CONTEXT = 2048
SILENT_FROM = 20
"""Turns of a call from which an answer without anything is a failure of the model."""


@dataclass(frozen=True)
class LlmEngine:
    """Asks a language model. Holds no state of a call, so one engine does for many.

    `chat`: None takes the one of the settings. `versions`: of the prompts, by task; a task that is not
    named takes the version in production. `fall_back`: whether the local engine stands in where the model
    fails; otherwise EngineError is raised.
    """

    chat: Chat | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    fall_back: bool = True

    def with_prompts(self, versions: Mapping[str, str]) -> LlmEngine:
        """The same engine with other versions of its prompts, such as {"extract": "v2"}."""
        strange = sorted(set(versions) - set(TASKS))
        if strange:
            raise UsageError(f"the engine has no prompt {strange[0]!r}; it has: {', '.join(TASKS)}")
        return replace(self, versions={**self.versions, **versions})

    def without_fallback(self) -> LlmEngine:
        """The same engine, failing where the model fails."""
        return replace(self, fall_back=False)

    def extract(self, transcript: Transcript, playbook: Playbook, deal: DealContext) -> Claims:
        """All claims about the call. Where the model fails, those of the local engine with a warning."""
        started = time.perf_counter()
        prompt = self._prompt("extract")
        work = Work(self._chat(), transcript.id)
        try:
            self._read(work, prompt, transcript, playbook, deal)
        except EngineError as error:
            if not self.fall_back:
                raise
            return _by_local(error, work, transcript, playbook, deal)
        found = merge(work.found, playbook)
        summary = cited(found) or [*summarise(found.fields, found.next_steps, playbook, deal)]
        if transcript.date is None and any(s.when for s in found.next_steps):
            work.warnings.append(NO_DATE)
        if found.dropped:
            what = "; ".join(f"{count} × {reason}" for reason, count in found.dropped.most_common())
            work.warnings.append(f"Of the model's answer, this could not be used: {what}.")
        return Claims(
            fields=tuple(found.fields),
            commitments=tuple(found.commitments),
            reversions=tuple(found.reversions),
            risks=tuple(found.risks),
            stakeholders=tuple(found.stakeholders),
            objections=tuple(found.objections),
            next_steps=tuple(found.next_steps),
            summary=tuple(summary),
            turns_read=frozenset(work.read),
            engine=work.report({"extract": prompt.version, **work.prompts}, time.perf_counter() - started),
            warnings=tuple(work.warnings),
        )

    def repair(
        self, said: Claims, checked: GroundedClaims, transcript: Transcript, playbook: Playbook
    ) -> Claims:
        """The claims after a second look: at most one request, for what did not ground. None where the first
        answer had broken off, since going on with it was the call's second request.
        """
        if said.engine.name != NAME:
            return said
        mended, done = llm_repair.mend_by_code(said, checked, transcript)
        failed = llm_repair.still_failed(said, checked, done)
        if not failed or "continue" in said.engine.prompts:
            return mended
        return SecondLook(self._chat(), self._prompt("repair"), transcript, playbook).run(mended, failed)

    def _read(
        self, work: Work, prompt: Prompt, transcript: Transcript, playbook: Playbook, deal: DealContext
    ) -> None:
        """Reads all parts; anew with smaller ones where the server's context is less than was said."""
        context = work.chat.context
        while True:
            plan = make_plan(transcript, playbook, deal, prompt, context)
            try:
                return self._read_parts(work, prompt, plan, transcript, playbook, deal)
            except ContextError:
                if work.found or context // 2 < SMALLEST_CONTEXT:
                    raise
                context //= 2

    def _read_parts(
        self,
        work: Work,
        prompt: Prompt,
        plan: Plan,
        transcript: Transcript,
        playbook: Playbook,
        deal: DealContext,
    ) -> None:
        """Asks for every part. What fails after the first one costs its turns, not the call."""
        parser = Parser(transcript, playbook)
        for number, part in enumerate(plan.parts, 1):
            messages = part_messages(prompt, plan, number, transcript, playbook, deal)
            try:
                answer, whole = work.ask(prompt, messages, plan.schema, plan.answer)
            except EngineError as error:
                if not work.found:
                    raise
                at = f"turns {part.turns[0]} to {part.turns[-1]}"
                work.warnings.append(f"The model failed on a part of the call ({at} are not read): {error}")
                continue
            found = parser.read(answer.data)
            work.found.append(found)
            if whole or self._go_on(work, messages, answer, parser, plan.answer):
                work.read |= set(part.turns)
            else:  # what stays blank was not looked for: only the turns that are quoted count as read
                work.read |= {q.turn for c in found.fields for q in c.quotes if q.turn is not None}
        if len(transcript.turns) >= SILENT_FROM and not any(_says_something(found) for found in work.found):
            raise EngineError(f"the model found nothing in {len(transcript.turns)} turns; try another model")

    def _go_on(
        self, work: Work, messages: Sequence[Message], broken: Answer, parser: Parser, most: int | None
    ) -> bool:
        """Asks for the fields that an answer did not get to before it broke off; whether that succeeded.

        The same messages stand first, so that a provider that keeps them reads only what is new.
        """
        prompt = self._prompt("continue")
        rest = _not_reached(broken.text, parser.playbook)
        more = prompt.render(fields=rest)
        work.prompts["continue"] = prompt.version
        try:
            answer, whole = work.ask(prompt, [*messages, *more], facts_schema(rest), most)
        except EngineError as error:
            work.warnings.append(f"The model's answer broke off, and going on with it failed: {error}")
            return False
        work.found.append(parser.read(answer.data))
        if not whole:
            work.warnings.append("The model's answer broke off twice: some fields were not looked for.")
        return whole

    def _chat(self) -> Chat:
        if self.chat is not None:
            return self.chat
        from coachbot.llm import get_chat

        return get_chat()

    def _prompt(self, task: str) -> Prompt:
        from coachbot.llm import load_prompt

        return load_prompt(task, self.versions.get(task), settings().home)


def _says_something(found: Parts) -> bool:
    return bool(found.fields or found.objections or found.next_steps or found.stakeholders)


def _not_reached(text: str, playbook: Playbook) -> list[str]:
    """The fields that a broken answer did not finish, the one it broke off in among them."""
    ids = [f.id for f in playbook.fields]
    begun = re.findall(r'"(\w+)"\s*:\s*\[|"field"\s*:\s*"(\w+)"', text)
    last = max((ids.index(a or b) for a, b in begun if (a or b) in ids), default=0)
    return ids[last:]


def _by_local(
    error: EngineError, work: Work, transcript: Transcript, playbook: Playbook, deal: DealContext
) -> Claims:
    """The local engine's claims in the place of the model's. Raises the model's error where it fails too."""
    from coachbot.extract.local import LocalEngine

    try:
        claims = LocalEngine().extract(transcript, playbook, deal)
    except CoachbotError as second:
        raise EngineError(f"{error}. The local engine cannot stand in either: {second}") from error
    spent = work.report({}, 0)
    kept = ("requests", "tokens_in", "tokens_out", "tokens_cached", "cost", "currency")
    engine = claims.engine.model_copy(
        update={"fallback_from": NAME, **{key: getattr(spent, key) for key in kept}}
    )
    banner = (
        f"The language model failed ({error}). This recap is the local engine's; run it again with "
        "--engine llm once that is mended."
    )
    return claims.model_copy(update={"engine": engine, "warnings": (banner, *claims.warnings)})
