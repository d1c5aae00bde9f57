"""Names in questions: whom they narrow to, whose they may be, and those that are nobody's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from coaching_world import BOOK

from coachbot.coach import passages
from coachbot.coach.ask import Reply, ask
from coachbot.coach.who import Directory, Somebody, read_names
from coachbot.model.claims import Evidence, Match
from coachbot.model.transcript import Source, Transcript, Turn
from coachbot.model.workspace import CallState
from coachbot.store import Store, Unit
from store_world import START, a_call, add_deal, add_user, an_item, an_objection, sha

TALKS = {
    1: (
        "Mill",
        [
            ("Anna Berg", "The price is above what the board has set aside for the spring season."),
            ("Marek Nowak", "For me the price is no problem, it is the training I worry about."),
        ],
    ),
    2: (
        "Mill",
        [
            ("Marek Nowak", "We would need the training before the harvest or it is of no use."),
            ("Deniz Kaya", "Then let us put the training into the first week of the contract."),
        ],
    ),
    3: (
        "Barn",
        [
            ("Anna Cole", "Nobody here has asked about the price yet, and nobody will before summer."),
            ("Deniz Kaya", "Understood, shall we talk about the price in June then?"),
        ],
    ),
}


@pytest.fixture(autouse=True)
def _by_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coachbot.coach.passages.likeness", lambda: None)
    monkeypatch.setattr(passages, "_stretches", lambda unit, q, ids, notes: passages._by_words(unit, q, ids))


@pytest.fixture
def unit(sqlite_store: Store) -> Iterator[Unit]:
    """Three calls of two deals, two Annas, and a rep who speaks on two of them."""
    with sqlite_store.begin() as made:
        deniz, olga = add_user(made, "Deniz Kaya"), add_user(made, "Olga", team="south")
        deals = {
            "Mill": add_deal(made, "Mill", playbook="small", stage="find", owner=deniz.id),
            "Barn": add_deal(made, "Barn", playbook="small", stage="find", owner=olga.id),
        }
        for number, (deal, lines) in TALKS.items():
            owner = deniz.id if deal == "Mill" else olga.id
            call, _ = made.calls.add(
                a_call(
                    number,
                    title=f"{deal} {number}",
                    deal_id=deals[deal].id,
                    owner=owner,
                    stage="find",
                    date=START,
                    state=CallState.DRAFT,
                )
            )
            turns = tuple(
                Turn(index=n, speaker=who, text=text, start_s=9.0 * n) for n, (who, text) in enumerate(lines)
            )
            made.transcripts.put(
                call.id,
                Transcript(
                    id=str(number),
                    title="T",
                    turns=turns,
                    source=Source(format="vtt", sha256=sha(str(number))),
                ),
            )
        for n, call_id, who in (
            (1, "call-0001", "Marek Nowak"),
            (2, "call-0002", "Marek Nowak"),
            (3, "call-0001", "Anna Berg"),
        ):
            said = Evidence(turn=0, speaker=who, start_s=0.0, quote="it is", match=Match.EXACT)
            one = an_objection(
                n, call_id, category="too_dear", handled="no", deal_id=deals["Mill"].id, at=START.date()
            )
            made.items.add(an_item(call_id, one.id, kind="objection", evidence=(said,)))
            made.objections.put(one)
        yield made


def answered(unit: Unit, question: str) -> Reply:
    return ask(unit, question, BOOK, today=date(2026, 3, 31))


def test_only_the_words_of_whom_the_question_names(unit: Unit) -> None:
    found = answered(unit, "what did Marek say about price?")
    assert {m.speaker for m in found.moments} == {"Marek Nowak"}
    found = answered(unit, "what did anna cole say about the price?")
    assert [m.quote for m in found.moments] == [TALKS[3][1][0][1]]


def test_a_name_of_two_people_is_asked_back(unit: Unit) -> None:
    found = answered(unit, "what did Anna say about price?")
    assert (found.kind, found.moments) == ("none", ())
    assert found.text.startswith("2 people are called Anna: Anna Berg, Anna Cole.")


@pytest.mark.parametrize(
    "question",
    ["what did Pavel say about price?", "which calls did Pavel join?", "how many calls with Pavel?"],
)
def test_a_name_that_nobody_has_is_told(unit: Unit, question: str) -> None:
    found = answered(unit, question)
    assert found.text.startswith(
        "Nobody called Pavel is on the calls that you may see. Heard there: Anna Berg"
    )
    assert (found.moments, found.counts) == ((), ())


@pytest.mark.parametrize(
    ("question", "first", "rest"),
    [
        (
            "which calls did Marek join?",
            "2 of 3 calls (with Marek Nowak).",
            ["Mill 2, 2026-03-01", "Mill 1, 2026-03-01"],
        ),
        ("How many calls did Marek Nowak join?", "2 of 3 calls (with Marek Nowak).", []),
        ("how many calls did Deniz have?", "2 of 3 calls (rep Deniz Kaya).", []),
        (
            "how many objections did Marek raise?",
            "2 of 3 objections, on 2 of 3 calls and 1 of 2 deals (raised by Marek Nowak).",
            [],
        ),
        ("how many deals with Anna Cole", "1 of 2 deals (with Anna Cole).", []),
        ("which calls are there with Mill", "2 of 3 calls.", ["Mill 2, 2026-03-01", "Mill 1, 2026-03-01"]),
    ],
)
def test_counts_of_people_and_deals(unit: Unit, question: str, first: str, rest: list[str]) -> None:
    found = answered(unit, question)
    assert found.kind == "count"
    assert found.text.splitlines()[0] == first
    assert [line[:4] for line in found.text.splitlines()[1:]] == [line[:4] for line in rest]


def test_a_question_about_a_deal_finds_its_calls_only(unit: Unit) -> None:
    found = answered(unit, "what was said about price at Barn?")
    assert found.moments
    assert {m.call_id for m in found.moments} == {"call-0003"}


def test_somebody_who_said_nothing_of_it(unit: Unit) -> None:
    found = answered(unit, "what did Marek say about helicopters?")
    assert found.kind == "none"
    assert "Marek Nowak is on 2 calls" in found.text


PEOPLE = (Somebody("Mark Twain", frozenset({"a"})), Somebody("Jo", frozenset({"b"})))
KNOWN = Directory(PEOPLE, (("1", "Mill", "Mill AG"), ("2", "Old Mill", "Old Mill")))


@pytest.mark.parametrize(
    ("question", "speaker", "deal"),
    [
        ("what is the mark we have to reach", None, None),
        ("what did Mark Twain's team want", "Mark Twain", None),
        ("jo on price", "Jo", None),
        ("how is Old Mill doing", None, "2"),
        ("how many calls in March", None, None),
        ("calls by Stage", None, None),
    ],
)
def test_names_are_read_with_care(question: str, speaker: str | None, deal: str | None) -> None:
    who = read_names(question, KNOWN, ["Stage"])
    assert (who.speaker, who.deal, who.unclear) == (speaker, deal, "")
