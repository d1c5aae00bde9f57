"""Sides of voices: inferred from what they say, and voices named where that is clear."""

from __future__ import annotations

import pytest

from coachbot.errors import InputError
from coachbot.ingest import infer_sides, meta_of
from coachbot.model.transcript import CallMeta, Participant, Side, Source, Transcript, Turn

SELLS = (
    "Thanks for taking the time. Can I ask how many reps you have? "
    "Let me show you our platform. Does that help?"
)
BUYS = (
    "I told him we need it. He said I can't sign that off, so I have to go and ask my boss. They're strict."
)


def call(*participants: Participant, left: str = SELLS, right: str = BUYS) -> Transcript:
    turns = tuple(Turn(index=n, speaker=f"Channel {1 + n % 2}", text=(left, right)[n % 2]) for n in range(8))
    voices = tuple(Participant(name=f"Channel {n + 1}", channel=n) for n in (0, 1))
    return Transcript(
        id="x",
        title="x",
        participants=(*participants, *voices),
        turns=turns,
        source=Source(format="audio", sha256=""),
    )


JANE = Participant(name="Jane", side=Side.SELLER, side_source="given")
BOB = Participant(name="Bob", side=Side.BUYER, side_source="given")


def test_the_words_tell_who_sells() -> None:
    made = infer_sides(call())
    assert [(p.name, p.side, p.side_source) for p in made.participants] == [
        ("Channel 1", Side.SELLER, "inferred"),
        ("Channel 2", Side.BUYER, "inferred"),
    ]
    assert any("inferred" in w for w in made.warnings)


def test_one_seller_and_one_buyer_of_the_meta_file_are_the_voices() -> None:
    made = infer_sides(call(BOB, JANE, left=BUYS, right=SELLS), CallMeta(participants=(BOB, JANE)))
    assert [t.speaker for t in made.turns[:2]] == ["Bob", "Jane"]
    assert [(p.name, p.channel, p.side_source) for p in made.participants] == [
        ("Bob", 0, "inferred"),
        ("Jane", 1, "inferred"),
    ]
    assert any("Channel 2 is Jane" in w and "check it" in w for w in made.warnings)


@pytest.mark.parametrize(("left", "right"), [("Hello.", "Hi."), (SELLS, SELLS)])
def test_nobody_is_guessed(left: str, right: str) -> None:
    made = infer_sides(call(JANE, BOB, left=left, right=right), CallMeta(participants=(JANE, BOB)))
    assert {t.speaker for t in made.turns} == {"Channel 1", "Channel 2"}
    assert {p.name for p in made.participants} == {"Jane", "Bob", "Channel 1", "Channel 2"}


def test_a_side_that_was_given_stays() -> None:
    voices = (
        Participant(name="Channel 1", side=Side.BUYER, side_source="given", channel=0),
        Participant(name="Channel 2", side=Side.SELLER, side_source="given", channel=1),
    )
    made = infer_sides(call().model_copy(update={"participants": voices}))
    assert made.participants == voices


def test_the_channel_in_the_meta_file() -> None:
    meta = meta_of({"participants": [{"name": "Jane", "channel": 1}, {"name": "Bob"}]})
    assert [p.channel for p in meta.participants] == [1, None]


@pytest.mark.parametrize("channel", [-1, 2, "0", True, 0.5])
def test_a_channel_that_cannot_be(channel: object) -> None:
    with pytest.raises(InputError, match=r"participants\[0\].channel"):
        meta_of({"participants": [{"name": "Jane", "channel": channel}]})
