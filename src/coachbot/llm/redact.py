"""Hiding personal data from a model: placeholders go out, and the words come back where they stood.

What has a check sum is checked (Luhn for cards, ISO 7064 mod 97 for IBANs), so that a number of orders
is not taken for a card. What is only spoken ("five five five, one two") is not found; see
docs/language-models.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from coachbot.errors import UsageError

_EMAIL = r"(?<![\w.+-])[\w.+'-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])"
_SPOKEN_EMAIL = (
    r"(?i:\b[a-z0-9][a-z0-9_+-]{0,40}(?:\s+dot\s+[a-z0-9_+-]{1,40}){0,3}\s+at\s+[a-z0-9-]{2,40}"
    r"(?:\s+dot\s+[a-z0-9-]{2,20}){0,2}\s+dot\s+(?:com|net|org|io|co|eu|ai|dev|de|uk|fr|nl|ch|at|it|es|edu|gov)\b)"
)
_IBAN = r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])"
_CARD = r"(?<![\d.,-])\d(?:[ -]?\d){12,18}(?![\d-]|[.,]\d)"
_SSN = r"(?<![\d-])(?!000|666|9\d\d)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\d-])"
_NINO = (
    r"(?i:(?<![A-Za-z0-9])(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
    r" ?\d{2} ?\d{2} ?\d{2} ?[A-D](?![A-Za-z0-9]))"
)
_PHONE = (
    r"(?<![\w.,/:+-])(?:"
    r"(?:\+|00)[1-9]\d{0,2}(?:[ .()/-]{0,2}\d){6,12}"  # international
    r"|\(0?\d{2,5}\)[ .-]?\d(?:[ .-]?\d){4,8}"  # (area) number
    r"|[2-9]\d{2}([-. ])[2-9]\d{2}\1\d{4}"  # North American
    r"|0\d{2,4}[ /-]\d{2,4}(?:[ -]?\d{2,4}){1,3}"  # national, with its trunk zero
    r"|0\d(?:[ .-]\d{2}){4}"  # French
    r")(?![\w-]|[.,]\d)"
)
_VARIABLE = "COACHBOT_LLM_REDACT_PATTERNS"
_DATE = re.compile(r"\d{1,4}[-./ ]\d{1,2}[-./ ]\d{1,4}")
_PLACEHOLDER = re.compile(r"\[?\b([A-Z]+_\d{1,5})\b\]?")


class Redactor:
    """Hides and restores. One object a call: the same words always get the same placeholder.

    Args:
        patterns: regular expressions of a team's own; what they match is hidden as `[HIDDEN_n]`.

    Raises:
        UsageError: a pattern is not valid, or matches nothing at all.
    """

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        self._rules: list[tuple[str, re.Pattern[str], Callable[[str], bool]]] = [
            *((("HIDDEN", _own(pattern), bool)) for pattern in patterns),
            ("EMAIL", re.compile(_EMAIL), bool),
            ("EMAIL", re.compile(_SPOKEN_EMAIL), bool),
            ("IBAN", re.compile(_IBAN), is_iban),
            ("CARD", re.compile(_CARD), is_card),
            ("ID", re.compile(_SSN), bool),
            ("ID", re.compile(_NINO), bool),
            ("PHONE", re.compile(_PHONE), _is_phone),
        ]
        self._words: dict[str, str] = {}  # placeholder without brackets -> words
        self._names: dict[str, str] = {}  # words -> placeholder without brackets
        self._taken: set[str] = set()

    def hide(self, text: str) -> str:
        """The text with placeholders such as `[EMAIL_1]` in place of what is personal."""
        # A transcript may carry placeholders of its own, which must not come back as someone's number.
        self._taken.update(name for name in _PLACEHOLDER.findall(text) if name not in self._words)
        for kind, pattern, holds in self._rules:
            text = pattern.sub(partial(self._hidden, kind, holds), text)
        return text

    def restore(self, value: Any) -> Any:
        """The same JSON with the words in place of the placeholders, in keys and values."""
        if isinstance(value, str):
            return _PLACEHOLDER.sub(lambda m: self._words.get(m[1], m[0]), value)
        if isinstance(value, list):
            return [self.restore(item) for item in value]
        if isinstance(value, dict):
            return {self.restore(key): self.restore(inner) for key, inner in value.items()}
        return value

    @property
    def hidden(self) -> int:
        """How many different words were hidden so far."""
        return len(self._words)

    def _hidden(self, kind: str, holds: Callable[[str], bool], match: re.Match[str]) -> str:
        return self._place(kind, match[0]) if holds(match[0]) else match[0]

    def _place(self, kind: str, words: str) -> str:
        if words not in self._names:
            number = 1 + sum(name.startswith(f"{kind}_") for name in self._words)
            while (name := f"{kind}_{number}") in self._taken or name in self._words:
                number += 1
            self._names[words], self._words[name] = name, words
        return f"[{self._names[words]}]"


def _own(pattern: str) -> re.Pattern[str]:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise UsageError(f"{_VARIABLE}: {pattern!r} is no regular expression ({error})") from error
    if compiled.search(""):
        raise UsageError(f"{_VARIABLE}: {pattern!r} also matches an empty text; make it longer")
    return compiled


def is_card(text: str) -> bool:
    """Whether the digits are a payment card's: 13 to 19 of them, with Luhn's check (ISO/IEC 7812-1)."""
    digits = [int(c) for c in text if c.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    total = sum(digits[-1::-2])
    total += sum(d * 2 - 9 if d > 4 else d * 2 for d in digits[-2::-2])
    return total % 10 == 0


def is_iban(text: str) -> bool:
    """Whether the text is an IBAN: ISO 13616, its check by ISO 7064 mod 97."""
    plain = re.sub(r"\s", "", text).upper()
    if not 15 <= len(plain) <= 34:
        return False
    turned = plain[4:] + plain[:4]
    return int("".join(str(int(c, 36)) for c in turned)) % 97 == 1


def _is_phone(text: str) -> bool:
    digits = sum(c.isdigit() for c in text)
    return 7 <= digits <= 15 and not _DATE.fullmatch(text)
