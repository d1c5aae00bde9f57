"""Finding the words of a quote in a call: in the cited turn, near it, anywhere, across turns, or nearly.

Locating is not believing: what is found here may still say something else (see `verify`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from coachbot.ground.compare import Op, diff, is_content, matches, says_something, weight
from coachbot.ground.normalise import Token, normalise
from coachbot.ground.stream import Stream
from coachbot.model.claims import Match, Quote
from coachbot.model.transcript import Transcript

LONGEST_QUOTE = 20_000
"""Characters. Nobody quotes more than this; it bounds the work that one quote can cause."""
_LONGEST_FUZZY = 300
_NEAR_TURNS = 2
_LEAST_SCORE = 0.6
_LEAST_OF_QUOTE = 0.65
_LEAST_CORE = 0.25
_CANDIDATES = 4
_LABEL = re.compile(r"\s*(?:\[\s*[Tt]\d{1,6}\s*\]|[Tt]\d{1,6}\s*:)\s*(?:\[[\d:.]+\]\s*)?")
_SPEAKER = re.compile(r"\s*([^:\n]{1,60}?)\s*:\s+")
_ELLIPSIS = re.compile(r"\s*(?:\[\s*(?:\.{3}|…)\s*\]|\(\s*(?:\.{3}|…)\s*\)|\.{3,}|…)\s*")
_MOST_ELIDED = 40
_MOST_PLACES = 50
_MARKS = " \t\r\n\"'“”‘’«»"


class Piece(NamedTuple):
    """A stretch of one turn's text: text[start:end] are its own words."""

    turn: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Located:
    """Where the words of a quote were found.

    `pieces` has one stretch for each turn touched, in order. `indices` are the positions of the words
    in the aligner's stream; `ops` the differences (empty: none). `tier` is 0 in the cited turn, 1 within
    two turns of it, 2 elsewhere, 3 across turns. `words` are the quote's own, normalised. `cut` is set
    where the quote begins or ends inside a word or number. `parts` are the pieces of a quote with '...'.
    """

    pieces: tuple[Piece, ...]
    score: float
    match: Match
    tier: int
    indices: Sequence[int]
    words: tuple[str, ...]
    ops: tuple[Op, ...] = ()
    cut: bool = False
    parts: tuple[Located, ...] = ()

    @property
    def turn(self) -> int:
        """The first turn touched."""
        return self.pieces[0].turn

    @property
    def start(self) -> int:
        """Offset of the first word in that turn's text."""
        return self.pieces[0].start

    @property
    def end(self) -> int:
        """Offset behind the last word in that turn's text."""
        return self.pieces[0].end


class Aligner:
    """Finds quotes in one call. Build it once and ask it for every quote."""

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self.stream = Stream(transcript)
        named = {t.speaker for t in transcript.turns} | {p.name for p in transcript.participants}
        names = {name for name in named if name}
        self._speakers = {part.casefold() for name in names for part in (name, *name.split()[:1])}

    def locate(self, quote: Quote) -> Located | None:
        """The best place of the quote's words, None where they were not said in this call."""
        return next(self.candidates(quote), None)

    def candidates(self, quote: Quote) -> Iterator[Located]:
        """All places that could be meant, best first: exact ones by distance from the cited turn, then
        those across turns, then nearly equal ones.
        """
        if len(quote.text) > LONGEST_QUOTE:
            return
        text = self.without_label(quote.text)
        tokens = normalise(text)
        if not tokens:
            return
        words = tuple(t.norm for t in tokens)
        cited = self._cited(quote)
        found = [*self._exact(words, text, cited)] or [*self._verbatim(words, text, cited)]
        if found:
            yield from sorted(found, key=lambda hit: self._rank(hit, cited))
            if cited is not None and all(hit.tier > 1 for hit in found):
                yield from (hit for hit in self._fuzzy(tokens, cited) if hit.tier <= 1)
            return
        elided = self._elided(text, quote.turn)
        if elided is not None:
            yield elided
            return
        yield from self._fuzzy(tokens, cited)

    def without_label(self, text: str) -> str:
        """A quote without the '[T12] Name:' that a model may have copied with it."""
        label = _LABEL.match(text)
        text = text[label.end() :] if label else text
        name = _SPEAKER.match(text)
        return text[name.end() :] if name and name[1].casefold() in self._speakers else text

    def _cited(self, quote: Quote) -> int | None:
        """The cited turn, None where there is none of that index."""
        return quote.turn if quote.turn is not None and 0 <= quote.turn < len(self.transcript.turns) else None

    def _rank(self, hit: Located, cited: int | None) -> tuple[float, float, float, int]:
        far = 0 if cited is None else min(abs(piece.turn - cited) for piece in hit.pieces)
        return hit.tier, -hit.score, far, hit.indices[0]

    def _tier(self, pieces: Sequence[Piece], cited: int | None) -> int:
        if len(pieces) > 1:
            return 3
        if cited is None:
            return 2
        far = abs(pieces[0].turn - cited)
        return 0 if far == 0 else 1 if far <= _NEAR_TURNS else 2

    def _exact(self, words: tuple[str, ...], text: str, cited: int | None) -> Iterator[Located]:
        """Equal words in a row, also across a back-channel; the places nearest to the cited turn."""
        found = [*self.stream.everything.find(words)]
        if not found and self.stream.spoken is not None:
            found = [*self.stream.spoken.find(words)]
        if cited is not None:
            found.sort(key=lambda indices: abs(self.stream.turn_of[indices[0]] - cited))
        for indices in found[:_MOST_PLACES]:
            pieces = self._pieces(indices, text)
            match = Match.EXACT if len(pieces) == 1 else Match.CROSS_TURN
            yield Located(pieces, 1.0, match, self._tier(pieces, cited), indices, words)

    def _verbatim(self, words: tuple[str, ...], text: str, cited: int | None) -> Iterator[Located]:
        """Equal characters, where cutting out the quote changed how its edges read ('two thousand' of
        'forty two thousand').
        """
        plain = text.strip(_MARKS)
        for turn in self.transcript.turns:
            at = turn.text.find(plain)
            while at >= 0:
                end = at + len(plain)
                indices = self.stream.covering(turn.index, at, end)
                if indices and not (_inside_word(turn.text, at) or _inside_word(turn.text, end)):
                    first, last = self.stream.tokens[indices[0]], self.stream.tokens[indices[-1]]
                    cut = first.start < at or last.end > end
                    pieces = self._pieces(indices, plain)
                    yield Located(
                        pieces, 1.0, Match.EXACT, self._tier(pieces, cited), indices, words, cut=cut
                    )
                at = turn.text.find(plain, end)

    def _pieces(self, indices: Sequence[int], text: str = "") -> tuple[Piece, ...]:
        """The stretches of text that words cover, one for each turn. Where the quote's own characters
        stand there they are the stretch (with the stutters that comparing leaves out).
        """
        spans: dict[int, tuple[int, int]] = {}
        for at in indices:
            token, turn = self.stream.tokens[at], self.stream.turn_of[at]
            start, end = spans.get(turn, (token.start, token.end))
            spans[turn] = min(start, token.start), max(end, token.end)
        plain = text.strip(_MARKS)
        if len(spans) == 1 and plain:
            ((turn, (start, end)),) = spans.items()
            source = self.transcript.turns[turn].text
            at = source.rfind(plain, 0, start + len(plain))
            whole = not (_inside_word(source, at) or _inside_word(source, at + len(plain)))
            if 0 <= at <= start and at + len(plain) >= end and whole:
                return (Piece(turn, at, at + len(plain)),)
        return tuple(Piece(turn, *span) for turn, span in sorted(spans.items()))

    def _elided(self, text: str, turn: int | None) -> Located | None:
        """'We lost it ... nobody found it': parts in order, close together in one turn. The whole stretch
        is the evidence, with what the quote left out.
        """
        parts = [part for part in _ELLIPSIS.split(text) if part.strip()]
        if not 2 <= len(parts) <= 4:
            return None
        for first in self._exact(tuple(t.norm for t in normalise(parts[0])), parts[0], turn):
            chain = [first]
            for part in parts[1:]:
                words = tuple(t.norm for t in normalise(part))
                begin = chain[-1].indices[-1] + 1
                follows = (
                    hit
                    for hit in self._exact(words, part, turn)
                    if 0 <= hit.indices[0] - begin <= _MOST_ELIDED
                )
                hit = next(follows, None)
                if hit is None or len(hit.pieces) > 1 or hit.turn != first.turn:
                    break
                chain.append(hit)
            if len(chain) == len(parts) and all(any(map(is_content, p.words)) for p in chain):
                indices = range(first.indices[0], chain[-1].indices[-1] + 1)
                pieces = self._pieces(indices)
                said = sum(len(p.words) for p in chain)
                score = 0.7 + 0.3 * said / len(indices)
                words = tuple(w for p in chain for w in p.words)
                return Located(
                    pieces, score, Match.FUZZY, self._tier(pieces, turn), indices, words, parts=tuple(chain)
                )
        return None

    def _fuzzy(self, tokens: Sequence[Token], cited: int | None) -> Iterator[Located]:
        """Nearly equal words: heard wrongly, mended or lightly edited."""
        words = tuple(t.norm for t in tokens)
        if len(words) > _LONGEST_FUZZY or not says_something(words):
            return
        spans = [*self._near_spans(cited), *self._likely_spans(words)]
        hits = [hit for span in spans if (hit := self._within(words, span, cited)) is not None]
        seen = set()
        for hit in sorted(hits, key=lambda h: (-round(h.score, 1), *self._rank(h, cited)[2:])):
            if hit.pieces not in seen:
                seen.add(hit.pieces)
                yield hit

    def _near_spans(self, cited: int | None) -> Iterator[range]:
        """The cited turn and those around it, from the nearest."""
        if cited is not None:
            for turn in sorted(
                range(cited - _NEAR_TURNS, cited + _NEAR_TURNS + 1), key=lambda t: abs(t - cited)
            ):
                if 0 <= turn < len(self.transcript.turns) and self.stream.span(turn):
                    yield self.stream.span(turn)

    def _likely_spans(self, words: Sequence[str]) -> Iterator[range]:
        """Stretches where the quote could stand: each rare word votes for its place less its own position
        in the quote; votes a few words apart count together.
        """
        width = max(4, len(words) // 3)
        votes: dict[int, float] = {}
        places = self.stream.places
        rare = max(12, len(self.stream.norms) // 150)
        total = 0.0
        for at, word in enumerate(words):
            heavy = weight(word)
            total += heavy
            where = places.get(word, ())
            if len(where) > (rare if heavy == 1 else rare // 2):
                continue
            for place in where:
                bucket = (place - at) // width
                votes[bucket] = votes.get(bucket, 0.0) + heavy
        joint = {b: votes[b] + votes.get(b + 1, 0.0) for b in votes}
        best = sorted(joint, key=joint.__getitem__, reverse=True)[:_CANDIDATES]
        common = sum(weight(w) for w in words if len(places.get(w, ())) > rare // 2)
        slack = 3 + len(words) // 2
        for offset in (bucket * width for bucket in best if joint[bucket] + common >= 0.4 * total):
            end = min(len(self.stream.norms), offset + len(words) + 2 * slack)
            yield range(max(0, offset - slack), end)

    def _within(self, words: tuple[str, ...], span: range, cited: int | None) -> Located | None:
        """The best place in a stretch of the call, None where too little of the quote stands there."""
        norms = self.stream.norms
        begin, end = span.start, span.stop
        core = _core(words, norms[begin:end])
        if core is None:
            return None
        # The words at the edges may be there, only heard wrongly: look again with room for them.
        q0, q1, s0, s1 = core
        begin, end = max(0, begin + s0 - 2 * q0), min(len(norms), begin + s1 + 2 * (len(words) - q1))
        turns = {self.stream.turn_of[at] for at in range(begin, end)}
        if len(turns) > 1:
            begin, end = self._single_turn(words, begin, end)
        ops = diff(words, norms[begin:end])
        while ops and ops[0].q0 == ops[0].q1:
            ops.pop(0)
        while ops and ops[-1].q0 == ops[-1].q1:
            ops.pop()
        score, share = _score(ops, words, norms[begin:end])
        if not ops or score < _LEAST_SCORE or share < _LEAST_OF_QUOTE:
            return None
        indices = range(begin + ops[0].s0, begin + ops[-1].s1)
        shift = ops[0].s0
        ops = [op._replace(s0=op.s0 - shift, s1=op.s1 - shift) for op in ops]
        pieces = self._pieces(indices)
        match = Match.FUZZY if len(pieces) == 1 else Match.CROSS_TURN
        return Located(
            pieces, round(min(score, 0.99), 3), match, self._tier(pieces, cited), indices, words, tuple(ops)
        )

    def _single_turn(self, words: tuple[str, ...], begin: int, end: int) -> tuple[int, int]:
        """The part of a stretch that lies in one turn, if nearly all of the quote stands in it."""
        best, chosen = 0.0, (begin, end)
        for turn in sorted({self.stream.turn_of[at] for at in range(begin, end)}):
            span = self.stream.span(turn)
            inner = max(begin, span[0]), min(end, span[-1] + 1)
            part = self.stream.norms[inner[0] : inner[1]]
            share = _score(diff(words, part), words, part)[1]
            if share > best:
                best, chosen = share, inner
        return chosen if best >= _LEAST_OF_QUOTE else (begin, end)


def _inside_word(text: str, at: int) -> bool:
    return 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum()


def _core(words: Sequence[str], source: Sequence[str]) -> tuple[int, int, int, int] | None:
    """The stretch (of the quote, of the source) that the matches make up, None where it is too little of
    the quote to be worth a closer look.

    Of equal alignments the first is found; where something is said twice, that from the end may be tighter.
    """
    best, (q0, q1, s0, s1) = _tightest(matches(words, source), words, source)
    if best < _LEAST_CORE * sum(map(weight, words)):
        return None
    n, m = len(words), len(source)
    if s1 - s0 > q1 - q0:
        back, (a0, a1, b0, b1) = _tightest(matches(words[::-1], source[::-1]), words[::-1], source[::-1])
        if back > best:
            return n - a1, n - a0, m - b1, m - b0
    return q0, q1, s0, s1


def _tightest(
    hits: Sequence[Op], words: Sequence[str], source: Sequence[str]
) -> tuple[float, tuple[int, int, int, int]]:
    """The heaviest run of matches, without strays far from the others (common words match anywhere)."""
    best, chosen = 0.0, (0, 0, 0, 0)
    run, first = 0.0, 0
    for at, op in enumerate(hits):
        if at:
            prev = hits[at - 1]
            run -= 0.5 * sum(weight(n) for n in source[prev.s1 : op.s0]) + 0.2 * (op.q0 - prev.q1)
        if run <= 0:
            run, first = 0.0, at
        run += sum(weight(words[q]) for q in range(op.q0, op.q1))
        if run > best:
            best, chosen = run, (hits[first].q0, op.q1, hits[first].s0, op.s1)
    return best, chosen


def _score(ops: Sequence[Op], words: Sequence[str], source: Sequence[str]) -> tuple[float, float]:
    """Twice the weight of the words in common by the weight of both stretches (Dice's coefficient), and
    the share of the quote's weight that was found.
    """
    common = sum(op.same * sum(weight(w) for w in words[op.q0 : op.q1]) for op in ops)
    mine = sum(map(weight, words))
    theirs = sum(weight(n) for op in ops for n in source[op.s0 : op.s1])
    return 2 * common / max(mine + theirs, 0.1), common / max(mine, 0.1)
