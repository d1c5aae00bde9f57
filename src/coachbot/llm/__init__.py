"""Language models: a chat that answers in JSON, prompts as files, what it all costs.

The only room that knows langchain and openai, and it loads them when the first question is asked.
"""

from __future__ import annotations

from coachbot.llm.agent import AgentAnswer, Tool, run_agent
from coachbot.llm.chat import get_chat
from coachbot.llm.prompts import Prompt, load_prompt
from coachbot.llm.tokens import estimate_tokens
from coachbot.llm.types import Answer, Chat, Message, Usage

__all__ = [
    "AgentAnswer", "Answer", "Chat", "Message", "Prompt", "Tool", "Usage", "estimate_tokens", "get_chat",
    "load_prompt", "run_agent",
]  # fmt: skip
