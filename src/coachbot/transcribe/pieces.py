"""Segments taken apart and put together again: words made comparable, parts of a segment, text of words."""

from __future__ import annotations

import math
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace

from coachbot.transcribe.words import Segment, Word

_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_SENTENCE_END = re.compile(r"[.?!…。？！｡]+[\"'”’»)\]」』]*$")
_CLAUSE_END = re.compile(r"[,;:、，；：—–]+[\"'”’»)\]]*$")
_ABBREVIATIONS = frozenset(("mr.", "mrs.", "ms.", "dr.", "prof.", "st.", "vs.", "e.g.", "i.e.", "approx."))
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x3400, 0x9FFF),  # Han
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)


def plain(text: str) -> str:
    """A word as it is compared: lower case, without marks around it. Empty for punctuation alone."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if c.isalnum() or unicodedata.category(c).startswith("M"))


def visible(text: str) -> str:
    """Text of one line without control, zero-width and direction characters."""
    return " ".join(_UNSEEN.sub("", text).split())


def unspaced(text: str) -> int:
    """How many characters are of scripts that put no spaces between words."""
    return sum(1 for c in text if not c.isascii() and any(a <= ord(c) <= b for a, b in _UNSPACED))


def ends_sentence(text: str) -> bool:
    """Whether a word closes a sentence: its last mark says so, and it is no common abbreviation."""
    word = text.strip()
    return _SENTENCE_END.search(word) is not None and word.casefold() not in _ABBREVIATIONS


def ends_clause(text: str) -> bool:
    """Whether a word is followed by a comma or the like."""
    return _CLAUSE_END.search(text.strip()) is not None


def joined(words: Iterable[Word]) -> str:
    """The text of words in a row. A word that has no space before it is glued to the one before."""
    return visible("".join(w.text for w in words))


def with_words(segment: Segment) -> Segment:
    """The segment with words. Where the recogniser gave none, they are spread over its time.

    Each gets time by its number of characters, and the probability of the whole, exp(avg_logprob).
    """
    if segment.words:
        return segment
    parts = _split(segment.text)
    total = sum(len(p) for p in parts)
    if not total:
        return segment
    span = max(0.0, segment.end - segment.start)
    probability = min(1.0, math.exp(min(0.0, segment.avg_logprob)))
    words, at = [], 0
    for part in parts:
        start = segment.start + span * at / total
        at += len(part)
        words.append(Word(part, round(start, 3), round(segment.start + span * at / total, 3), probability))
    return replace(segment, words=tuple(words))


def _split(text: str) -> list[str]:
    """Words with their leading spaces; of scripts without spaces every character is one."""
    found: list[str] = []
    for word in visible(text).split():
        if unspaced(word) * 2 > len(word):
            found += [f" {word[0]}", *word[1:]] if found else list(word)
        else:
            found.append(f" {word}")
    return found


def part(segment: Segment, first: int, last: int, uncertain: str | None = None) -> Segment:
    """Words `first` up to `last` of a segment as one of its own; a further reason joins those it has."""
    words = segment.words[first:last]
    whole = first == 0 and last == len(segment.words)
    return replace(
        segment,
        words=words,
        start=segment.start if first == 0 else words[0].start,
        end=segment.end if last == len(segment.words) else max(w.end for w in words),
        text=segment.text if whole else "".join(w.text for w in words),
        uncertain=reasons(segment.uncertain, uncertain),
    )


def reasons(*given: str | None) -> str | None:
    """Several reasons as one line, each once."""
    found = list(dict.fromkeys(r for text in given if text for r in text.split("; ")))
    return "; ".join(found) or None


def overlap(start: float, end: float, spans: Sequence[tuple[float, float]]) -> float:
    """Seconds between two times that lie in any of the spans (in order, not overlapping each other)."""
    total = 0.0
    for at in range(bisect_right(spans, start, key=lambda s: s[1]), len(spans)):
        a, b = spans[at]
        if a >= end:
            break
        total += min(end, b) - max(start, a)
    return total
