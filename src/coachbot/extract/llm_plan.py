"""How a call is put to a model: in one part where it can read that, with as many examples as fit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coachbot.errors import EngineError
from coachbot.extract.llm_call import call_facts, turn_lines
from coachbot.extract.llm_guide import LEVELS, guide
from coachbot.extract.llm_schema import answer_schema
from coachbot.extract.llm_windows import Window, windows
from coachbot.llm.tokens import estimate_tokens
from coachbot.model.playbook import Playbook
from coachbot.model.transcript import DealContext, Transcript
from coachbot.settings import settings

if TYPE_CHECKING:
    from coachbot.llm import Message, Prompt

ANSWER_SHARE, ANSWER_BASE = 0.8, 1000
"""Tokens an answer may take: a share of those of the turns, and a base for the rest."""
SMALLEST_ROOM = 500


@dataclass(frozen=True)
class Plan:
    """How a call is read: the playbook's part of the prompt, and the parts of the call. `answer` is what one
    answer may take, None where nothing presses.
    """

    guide: Mapping[str, Any]
    schema: Mapping[str, Any]
    parts: tuple[Window, ...]
    answer: int | None


def messages_for(
    transcript: Transcript, playbook: Playbook, deal: DealContext, prompt: Prompt, context: int | None = None
) -> list[Message]:
    """The messages of the first request about a call, as the engine would send them to a model that reads
    `context` tokens (None: the setting's).
    """
    plan = make_plan(transcript, playbook, deal, prompt, context or settings().llm_context)
    return part_messages(prompt, plan, 1, transcript, playbook, deal)


def make_plan(
    transcript: Transcript, playbook: Playbook, deal: DealContext, prompt: Prompt, context: int
) -> Plan:
    """One part with all examples where the context allows; else fewer examples, then several parts.

    Raises EngineError where not even a short part would fit.
    """
    everything = tuple(t.index for t in transcript.turns)
    whole = Window(everything, everything, turn_lines(transcript, everything))
    all_turns = estimate_tokens(whole.lines)
    for level in LEVELS:
        told, schema = guide(playbook, level, deal.stage), answer_schema(playbook, flat=level.tight)
        bare = Plan(told, schema, (Window((), (), ""),), None)
        fixed = estimate_tokens(part_messages(prompt, bare, 1, transcript, playbook, deal))
        fixed += estimate_tokens(json.dumps(schema, separators=(",", ":")))
        left = context - fixed - ANSWER_BASE
        if all_turns * (1 + ANSWER_SHARE) <= left:
            return Plan(told, schema, (whole,), None)
        room = int(left / (1 + ANSWER_SHARE))
        if room >= fixed or (level is LEVELS[-1] and room >= SMALLEST_ROOM):
            answer = int(room * ANSWER_SHARE) + ANSWER_BASE
            return Plan(told, schema, tuple(windows(transcript, room)), answer)
    raise EngineError(
        f"the playbook's {len(playbook.fields)} fields leave no room for a call in {context} tokens: "
        "choose a model with a larger context, or correct COACHBOT_LLM_CONTEXT"
    )


def part_messages(
    prompt: Prompt, plan: Plan, number: int, transcript: Transcript, playbook: Playbook, deal: DealContext
) -> list[Message]:
    """The messages about one part of a plan; `number` counts from 1."""
    return prompt.render(
        playbook=plan.guide,
        call=call_facts(transcript, playbook, deal),
        turns=plan.parts[number - 1].lines,
        part={"number": number, "count": len(plan.parts)} if len(plan.parts) > 1 else None,
        summary_language=settings().summary_language,
    )
