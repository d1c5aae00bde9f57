"""Exact words may still be turned round by what stands around them, and only by that."""

from __future__ import annotations

import pytest
from ground_calls import call

from coachbot.ground import Aligner, verify
from coachbot.model.claims import Quote, Refusal

TURNED = [
    ("We will sign the contract if legal agrees.", "We will sign the contract"),
    ("We will sign the contract, unless legal objects.", "We will sign the contract"),
    ("It takes five weeks, no, six weeks for the pilot.", "It takes five weeks"),
    ("its about eleven grand no nine nine two in locums", "its about eleven grand"),
    ("Assuming we have budget for that, yes.", "we have budget for that"),
    ("We do not have budget for that.", "have budget for that"),
    ("We don't really have budget for that.", "have budget for that"),
    ("We never approved the pilot in Oslo.", "approved the pilot in Oslo"),
    ("We no longer use Kronos for rosters.", "use Kronos for rosters"),
    ("I doubt we have budget for that.", "we have budget for that"),
    ("I don't think we have budget for that.", "we have budget for that"),
    ("I'm not sure we have budget for that.", "we have budget for that"),
    ("I'd ask if we have budget for that.", "we have budget for that"),
    ("Unless legal signs the contract, no.", "legal signs the contract"),
    ("There's no budget for training.", "budget for training"),
    ("There's no approved budget for training.", "approved budget for training"),
    ("There is no approved budget for training.", "budget for training"),
    ("Nobody has approved the forty thousand.", "has approved the forty thousand"),
    ("We have not approved a budget of forty thousand.", "a budget of forty thousand"),
    ("We don't have the budget or the headcount for it.", "the headcount for it this"),
    ("We used to have a champion in finance.", "have a champion in finance"),
    ("He is hardly a champion of the project.", "a champion of the project"),
    ("The security review is not done.", "The security review is"),
    ("It's not only for Berlin but for Bonn.", "only for Berlin but for Bonn"),
    ("I wish we had a sponsor in finance.", "we had a sponsor in finance"),
    ("He failed to sign the order form.", "sign the order form"),
    ("i cant say the pilot starts in june", "the pilot starts in june"),
    ("It was six fifty per seat.", "fifty per seat"),
    ("It was six fifty euros of tax.", "The tax was six"),
    ("We bought forty-two thousand seats.", "two thousand seats"),
    ("No problem at all with the contract.", "problem at all with the contract"),
]
STANDS = [
    ("We will sign the contract, if you ask me.", "We will sign the contract"),
    ("We have forty vans, no more than fifty.", "We have forty vans"),
    ("We have forty vans. Sorry about the noise.", "We have forty vans"),
    ("Five weeks, no, six weeks for the pilot.", "six weeks for the pilot"),
    ("Five weeks, no, six weeks for the pilot.", "Five weeks, no, six weeks for the pilot"),
    ("No, we have forty vans.", "we have forty vans"),
    ("no we have forty vans", "we have forty vans"),
    ("No problem, we have forty vans.", "we have forty vans"),
    ("We can't wait to get started in June.", "get started in June"),
    ("Not just the price but the support worries me.", "the price but the support worries me"),
    ("There is no doubt we need the reporting module.", "we need the reporting module"),
    ("I don't like it. We have budget for it, though.", "We have budget for it, though"),
    ("I don't like it, but we have budget for that.", "we have budget for that"),
    ("we do not like it but we have budget for that", "but we have budget for that"),
    ("It's not the price, it's the support hours.", "it's the support hours"),
    ("If legal agrees, we will sign by Friday.", "we will sign by Friday"),
    ("We are used to long security reviews.", "long security reviews"),
    ("We do not have budget for that.", "We do not have budget for that"),
    ("It never fails to send the report.", "send the report"),
    ("We're not doing it because legal is slow.", "because legal is slow"),
    ("We're not doing it because legal is slow this spring.", "legal is slow this spring"),
    ("I didn't mind the long demo.", "the long demo"),
]


def problem_of(source: str, quote: str) -> Refusal | None:
    aligner = Aligner(call(f"Ann: {source}"))
    hit = aligner.locate(Quote(turn=0, text=quote))
    if hit is None:
        return Refusal.NOT_FOUND
    problem = verify(aligner.stream, hit)
    return problem.why if problem else None


@pytest.mark.parametrize(("source", "quote"), TURNED)
def test_turned_round(source: str, quote: str) -> None:
    assert problem_of(source, quote) in (Refusal.CONTRADICTED, Refusal.NOT_FOUND)


@pytest.mark.parametrize(("source", "quote"), STANDS)
def test_stands(source: str, quote: str) -> None:
    assert problem_of(source, quote) is None


def test_a_negation_reaches_across_a_back_channel() -> None:
    aligner = Aligner(call("Ann: We don't", "Bob: Mm-hm.", "Ann: have a sandbox environment yet."))
    cut = aligner.locate(Quote(turn=2, text="have a sandbox environment yet"))
    whole = aligner.locate(Quote(turn=0, text="We don't have a sandbox environment yet"))
    assert cut is not None
    assert whole is not None
    assert verify(aligner.stream, cut) is not None
    assert verify(aligner.stream, whole) is None


def test_a_negation_does_not_reach_across_a_finished_sentence() -> None:
    aligner = Aligner(call("Ann: We don't.", "Bob: Mm-hm.", "Ann: Have a sandbox environment, I mean."))
    hit = aligner.locate(Quote(turn=2, text="Have a sandbox environment, I mean"))
    assert hit is not None
    assert verify(aligner.stream, hit) is None


@pytest.mark.parametrize(
    ("source", "quote", "problem"),
    [
        (
            "The whole board will not approve the forty seats.",
            "The whole board will ... approve the forty seats",
            Refusal.CONTRADICTED,
        ),
        (
            "The board approved nothing, none of the forty seats.",
            "The board approved ... the forty seats",
            Refusal.CONTRADICTED,
        ),
        (
            "The board approved, in one short meeting, the forty seats.",
            "The board approved ... the forty seats",
            None,
        ),
    ],
)
def test_what_an_ellipsis_leaves_out_may_not_turn_it_round(
    source: str, quote: str, problem: Refusal | None
) -> None:
    assert problem_of(source, quote) is problem
