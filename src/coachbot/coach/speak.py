"""How a prompt's sentences are put together from quotes and the playbook's own lines."""

from __future__ import annotations

import re
from collections.abc import Iterable

from coachbot.coach.types import Moment
from coachbot.model.playbook import Stage

SPOKEN_WORDS = 18
"""Longest quote that is read back to somebody; what is longer is cut at the end."""
_LEAD = re.compile(r"^(?:(?:and|but|so|well|okay|because)\b[, ]+)+", re.IGNORECASE)
_I = re.compile(r"\bi\b(?!\.)")
_TITLES = {"mr", "mrs", "ms", "dr", "prof", "mzee", "sir"}


def short(quote: str, words: int = SPOKEN_WORDS) -> str:
    """The quote's first words, as one would read it back; an ellipsis where it goes on."""
    parts = quote.split()
    if len(parts) <= words:
        return quote.strip().rstrip(",;:—– ").strip()
    cut = " ".join(parts[:words])
    end = max(cut.rfind(mark) for mark in (". ", "? ", "! ", ", "))
    if end > len(cut) // 2:
        cut = cut[: end + 1]
    return cut.rstrip(",;:.—– ") + " …"


def spoken(moment: Moment, words: int = SPOKEN_WORDS) -> str:
    """What to read back of a moment: all of it, or its heart where it has one, else its first words."""
    whole = len(moment.quote.split()) <= words
    return short(moment.quote if whole else moment.heart or moment.quote, words)


def first_name(speaker: str | None) -> str:
    """What one would call somebody; a title keeps the name after it."""
    parts = (speaker or "").split()
    if not parts:
        return ""
    if parts[0].rstrip(".").casefold() in _TITLES and len(parts) > 1:
        return " ".join((parts[0], parts[-1]))
    return parts[0]


def back_to(moment: Moment, question: str) -> str:
    """The question, opened with the buyer's own words."""
    name, words = first_name(moment.speaker), as_written(spoken(moment))
    lead = f"{name}, you said “{words}”" if name else f"You said “{words}”"
    end = "" if lead.endswith((".”", "?”", "!”", "…”")) else "."
    return f"{lead}{end} {question}".strip()


def as_written(words: str) -> str:
    """Words of a transcript as one would read them back: no "and" before them, a capital first, and for I."""
    words = _LEAD.sub("", words) or words
    return _I.sub("I", words[:1].upper() + words[1:])


def listing(parts: Iterable[str], last: str = "and") -> str:
    """a, b and c."""
    found = list(parts)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} {last} {found[-1]}" if found else ""


def lower_first(text: str) -> str:
    """The text as the middle of a sentence; acronyms and names of one letter stay."""
    head, _, rest = text.partition(" ")
    if len(head) > 1 and head[1:].islower():
        return f"{head.lower()} {rest}".strip()
    return text


def stop(text: str) -> str:
    """The text, ended by a full stop where it has no end."""
    bare = text.strip()
    return bare if not bare or bare.endswith((".", "!", "?", "…", "”", "。", "？", "！")) else f"{bare}."


_WORD = re.compile(r"[^\W\d_]{3,}")


def content_words(text: str) -> set[str]:
    """Words of three letters and more, lower case."""
    return {w.casefold() for w in _WORD.findall(text)}


def purpose(stage: Stage) -> str:
    """What a stage is there for, as a sentence."""
    return stop(f"{stage.name} is there to {lower_first(stage.purpose)}") if stage.purpose else ""
