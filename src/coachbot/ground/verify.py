"""Whether a located stretch says what the quote says. Locating forgives; this does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz.fuzz import ratio

from coachbot.ground import lexicon
from coachbot.ground.align import Located
from coachbot.ground.compare import Op, is_content, is_number
from coachbot.ground.context import between, cuts_number, turned_round
from coachbot.ground.stream import Stream
from coachbot.model.claims import Refusal

_LONGEST_ASIDE = 6
_NEARLY_THE_NAME = 65


class Problem(NamedTuple):
    """Why a quote proves nothing, in one of the model's words and in one for people."""

    why: Refusal
    detail: str


def verify(stream: Stream, hit: Located) -> Problem | None:
    """None where the call says what the quote says.

    Numbers, dates, names, negations, conditions and words of direction or amount must agree, also those
    that stand only in the call, between the quoted words or right before them. Small words may differ,
    and spellings that may be the same spoken word.
    """
    if hit.parts:
        return _verify_parts(stream, hit)
    problem = _Differences(stream, hit).judge() if hit.ops else None
    if problem is not None:
        return problem
    if hit.cut or cuts_number(stream, hit.indices):
        return Problem(Refusal.CONTRADICTED, "the quote cuts a number or a word of the call in two")
    turned = turned_round(stream, hit.indices)
    if turned is not None:
        return Problem(Refusal.CONTRADICTED, f"in the call these words depend on '{turned}'")
    return None


def _verify_parts(stream: Stream, hit: Located) -> Problem | None:
    for part in hit.parts:
        problem = verify(stream, part)
        if problem is not None:
            return problem
    for left, right in pairwise(hit.parts):
        turned = between(stream, left.indices[-1], right.indices[0])
        if turned is not None:
            return Problem(Refusal.CONTRADICTED, f"the quote leaves out '{turned}'")
    return None


class _Differences:
    """Goes through what the quote and the call do not have in common."""

    def __init__(self, stream: Stream, hit: Located) -> None:
        self.stream = stream
        self.hit = hit
        self.said = [stream.norms[i] for i in hit.indices]
        self.near = 0
        self.added = 0
        self.left_out = 0
        self.pronouns: tuple[set[str], set[str]] = (set(), set())

    def judge(self) -> Problem | None:
        """The gravest difference. With more than one word lost it is another sentence, not this one
        turned round.
        """
        problems = [problem for op in self.hit.ops for problem in self._op(op)]
        lost = [p for p in problems if p.why is Refusal.NOT_FOUND]
        if len(lost) > 1 or (problems and len(lost) == len(problems)):
            return lost[0]
        mine, theirs = self.pronouns
        if mine != theirs and mine and theirs:
            problems.append(_contradicted(" ".join(sorted(mine)), " ".join(sorted(theirs))))
        return next((p for p in problems if p.why is Refusal.CONTRADICTED), self._amount())

    def _amount(self) -> Problem | None:
        """Much that is small is no longer a quote."""
        words, ops = self.hit.words, self.hit.ops
        equal = sum(is_content(w) for op in ops if op.same == 1 for w in words[op.q0 : op.q1])
        if not equal or equal + self.near < 2:
            return Problem(Refusal.NOT_FOUND, "too few of the words were said like this")
        found = [op for op in ops if op.same]
        ends = words[: found[0].q0], words[found[-1].q1 :]
        loose_ends = any(len(end) > 1 and end not in lexicon.ASIDE_PAIRS for end in ends)
        many_near = self.near > max(1, sum(map(is_content, words)) // 3)
        many_small = self.added > max(1, len(words) // 8) or self.left_out > max(2, len(words) // 3)
        if loose_ends or many_near or many_small:
            return Problem(Refusal.NOT_FOUND, "these are not the words of the call")
        return None

    def _op(self, op: Op) -> Iterator[Problem]:
        quote, source = self.hit.words[op.q0 : op.q1], self.said[op.s0 : op.s1]
        if op.same == 1:
            return
        if op.same:
            yield from self._alike(quote, source)
        elif len(quote) == len(source) == 1:
            yield from self._pair(quote[0], source[0])
        else:
            for at in range(op.q0, op.q1):
                yield from self._only_quoted(at)
            if source:
                yield from self._only_said(op)

    def _alike(self, quote: Sequence[str], source: Sequence[str]) -> Iterator[Problem]:
        """Two spellings: of one spoken word, unless the call knows both as words of their own."""
        self.near += 1
        if len(quote) == len(source) == 1:
            mine, theirs = quote[0], source[0]
            counts = self.stream.counts
            inflected = mine.startswith(theirs) or theirs.startswith(mine)
            if {mine, theirs} <= self.stream.people or (
                not inflected and counts[mine] and counts[theirs] > 1
            ):
                yield _contradicted(mine, theirs)

    def _pair(self, mine: str, theirs: str) -> Iterator[Problem]:
        """One word in the place of another."""
        either = {mine, theirs}
        names = either & self.stream.names
        if theirs in names and self._misspelt(mine, theirs):
            self.near += 1
        elif (
            either & lexicon.CRITICAL
            or frozenset(either) in lexicon.OPPOSITES
            or any(map(is_number, either))
            or either <= lexicon.PRONOUNS
            or (names and all(map(is_content, either)))
        ):
            yield _contradicted(mine, theirs)
        elif either <= _EXCHANGEABLE:
            self.added += 1
        else:
            yield Problem(Refusal.NOT_FOUND, f"'{mine}' was not said, '{theirs}' was")

    def _misspelt(self, mine: str, theirs: str) -> bool:
        """Whether a name is nearly the one that was said, and nobody else's: for a person to judge."""
        known = mine in self.stream.people or self.stream.counts[mine] or mine in lexicon.CRITICAL
        return not known and mine[0] == theirs[0] and ratio(mine, theirs) >= _NEARLY_THE_NAME

    def _only_quoted(self, at: int) -> Iterator[Problem]:
        """A word that only the quote has."""
        words = self.hit.words
        word = words[at]
        if words[at : at + 2] in lexicon.ASIDE_PAIRS or words[max(at - 1, 0) : at + 1] in lexicon.ASIDE_PAIRS:
            return
        if word in lexicon.CRITICAL or is_number(word) or word in self.stream.names or _negated(words, at):
            yield Problem(Refusal.CONTRADICTED, f"'{word}' was not said there")
        elif word in lexicon.PRONOUNS:
            self.pronouns[0].add(word)
        elif word not in _SLACK:
            yield Problem(Refusal.NOT_FOUND, f"'{word}' was not said there")
        self.added += 1

    def _only_said(self, op: Op) -> Iterator[Problem]:
        """Words that only the call has. What commas set off may be left out, unless it weighs."""
        aside = op.s1 - op.s0 <= _LONGEST_ASIDE and self._set_off(op)
        at = op.s0
        while at < op.s1:
            word = self.said[at]
            if tuple(self.said[at : at + 2]) in lexicon.ASIDE_PAIRS and at + 2 <= op.s1:
                at += 1
            elif word in lexicon.CRITICAL or (is_number(word) and word != "1") or _negated(self.said, at):
                yield Problem(Refusal.CONTRADICTED, f"the quote leaves out '{word}'")
            elif word in lexicon.PRONOUNS:
                self.pronouns[1].update(() if aside else (word,))
            elif not (word in _SLACK or aside or self._is_address(self.hit.indices[at])):
                yield Problem(Refusal.NOT_FOUND, f"the quote leaves out '{word}'")
            self.left_out += not aside
            at += 1

    def _set_off(self, op: Op) -> bool:
        """Whether commas or the like stand around the words, inside one turn."""
        tokens, turn_of = self.stream.tokens, self.stream.turn_of
        if not 0 < op.s0 < op.s1 < len(self.hit.indices):
            return False
        before, first, after = (self.hit.indices[at] for at in (op.s0 - 1, op.s0, op.s1))
        return turn_of[before] == turn_of[after] and bool(tokens[first].brk and tokens[after].brk)

    def _is_address(self, index: int) -> bool:
        """'No problem, Oliver, we …'"""
        return self.stream.norms[index] in self.stream.people and bool(self.stream.tokens[index].brk)


_SLACK = (lexicon.FUNCTION | lexicon.DISCOURSE | lexicon.LOOSE | {"1"}) - lexicon.CRITICAL
"""Words that a quote may have or not."""
_EXCHANGEABLE = (lexicon.FUNCTION | {"and", "but", "well"}) - lexicon.WH - lexicon.CRITICAL
"""Words that may stand in for each other."""


def _negated(words: Sequence[str], at: int) -> bool:
    """Whether the word is the verb of a negation ('do' of 'do not')."""
    beside = words[max(at - 1, 0) : at + 2]
    return words[at] in lexicon.AUXILIARIES and not lexicon.NEGATORS.isdisjoint(beside)


def _contradicted(mine: str, theirs: str) -> Problem:
    return Problem(Refusal.CONTRADICTED, f"the quote says '{mine}', the call says '{theirs}'")
