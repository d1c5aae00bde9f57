"""Spoken text to comparable tokens, each with its place in the original text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from coachbot.ground import lexicon
from coachbot.ground.numbers import COMPOUNDS, NUMBER_WORDS, SUFFIXES, Word, plain, read_number

_MARKS = (
    "\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
    "\u102b-\u103e\u1160-\u11ff\u3099\u309a"
)
# Scripts written without spaces: every character is a token, so that parts of a sentence can be found.
_UNSPACED = (
    "\u0e00-\u0eff\u1780-\u17ff\u2e80-\u2fdf\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_LETTER = rf"(?:(?![{_UNSPACED}])(?:[^\W\d_]|[{_MARKS}]))"
_TOKEN = re.compile(
    rf"""
      (?P<sign>(?:us|au|ca|nz|hk)?\$|[€£¥₹₦])
    | (?P<number>\d{{1,3}}(?:,\d{{2,3}})*,\d{{3}}(?:\.\d+)?(?!\d)
        |\d{{1,3}}(?:[ ]000)+(?!\d)|\d{{1,3}}(?:\.\d{{3}}){{2,}}(?!\d)|\d+(?:\.\d+)?|(?<![\d.])\.\d+)
      (?P<suffix>(?:st|nd|rd|th|{"|".join(sorted(SUFFIXES, key=len, reverse=True))})(?!{_LETTER}|\d))?
    | (?P<percent>%)
    | (?P<and>&)
    | (?P<abbreviation>(?<!{_LETTER})(?:[a-z]\.){{2,}}|(?<!{_LETTER})[ap]\.m\b)
    | (?P<word>{_LETTER}+(?:'{_LETTER}+)*)
    | (?P<character>[{_UNSPACED}])
    """,
    re.VERBOSE,
)
_BRACKETED = re.compile(r"\[[^\[\]]{1,60}\]|\([^()]{1,60}\)|<[^<>]{1,60}>|\*[^*]{1,40}\*|[♪♫]+")
_STAMP = re.compile(r"[\s\d:.,\-]+")
_SAME = {
    **dict.fromkeys("‘’‛ʼ′`´＇", "'"),
    **dict.fromkeys("“”„«»‟″", '"'),
    **dict.fromkeys("‐‑−", "-"),
    **dict.fromkeys("–—―‒", "—"),
    **dict.fromkeys("™®©℠", ""),
    "½": ".5", "¼": ".25", "¾": ".75", "⅓": ".33", "⅔": ".67",
}  # fmt: skip
_IS_AFTER = NUMBER_WORDS.union(lexicon.WEEKDAYS, lexicon.MONTHS) | frozenset(
    ["it", "that", "what", "who", "where", "there", "here", "he", "she", "how", "when", "this", "everything"]
)


class Token(NamedTuple):
    """A comparable word. `start` and `end` are offsets in the original text and cover whole words.

    `brk` is the pause before it: 0 none, 1 a comma or dash, 2 the end of a sentence.
    """

    norm: str
    start: int
    end: int
    brk: int = 0


def normalise(text: str) -> list[Token]:
    """The tokens of `text`. Two texts that say the same in the same words have the same norms.

    Case, accents, punctuation, fillers, stutters and bracketed noises are gone; contractions are
    expanded; numbers are digits; a currency sign follows its amount as a word.
    """
    folded, offsets = fold(text)
    folded = _BRACKETED.sub(_silence, folded)
    words = _read_words(folded, offsets)
    words = _drop_asides(_drop_fillers(_drop_cut_offs(words, folded, offsets)))
    return _finish(_drop_stutters(words))


def norms(text: str) -> list[str]:
    """The comparable words of `text`, without their places."""
    return [t.norm for t in normalise(text)]


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    if character in _SAME:
        return _SAME[character]
    if unicodedata.category(character) == "Cf":
        return ""
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    decomposed = unicodedata.normalize("NFKD", character).casefold()
    return "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f")


def fold(text: str) -> tuple[str, Sequence[int]]:
    """`text` without case, accents and invisible characters, and for each of its characters the
    offset in `text` it came from (one more offset at the end).
    """
    if text.isascii():
        return text.lower(), range(len(text) + 1)
    pieces: list[str] = []
    offsets: list[int] = []
    for at, character in enumerate(text):
        piece = _fold_character(character)
        pieces.append(piece)
        offsets.extend([at] * len(piece))
    offsets.append(len(text))
    return "".join(pieces), offsets


def _silence(found: re.Match[str]) -> str:
    """Blanks in the place of a bracketed noise or time stamp; other brackets as they are."""
    inner = found.group().strip("[]()<>*♪♫")
    noise = not inner or _STAMP.fullmatch(inner) or not lexicon.NOISES.isdisjoint(re.split(r"[\s,]+", inner))
    return " " * len(found.group()) if noise else found.group()


def _pause(gap: str) -> int:
    if not gap or gap in " :":
        return 0
    if "\n" in gap or any(mark in gap.replace("...", ",") for mark in ".?!;:。？！؟।"):
        return 2
    return (
        1 if any(mark in gap for mark in ',—()[]"、，،') or ".." in gap or " -" in gap or "- " in gap else 0
    )


def _read_words(folded: str, offsets: Sequence[int]) -> list[Word]:
    words: list[Word] = []
    done = 0
    for found in _TOKEN.finditer(folded):
        brk = _pause(folded[done : found.start()]) if words else 2
        begin, end = offsets[found.start()], offsets[found.end() - 1] + 1
        done = found.end()
        for norm, value, ordinal in _split(found):
            words.append(Word(norm, begin, end, brk, value, ordinal))
            brk = 0
    return words


def _split(found: re.Match[str]) -> list[tuple[str, Decimal | None, bool]]:
    """The words that one stretch of characters stands for."""
    kind, text = found.lastgroup, found.group()
    if found["number"] is not None:
        digits, suffix = found["number"], found["suffix"]
        digits = digits.replace(".", "") if digits.count(".") > 1 else digits
        value = Decimal(digits.replace(",", "").replace(" ", ""))
        if suffix in SUFFIXES:
            value *= SUFFIXES[suffix]
        ordinal = suffix in ("st", "nd", "rd", "th")
        return [(plain(value), value, ordinal)]
    if kind == "word":
        return [(part, None, False) for part in _expand(text) if part]
    if kind == "abbreviation":
        text = text.replace(".", "")
    fixed = {"sign": f"={lexicon.CURRENCY_SIGNS.get(text[-1], text)}", "percent": "percent", "and": "and"}
    return [(fixed.get(kind or "", text), None, False)]


@lru_cache(maxsize=4096)
def _expand(word: str) -> tuple[str, ...]:
    """A word without its apostrophes: contractions in full, possessives run together."""
    if "'" not in word:
        return lexicon.SPELLINGS.get(word) or COMPOUNDS.get(word) or (word,)
    bare = word.replace("'", "")
    stem, _, tail = word.rpartition("'")
    if word.endswith("n't"):
        return lexicon.SPELLINGS.get(bare) or (*_expand(word[:-3]), "not")
    if tail == "s":
        # "Forty's not a sample", "Monday's call": the number and the day stay what they are.
        return (*_expand(stem), "is") if stem in _IS_AFTER else (bare,)
    meant = {"re": "are", "ve": "have", "ll": "will", "d": "would", "m": "am"}.get(tail)
    return (*_expand(stem), meant) if meant else (bare,)


def _drop(words: list[Word], gone: set[int]) -> list[Word]:
    """Words without those at `gone`; a pause around a dropped word is a pause of the words left only
    where it ended a sentence or stood on one side of it.
    """
    kept: list[Word] = []
    carried: int | None = None
    for at, word in enumerate(words):
        if at in gone:
            carried = word.brk if carried is None else max(carried, word.brk)
            continue
        if carried is not None:
            brk = 0 if carried == word.brk == 1 else max(carried, word.brk)
            word, carried = word._replace(brk=brk), None
        kept.append(word)
    return kept


def _drop_cut_offs(words: list[Word], folded: str, offsets: Sequence[int]) -> list[Word]:
    """'w- we need', 'th-the': the start of a word that is then said in full."""
    if "-" not in folded and "—" not in folded:
        return words
    dashes = {offsets[at] for at, c in enumerate(folded) if c in "-—"}
    gone = set()
    for at, (word, following) in enumerate(pairwise(words)):
        cut = word.end in dashes and len(word.norm) < len(following.norm) + (following.start > word.end + 1)
        longest = 2 if following.start == word.end + 1 else 4
        if cut and len(word.norm) <= longest and following.norm.startswith(word.norm) and word.value is None:
            gone.add(at)
    return _drop(words, gone) if gone else words


def _drop_fillers(words: list[Word]) -> list[Word]:
    gone = {at for at, word in enumerate(words) if word.norm in lexicon.FILLERS}
    return _drop(words, gone) if gone else words


def _drop_asides(words: list[Word]) -> list[Word]:
    """'you know' between commas says nothing; elsewhere it may be what is meant."""
    gone: set[int] = set()
    for at, word in enumerate(words):
        if not word.brk or at in gone:
            continue
        for aside in lexicon.ASIDES:
            to = at + len(aside)
            inner = all(w.brk == 0 for w in words[at + 1 : to])
            closed = to == len(words) or (to < len(words) and words[to].brk)
            if closed and inner and to - at < len(words) and tuple(w.norm for w in words[at:to]) == aside:
                gone.update(range(at, to))
    return _drop(words, gone) if 0 < len(gone) < len(words) else words


def _drop_stutters(words: list[Word]) -> list[Word]:
    """Drops the first of two equal stretches of one to three words, said in one sentence.

    'nine nine two' stays: it is a number.
    """
    out: list[Word] = []
    for word in words:
        out.append(word)
        for size in (1, 2, 3):
            if len(out) < 2 * size or any(out[-k].norm != out[-k - size].norm for k in range(1, size + 1)):
                continue
            if any(w.brk == 2 for w in out[1 - 2 * size :]):
                continue
            counted = all(w.value is not None or w.norm in NUMBER_WORDS for w in out[-size:])
            if counted and (size > 1 or not word.brk):
                continue
            first = out[-2 * size]
            out[-2 * size :] = [out[-size]._replace(brk=first.brk), *out[len(out) - size + 1 :]]
            break
    return out


def _finish(words: list[Word]) -> list[Token]:
    """Numbers in digits, 'per cent' in one word, currencies behind their amounts."""
    tokens: list[Token] = []
    at = 0
    while at < len(words):
        word = words[at]
        sign = _currency_before(words, at)
        number = read_number(words, at + bool(sign)) if at + bool(sign) < len(words) else None
        if number is not None:
            end = words[number.stop - 1].end
            norm = plain(number.value) + ("th" if number.ordinal else "")
            tokens.append(Token(norm, word.start, end, word.brk))
            at = number.stop
            if sign:
                tokens.append(Token(sign, word.start, end, 0))
                at += at < len(words) and _currency(words[at].norm) == sign
            continue
        if word.norm == "per" and at + 1 < len(words) and words[at + 1].norm == "cent":
            tokens.append(Token("percent", word.start, words[at + 1].end, word.brk))
            at += 2
            continue
        if not word.norm.startswith("="):
            counted = bool(tokens) and word.brk == 0 and tokens[-1].norm[0].isdigit()
            tokens.append(Token(_currency(word.norm, counted) or word.norm, *word[1:4]))
        at += 1
    return tokens


def _currency(norm: str, counted: bool = True) -> str | None:
    """The currency that a word names. Codes do so only behind an amount: CAD is also software."""
    return lexicon.CURRENCY_WORDS.get(norm) or (lexicon.CURRENCY_CODES.get(norm) if counted else None)


def _currency_before(words: Sequence[Word], at: int) -> str | None:
    """The currency named before an amount: '$', 'EUR'."""
    if at + 1 >= len(words) or words[at + 1].brk:
        return None
    norm = words[at].norm
    if norm.startswith("="):
        return norm[1:]
    return lexicon.CURRENCY_CODES.get(norm) if words[at + 1].value is not None else None
