"""Claims to grounded claims: every quote is found, verified and attributed, or refused with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from coachbot.ground import lexicon
from coachbot.ground.align import LONGEST_QUOTE, Aligner, Located, Piece
from coachbot.ground.compare import says_something
from coachbot.ground.doubt import certain_text, rests_on_doubt
from coachbot.ground.normalise import norms
from coachbot.ground.values import unsupported
from coachbot.ground.verify import Problem, verify
from coachbot.model.claims import C, Evidence, Grounded, Quote, Refusal, Unproven
from coachbot.model.playbook import SaidBy
from coachbot.model.transcript import Side, Transcript, Turn

Allowed = SaidBy | Literal["seller"]
_CONFIRMED_WITHIN = 3
"""Turns in which a buyer must confirm a seller's question for it to stay beside the confirmation."""
_UNKNOWN_SIDE = 0.8
"""Factor on the score of words whose speaker's side nobody knows."""
_NEVER = Problem(Refusal.NOT_FOUND, "these words were not said in the call")
_TOO_LONG = Problem(Refusal.NOT_FOUND, f"longer than {LONGEST_QUOTE:,} characters: not a quote")
_DOUBTFUL = Problem(Refusal.UNCERTAIN, "these words were not heard well enough to prove anything")
_SHORT = Problem(Refusal.TOO_SHORT, "too few words to prove anything by themselves")


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of a claim's quotes. `texts` is what its value may draw on."""

    evidence: tuple[Evidence, ...]
    refused: tuple[Unproven, ...]
    texts: tuple[str, ...]


class Prover:
    """Proves claims about one call."""

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self.aligner = Aligner(transcript)
        self.on: date | None = transcript.date.date() if transcript.date else None
        self._tried: dict[tuple[int | None, str, Allowed], Located | Problem] = {}

    def grounded(self, kind: type[Grounded[C]], claim: C, said_by: Allowed) -> Grounded[C]:
        """The claim with its evidence. Without any where its value has a number that nobody said."""
        proof = self.prove(claim.quotes, said_by, claim.value)
        return kind(claim=claim, evidence=proof.evidence, refused=proof.refused)

    def prove(self, quotes: Sequence[Quote], said_by: Allowed, value: str) -> Proof:
        """Tries every quote; those of the other side, and those too short to stand alone, only after the
        others, which they may go with.
        """
        unique = list(dict.fromkeys(quotes))
        tried = {quote: self._try(quote, said_by) for quote in unique}
        held = {q: self._evidence(hit, said_by) for q, hit in tried.items() if isinstance(hit, Located)}
        proving = [e for q, found in held.items() if not self._wrong_side(tried[q], said_by) for e in found]
        for quote in unique:
            if tried[quote] is _SHORT and proving:
                found = self._beside(quote, proving, said_by)
                tried[quote] = found
                if isinstance(found, Located):
                    held[quote] = self._evidence(found, said_by)
        evidence: dict[tuple[int, int, str], Evidence] = {}
        refused = []
        for quote in unique:
            outcome = tried[quote]
            if isinstance(outcome, Located) and self._wrong_side(outcome, said_by):
                outcome = self._as_context(outcome, proving, said_by)
            if isinstance(outcome, Located):
                evidence.update({(e.turn, e.start, e.quote): e for e in held[quote]})
            else:
                refused.append(_refuse(quote, outcome))
        return self._check_value(value, unique, tuple(evidence.values()), refused, said_by)

    def _check_value(
        self,
        value: str,
        quotes: Sequence[Quote],
        evidence: tuple[Evidence, ...],
        refused: list[Unproven],
        by: Allowed,
    ) -> Proof:
        """Takes the evidence away where the value has numbers or dates that were not said."""
        texts = self._texts(evidence, quotes, by)
        wrong = unsupported(value, texts, self.on) if evidence else None
        if wrong is None:
            return Proof(evidence, tuple(refused), texts)
        known = {(u.quote, u.turn) for u in refused}
        heard = [turn.text for turn in self._drawn_on(evidence, quotes, by)]
        doubtful = heard != list(texts) and unsupported(value, heard, self.on) is None
        problem = Problem(Refusal.UNCERTAIN if doubtful else Refusal.CONTRADICTED, f"in the value, {wrong}")
        refused = refused + [_refuse(q, problem) for q in quotes if (q.text, q.turn) not in known]
        return Proof((), tuple(refused), texts)

    def _texts(
        self, evidence: Iterable[Evidence], quotes: Iterable[Quote], said_by: Allowed
    ) -> tuple[str, ...]:
        """What those turns say for sure."""
        return tuple(certain_text(turn) for turn in self._drawn_on(evidence, quotes, said_by))

    def _drawn_on(
        self, evidence: Iterable[Evidence], quotes: Iterable[Quote], said_by: Allowed
    ) -> list[Turn]:
        """The turns that a value may draw on: those of the right side, and a question of the other side
        that was answered with a yes. A number that is only answered stays the asker's.
        """
        turns = self.transcript.turns
        cited = {q.turn for q in quotes if q.turn is not None and 0 <= q.turn < len(turns)}
        used = {turn for turn in cited | {e.turn for e in evidence} if self._turn_allowed(turn, said_by)}
        agreed = [e.turn for e in evidence if e.turn in used and _agrees(certain_text(turns[e.turn]))]
        asked = {e.turn for e in evidence} - used
        used |= {turn for turn in asked if any(0 < a - turn <= _CONFIRMED_WITHIN for a in agreed)}
        return [turns[turn] for turn in sorted(used)]

    def _try(self, quote: Quote, said_by: Allowed) -> Located | Problem:
        at = (quote.turn, quote.text, said_by)
        if at not in self._tried:
            self._tried[at] = self._find(quote, said_by)
        return self._tried[at]

    def _find(self, quote: Quote, said_by: Allowed) -> Located | Problem:
        """The first place that says what the quote says. What stands in or near the cited turn decides;
        farther away, a place said by the right side is looked for.
        """
        if len(quote.text) > LONGEST_QUOTE:
            return _TOO_LONG
        short = not says_something(norms(self.aligner.without_label(quote.text)))
        fallback: Located | Problem | None = None
        decided: int | None = None
        for hit in self.aligner.candidates(quote):
            if decided is not None and hit.turn != decided:
                break
            problem = verify(self.aligner.stream, hit)
            if problem is None and not self._wrong_side(hit, said_by):
                if short or not self._doubtful(hit, said_by):
                    return _SHORT if short else hit
                problem = _DOUBTFUL
            if fallback is None or (isinstance(fallback, Problem) and fallback.why is Refusal.NOT_FOUND):
                fallback = problem or hit
            # What was not heard well there may have been said again elsewhere.
            decided = hit.turn if hit.tier <= 1 and problem is not _DOUBTFUL else decided
        if short and not (isinstance(fallback, Problem) and fallback.why is Refusal.CONTRADICTED):
            return _SHORT
        return fallback or _NEVER

    def _beside(self, quote: Quote, proving: Sequence[Evidence], said_by: Allowed) -> Located | Problem:
        """A short quote ('yes, that one') counts only exactly where it is cited, or close to proven words."""
        for hit in self.aligner.candidates(quote):
            near = min(abs(hit.turn - e.turn) for e in proving) <= _CONFIRMED_WITHIN
            cited = hit.tier <= 1 if quote.turn is not None else near
            if cited and hit.score == 1 and len(hit.pieces) == 1 and not self._doubtful(hit, said_by):
                problem = verify(self.aligner.stream, hit)
                if problem is None:
                    return hit
        return _SHORT

    def _wrong_side(self, hit: Located | Problem, said_by: Allowed) -> bool:
        """Whether the words that count were not said by those who may say them. Of a quote that runs
        across turns, the part of the right side must be enough by itself.
        """
        if isinstance(hit, Problem):
            return True
        right = [piece for piece in hit.pieces if self._allowed(piece, said_by)]
        if len(right) == len(hit.pieces):
            return False
        return not any(says_something(norms(self._text(piece))) for piece in right)

    def _doubtful(self, hit: Located, said_by: Allowed) -> bool:
        """Whether the words that count were not heard well enough."""
        counting = frozenset(p.turn for p in hit.pieces if self._allowed(p, said_by))
        return rests_on_doubt(self.aligner.stream, hit, counting)

    def _as_context(self, hit: Located, proving: Sequence[Evidence], said_by: Allowed) -> Located | Problem:
        """A question of the other side stays where proven words follow it closely."""
        last = hit.pieces[-1].turn
        if any(
            0 < e.turn - last <= _CONFIRMED_WITHIN for e in proving if self._turn_allowed(e.turn, said_by)
        ):
            return hit
        who = self.transcript.side_of(hit.turn)
        return Problem(Refusal.WRONG_SIDE, f"said by the {who.value}, proves nothing for the {said_by}")

    def _allowed(self, piece: Piece, said_by: Allowed) -> bool:
        return self._turn_allowed(piece.turn, said_by)

    def _turn_allowed(self, turn: int, said_by: Allowed) -> bool:
        return _may_say(self.transcript.side_of(turn), said_by)

    def _text(self, piece: Piece) -> str:
        return self.transcript.turns[piece.turn].text[piece.start : piece.end]

    def _evidence(self, hit: Located, said_by: Allowed) -> list[Evidence]:
        """One piece of evidence for each turn that the words run through. What the other side says after
        the words that count is not part of them.
        """
        pieces = list(hit.pieces)
        if not self._wrong_side(hit, said_by):
            while not self._allowed(pieces[-1], said_by):
                pieces.pop()
        return [self._piece(hit, piece, said_by) for piece in pieces]

    def _piece(self, hit: Located, piece: Piece, said_by: Allowed) -> Evidence:
        turn = self.transcript.turns[piece.turn]
        unknown = said_by != "either" and self.transcript.side_of(turn) is Side.UNKNOWN
        return Evidence(
            turn=piece.turn,
            speaker=turn.speaker,
            start_s=turn.time_at(piece.start),
            end_s=end_time(turn, piece.end),
            quote=self._text(piece),
            match=hit.match,
            start=piece.start,
            score=round(hit.score * (_UNKNOWN_SIDE if unknown else 1), 3),
        )


def end_time(turn: Turn, offset: int) -> float | None:
    """Seconds at which the character before `offset` has been said: the end of its cue, or of the turn."""
    if turn.cues:
        begun = [cue.end_s for cue in turn.cues if cue.offset < offset]
        if begun:
            return begun[-1]
    return turn.end_s


def _agrees(text: str) -> bool:
    """Whether a turn says yes, and no no."""
    words = norms(text)
    return not lexicon.AGREEMENT.isdisjoint(words) and lexicon.NEGATORS.isdisjoint(words)


def _may_say(side: Side, said_by: Allowed) -> bool:
    """Whether a side's words count. Nobody is shut out because the source does not say who they are."""
    return said_by == "either" or side is Side.UNKNOWN or side.value == said_by


def _refuse(quote: Quote, problem: Problem) -> Unproven:
    return Unproven(quote=quote.text, turn=quote.turn, why=problem.why, detail=problem.detail)
