"""Whole sentences are proven without exception; none is once a number or a negation is changed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

import pytest

from coachbot.ground.compare import says_something
from coachbot.ground.lexicon import AUXILIARIES, listed
from coachbot.ground.normalise import norms
from coachbot.ground.numbers import NUMBER_WORDS
from coachbot.ground.prove import Prover
from coachbot.model.claims import Match, Quote
from coachbot.model.transcript import Transcript

NUMBERS = listed(
    "one two three five six nine eleven fifteen nineteen forty fifty ninety hundred thousand million"
)
NEGATION = re.compile(
    r"\b(?:not|never|no|nobody|nothing|neither)\b|n['’]t\b|(?<=[dsn])nt\b|\b(?<=wo|ca)nt\b", re.I
)
CALLS = ["harbour", "depot"]


def sentences(call: Transcript) -> Iterator[tuple[int, str]]:
    for turn in call.turns:
        for sentence in re.split(r"(?<=[.?!])\s+", turn.text):
            if says_something(norms(sentence)):
                yield turn.index, sentence


def other_numbers(sentence: str) -> Iterator[str]:
    """The sentence with each of its numbers changed, by word and by digit."""
    for found in re.finditer(r"[A-Za-z]+", sentence):
        if found.group().lower() in NUMBER_WORDS:
            for number in NUMBERS:
                yield sentence[: found.start()] + number + sentence[found.end() :]
    for found in re.finditer(r"\d", sentence):
        for digit in "0123456789":
            yield sentence[: found.start()] + digit + sentence[found.end() :]


def other_negations(sentence: str) -> Iterator[str]:
    """The sentence with a negation taken out, or put in behind a verb."""
    for found in NEGATION.finditer(sentence):
        if found.start():
            yield sentence[: found.start()] + sentence[found.end() :]
    for found in re.finditer(r"[A-Za-z]+", sentence):
        if found.group().lower() in AUXILIARIES:
            for negation in ("not", "never", "no longer"):
                yield f"{sentence[: found.end()]} {negation}{sentence[found.end() :]}"


def wrongly_proven(
    call: Transcript, mutate: Callable[[str], Iterator[str]]
) -> tuple[int, list[tuple[str, str]]]:
    prover = Prover(call)
    tried, wrong = 0, []
    for turn, sentence in sentences(call):
        for quote in mutate(sentence):
            if norms(quote) == norms(sentence):
                continue
            tried += 1
            proof = prover.prove((Quote(turn=turn, text=quote),), "either", "")
            if proof.evidence:
                wrong.append((quote, proof.evidence[0].quote))
    return tried, wrong


@pytest.mark.parametrize("name", CALLS)
def test_every_sentence_is_proven_where_it_stands(name: str, calls: dict[str, Transcript]) -> None:
    call = calls[name]
    prover = Prover(call)
    for turn, sentence in sentences(call):
        proof = prover.prove((Quote(turn=turn, text=sentence),), "either", "")
        assert [(e.turn, e.match, e.quote) for e in proof.evidence] == [(turn, Match.EXACT, sentence)]


@pytest.mark.parametrize("name", CALLS)
def test_another_number_is_never_proven(name: str, calls: dict[str, Transcript]) -> None:
    tried, wrong = wrongly_proven(calls[name], other_numbers)
    assert tried > 250
    assert wrong == []


@pytest.mark.parametrize("name", CALLS)
def test_another_negation_is_never_proven(name: str, calls: dict[str, Transcript]) -> None:
    tried, wrong = wrongly_proven(calls[name], other_negations)
    assert tried > 60
    assert wrong == []


@pytest.mark.parametrize("seed", range(4))
def test_halves_of_far_sentences_prove_nothing(seed: int, harbour: Transcript) -> None:
    pick = random.Random(seed)
    prover = Prover(harbour)
    long = [(turn, s.split()) for turn, s in sentences(harbour) if len(s.split()) >= 8]
    for _ in range(150):
        (here, start), (there, end) = pick.sample(long, 2)
        if abs(here - there) > 3:
            glued = " ".join([*start[: len(start) // 2], *end[len(end) // 2 :]])
            assert prover.prove((Quote(turn=here, text=glued),), "either", "").evidence == ()
