"""Speech that gave no words: which stretches are tried again, and what is taken of the second try."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from heard import said
from voices import write

from coachbot.transcribe.again import LEAST, second_try, wordless
from coachbot.transcribe.audio import RATE
from coachbot.transcribe.vad import Span, speech
from coachbot.transcribe.words import Segment


@pytest.mark.parametrize(
    ("words", "spans", "lost"),
    [
        ([said("one two three", 0.0)], [Span(0.0, 1.0)], []),
        ([], [Span(0.0, 1.0)], []),  # too short to have been a word
        ([], [Span(2.0, 5.0)], [Span(2.0, 5.0)]),
        ([said("one", 0.0)], [Span(0.0, 9.0)], [Span(0.27, 9.0)]),
        ([said("one", 0.0)], [Span(0.0, 2.5)], []),  # a long breath
        ([said("one", 0.0), said("two", 8.0)], [Span(0.0, 8.5)], [Span(0.27, 8.0)]),
        ([said("one", 8.0)], [Span(0.0, 8.5)], [Span(0.0, 8.0)]),
        ([said("one", 0.0)], [Span(0.0, 0.5), Span(4.0, 6.0)], [Span(4.0, 6.0)]),
    ],
)
def test_stretches_without_words(words: list[Segment], spans: list[Span], lost: list[Span]) -> None:
    assert wordless(words, spans) == lost


class Second:
    """Says one sentence of the given probability at the start of whatever it gets."""

    in_windows = True

    def __init__(self, p: float = 0.9, at: float = 0.4) -> None:
        self.p, self.at, self.asked = p, at, []  # type: ignore[var-annotated]

    def recognize(
        self, audio: Path, channel: int | None, *, duration: float, hotwords: str | None, **_: Any
    ) -> Iterator[Segment]:
        assert hotwords is None, "words that are expected may be why others were passed over"
        (span,) = speech(audio)
        self.asked.append((round(span.start, 2), round(duration, 2)))
        yield said("heard at last", self.at, p=self.p)


@pytest.fixture
def audio(tmp_path: Path, left: Any) -> Path:
    return write(tmp_path / "piece.wav", [left[0]], rate=RATE)


def test_words_of_the_second_try_come_at_their_place(audio: Path) -> None:
    second = Second()
    found = second_try(audio, [said("first", 0.0)], [Span(0.0, 0.5), Span(3.0, 6.0)], second, language=None)
    assert [s.text for s in found] == [" first", " heard at last"]
    assert (found[1].start, found[1].words[0].start) == (3.1, 3.1)
    assert second.asked == [(0.3, 3.6)]


def test_improbable_words_and_words_from_around_are_not_taken(audio: Path) -> None:
    spans = [Span(3.0, 6.0)]
    assert second_try(audio, [], spans, Second(p=0.3), language=None) == []
    assert second_try(audio, [], spans, Second(at=5.0), language=None) == []


def test_what_is_hard_to_hear_altogether_is_not_tried_again(audio: Path) -> None:
    second, first = Second(), [said("mumbled words", 0.0, p=0.3)]
    assert second_try(audio, first, [Span(0.0, 1.0), Span(3.0, 6.0)], second, language=None) == first
    assert second.asked == []


def test_a_service_is_not_asked_again(audio: Path) -> None:
    service = Second()
    service.in_windows = False
    assert second_try(audio, [], [Span(3.0, 6.0)], service, language=None) == []
    assert service.asked == []


def test_the_longest_are_tried_where_there_are_many(audio: Path) -> None:
    spans = [Span(n * 2.0, n * 2.0 + 1.2 + n / 100) for n in range(LEAST + 3)]
    second = Second()
    second_try(audio, [], spans, second, language=None)
    assert len(second.asked) == LEAST
