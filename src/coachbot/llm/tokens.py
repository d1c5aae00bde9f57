"""How many tokens a text has, about, without any model's own tokenizer."""

from __future__ import annotations

import math
from collections.abc import Sequence

from coachbot.llm.types import Message

CHARS_A_TOKEN = 3.5  # a cautious figure for English and German; other scripts are counted by bytes
MESSAGE_TOKENS = 4  # what a chat template puts around a message


def estimate_tokens(what: str | Sequence[Message]) -> int:
    """An upper estimate of the tokens of a text, or of messages."""
    if not isinstance(what, str):
        return sum(estimate_tokens(m.content) + MESSAGE_TOKENS for m in what)
    wide = sum(1 for c in what if ord(c) > 0x2FF)
    return math.ceil((len(what) - wide) / CHARS_A_TOKEN + wide)
