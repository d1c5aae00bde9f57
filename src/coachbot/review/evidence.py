"""Evidence that a person points at: always the transcript's own words."""

from __future__ import annotations

from coachbot.errors import UsageError
from coachbot.ground import Aligner
from coachbot.model.claims import Evidence, Match, Quote
from coachbot.model.transcript import Transcript


def evidence_at(transcript: Transcript, turn: int, start: int = 0, end: int | None = None) -> Evidence:
    """The words of a turn between two offsets (the whole turn without them). Raises UsageError."""
    if not 0 <= turn < len(transcript.turns):
        raise UsageError(f"the call has turns 0 to {len(transcript.turns) - 1}, and no turn {turn}")
    said = transcript.turns[turn]
    end = len(said.text) if end is None else end
    if not 0 <= start < end <= len(said.text):
        raise UsageError(f"turn {turn} has {len(said.text)} characters, so {start} to {end} selects nothing")
    quote = said.text[start:end].strip()
    if not quote:
        raise UsageError(f"the selection in turn {turn} holds no words")
    start += said.text[start:end].index(quote)
    return Evidence(
        turn=turn,
        speaker=said.speaker,
        start_s=said.time_at(start),
        end_s=said.end_s,
        quote=quote,
        match=Match.EXACT,
        start=start,
    )


def evidence_for(transcript: Transcript, quote: str, turn: int | None = None) -> Evidence:
    """The place of a quote that somebody typed or pasted. Raises UsageError where the call lacks it."""
    wanted = " ".join(quote.split())
    if not wanted:
        raise UsageError("the quote is empty: give some words of the call")
    near = transcript.turns if turn is None else transcript.turns[turn : turn + 1]
    for said in near:
        at = said.text.find(wanted)
        if at >= 0:
            return evidence_at(transcript, said.index, at, at + len(wanted))
    located = Aligner(transcript).locate(Quote(turn=turn, text=wanted))
    if located is None or located.match is not Match.EXACT:
        raise UsageError(f"the call does not say “{wanted[:80]}”: quote its own words")
    piece = located.pieces[0]
    return evidence_at(transcript, piece.turn, piece.start, piece.end)
