"""White space, invisible characters and mark-up; never the words."""

from __future__ import annotations

import re
from html import unescape

_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,10});")


def sound(text: str) -> str:
    """The text without lone surrogates (JSON can hold them; nothing can write them)."""
    if text.isascii() or not _SURROGATE.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def clean(text: str) -> str:
    """One line: white space collapsed, control and zero-width characters gone."""
    return " ".join(_CONTROL.sub("", sound(text)).split())


def entities(text: str) -> str:
    """HTML entities that end in a semicolon turned into their characters; `AT&T` stays."""
    return _ENTITY.sub(lambda m: unescape(m.group()), text) if "&" in text else text


def shorten(text: str, limit: int = 60) -> str:
    """For messages: one clean line of at most `limit` characters."""
    line = clean(text)
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def listed(names: list[str], limit: int = 6) -> str:
    """For messages: `a, b and c`, with a count for what is too many to show."""
    shown = [shorten(n, 40) for n in names[:limit]]
    rest = len(names) - len(shown)
    if rest:
        return f"{', '.join(shown)} and {rest} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


_LANGUAGES = {
    "english": "en",
    "german": "de",
    "french": "fr",
    "spanish": "es",
    "italian": "it",
    "portuguese": "pt",
    "dutch": "nl",
    "polish": "pl",
    "swedish": "sv",
    "danish": "da",
    "norwegian": "no",
    "finnish": "fi",
    "czech": "cs",
    "turkish": "tr",
    "russian": "ru",
    "ukrainian": "uk",
    "japanese": "ja",
    "chinese": "zh",
    "korean": "ko",
    "hindi": "hi",
    "arabic": "ar",
    "eng": "en",
}


def language_tag(value: object) -> str | None:
    """A language tag such as `en` or `en-US`; full names as Whisper writes them are shortened."""
    if not isinstance(value, str):
        return None
    word = clean(value).replace("_", "-")
    if word.casefold() in _LANGUAGES:
        return _LANGUAGES[word.casefold()]
    if not re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}", word):
        return None
    first, *rest = word.split("-")
    return "-".join([first.lower(), *(r.upper() if len(r) == 2 else r for r in rest)])
