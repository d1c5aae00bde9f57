"""What stands around the words of a quote, and turns round what they say.

'We have budget' proves nothing where the call says 'we do not have budget' or 'I doubt we have budget'.
"""

from __future__ import annotations

from collections.abc import Sequence

from coachbot.ground import lexicon
from coachbot.ground.compare import is_number
from coachbot.ground.stream import Stream

_REACH = 8
_NOT = frozenset({"not", "never"})
_AGREES = frozenset(
    [
        "problem",
        "problems",
        "worries",
        "worry",
        "issue",
        "issues",
        "doubt",
        "objection",
        "objections",
        "trouble",
    ]
)
_CORRECTIONS = frozenset({"no", "sorry", "wait"})
_LIMITS = [[word] for word in ("more", "less", "fewer", "later", "longer", "earlier", "problem")]
_CONCESSIONS = frozenset(["but", "although", "though", "however"])


def turned_round(stream: Stream, indices: Sequence[int]) -> str | None:
    """The word outside a located stretch that negates it or makes it a condition, None where none does."""
    return _before(stream, indices[0]) or _after(stream, indices[-1])


def between(stream: Stream, last: int, first: int) -> str | None:
    """The negation in what was left out between two located stretches, in the clause of either."""
    left_out = range(last + 1, first)
    for run in (left_out, range(first - 1, last, -1)):
        for at in run:
            if stream.norms[at] in lexicon.NEGATORS | lexicon.DOUBTS | lexicon.CONDITIONS:
                return stream.norms[at]
            if stream.tokens[at + (run.step < 0 and at + 1 < first)].brk or stream.tokens[at].brk:
                break
    return None


def cuts_number(stream: Stream, indices: Sequence[int]) -> bool:
    """Whether a number goes on outside: 'fifty' of 'six fifty'."""
    before, after = stream.before(indices[0]), stream.after(indices[-1])
    starts = before is not None and before == indices[0] - 1 and _counted(stream, before, indices[0])
    return starts or (after is not None and _counted(stream, indices[-1], after))


def _counted(stream: Stream, *at: int) -> bool:
    return all(is_number(stream.norms[i]) and not stream.norms[i].endswith("th") for i in at)


def _before(stream: Stream, first: int) -> str | None:
    """Walks left in the clause: through words that let a negation pass, over at most one verb."""
    opening = stream.norms[first]
    if opening in _CONCESSIONS or opening == "so":
        return None
    at = stream.before(first)
    if opening == "or" or (at is not None and stream.norms[at] == "or"):
        return _in_list(stream, first)
    crossed = 0
    following = first
    for _ in range(_REACH):
        if at is None:
            return None
        found = _turns(stream, at, following, first)
        if found is not None:
            return found or None
        norm = stream.norms[at]
        if norm not in lexicon.TRANSPARENT and norm not in lexicon.PREPOSITIONS:
            crossed += 1
            # "We have not approved | a budget": the object of a negated verb is negated with it. A quote
            # that opens a clause of its own is not.
            if crossed > 1 or opening in lexicon.CLAUSE_STARTS or norm in lexicon.UNMOVED or _joins(norm):
                return None
        following, at = at, stream.before(at)
    return None


def _joins(norm: str) -> bool:
    return norm in ("and", "but", "because", "then", "while") or norm in _CONCESSIONS


def _turns(stream: Stream, at: int, following: int, first: int) -> str | None:
    """The word at `at` if it turns round what follows; '' if it ends the search; None to go on."""
    norms = stream.norms
    norm, right = norms[at], norms[following]
    if norm in lexicon.CONDITIONS:
        return norm
    if norm in lexicon.DOUBTS:
        left = stream.before(at)
        return "" if left is not None and norms[left] in lexicon.NEGATORS else norm
    if norm == "used" and right == "to":
        left = stream.before(at)
        return (
            ""
            if left is not None and norms[left] in ("is", "are", "am", "be", "been", "get", "got")
            else "used to"
        )
    if norm in ("instead", "rather") and right in ("of", "than"):
        return f"{norm} {right}"
    if norm == "no":
        return norm if _determines(stream, at, first) else ""
    if norm in lexicon.NEGATORS:
        return "" if norm in _NOT and right in lexicon.UNMOVED and following < first else norm
    return None


def _determines(stream: Stream, at: int, first: int) -> bool:
    """'no budget', 'no approved budget', 'no longer'; not 'no, we …' and 'no problem, we …'."""
    right = stream.norms[at + 1]
    if right in _AGREES and at + 1 < first:
        return False
    opening = stream.norms[first]
    return first - at <= 3 and right not in lexicon.CLAUSE_STARTS and opening not in lexicon.CLAUSE_STARTS


def _in_list(stream: Stream, first: int) -> str | None:
    """'We have no budget or | headcount': a negation reaches all that 'or' joins."""
    at: int | None = first
    for _ in range(_REACH):
        at = stream.before(at) if at is not None else None
        if at is None:
            return None
        if stream.norms[at] in lexicon.NEGATORS or stream.norms[at] in lexicon.CONDITIONS:
            return stream.norms[at]
    return None


def _after(stream: Stream, last: int) -> str | None:
    """'The review is | not done', 'we will sign | if legal agrees', 'five weeks, | no, six weeks'."""
    end = stream.first_of[stream.turn_of[last] + 1]
    if last + 1 >= end:
        return None
    norm, pause = stream.norms[last + 1], stream.tokens[last + 1].brk
    if (norm == "if" and pause == 0) or (norm == "unless" and pause < 2):
        return norm
    if norm in (*_NOT, "no") and pause == 0 and stream.norms[last] in lexicon.AUXILIARIES:
        return norm
    return _corrected(stream, last, end)


def _corrected(stream: Stream, last: int, end: int) -> str | None:
    """The number that the speaker puts in the place of the one just said."""
    if not any(is_number(n) for n in stream.norms[max(last - 2, 0) : last + 1]):
        return None
    following = stream.norms[last + 1 : min(last + 7, end)]
    at = next((at for at, norm in enumerate(following[:2]) if norm in _CORRECTIONS), None)
    if at is None or following[at + 1 : at + 2] in _LIMITS:
        return None
    return next((norm for norm in following[at + 1 : at + 5] if is_number(norm)), None)
