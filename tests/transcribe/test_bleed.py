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


def test_what_the_other_microphone_picked_up_goes() -> None:
    kept, count = without_bleed(*sides("lose about day a week to light deliveries", level=0.02))
    assert text_of(list(kept[0].segments)) == LOUD
    assert text_of(list(kept[1].segments)) == "that is right"
    assert kept[1].speech == (Span(5.0, 5.9),)
    assert kept[0].speech == (Span(0.0, 3.0),)
    assert count == 8


@pytest.mark.parametrize(
    ("theirs", "level", "doubt"),
    [
        ("no I do not think so at all", 0.04, None),
        ("no I do not think so at all", 0.01, DOUBT),
        (LOUD, 0.2, None),
        (LOUD, 0.06, None),
    ],
)
def test_what_somebody_says_stays(theirs: str, level: float, doubt: str | None) -> None:
    kept, count = without_bleed(*sides(theirs, level=level))
    assert count == 0
    assert text_of(list(kept[1].segments)) == f"{theirs} that is right"
    assert kept[1].segments[0].uncertain == doubt
    assert len(kept[1].speech) == 2


def test_faint_speech_without_words_beside_the_other_side_is_crosstalk() -> None:
    (one, other), levels = sides("x", level=0.02)
    mute = Side(1, other.segments[1:], other.speech)
    kept, count = without_bleed([one, mute], levels)
    assert (count, kept[1].speech) == (0, (Span(5.0, 5.9),))


def test_one_channel_has_no_crosstalk() -> None:
    (one, _), levels = sides("x", level=0.2)
    assert without_bleed([one], levels) == ([one], 0)
