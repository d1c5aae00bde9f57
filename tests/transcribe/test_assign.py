from __future__ import annotations

from statistics import mean

import pytest
from heard import said, text_of
from talk import (
    Named,
    as_segments,
    conversation,
    diarization_error,
    jittered,
    jittered_words,
    nearest_speaker,
    right_speaker,
)

from coachbot.transcribe.assign import assign
from coachbot.transcribe.spans import SpeakerSpan
from coachbot.transcribe.turns import build_turns
from coachbot.transcribe.words import Segment, Word


def spoken(*parts: tuple[str, str, float]) -> tuple[Named, list[SpeakerSpan]]:
    """Words and spans of (speaker, text, start), a word each 0.3 s."""
    words: Named = []
    spans = []
    for speaker, text, start in parts:
        segment = said(text, start)
        words += [(w, speaker) for w in segment.words]
        spans.append(SpeakerSpan(start, segment.end, speaker))
    return words, spans


def shares(people: int, overlap: float, words_err: float, spans_err: float) -> tuple[float, float, float]:
    """Mean share of right words, of those word by word, and diarization error, over some conversations."""
    ours, plain, errors = [], [], []
    for seed in range(3):
        words, spans = conversation(seed, turns=30, people=people, overlap=overlap)
        heard = jittered_words(words, seed, words_err)
        moved = jittered(spans, seed + 50, spans_err)
        result = assign(as_segments(heard), moved)
        ours.append(right_speaker(result, words))
        named = nearest_speaker(heard, moved)
        plain.append(mean(a == b for a, (_, b) in zip(named, words, strict=True)))
        errors.append(diarization_error(spans, build_turns(result), step=0.05))
    return mean(ours), mean(plain), mean(errors)


def test_true_spans_give_the_true_speakers() -> None:
    words, spans = conversation(1)
    result = assign(as_segments([w for w, _ in words]), spans)
    assert right_speaker(result, words) == 1.0
    assert diarization_error(spans, build_turns(result)) < 0.01


@pytest.mark.parametrize(
    ("people", "overlap", "spans_err", "at_least"),
    [(2, 0.0, 0.1, 0.995), (2, 0.0, 0.25, 0.985), (2, 0.3, 0.2, 0.97), (3, 0.2, 0.2, 0.975)],
)
def test_jittered_edges(people: int, overlap: float, spans_err: float, at_least: float) -> None:
    ours, plain, error = shares(people, overlap, 0.08, spans_err)
    assert ours >= at_least
    assert ours > plain  # smoothing is worth its code
    assert error < 0.12


def test_a_change_snaps_to_the_sentence() -> None:
    words, spans = spoken(("A", "We start in May.", 0.0), ("B", "That is fine with us.", 1.25))
    late = [spans[0]._replace(end=1.75), spans[1]._replace(start=1.75)]
    assert right_speaker(assign(as_segments([w for w, _ in words]), late), words) == 1.0


def test_a_blip_in_mid_sentence_is_no_speaker() -> None:
    words, spans = spoken(("A", "so the whole team would move over in the spring", 0.0))
    blip = [*spans, SpeakerSpan(1.2, 1.5, "B")]
    split = [SpeakerSpan(0, 1.2, "A"), SpeakerSpan(1.2, 1.5, "B"), SpeakerSpan(1.5, 3.0, "A")]
    for given in (blip, split):
        assert right_speaker(assign(as_segments([w for w, _ in words]), given), words) == 1.0


def test_a_short_answer_keeps_its_speaker() -> None:
    words, spans = spoken(
        ("A", "Is that the whole budget?", 0.0), ("B", "Yes.", 1.9), ("A", "Good, so we can go on.", 2.6)
    )
    result = assign(as_segments([w for w, _ in words]), spans)
    assert right_speaker(result, words) == 1.0
    assert [t.speaker for t in build_turns(result)] == ["A", "B", "A"]


def test_a_real_interruption_without_punctuation_is_kept() -> None:
    words, spans = spoken(
        ("A", "what we would need is", 0.0),
        ("B", "a signed contract by then", 1.5),
        ("A", "exactly that", 3.0),
    )
    assert right_speaker(assign(as_segments([w for w, _ in words]), spans), words) == 1.0


def test_in_overlap_the_one_who_talks_goes_on() -> None:
    words, spans = spoken(("A", "and then we lost two of the large customers because of it", 0.0))
    both = [*spans, SpeakerSpan(0.9, 2.0, "B")]
    assert right_speaker(assign(as_segments([w for w, _ in words]), both), words) == 1.0


def test_words_outside_of_all_spans_go_to_the_nearest() -> None:
    words, _ = spoken(("A", "Hello there.", 0.0), ("B", "Good morning.", 10.0))
    narrow = [SpeakerSpan(0.0, 0.2, "A"), SpeakerSpan(10.0, 10.2, "B")]
    assert right_speaker(assign(as_segments([w for w, _ in words]), narrow), words) == 1.0


def test_without_spans_nothing_changes() -> None:
    segments = [said("Hello there.", 1.0)]
    assert assign(segments, []) == segments
    assert assign([], [SpeakerSpan(0, 1, "A")]) == []


def test_every_word_once_and_reasons_stay() -> None:
    words, spans = conversation(3)
    segments = as_segments([w for w, _ in words])
    segments[1] = Segment(
        *(getattr(segments[1], name) for name in Segment.__slots__[:-1]), uncertain="hard to hear"
    )
    result = assign(segments, spans)
    assert [w for s in result for w in s.words] == [w for w, _ in words]
    assert {w for s in result if s.uncertain for w in s.words} == set(segments[1].words)
    turns = build_turns(result)
    assert " ".join(t.text for t in turns).split() == text_of(segments).split()
    marked = " ".join(t.text[u.start : u.end] for t in turns for u in t.uncertain)
    assert marked.split() == text_of([segments[1]]).split()


def test_measures_know_what_is_wrong() -> None:
    words, spans = spoken(("A", "one two three", 0.0), ("B", "four five six", 2.0))
    good = build_turns(assign(as_segments([w for w, _ in words]), spans))
    assert diarization_error(spans, good) == 0.0
    swapped = [t.model_copy(update={"speaker": "X" if t.speaker == "A" else "Y"}) for t in good]
    assert diarization_error(spans, swapped) == 0.0  # labels do not matter
    one = [t.model_copy(update={"speaker": "A"}) for t in good]
    assert diarization_error(spans, one) == pytest.approx(0.5, abs=0.02)
    assert diarization_error(spans, good[:1]) == pytest.approx(0.5, abs=0.02)


def test_words_of_no_length() -> None:
    words = [Word(" a", 1.0, 1.0, 0.9), Word(" b", 1.0, 1.0, 0.9)]
    result = assign(as_segments(words), [SpeakerSpan(0.0, 2.0, "A"), SpeakerSpan(5.0, 6.0, "B")])
    assert [s.speaker for s in result] == ["A"]
