"""The language model may phrase a prompt; it may not add to it.

What it writes is held against what the prompt cites. A figure, a name or a quote that is in none of its
citations, or too many words of its own, and the template's words stay.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from coachbot.coach.speak import content_words
from coachbot.coach.types import CoachPrompt, CoachSheet
from coachbot.errors import EngineError
from coachbot.llm import Chat, load_prompt

OWN_WORDS = 0.45
"""The most of its content words that may stand in none of the prompt's sources."""
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["prompts"],
    "properties": {
        "prompts": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["number", "why", "say"],
                "properties": {
                    "number": {"type": "integer"},
                    "why": {"type": "string"},
                    "say": {"type": "string"},
                },
            },
        }
    },
}
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NUMBER_WORDS = frozenset(
    [
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "fifteen",
        "twenty",
        "thirty",
        "forty",
        "fifty",
        "sixty",
        "seventy",
        "eighty",
        "ninety",
        "hundred",
        "thousand",
        "million",
        "half",
        "third",
        "quarter",
        "dozen",
        "double",
        "twice",
    ]
)
_QUOTED = re.compile(r"[“\"]([^”\"]+)[”\"]")
_NAME = re.compile(r"(?<![.?!“\"\s])\s+([A-Z][\w’'-]+)")
_NEGATION = frozenset({"not", "no", "never", "nothing", "nobody", "none", "without", "cannot"})


def phrased(
    sheet: CoachSheet, chat: Chat, *, home: Path | None = None, version: str | None = None
) -> CoachSheet:
    """The sheet with why and say in the model's words, where those hold. The template where it fails."""
    if not sheet.prompts:
        return sheet
    prompt = load_prompt("coach", version, home)
    rows = [
        {
            "number": n, "title": p.title, "seen": p.seen, "why": p.why, "say": list(p.say),
            "basis": p.basis.text, "play": p.play.words,
        }
        for n, p in enumerate(sheet.prompts, start=1)
    ]  # fmt: skip
    try:
        answer = chat.ask(
            prompt.render(prompts=rows, title=sheet.title), SCHEMA, name="coach", task="coach",
            temperature=prompt.temperature, max_tokens=prompt.max_tokens,
        )  # fmt: skip
    except EngineError as error:
        return sheet.model_copy(update={"notes": (*sheet.notes, f"in the template's words: {error}")})
    said = {row["number"]: row for row in answer.data["prompts"]}
    prompts = tuple(_take(p, said.get(n)) for n, p in enumerate(sheet.prompts, start=1))
    return sheet.model_copy(update={"prompts": prompts})


def _take(prompt: CoachPrompt, row: dict[str, str] | None) -> CoachPrompt:
    if row is None:
        return prompt
    sources = sources_of(prompt)
    changed: dict[str, object] = {}
    if holds(row["why"], sources):
        changed["why"] = row["why"].strip()
    if row["say"].strip() and holds(row["say"], sources):
        changed["say"] = (row["say"].strip(), *prompt.say[1:])
    return prompt.model_copy(update={**changed, "phrased_by": "llm"}) if changed else prompt


def sources_of(prompt: CoachPrompt) -> tuple[str, ...]:
    """All that a phrasing may draw on: the quotes with who said them, the playbook's lines, the template."""
    quotes = (f"{m.quote} {m.speaker or ''} {m.call_title}" for m in prompt.moments)
    absence = prompt.absence.text + prompt.absence.what if prompt.absence else ""
    own = (prompt.title, prompt.seen, prompt.why, *prompt.say, prompt.do)
    return (*quotes, absence, prompt.basis.text, prompt.play.words, prompt.play.title, *own)


def holds(text: str, sources: Sequence[str]) -> bool:
    """Whether a phrasing stays within its sources: figures, names, quotes, negations, most of its words."""
    whole = " ".join(sources)
    if not text.strip() or len(text) > 600 or not set(_NUMBER.findall(text)) <= set(_NUMBER.findall(whole)):
        return False
    known, own = content_words(whole), content_words(text)
    if (own & _NUMBER_WORDS) - known or (own & _NEGATION) - known:
        return False
    if any(name.casefold() not in whole.casefold() for name in _NAME.findall(text)):
        return False
    plain = " ".join(whole.split()).casefold()
    quotes = [" ".join(q.split()).strip(" .…,?!").casefold() for q in _QUOTED.findall(text)]
    if not all(q in plain for q in quotes):
        return False
    return len(own - known) <= OWN_WORDS * max(1, len(own))
