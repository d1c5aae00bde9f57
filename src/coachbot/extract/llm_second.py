"""The second request of a call: what did not ground, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coachbot.errors import EngineError
from coachbot.extract import llm_repair
from coachbot.extract.llm_call import call_facts, turn_lines
from coachbot.extract.llm_parse import Parser
from coachbot.extract.llm_schema import repair_schema
from coachbot.extract.llm_work import Work, together
from coachbot.model.claims import Claims
from coachbot.model.playbook import Playbook
from coachbot.model.transcript import DealContext, Transcript

if TYPE_CHECKING:
    from coachbot.llm import Chat, Prompt


@dataclass(frozen=True)
class SecondLook:
    """The second request of a call."""

    chat: Chat
    prompt: Prompt
    transcript: Transcript
    playbook: Playbook

    def run(self, said: Claims, failed: Sequence[llm_repair.Failed]) -> Claims:
        """The claims with what the answer mends; as they were, with a warning, where it fails."""
        started = time.perf_counter()
        work = Work(self.chat, self.transcript.id)
        room = llm_repair.room_for_turns(self.transcript)
        chosen, turns = llm_repair.near_turns(failed, self.transcript, room)
        messages = self.prompt.render(
            call=call_facts(self.transcript, self.playbook, DealContext()),
            claims=llm_repair.statements(chosen, said, self.playbook),
            turns=turn_lines(self.transcript, turns),
        )
        try:
            answer, _ = work.ask(self.prompt, messages, repair_schema(), None)
        except EngineError as error:
            work.warnings.append(f"The second look at {len(chosen)} unproven claims failed: {error}")
        else:
            parser = Parser(self.transcript, self.playbook)
            said = llm_repair.apply(said, chosen, answer.data, parser)
        return self._with(said, work, time.perf_counter() - started)

    def _with(self, said: Claims, work: Work, seconds: float) -> Claims:
        """The claims with what this request took."""
        spent = together(said.engine, work.report({"repair": self.prompt.version}, seconds))
        return said.model_copy(update={"engine": spent, "warnings": (*said.warnings, *work.warnings)})
