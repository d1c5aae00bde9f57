from __future__ import annotations

from heard import said

from coachbot.model.transcript import Participant, Side, Source, Transcript, Turn, Uncertain
from coachbot.transcribe.quality import Quality, measure, summary

Line = tuple[str | None, str, float | None, float | None]


def call(*lines: Line) -> Transcript:
    return Transcript(
        id="c",
        title="c",
        participants=(Participant(name="Ann", side=Side.SELLER), Participant(name="Bob", side=Side.BUYER)),
        turns=tuple(
            Turn(index=n, speaker=who, text=text, start_s=a, end_s=b)
            for n, (who, text, a, b) in enumerate(lines)
        ),
        source=Source(format="test", sha256="0"),
    )


CALL = call(
    ("Ann", "How do you do it now? And who decides?", 0.0, 4.0),
    ("Bob", "In spreadsheets. Is that common?", 3.5, 9.5),
    ("Ann", "Mm-hm, right.", 8.0, 8.2),
    ("Bob", "We lost forty orders in a month, right?", 10.0, 16.0),
    ("Ann", "That is a lot.", 15.8, 18.0),
)


def test_figures_of_a_call() -> None:
    quality = measure(CALL, speech={0: [(0.0, 10.0)], 1: [(8.0, 16.0)]}, duration=20.0)
    ann, bob = quality.talk
    assert (ann.name, ann.side, ann.seconds, ann.words, ann.turns) == ("Ann", Side.SELLER, 6.4, 15, 3)
    assert (bob.seconds, bob.share) == (12.0, round(12 / 18.4, 4))
    assert quality.questions == {"buyer": 2, "seller": 2}
    assert quality.speech_share == 0.8
    assert quality.overlap_s == 0.9
    assert quality.longest_monologue is not None
    assert (quality.longest_monologue.name, quality.longest_monologue.seconds) == ("Bob", 12.5)
    assert quality.duration_s == 20.0


def test_an_interruption_is_a_start_in_somebodys_turn_that_lasts() -> None:
    quality = measure(CALL)
    assert {t.name: t.interruptions for t in quality.talk} == {"Ann": 0, "Bob": 1}
    assert quality.interruptions == 1  # 0.2 s at once, twice, are not enough
    more = measure(call(("Ann", "a b c d", 0.0, 5.0), ("Bob", "e f g h", 4.0, 4.31)))
    assert [t.interruptions for t in more.talk] == [0, 1]
    same = measure(call(("Ann", "a b c d", 0.0, 5.0), ("Ann", "e f g h", 4.0, 6.0)))
    assert same.interruptions == 0


def test_probabilities_and_uncertain_words() -> None:
    turn = Turn(
        index=0,
        speaker="Ann",
        text="we need forty thousand",
        start_s=0,
        end_s=2,
        uncertain=(Uncertain(start=8, end=13, reason="low"), Uncertain(start=14, end=16, reason="low")),
    )
    call_ = CALL.model_copy(update={"turns": (turn,)})
    quality = measure(call_, [said("a b", p=[0.5, 1.0]), said("c", p=0.6)])
    assert quality.uncertain_share == 0.5
    assert quality.mean_probability == 0.7


def test_without_times_there_are_shares_of_words_only() -> None:
    quality = measure(call(("Ann", "one two three", None, None), (None, "four", None, None)))
    assert [(t.name, t.share) for t in quality.talk] == [("Ann", 0.75), ("unknown", 0.25)]
    assert quality.overlap_s is quality.interruptions is quality.longest_monologue is None
    assert quality.duration_s is quality.speech_share is quality.mean_probability is None


def test_nothing_said() -> None:
    assert measure(call()) == Quality()


def test_the_summary_leaves_out_what_is_not_known() -> None:
    rows = dict(summary(measure(CALL, duration=3700)))
    assert rows["Length"] == "1:01:40"
    assert rows["Talk: Bob"] == "65% (13 words)"
    assert rows["Longest monologue"] == "0:12 by Bob, from 0:04"
    assert "Speech" not in rows
    assert "Mean word probability" not in rows
