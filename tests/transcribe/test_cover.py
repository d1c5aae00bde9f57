"""Segments are stretched over the speech that their words were said in."""

from __future__ import annotations

import random

import pytest
from heard import said, text_of

from coachbot.transcribe.cover import INAUDIBLE, by_voice, cover
from coachbot.transcribe.spans import SpeakerSpan
from coachbot.transcribe.turns import build_turns
from coachbot.transcribe.vad import Span, widened
from coachbot.transcribe.words import Segment


def times(segments: list[Segment]) -> list[tuple[float, float]]:
    return [(s.start, s.end) for s in segments]


def test_a_segment_covers_the_speech_of_its_words() -> None:
    found = cover([said("one two three", 1.2)], [Span(1.0, 2.5)], 0, None)
    assert times(found) == [(1.0, 2.5)]


def test_a_segment_over_two_spans_is_split_between_them() -> None:
    found = cover([said("one two three four", 1.0, pace=1.0)], [Span(0.8, 2.7), Span(3.0, 5.2)], 0, None)
    assert [text_of([s]) for s in found] == ["one two", "three four"]
    assert times(found) == [(0.8, 2.7), (3.0, 5.2)]


def test_what_lies_between_two_sentences_belongs_to_the_first() -> None:
    found = cover([said("It is done. Yes.", 1.0, pace=0.5)], [Span(1.0, 3.2)], 0, None)
    assert [text_of([s]) for s in found] == ["It is done.", "Yes."]
    assert times(found) == [(1.0, 2.5), (2.5, 3.2)]


def test_short_speech_without_words_goes_with_its_neighbours() -> None:
    speech = [Span(0.0, 0.6), Span(1.0, 2.0), Span(2.2, 3.0), Span(9.0, 9.5)]
    found = cover([said("one two three", 1.0)], speech, 0, None)
    assert times(found) == [(0.0, 3.0)]


def test_longer_speech_without_words_stands_for_itself() -> None:
    found = cover([said("one two three", 1.0)], [Span(1.0, 2.0), Span(5.0, 6.0), Span(6.3, 8.0)], 1, "Bob")
    assert times(found) == [(1.0, 2.0), (5.0, 8.0)]
    assert (found[1].text, found[1].speaker, found[1].channel) == (INAUDIBLE, "Bob", 1)
    assert found[1].uncertain
    (turn,) = build_turns(found[1:])
    assert (turn.text, turn.start_s, turn.end_s, turn.speaker) == (INAUDIBLE, 5.0, 8.0, "Bob")


def test_speech_in_which_words_were_lost() -> None:
    """Three words in twelve seconds of talk are not all that was said."""
    found = cover([said("one two", 5.0), said("three", 6.5)], [Span(1.0, 13.0)], 0, None)
    assert [(s.text.strip(), s.start, s.end) for s in found] == [
        (INAUDIBLE, 1.0, 5.0),
        ("one two", 5.0, 6.5),
        ("three", 6.5, 6.77),
        (INAUDIBLE, 6.77, 13.0),
    ]


def test_speech_without_words_has_voices_too() -> None:
    voices = [SpeakerSpan(0.0, 4.0, "Ann"), SpeakerSpan(3.5, 6.0, "Ben"), SpeakerSpan(6.2, 9.0, "Ann")]
    (lost,) = cover([], [Span(1.0, 8.0)], 0, None)
    assert [(s.speaker, s.start, s.end) for s in by_voice(lost, voices)] == [
        ("Ann", 1.0, 4.0),
        ("Ben", 4.0, 6.2),
        ("Ann", 6.2, 8.0),
    ]
    assert by_voice(lost, []) == [lost]
    spoken = said("one two", 5.0)
    assert by_voice(spoken, voices) == [spoken]


def test_words_far_from_all_speech_keep_their_times() -> None:
    assert times(cover([said("hello there", 20.0)], [Span(0.0, 0.5)], 0, None)) == [(20.0, 20.57)]
    assert times(cover([said("hello there", 20.0)], [], 0, None)) == [(20.0, 20.57)]
    assert cover([], [], 0, None) == []


@pytest.mark.parametrize("seed", range(20))
def test_every_second_of_speech_is_in_one_turn_and_every_word_too(seed: int) -> None:
    rng = random.Random(seed)
    at, speech, segments = 0.0, [], []
    for n in range(30):
        at += rng.uniform(0.2, 3.0)
        length = rng.uniform(1.0, 8.0)
        speech.append(Span(at, at + length))
        words = " ".join(f"w{n}x{m}{rng.choice(['', '', ',', '.'])}" for m in range(max(1, int(length * 2))))
        if rng.random() > 0.15:
            segments.append(said(words, at + rng.uniform(-0.3, 0.3), pace=length / len(words.split())))
        at += length
    turns = build_turns(cover(segments, speech, 0, "Ann"))
    for span in speech:
        for step in range(1, int((span.end - span.start) * 20)):
            moment = span.start + step / 20
            assert sum(t.start_s < moment <= t.end_s for t in turns) == 1
    spoken = " ".join(t.text for t in turns).replace(INAUDIBLE, "").split()
    assert spoken == [w.text.strip() for s in segments for w in s.words]


def test_soft_beginnings_and_ends_belong_to_speech() -> None:
    loud = [0.0] * 6 + [0.1, 0.1] + [0.3] * 20 + [0.1] + [0.0] * 20
    ((start, end),) = widened([Span(0.85, 2.75)], loud)
    assert (start, end) == pytest.approx((0.6, 2.9))
    short = [0.3] * 25
    assert widened([Span(0.2, 2.0), Span(2.2, 2.3)], short) == (Span(0.0, 2.2), Span(2.2, 2.5))
    assert widened([], []) == ()


def test_hum_and_noise_are_no_soft_beginnings() -> None:
    humming = [0.1] * 20 + [0.3] * 20 + [0.15] + [0.1] * 30
    assert widened([Span(2.1, 3.9)], humming) == (Span(2.0, 4.0),)
    louder = [0.1] * 18 + [0.25] * 2 + humming[20:]
    assert widened([Span(2.1, 3.9)], louder) == (Span(1.8, 4.0),)
