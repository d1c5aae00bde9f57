"""Number words to digits: 'forty two thousand' and '42k' become the same token."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

_UNITS = {
    w: n
    for n, w in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
}
_TEENS = {
    w: n + 10
    for n, w in enumerate(
        [
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
_TENS = {
    w: n * 10
    for n, w in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
} | {"fourty": 40}
_SCALES = {
    "hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12,
    "dozen": 12, "lakh": 10**5, "crore": 10**7,
}  # fmt: skip
_AFTER_NUMBER = {
    "k": 1000, "grand": 1000, "mil": 10**6, "mln": 10**6, "bn": 10**9, "lakhs": 10**5, "crores": 10**7,
    "hundreds": 100, "thousands": 1000, "millions": 10**6, "billions": 10**9,
}  # fmt: skip
SUFFIXES = {"k": 1000, "m": 10**6, "mn": 10**6, "mio": 10**6, "b": 10**9, "bn": 10**9}
"""Letters written right behind digits."""
_ORDINALS = {
    w: n
    for n, w in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
            "thirteenth",
            "fourteenth",
            "fifteenth",
            "sixteenth",
            "seventeenth",
            "eighteenth",
            "nineteenth",
            "twentieth",
        ],
        start=1,
    )
} | {"thirtieth": 30, "fortieth": 40, "fiftieth": 50, "hundredth": 100}
_SMALL = _UNITS | _TEENS | _TENS
COMPOUNDS = {
    f"{tens}{ones}": (tens, ones) for tens in _TENS for ones in (*_UNITS, *_ORDINALS) if ones != "zero"
}
"""'fortytwo': two number words that lost their hyphen."""
NUMBER_WORDS = frozenset(_SMALL) | frozenset(_SCALES) | frozenset(_ORDINALS)
_FRACTIONS = {"half": Decimal("0.5"), "quarter": Decimal("0.25")}


class Word(NamedTuple):
    """A word on its way to being a token. Offsets are those of the original text.

    `brk` is the pause before it: 0 none, 1 a comma or dash, 2 the end of a sentence.
    `value` is set for digits; `ordinal` for '21st'.
    """

    norm: str
    start: int
    end: int
    brk: int = 0
    value: Decimal | None = None
    ordinal: bool = False


class Number(NamedTuple):
    """A number that begins at some word and ends before word `stop`."""

    value: Decimal
    stop: int
    ordinal: bool


def plain(value: Decimal) -> str:
    """A number as the normaliser writes it: no exponent, no trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def read_number(words: Sequence[Word], at: int) -> Number | None:
    """The longest number that starts at words[at], None where none does."""
    fraction = _fraction_of_scale(words, at)
    if fraction is not None:
        return fraction
    begin = at
    if words[at].norm == "a" and _joined(words, at + 1) and words[at + 1].norm in _SCALES:
        begin = at + 1
    number = _read_plain(words, begin)
    if number is None or number.ordinal:
        return number
    return _year(words, begin, number) or _read_tail(words, number)


def _joined(words: Sequence[Word], at: int) -> bool:
    return at < len(words) and words[at].brk == 0


def _norm(words: Sequence[Word], at: int) -> str:
    return words[at].norm if _joined(words, at) else ""


def _fraction_of_scale(words: Sequence[Word], at: int) -> Number | None:
    """'half a million', 'a quarter of a million', 'half a dozen'."""
    first = _FRACTIONS.get(words[at].norm)
    if first is None:
        return None
    to = at + 1
    if _norm(words, to) == "of":
        to += 1
    if _norm(words, to) == "a":
        to += 1
    scale = _SCALES.get(_norm(words, to))
    if scale is None or (to == at + 1 and words[at].norm == "quarter" and scale == 12):
        return None
    return Number(first * scale, to + 1, False)


def _read_plain(words: Sequence[Word], at: int) -> Number | None:
    """Units, teens, tens, hundreds and scales, as far as they make one number."""
    if words[at].value is not None:
        value = words[at].value
        assert value is not None
        return _scale_up(words, Number(value, at + 1, words[at].ordinal))
    total, current = 0, 0
    last, room, to = "", 10**15, at
    while to < len(words) and (to == at or words[to].brk == 0):
        norm = words[to].norm
        if norm in _UNITS and last in ("", "tens", "scale"):
            current, last = current + _UNITS[norm], "unit"
        elif norm in _TEENS and last in ("", "scale"):
            current, last = current + _TEENS[norm], "teen"
        elif norm in _TENS and last in ("", "scale"):
            current, last = current + _TENS[norm], "tens"
        elif norm in _ORDINALS and last in ("", "tens", "scale"):
            if last == "tens" and (_ORDINALS[norm] > 9 or not _is_ordinal(words, at, to)):
                break
            return Number(Decimal(total + current + _ORDINALS[norm]), to + 1, True)
        elif (norm == "hundred" and 0 < current < 100) or (norm == "hundred" and last == ""):
            current, last = max(current, 1) * 100, "scale"
        elif norm in _SCALES and norm != "hundred" and _SCALES[norm] < room and (current or last == ""):
            room = _SCALES[norm]
            total, current, last = total + max(current, 1) * room, 0, "scale"
        elif norm == "and" and last == "scale" and (small := _below_hundred(words, to + 1, total == 0)):
            if small.ordinal:
                return Number(total + current + small.value, small.stop, True)
            current, last, to = current + int(small.value), "unit", small.stop - 1
        else:
            break
        to += 1
    return _scale_up(words, Number(Decimal(total + current), to, False)) if to > at else None


def _is_ordinal(words: Sequence[Word], at: int, to: int) -> bool:
    """Not so for 'a ninety second timeout'; 'the twenty second of May' is one."""
    if words[to].norm != "second" or _norm(words, to + 1) == "of":
        return True
    return not _joined(words, to + 1) or (at > 0 and words[at - 1].norm == "the")


def _below_hundred(words: Sequence[Word], at: int, scalable: bool) -> Number | None:
    """What may follow 'a hundred and': 1 to 99.

    In 'a hundred and two hundred' a new number begins; in 'a hundred and two thousand' (`scalable`) not.
    """
    tens = _TENS.get(_norm(words, at), 0)
    to = at + bool(tens)
    norm = _norm(words, to)
    ones = _UNITS.get(norm) or _ORDINALS.get(norm, 0) if tens else _UNITS.get(norm) or _TEENS.get(norm, 0)
    ones = ones or (_ORDINALS.get(norm, 0) if not tens else 0)
    to += bool(ones)
    following = _norm(words, to)
    scale = _SCALES.get(following) or _AFTER_NUMBER.get(following, 0)
    if to == at or scale == 100 or (scale and not scalable):
        return None
    return Number(Decimal(tens + ones), to, bool(ones) and norm in _ORDINALS)


def _scale_up(words: Sequence[Word], number: Number) -> Number:
    """'42' or 'forty two' followed by k, grand, million."""
    norm = _norm(words, number.stop)
    scale = _AFTER_NUMBER.get(norm)
    if scale is None and words[number.stop - 1].value is not None:
        scale = _SCALES.get(norm)
    if scale is None or number.ordinal:
        return number
    return Number(number.value * scale, number.stop + 1, False)


def _read_tail(words: Sequence[Word], number: Number) -> Number:
    """'one point five million', 'two and a half thousand'."""
    value, to = number.value, number.stop
    if _norm(words, to) == "point":
        digits = ""
        while (norm := _norm(words, to + 1)) in _UNITS or (
            norm.isdecimal() and len(norm) == 1 and not digits
        ):
            digits += str(_UNITS.get(norm, norm))
            to += 1
        if digits:
            value, to = value + Decimal(f"0.{digits}"), to + 1
    elif _norm(words, to) == "and" and (part := _fraction(words, to + 1)) is not None:
        value, to = value + _FRACTIONS[_norm(words, part)], part + 1
    if to == number.stop:
        return number
    scale = _SCALES.get(_norm(words, to)) or _AFTER_NUMBER.get(_norm(words, to))
    return Number(value * scale, to + 1, False) if scale else Number(value, to, False)


def _fraction(words: Sequence[Word], at: int) -> int | None:
    """Where 'half' stands in 'a half' or 'half'."""
    at += _norm(words, at) == "a"
    return at if _norm(words, at) in _FRACTIONS else None


def _year(words: Sequence[Word], begin: int, number: Number) -> Number | None:
    """'twenty twenty six', 'nineteen ninety nine': two pairs of digits said one after the other."""
    if number.value not in (19, 20) or number.stop != begin + 1 or words[begin].value is not None:
        return None
    if not _joined(words, number.stop) or words[number.stop].norm not in _SMALL:
        return None
    second = _read_plain(words, number.stop)
    if second is None or second.ordinal or not 10 <= second.value < 100:
        return None
    return Number(number.value * 100 + second.value, second.stop, False)
