"""What did not ground, once more: some of it by code, the rest in one request that names exactly that."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from coachbot.extract.llm_call import turn_lines
from coachbot.extract.llm_parse import Parser
from coachbot.extract.phrases import clean_phrase, sentences
from coachbot.llm.tokens import estimate_tokens
from coachbot.model.claims import (
    Claim,
    Claims,
    CommitmentClaim,
    FieldClaim,
    Grounded,
    GroundedClaims,
    NextStepClaim,
    ObjectionClaim,
    Quote,
    Refusal,
    ReversionClaim,
    RiskClaim,
    Unproven,
)
from coachbot.model.playbook import Playbook
from coachbot.model.transcript import Side, Transcript

KINDS = ("fields", "commitments", "reversions", "risks", "stakeholders", "objections", "next_steps")
NAMES = dict(
    zip(KINDS, ("fact", "commitment", "reversion", "risk", "person", "objection", "step"), strict=True)
)
_MOST = 40
_SHARE = 0.15
"""Share of the call's tokens that the turns around failed claims may take."""
_LEAST_ROOM = 600
_AROUND = 2
_ENOUGH_WORDS = 6

Slot = tuple[str, int]


@dataclass
class Failed:
    """Claims that rest on the same quotes and did not ground, as one statement of the request."""

    claim: Claim
    refused: tuple[Unproven, ...]
    slots: list[Slot] = field(default_factory=list)


def mend_by_code(said: Claims, checked: GroundedClaims, transcript: Transcript) -> tuple[Claims, set[Slot]]:
    """Mends what needs no model: a quote that is too short grows to its sentence, and a value with a number
    that its words lack becomes those words. Returns the claims and the places that were mended.
    """
    changed: dict[Slot, Claim] = {}
    for slot, grounded in _failures(said, checked):
        mended = _mended(grounded, transcript)
        if mended is not None:
            changed[slot] = mended
    for at, objection in enumerate(said.objections):
        mended = changed.get(("objections", at), objection)
        if (answer := _answer_in_own_words(mended, checked.objections[at].refused)) is not None:
            changed["objections", at] = answer
    return _replaced(said, changed), {slot for slot in changed if not _proven(checked, slot)}


def still_failed(said: Claims, checked: GroundedClaims, without: set[Slot]) -> list[Failed]:
    """The other claims that did not ground, those with the same words together."""
    found: dict[tuple[str, tuple[Quote, ...]], Failed] = {}
    for (kind, at), grounded in _failures(said, checked):
        if (kind, at) not in without:
            claim = grounded.claim
            failed = found.setdefault((claim.value, claim.quotes), Failed(claim, grounded.refused))
            failed.slots.append((kind, at))
    return list(found.values())[:_MOST]


def room_for_turns(transcript: Transcript) -> int:
    """Tokens that the turns around failed claims may take."""
    return max(_LEAST_ROOM, int(_SHARE * sum(estimate_tokens(t.text) for t in transcript.turns)))


def near_turns(failed: Sequence[Failed], transcript: Transcript, room: int) -> tuple[list[Failed], set[int]]:
    """The failed claims that fit, and the turns around what they quote."""
    chosen: list[Failed] = []
    turns: set[int] = set()
    for one in failed:
        more = turns | set(_near(one, transcript))
        if chosen and estimate_tokens(turn_lines(transcript, more)) > room:
            break
        chosen.append(one)
        turns = more
    return chosen, turns


def statements(failed: Sequence[Failed], said: Claims, playbook: Playbook) -> str:
    """The failed claims, numbered from 1, each with what is wrong with its quotes."""
    return "\n".join(f"{n}. {_statement(one, said, playbook)}" for n, one in enumerate(failed, 1))


def apply(said: Claims, failed: Sequence[Failed], data: Mapping[str, Any], parser: Parser) -> Claims:
    """The claims with the quotes that the answer gives them; what it does not name stays as it was."""
    changed: dict[Slot, Claim] = {}
    rows = data.get("mended")
    for row in rows if isinstance(rows, list) else []:
        number = row.get("number") if isinstance(row, Mapping) else None
        if not isinstance(number, int) or not 1 <= number <= len(failed):
            continue
        quotes, value = parser.quotes(row.get("quotes")), row.get("value")
        if not quotes:
            continue
        for kind, at in failed[number - 1].slots:
            claim: Claim = getattr(said, kind)[at]
            named = isinstance(claim, CommitmentClaim | ReversionClaim | RiskClaim)
            text = value.strip() if isinstance(value, str) and value.strip() and not named else claim.value
            changed[kind, at] = claim.model_copy(update={"quotes": quotes, "value": text})
    return _replaced(said, changed)


def _failures(said: Claims, checked: GroundedClaims) -> Iterator[tuple[Slot, Grounded[Claim]]]:
    for kind in KINDS:
        for at, grounded in enumerate(getattr(checked, kind)):
            if not grounded.proven:
                original = getattr(said, kind)[at]
                yield (kind, at), grounded.model_copy(update={"claim": original})


def _replaced(said: Claims, changed: Mapping[Slot, Claim]) -> Claims:
    if not changed:
        return said
    kinds = {kind for kind, _ in changed}
    return said.model_copy(
        update={
            kind: tuple(changed.get((kind, at), claim) for at, claim in enumerate(getattr(said, kind)))
            for kind in kinds
        }
    )


def _mended(grounded: Grounded[Claim], transcript: Transcript) -> Claim | None:
    claim, why = grounded.claim, grounded.refused
    own_words = isinstance(claim, FieldClaim | ObjectionClaim | NextStepClaim)
    if own_words and why and all(u.detail.startswith("in the value,") for u in why):
        first = min(claim.quotes, key=lambda q: _is_sellers(q, transcript))
        return claim.model_copy(update={"value": clean_phrase(first.text)})
    if why and all(u.why is Refusal.TOO_SHORT for u in why):
        quotes = tuple(widened(q, transcript) for q in claim.quotes)
        if quotes != claim.quotes:
            return claim.model_copy(update={"quotes": quotes})
    return None


def _answer_in_own_words(claim: Claim, refused: Iterable[Unproven]) -> ObjectionClaim | None:
    """An objection whose answer was refused only for a number in its words: those of the quote instead."""
    if not isinstance(claim, ObjectionClaim) or claim.response is None:
        return None
    mine = [u.detail for u in refused if u.detail.startswith("response: ")]
    if not mine or not all(detail.startswith("response: in the value,") for detail in mine):
        return None
    text = clean_phrase(claim.response.quotes[0].text)
    return claim.model_copy(update={"response": claim.response.model_copy(update={"text": text})})


def _proven(checked: GroundedClaims, slot: Slot) -> bool:
    grounded: Grounded[Claim] = getattr(checked, slot[0])[slot[1]]
    return grounded.proven


def _is_sellers(quote: Quote, transcript: Transcript) -> bool:
    turn = quote.turn
    known = turn is not None and 0 <= turn < len(transcript.turns)
    return known and transcript.side_of(turn) is Side.SELLER  # type: ignore[arg-type]


def widened(quote: Quote, transcript: Transcript) -> Quote:
    """The quote with the sentences around it, until it can stand alone; unchanged where it is not found."""
    if quote.turn is None or not 0 <= quote.turn < len(transcript.turns):
        return quote
    text = transcript.turns[quote.turn].text
    start = text.casefold().find(quote.text.casefold().strip(" .,?!"))
    if start < 0:
        return quote
    spans = sentences(text)
    here = [n for n, (a, b) in enumerate(spans) if a <= start < b]
    if not here:
        return quote
    first = last = here[0]
    while len(text[spans[first][0] : spans[last][1]].split()) < _ENOUGH_WORDS:
        if last < len(spans) - 1:
            last += 1
        elif first > 0:
            first -= 1
        else:
            break
    return Quote(turn=quote.turn, text=text[spans[first][0] : spans[last][1]])


def _near(failed: Failed, transcript: Transcript) -> Iterator[int]:
    total = len(transcript.turns)
    centres = {q.turn for q in failed.claim.quotes if q.turn is not None and q.turn < total}
    if not centres:
        centres = set(_likely(" ".join(q.text for q in failed.claim.quotes), transcript))
    for centre in centres:
        yield from range(max(0, centre - _AROUND), min(total, centre + _AROUND + 1))


def _likely(text: str, transcript: Transcript) -> Iterable[int]:
    """The two turns that share most longer words with a text."""
    words = _long_words(text)
    shared = {t.index: len(words & _long_words(t.text)) for t in transcript.turns}
    return [at for at in sorted(shared, key=lambda t: -shared[t])[:2] if shared[at]]


def _long_words(text: str) -> set[str]:
    return set(re.findall(r"\w{4,}", text.casefold()))


def _statement(failed: Failed, said: Claims, playbook: Playbook) -> str:
    fields = [
        spec
        for kind, at in failed.slots
        if kind == "fields" and (spec := playbook.field_by_id.get(said.fields[at].field)) is not None
    ]
    about = " / ".join(f"{f.label}: {f.question}" for f in fields) or NAMES[failed.slots[0][0]]
    sides: set[str] = {f.said_by for f in fields} or {_side(failed.slots[0][0])}
    whose = "" if "either" in sides else f" Only the {sides.pop()}'s words count."
    reasons = "; ".join(
        f'[T{u.turn if u.turn is not None else "?"}] "{_shorter(u.quote)}": {u.detail or u.why.value}'
        for u in failed.refused
    )
    return f"({about}){whose} {failed.claim.value} | {reasons}"


def _side(kind: str) -> str:
    return "buyer" if kind in ("commitments", "reversions", "objections") else "either"


def _shorter(text: str, limit: int = 240) -> str:
    return text if len(text) <= limit else f"{text[:limit]}…"
