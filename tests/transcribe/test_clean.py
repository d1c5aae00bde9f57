from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from heard import said, text_of
from hypothesis import given, settings
from hypothesis import strategies as st

from coachbot.transcribe.clean import clean
from coachbot.transcribe.closers import is_closer, is_credit
from coachbot.transcribe.pieces import with_words
from coachbot.transcribe.words import Segment, Word

EVERYWHERE = [(0.0, 1000.0)]


def reasons_of(segments: list[Segment]) -> set[str]:
    return {r for s in segments if s.uncertain for r in s.uncertain.split("; ")}


@pytest.mark.parametrize(
    "text",
    [
        "We lost two days a week to that, so we need it fixed before June.",
        "Yeah, yeah, yeah, yeah. No, no, no, that is fine.",
        "I don't know, I don't know, I don't know. Let me ask.",
        "Thank you. Thank you so much. Thank you, bye bye.",
        "Thanks for your time today. See you next week.",
        "It is a very, very, very large file.",
        "Thanks for watching.",
        "Please subscribe to the newsletter.",
    ],
)
def test_what_people_say_stays(text: str) -> None:
    segments, removed = clean([said(text)], EVERYWHERE)
    assert text_of(segments) == text
    assert not removed
    assert not reasons_of(segments)


@pytest.mark.parametrize(
    ("phrase", "rounds", "weak"),
    [
        ("right", 8, False),
        ("thank you", 6, False),
        ("we can do that", 5, False),
        ("we can do that", 3, True),
        ("and so the thing about the data is that it is all there", 4, False),
    ],
)
def test_loops_keep_one_round(phrase: str, rounds: int, weak: bool) -> None:
    loop = said(" ".join([phrase] * rounds), 5.0, compression_ratio=3.1 if weak else 1.4)
    segments, removed = clean([said("Here is the plan.", 1.0), loop], EVERYWHERE)
    assert text_of(segments) == f"Here is the plan. {phrase}"
    assert text_of([said(" ".join(r.text for r in removed))]).split() == phrase.split() * (rounds - 1)
    assert all(r.reason == f"the recogniser repeated itself ({rounds} times)" for r in removed)
    assert segments[-1].uncertain == removed[0].reason
    assert segments[-1].end == loop.end  # somebody did speak all that time
    assert segments[0].uncertain is None


def test_a_loop_over_several_segments() -> None:
    line = "you can see it on the screen"
    heard = [said(line, 10.0 * n, pace=0.5) for n in range(6)]
    segments, removed = clean([*heard, said("And now the price.", 70.0)], EVERYWHERE)
    assert text_of(segments) == f"{line} And now the price."
    assert len(removed) == 5
    assert segments[0].end == heard[-1].end


def test_the_same_long_sentence_twice_is_doubtful_and_stays() -> None:
    line = "so what we would do is move the whole team over in the spring"
    segments, removed = clean([said(line), said(line, 8.0)], EVERYWHERE)
    assert not removed
    assert text_of(segments) == f"{line} {line}"
    assert reasons_of(segments) == {"the recogniser repeated itself (2 times)"}


def test_text_over_silence_is_removed_and_recorded() -> None:
    invented = said("and that is all we have for you today", 60.0, p=0.4)
    segments, removed = clean([said("Good morning.", 1.0), invented], [(0.5, 3.0)])
    assert text_of(segments) == "Good morning."
    assert [(r.text, r.start, r.end, r.reason) for r in removed] == [
        ("and that is all we have for you today", 60.0, invented.end, "text over silence")
    ]


def test_only_the_words_on_silence_go() -> None:
    heard = said("yes we can do it", 1.0)
    tail = tuple(replace(w, start=w.start + 9, end=w.end + 9) for w in said("for you my friend", p=0.6).words)
    segment = replace(heard, words=heard.words + tail, end=tail[-1].end)
    segments, removed = clean([segment], [(0.9, 2.6)])
    assert text_of(segments) == "yes we can do it"
    assert segments[0].end == heard.words[-1].end
    assert [r.text for r in removed] == ["for you my friend"]


def test_a_quiet_voice_is_marked_not_removed() -> None:
    segments, removed = clean([said("our budget is forty thousand", 60.0, p=0.95)], [(0.5, 3.0)])
    assert not removed
    assert reasons_of(segments) == {"no speech was detected here"}


def test_without_knowledge_of_speech_nothing_is_silence() -> None:
    segments, removed = clean([said("our budget is forty thousand", 60.0, p=0.5)], None)
    assert text_of(segments) == "our budget is forty thousand"
    assert not removed


CLOSERS = [
    "Thanks for watching!",
    "Thank you for watching this video. See you next time!",
    "Please like and subscribe to the channel.",
    "Subtitles by the Amara.org community",
    "Untertitel im Auftrag des ZDF für funk, 2017",
    "Untertitelung des ZDF, 2020",
    "Vielen Dank fürs Zuschauen!",
    "Sous-titrage Société Radio-Canada",
    "Sous-titres réalisés par la communauté d'Amara.org",
    "Merci d’avoir regardé cette vidéo !",
    "¡Gracias por ver el video!",
    "Subtítulos realizados por la comunidad de Amara.org",
    "Obrigado por assistir!",
    "Grazie per la visione!",
    "Sottotitoli creati dalla comunità Amara.org",
    "Ondertiteld door de Amara.org gemeenschap",
    "Bedankt voor het kijken!",
    "Dziękuję za oglądanie!",
    "Спасибо за просмотр!",
    "Редактор субтитров А.Семкин Корректор А.Егорова",
    "Продолжение следует...",
    "ご視聴ありがとうございました。",
    "시청해주셔서 감사합니다.",
    "谢谢观看",
    "请不吝点赞 订阅 转发 打赏支持明镜与点点栏目",
]


@pytest.mark.parametrize("text", CLOSERS)
def test_known_closers_go_where_nobody_speaks_or_they_are_improbable(text: str) -> None:
    real = said("We start in May.", 1.0)
    for figures, spans in (
        ({"p": 0.9, "no_speech_prob": 0.9}, EVERYWHERE),
        ({"p": 0.3}, EVERYWHERE),
        ({"p": 0.95}, [(0.8, 2.5)]),
    ):
        segments, removed = clean([real, said(text, 30.0, **figures)], spans)
        assert text_of(segments) == "We start in May."
        assert [r.text for r in removed] == [text]


@pytest.mark.parametrize(
    "text",
    [
        "Thanks for watching the demo with us, shall we talk price?",
        "Thank you.",
        "See you next week.",
        "Do you have subtitles in the product?",
        "Wir haben Untertitel für alle Videos.",
        "Gracias por tu tiempo.",
        "We subscribe to two tools already.",
    ],
)
def test_what_is_no_closer(text: str) -> None:
    assert not is_closer(text)
    assert not is_credit(text)


def test_a_closer_in_a_segment_with_speech_goes_alone() -> None:
    words = said("We start in May. Thanks for watching!", 1.0, p=[0.9] * 4 + [0.3] * 3)
    segments, removed = clean([words], EVERYWHERE)
    assert text_of(segments) == "We start in May."
    assert [r.text for r in removed] == ["Thanks for watching!"]


def test_a_closer_that_comes_again_is_marked() -> None:
    segments, removed = clean([said("Thanks for watching.", t) for t in (1.0, 40.0)], EVERYWHERE)
    assert not removed
    assert all(s.uncertain for s in segments)


def test_impossible_rates_are_marked() -> None:
    quick = said("we would have to see what legal says about the contract first", 2.0, pace=0.05)
    segments, removed = clean([quick], EVERYWHERE)
    assert not removed
    assert reasons_of(segments) == {"faster than anybody speaks"}
    normal, _ = clean([said("we would have to see what legal says about it", 2.0, pace=0.17)], EVERYWHERE)
    assert not reasons_of(normal)


@pytest.mark.parametrize(
    ("text", "seconds", "fast"),
    [
        ("我们下周二再开会讨论合同的价格问题", 3.0, False),
        ("我们下周二再开会讨论合同的价格问题", 0.8, True),
        ("来週の火曜日に契約の話をしましょう", 3.0, False),
        ("来週の火曜日に契約の話をしましょう", 0.8, True),
        ("เราจะคุยเรื่องสัญญากันในวันอังคารหน้า", 2.5, False),
        ("เราจะคุยเรื่องสัญญากันในวันอังคารหน้า", 0.7, True),
    ],
)
def test_rates_of_scripts_without_spaces(text: str, seconds: float, fast: bool) -> None:
    segment = Segment((), 1.0, 1.0 + seconds, text, "zh", -0.2, 0.1, 1.2)
    segments, _ = clean([segment], EVERYWHERE)
    assert "".join(w.text for s in segments for w in s.words) == text
    assert ("faster than anybody speaks" in reasons_of(segments)) is fast


def test_low_probability_is_marked_word_by_word() -> None:
    heard = said("the budget is about forty thousand a year", p=[0.9, 0.9, 0.9, 0.3, 0.5, 0.3, 0.9, 0.9])
    segments, removed = clean([heard], EVERYWHERE)
    assert not removed
    assert [(text_of([s]), s.uncertain) for s in segments] == [
        ("the budget is", None),
        ("about forty thousand", "recognised with low probability"),
        ("a year", None),
    ]


def test_one_poor_word_is_not_enough_unless_it_is_very_poor() -> None:
    assert not reasons_of(clean([said("we use Zuora now", p=[0.9, 0.9, 0.3, 0.9])], EVERYWHERE)[0])
    assert reasons_of(clean([said("we use Zuora now", p=[0.9, 0.9, 0.1, 0.9])], EVERYWHERE)[0])


def test_a_failed_segment_is_uncertain_as_a_whole() -> None:
    segments, _ = clean([said("mostly noise in here", avg_logprob=-1.4)], EVERYWHERE)
    assert [s.uncertain for s in segments] == ["recognised with low probability"]


def test_segments_without_words_get_them() -> None:
    bare = Segment((), 2.0, 6.0, " We start in May.", "en", -0.1, 0.0, 1.0)
    words = with_words(bare).words
    assert [w.text for w in words] == [" We", " start", " in", " May."]
    assert words[0].start == 2.0
    assert words[-1].end == 6.0
    assert all(a.end == b.start for a, b in pairwise(words))


WORDS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "yes", "no", "—"]), st.floats(0, 1), st.floats(0, 0.5)),
    min_size=1,
    max_size=12,
)


@given(
    st.lists(st.tuples(WORDS, st.floats(0, 4), st.floats(-2, 0), st.floats(0.5, 4)), max_size=6),
    st.none() | st.lists(st.tuples(st.floats(0, 30), st.floats(0, 5)), max_size=4),
)
@settings(max_examples=80, deadline=None)
def test_no_word_is_lost_or_doubled(
    made: list[tuple[list[tuple[str, float, float]], float, float, float]],
    spans: list[tuple[float, float]] | None,
) -> None:
    at, segments = 0.0, []
    for words, gap, logprob, ratio in made:
        at += gap
        found = []
        for text, p, length in words:
            found.append(Word(f" {text}", at, at + length, p))
            at += length
        text = "".join(w.text for w in found)
        segments.append(Segment(tuple(found), found[0].start, found[-1].end, text, "en", logprob, 0.1, ratio))
    speech = None
    if spans is not None:
        speech, last = [], 0.0
        for start, length in sorted(spans):
            start = max(start, last)
            last = start + length
            speech.append((start, last))
    kept, removed = clean(segments, speech)
    before = sorted(w for s in segments for w in text_of([s]).split())
    after = sorted(
        [w for s in kept for w in text_of([s]).split()] + [w for r in removed for w in r.text.split()]
    )
    assert before == after
    assert all(r.reason for r in removed)
    assert all(s.words and s.start <= s.end for s in kept)
