"""Crosstalk goes, what somebody says while the other one speaks stays."""

from __future__ import annotations

import numpy as np
import pytest
from heard import said, text_of

from coachbot.transcribe.bleed import DOUBT, Side, without_bleed
from coachbot.transcribe.sound import Levels
from coachbot.transcribe.vad import Span

LOUD = "we lose about a day a week to late deliveries"


def sides(theirs: str, *, level: float) -> tuple[list[Side], Levels]:
    """Channel 0 speaks from 0 to 3 seconds; channel 1 says `theirs` then, at that level, and more at 5."""
    one = Side(0, (said(LOUD, 0.0),), (Span(0.0, 3.0),))
    other = Side(
        1,
        (said(theirs, 0.1, channel=1), said("that is right", 5.0, channel=1)),
        (Span(0.1, 2.9), Span(5.0, 5.9)),
    )
    rms = np.zeros((2, 60), np.float32)
    rms[0, :30], rms[1, :30], rms[1, 50:60] = 0.2, level, 0.2
    return [one, other], Levels(rms, 0.1)


@pytest.mark.parametrize("level", [0.02, 0.06])
def test_what_the_other_microphone_picked_up_goes(level: float) -> None:
    kept, count = without_bleed(*sides("lose about day a week to light deliveries", level=level))
    assert text_of(list(kept[0].segments)) == LOUD
    assert text_of(list(kept[1].segments)) == "that is right"
    assert kept[1].speech == (Span(5.0, 5.9),)
    assert kept[0].speech == (Span(0.0, 3.0),)
    assert count == 8


@pytest.mark.parametrize(
    ("theirs", "level", "doubt"),
    [
        ("no I do not think so at all", 0.12, None),
        ("no I do not think so at all", 0.04, DOUBT),
        ("no I do not think so at all", 0.01, DOUBT),
        (LOUD, 0.2, None),
        (LOUD, 0.12, None),
    ],
)
def test_what_somebody_says_stays(theirs: str, level: float, doubt: str | None) -> None:
    kept, count = without_bleed(*sides(theirs, level=level))
    assert count == 0
    assert text_of(list(kept[1].segments)) == f"{theirs} that is right"
    assert kept[1].segments[0].uncertain == doubt
    assert len(kept[1].speech) == 2


def test_a_louder_word_among_faint_ones_goes_with_them() -> None:
    both, levels = sides("lose about day a week to light deliveries", level=0.02)
    levels.rms[1, 12:15] = 0.07
    kept, count = without_bleed(both, levels)
    assert (text_of(list(kept[1].segments)), count) == ("that is right", 8)
    levels.rms[1, 12:15] = 0.3  # as loud as the side is: its own word
    assert without_bleed(both, levels)[1] < 8


def test_faint_speech_without_words_beside_the_other_side_is_crosstalk() -> None:
    (one, other), levels = sides("x", level=0.02)
    mute = Side(1, other.segments[1:], other.speech)
    kept, count = without_bleed([one, mute], levels)
    assert (count, kept[1].speech) == (0, (Span(5.0, 5.9),))


def test_one_channel_has_no_crosstalk() -> None:
    (one, _), levels = sides("x", level=0.2)
    assert without_bleed([one], levels) == ([one], 0)


def test_who_stops_while_the_other_goes_on_does_not_get_the_others_words() -> None:
    """Jane's channel goes on without a pause: what comes after her last word is Bob, picked up faintly."""
    jane, bob = "so that is the price", "and who else would have to agree to it"
    mixed = said(f"{jane} {bob}", 0.0)
    one = Side(0, (mixed,), (Span(0.0, 4.3),))
    other = Side(1, (said(bob, 1.5, channel=1),), (Span(1.5, 4.3),))
    rms = np.zeros((2, 60), np.float32)
    rms[0, :15], rms[0, 15:43], rms[1, 15:43] = 0.2, 0.01, 0.2
    kept, count = without_bleed([one, other], Levels(rms, 0.1))
    assert text_of(list(kept[0].segments)) == jane
    assert text_of(list(kept[1].segments)) == bob
    ((start, end),) = kept[0].speech
    assert (start, end) == pytest.approx((0.0, 1.5))
    assert kept[1].speech == (Span(1.5, 4.3),)
    assert count == 9


def test_a_channel_that_is_quieter_altogether_keeps_its_words() -> None:
    """Both say "yes of course" at once; the second channel was recorded 30 dB lower, alone as well."""
    own = [said("yes of course", 2.0, channel=n) for n in (0, 1)]
    alone = [said("so that is the price", 0.0), said("we will think about it", 4.0, channel=1)]
    both = [
        Side(0, (alone[0], own[0]), (Span(0.0, 1.5), Span(2.0, 3.0))),
        Side(1, (own[1], alone[1]), (Span(2.0, 3.0), Span(4.0, 5.5))),
    ]
    rms = np.full((2, 60), 1e-4, np.float32)
    rms[0, :15], rms[0, 20:30], rms[1, 20:30], rms[1, 40:55] = 0.2, 0.2, 0.006, 0.006
    kept, count = without_bleed(both, Levels(rms, 0.1))
    assert count == 0
    assert [s.speech for s in kept] == [s.speech for s in both]
