"""How two stretches of normalised words differ, and when two spellings may be the same spoken word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from coachbot.ground import lexicon

_PREFIXES = {
    "",
    *lexicon.listed(
        "un in im ir il dis non de mis over under out up down pre post re ex bi anti sub super inter intra"
    ),
}
_ENDINGS = (
    frozenset({"less", "ful"}),
    frozenset({"er", "ee"}),
    frozenset({"or", "ee"}),
    frozenset({"", "less"}),
)
_HAVE = frozenset({"have", "has", "had"})
_TURNING = lexicon.NEGATORS | lexicon.DOUBTS | lexicon.CONDITIONS
_LOOK_AHEAD = 8
_SAME = (
    dict.fromkeys(("is", "are", "am"), "be")
    | lexicon.TIME_UNITS
    | {f"{day}s": day for day in (*lexicon.WEEKDAYS, *lexicon.MONTHS)}
)
_SOUNDS = str.maketrans(
    {letter: group[0] for group in ("kcqgj", "sz", "td", "pb", "fv", "nm") for letter in group}
    | {"x": "ks"}
    | dict.fromkeys("aeiouyhw")
)


class Op(NamedTuple):
    """quote[q0:q1] stands where source[s0:s1] does.

    `same` is 1 for equal words, between 0 and 1 for spellings that may be the same spoken words,
    and 0 where one says what the other does not.
    """

    q0: int
    q1: int
    s0: int
    s1: int
    same: float


def key(norm: str) -> str:
    """What a word is compared by: the forms of `be`, and the singular and plural of units and days."""
    return _SAME.get(norm, norm)


def is_number(norm: str) -> bool:
    """Whether the normaliser made this word of a number."""
    return norm[:1].isdigit()


def is_content(norm: str) -> bool:
    """Whether the word says something by itself."""
    return norm not in lexicon.STOP


def says_something(words: Sequence[str]) -> bool:
    """Whether a quote has the two content words that make it evidence by itself.

    'Have' is one of them where it is the verb: 'we have budget'.
    """
    owned = sum(a in _HAVE and is_content(b) for a, b in pairwise(words))
    return sum(map(is_content, words)) + owned >= 2


def weight(norm: str) -> float:
    """How much a word counts when two stretches are compared."""
    return 1.0 if is_content(norm) or norm in lexicon.NEGATORS else 0.4


def matches(quote: Sequence[str], source: Sequence[str]) -> list[Op]:
    """Only the equal stretches of `diff`; far cheaper."""
    found = Levenshtein.opcodes([key(n) for n in quote], [key(n) for n in source])
    equal = (op for op in found if op.tag == "equal")
    return [Op(op.src_start, op.src_end, op.dest_start, op.dest_end, 1.0) for op in equal]


def diff(quote: Sequence[str], source: Sequence[str]) -> list[Op]:
    """The differences between two lists of normalised words, in order and without gaps.

    Fewest edits by Levenshtein distance over words; differing stretches are then looked at letter by letter.
    """
    ops: list[Op] = []
    q, s = 0, 0
    for equal in (*matches(quote, source), Op(len(quote), len(quote), len(source), len(source), 1.0)):
        if q < equal.q0 or s < equal.s0:
            ops.extend(_refine(quote, source, q, equal.q0, s, equal.s0))
        if equal.q0 < equal.q1:
            ops.append(equal)
        q, s = equal.q1, equal.s1
    return ops


def _refine(quote: Sequence[str], source: Sequence[str], q0: int, q1: int, s0: int, s1: int) -> Iterator[Op]:
    """Splits a differing stretch into words that may be the same and words that are not."""
    if q0 < q1 and s0 < s1 and max(q1 - q0, s1 - s0) <= 4:
        whole = _joined(quote[q0:q1], source[s0:s1])
        if whole:
            yield Op(q0, q1, s0, s1, whole)
            return
    if q1 - q0 == s1 - s0:
        same = [similar(quote[q0 + step], source[s0 + step]) for step in range(q1 - q0)]
        if any(same) or _next_alike(quote, source, (q0, q1), (s0, s1)) is None:
            for step in range(q1 - q0):
                yield Op(q0 + step, q0 + step + 1, s0 + step, s0 + step + 1, same[step])
            return
    at, q = s0, q0
    while q < q1:
        hit = _next_alike(quote, source, (q, q1), (at, s1))
        if hit is None:
            yield Op(q, q + 1, at, at, 0.0)
            q += 1
            continue
        if hit.s0 > at:
            yield Op(q, q, at, hit.s0, 0.0)
        yield hit
        q, at = hit.q1, hit.s1
    if at < s1:
        yield Op(q1, q1, at, s1, 0.0)


def _next_alike(
    quote: Sequence[str], source: Sequence[str], mine: tuple[int, int], theirs: tuple[int, int]
) -> Op | None:
    """The first place in source[theirs] where the word at quote[mine[0]] may be said, or it and the next."""
    q, q1 = mine
    for s in range(theirs[0], min(theirs[1], theirs[0] + _LOOK_AHEAD)):
        for wide, broad in ((1, 1), (2, 1), (1, 2)):
            if q + wide <= q1 and s + broad <= theirs[1]:
                same = _joined(quote[q : q + wide], source[s : s + broad])
                if same:
                    return Op(q, q + wide, s, s + broad, same)
    return None


def _spoken_in_digits(norm: str) -> bool:
    """Whether a number may be a part of one said piece by piece: 'six fifty', 'nine nine two'."""
    return norm.isdecimal() and len(norm) <= 2


def _joined(quote: Sequence[str], source: Sequence[str]) -> float:
    """`similar` for words that may be written apart or together: 'call outs', 'six fifty'."""
    if len(quote) == len(source) == 1:
        return similar(quote[0], source[0])
    if len(quote) == len(source):
        return 0.0
    for one, two in ((quote, source), (source, quote)):
        if len(one) == 1 and lexicon.RUN_TOGETHER.get(one[0]) == tuple(two):
            return 0.95
    left, right = "".join(quote), "".join(source)
    counted = [is_number(n) for n in (*quote, *source)]
    if any(counted):
        pieces = quote if len(quote) > len(source) else source
        return 1.0 if left == right and len(left) > 2 and all(map(_spoken_in_digits, pieces)) else 0.0
    if left == right:
        return 0.95
    return 0.0 if any(n in lexicon.CRITICAL for n in (*quote, *source)) else similar(left, right)


@lru_cache(maxsize=16384)
def similar(a: str, b: str) -> float:
    """How alike two words are, 0 where they cannot be the same spoken word.

    Speech recognition and typing change letters, not meaning: words with opposite heads or endings
    (`increase`, `decrease`), numbers, and words that carry the meaning of others never pass.
    """
    if a == b:
        return 1.0
    shortest = min(len(a), len(b))
    if shortest < 3 or is_number(a) or is_number(b) or not (a.isalpha() and b.isalpha()):
        return 0.0
    if a in lexicon.PRONOUNS or b in lexicon.PRONOUNS or _opposed(a, b):
        return 0.0
    alike = fuzz.ratio(a, b) / 100
    weighty = {a, b} & lexicon.CRITICAL
    if weighty:
        mistyped = len(weighty) == 1 and not weighty & _TURNING and shortest > 4 and alike >= 0.88
        return alike if mistyped else 0.0
    if alike < 0.5:
        return 0.0
    if alike >= (0.8 if shortest > 4 else 0.85):
        return alike
    heard = sounds(a)
    alike_enough = shortest > 4 and (alike >= 0.65 or len(heard) >= 4)
    return 0.7 if alike_enough and heard == sounds(b) else 0.0


def sounds(word: str) -> str:
    """The consonants of a word in coarse classes (after the idea of Soundex, Russell 1918)."""
    spelled = word.replace("ph", "f").replace("ce", "se").replace("ci", "si").replace("cy", "sy")
    out: list[str] = []
    for sound in spelled.translate(_SOUNDS):
        if not out or out[-1] != sound:
            out.append(sound)
    return "".join(out)


def _opposed(a: str, b: str) -> bool:
    """Whether two words share all but a head or an ending that turns the meaning round."""
    tail = 0
    while tail < min(len(a), len(b)) and a[-1 - tail] == b[-1 - tail]:
        tail += 1
    if tail >= 3 and a[: len(a) - tail] in _PREFIXES and b[: len(b) - tail] in _PREFIXES:
        return True
    head = 0
    while head < min(len(a), len(b)) and a[head] == b[head]:
        head += 1
    return frozenset({a[head:], b[head:]}) in _ENDINGS
