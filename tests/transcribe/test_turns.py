from __future__ import annotations

from dataclasses import replace

from heard import said
from hypothesis import given, settings
from hypothesis import strategies as st

from coachbot.model.transcript import Turn
from coachbot.transcribe.turns import MAX_CHARS, build_turns
from coachbot.transcribe.words import Segment, Word


def by(speaker: str | None, text: str, start: float, channel: int = 0, **figures: object) -> Segment:
    return replace(said(text, start, **figures), speaker=speaker, channel=channel)


def lines(turns: tuple[Turn, ...]) -> list[str]:
    return [f"{t.speaker}: {t.text}" for t in turns]


def test_two_channels_are_put_together_by_time() -> None:
    turns = build_turns(
        [
            by("Ann", "Good morning. Shall we start?", 0.0),
            by("Bob", "Morning. Yes, please.", 2.0, 1),
            by("Ann", "Great.", 4.0),
        ]
    )
    assert lines(turns) == ["Ann: Good morning. Shall we start?", "Bob: Morning. Yes, please.", "Ann: Great."]
    assert [t.index for t in turns] == [0, 1, 2]
    assert (turns[0].start_s, turns[0].end_s) == (0.0, 1.47)
    assert (turns[1].start_s, turns[1].end_s) == (2.0, 2.87)


def test_talking_at_once_leaves_sentences_whole() -> None:
    turns = build_turns(
        [
            by("Ann", "We lost two customers because of that last month. It was bad.", 0.0),
            by("Bob", "Mm-hm.", 1.5, 1),
        ]
    )
    assert lines(turns) == [
        "Ann: We lost two customers because of that last month.",
        "Bob: Mm-hm.",
        "Ann: It was bad.",
    ]
    assert turns[1].start_s is not None
    assert turns[0].end_s is not None
    assert turns[1].start_s < turns[0].end_s


def test_a_pause_lets_the_other_in_even_without_full_stops() -> None:
    turns = build_turns(
        [by("Ann", "so that is", 0.0), by("Ann", "what we saw", 3.0), by("Bob", "I see", 1.5, 1)]
    )
    assert lines(turns) == ["Ann: so that is", "Bob: I see", "Ann: what we saw"]


def test_a_long_speech_is_cut_at_sentences() -> None:
    turns = build_turns([by("Ann", "This is one of many sentences. " * 120, 0.0)])
    assert len(turns) > 2
    assert all(len(t.text) <= MAX_CHARS and t.text.endswith("sentences.") for t in turns)


def test_a_long_silence_begins_a_new_turn() -> None:
    assert len(build_turns([by("Ann", "One moment.", 0.0), by("Ann", "Here it is.", 60.0)])) == 2
    assert len(build_turns([by("Ann", "One moment.", 0.0), by("Ann", "Here it is.", 10.0)])) == 1
    assert len(build_turns([by(None, "One moment.", 0.0), by(None, "Here it is.", 10.0)])) == 2


def test_cues_give_the_time_of_each_phrase() -> None:
    (turn,) = build_turns([by("Ann", "Yes, of course. We start in May, and it takes two weeks.", 10.0)])
    assert [turn.text[c.offset :].split()[0] for c in turn.cues] == ["Yes,", "of", "We", "and"]
    assert turn.time_at(turn.text.index("May")) == 10.9
    assert turn.time_at(turn.text.index("two weeks")) == 12.1


def test_scripts_without_spaces_are_not_torn() -> None:
    def heard(text: str, start: float) -> Segment:
        words = tuple(Word(c, start + n * 0.2, start + n * 0.2 + 0.15, 0.9) for n, c in enumerate(text))
        return Segment(words, start, words[-1].end, text, "zh", -0.1, 0.0, 1.0, speaker="A")

    (turn,) = build_turns([heard("我们下周二开会。", 0.0), heard("价格是四万。", 2.0)])
    assert turn.text == "我们下周二开会。价格是四万。"


def test_segments_of_spaced_scripts_get_a_space() -> None:
    first, second = by("A", "We start", 0.0), by("A", "in May.", 1.0)
    glued = replace(second, words=(replace(second.words[0], text="in"), *second.words[1:]))
    assert build_turns([first, glued])[0].text == "We start in May."


def test_split_tokens_stay_one_word() -> None:
    words = (Word(" forty", 0.0, 0.3, 0.9), Word("-two", 0.3, 0.5, 0.9), Word("%", 0.5, 0.6, 0.9))
    segment = Segment(words, 0.0, 0.6, " forty-two%", "en", -0.1, 0.0, 1.0, speaker="A")
    assert build_turns([segment])[0].text == "forty-two%"


def test_uncertain_words_are_marked_where_they_stand() -> None:
    (turn,) = build_turns(
        [
            by("A", "The budget is", 0.0),
            replace(by("A", "forty thousand", 1.0), uncertain="why"),
            replace(by("A", "a year.", 1.7), uncertain="why"),
            replace(by("A", "Maybe.", 2.5), uncertain="another"),
        ]
    )
    assert [(turn.text[u.start : u.end], u.reason) for u in turn.uncertain] == [
        ("forty thousand a year.", "why"),
        ("Maybe.", "another"),
    ]


def test_hidden_characters_do_not_get_into_the_text() -> None:
    words = (
        Word(" pri\u202ece\x00", 0.0, 0.3, 0.9),
        Word(" \u200b", 0.3, 0.4, 0.9),
        Word(" list\n", 0.4, 0.6, 0.9),
    )
    segment = Segment(words, 0.0, 0.6, "", "en", -0.1, 0.0, 1.0)
    assert build_turns([segment])[0].text == "price list"


def test_nothing_makes_no_turns() -> None:
    assert build_turns([]) == ()
    assert build_turns([Segment((), 0.0, 1.0, "  ", "en", -0.1, 0.0, 1.0)]) == ()


PARTS = st.tuples(
    st.lists(st.sampled_from(["a", "b.", "c,", "d?"]), min_size=1, max_size=8),
    st.floats(0, 60),
    st.integers(0, 1),
    st.sampled_from([None, "A", "B"]),
    st.floats(0.05, 0.6),
)


@given(st.lists(PARTS, max_size=8))
@settings(max_examples=80, deadline=None)
def test_every_word_is_in_exactly_one_turn(
    parts: list[tuple[list[str], float, int, str | None, float]],
) -> None:
    segments = [by(who, " ".join(text), at, channel, pace=pace) for text, at, channel, who, pace in parts]
    turns = build_turns(segments)
    assert sorted(w for t in turns for w in t.text.split()) == sorted(
        w for s in segments for w in s.text.split()
    )
    for who in {s.speaker for s in segments}:
        mine = sum(len(s.words) for s in segments if s.speaker == who)
        assert sum(len(t.text.split()) for t in turns if t.speaker == who) == mine
    for turn in turns:
        assert turn.start_s is not None
        assert turn.end_s is not None
        assert turn.start_s <= turn.end_s
        times = [turn.start_s, *(c.start_s for c in turn.cues), turn.end_s]
        assert times == sorted(times)
