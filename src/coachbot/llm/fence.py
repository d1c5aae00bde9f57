"""Text of a call as data in a prompt: it can neither close its fence nor speak the model's control words."""

from __future__ import annotations

import hashlib
import re

# What chat templates of self-hosted models turn into control tokens, wherever it stands in a message.
_CONTROL = re.compile(
    r"<(?=\|[^\s|<>]{1,40}\|>|/?s>|(?:start|end)_of_turn>|/?think>|</?SYS>>|<SYS>>|[|｜][^\n<>]{1,40}[|｜]>)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\])"
)
# Control characters, and the tag characters that carry text which no reader sees.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\U000e0000-\U000e007f]")


def fence(text: object, label: str = "data") -> str:
    """The text between two lines that name the label and a code, which does not occur in the text.

    The code follows from the text, so the same text always makes the same prompt. Words stay as they
    are, but for control tokens of chat templates, which get a space after their first sign.
    """
    safe = neutral(str(text))
    name = re.sub(r"[^A-Za-z0-9_ -]", "", label).strip().upper() or "DATA"
    code = hashlib.sha256(safe.encode("utf-8", "replace")).hexdigest()
    length = 8
    while code[:length] in safe and length < len(code):
        length += 4
    mark = f"{name} {code[:length]}"
    return f"<<< BEGIN {mark} >>>\n{safe}\n<<< END {mark} >>>"


def neutral(text: str) -> str:
    """The text without unseen characters, its control tokens broken up."""
    return _CONTROL.sub(lambda sign: f"{sign[0]} ", _UNSEEN.sub("", text))
