"""The model's summary: a sentence stands on the words of the claims that it cites, or not at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from coachbot.extract.llm_parse import Parts
from coachbot.model.claims import Claim, Quote, SummaryClaim

MOST_SENTENCES = 8
_MOST_QUOTES = 8
_A_TURN = 2


def cited(found: Parts) -> list[SummaryClaim]:
    """The sentences with the quotes of the claims in the turns they cite; without such, none."""
    quotes: dict[int, dict[Quote, None]] = defaultdict(dict)
    for claim in _claims(found):
        for quote in claim.quotes:
            if quote.turn is not None:
                quotes[quote.turn][quote] = None
    sentences = []
    for line in found.summary:
        proof = [quote for turn in line.turns for quote in list(quotes.get(turn, ()))[:_A_TURN]]
        if proof:
            sentences.append(SummaryClaim(value=line.text, quotes=tuple(proof[:_MOST_QUOTES])))
        else:
            found.dropped["a sentence of the summary that rests on nothing written down"] += 1
    return sentences[:MOST_SENTENCES]


def _claims(found: Parts) -> Iterator[Claim]:
    yield from found.fields
    yield from found.objections
    yield from found.next_steps
    yield from found.stakeholders
