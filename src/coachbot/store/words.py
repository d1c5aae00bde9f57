"""Words as the full-text index holds them: the same on both databases, in any language.

Text is folded (case, accents) and cut into words; endings come off by a light stemmer that only ever
shortens, so that each stem is a beginning of its words and places can be found again in the text. Writing
without spaces (Chinese, Japanese, Korean) is indexed by pairs of neighbouring characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Set
from dataclasses import dataclass
from functools import lru_cache

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uff66-\uff9f"
_WORD = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")
_CJK_RUN = re.compile(rf"[{_CJK}]")
_ACCENTS = re.compile("[\u0300-\u036f]")
_PART = re.compile(r'"([^"]*)"|(\S+)')
_ENDINGS = ("ies", "ing", "ed", "es", "s", "y", "e")
_BEGUN_ENDINGS = ("ie", "in", "i", "e")
MAX_WORD = 40
MAX_TERMS = 12


def fold_text(text: str) -> str:
    """The text without case and accents, character by character, so that offsets stay."""
    if text.isascii():
        return text.lower()
    folded = _fold(text)
    return folded if len(folded) == len(text) else "".join(_fold(c)[:1] or c for c in text)


def _fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    plain = _ACCENTS.sub("", unicodedata.normalize("NFD", text.lower()))
    return unicodedata.normalize("NFC", plain)


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The folded word without its ending; always a beginning of the word, at least three letters."""
    found = word
    if len(word) > 3 and word.isalpha():
        for ending in _ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= 3:
                if ending == "s" and word.endswith("ss"):
                    break
                found = word[: -len(ending)]
                break
        if len(found) > 3 and found[-1] == found[-2]:
            found = found[:-1]
    return found[:MAX_WORD]


def stems(text: str) -> list[str]:
    """The stems of all words, in order."""
    return [s for word in _WORD.findall(_fold(text)) for s in _keys(word)]


def bag(texts: Iterable[str]) -> str:
    """The distinct stems of the texts, sorted, joined by spaces: what the index holds."""
    words = set(_WORD.findall(_fold("\n".join(texts))))
    return " ".join(sorted({key for word in words for key in _keys(word)}))


@lru_cache(maxsize=50_000)
def _keys(word: str) -> tuple[str, ...]:
    if _CJK_RUN.match(word):
        return tuple(word[i : i + 2] for i in range(len(word) - 1)) or (word,)
    return (stem(word),)


@dataclass(frozen=True)
class Term:
    """One thing to look for. `needs`: each inner tuple holds alternatives, of which the index must have one.

    An alternative that ends in `*` is a beginning. `pattern` finds the places in folded text: it begins with
    the letters looked for, so that the search for it is quick, and `whole` says that a word must begin there.
    `exact` says that the index alone proves it.
    """

    needs: tuple[tuple[str, ...], ...]
    pattern: re.Pattern[str]
    stem: str | None
    exact: bool
    whole: bool = True

    def places(self, folded: str) -> Iterable[tuple[int, int]]:
        """Where the term is in folded text: (start, end)."""
        for match in self.pattern.finditer(folded):
            start, end = match.span()
            if self.whole and start > 0 and folded[start - 1].isalnum():
                continue
            if self.stem is None or stem(match.group()) == self.stem:
                yield start, end

    def needed_in(self, words: Set[str]) -> bool:
        """Whether the index's words of a text have all that the term needs."""
        return all(any(_has(words, one) for one in need) for need in self.needs)


def _has(words: Set[str], wanted: str) -> bool:
    return any(w.startswith(wanted[:-1]) for w in words) if wanted.endswith("*") else wanted in words


def parse(query: str) -> tuple[Term, ...]:
    """The terms of a query: words, "quoted words", beginnings*. At most 12; the rest is not looked for."""
    found: list[Term] = []
    for quoted, word in _PART.findall(query):
        if quoted:
            found += _phrase(quoted)
            continue
        words = _WORD.findall(_fold(word))
        if word.endswith("*") and len(words) == 1 and not _CJK_RUN.match(words[0]):
            found.append(_beginning(words[0]))
        else:
            found += [_single(w) for w in words]
    unique = {t.pattern.pattern: t for t in found}
    return tuple(unique.values())[:MAX_TERMS]


def _single(word: str) -> Term:
    if _CJK_RUN.match(word):
        if len(word) == 1:
            return Term(((f"{word}*",),), re.compile(re.escape(word)), None, False, whole=False)
        return Term(
            tuple((k,) for k in _keys(word)), re.compile(re.escape(word)), None, len(word) == 2, whole=False
        )
    root = stem(word)
    pattern = re.compile(rf"{re.escape(root)}[^\W_]*")
    return Term(((root,),), pattern, root, True)


def _beginning(word: str) -> Term:
    choices = [f"{word[:MAX_WORD]}*", stem(word)]
    choices += [word[: -len(e)] for e in _BEGUN_ENDINGS if word.endswith(e) and len(word) - len(e) >= 3]
    pattern = re.compile(rf"{re.escape(word)}[^\W_]*")
    return Term((tuple(dict.fromkeys(choices)),), pattern, None, False)


def _phrase(text: str) -> list[Term]:
    words = _WORD.findall(_fold(text))
    if len(words) <= 1:
        return [_single(w) for w in words]
    needs = tuple((k,) for w in words for k in _keys(w))
    inner = r"[\W_]*".join(re.escape(w) for w in words)
    return [Term(needs, re.compile(rf"{inner}(?![^\W_])"), None, False)]
