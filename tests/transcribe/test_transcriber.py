"""Every second of speech is in exactly one turn, on the right side, at the right time; and a run resumes."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from voices import RATE, hush, music, timeline, voice, write

from coachbot.errors import AudioError, EngineError, UsageError
from coachbot.model.transcript import CallMeta, Participant, Side, Transcript
from coachbot.transcribe import Progress, Recording, transcribe_file, transcribe_recording, transcriber
from coachbot.transcribe.models import SpeechModelError
from coachbot.transcribe.spans import SpeakerSpan
from coachbot.transcribe.vad import speech
from coachbot.transcribe.words import Segment, Word

Spoken = tuple[tuple[float, float], ...]
Channel = tuple[np.ndarray, Spoken]
JANE = Participant(name="Jane", side=Side.SELLER, side_source="given", channel=0)
BOB = Participant(name="Bob", side=Side.BUYER, side_source="given", channel=1)


class Known:
    """Says a word every half second where somebody speaks; which one depends on the sound alone."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.calls: list[float] = []
        self.fails_at = fails_at

    def recognize(
        self,
        audio: Path,
        channel: int | None,
        *,
        duration: float,
        language: str | None,
        hotwords: str | None,
        progress: Callable[[float], None],
    ) -> Iterator[Segment]:
        if len(self.calls) == self.fails_at:
            raise KeyboardInterrupt
        self.calls.append(duration)
        for n, span in enumerate(speech(audio)):
            count = max(1, round((span.end - span.start) / 0.5))
            step = (span.end - span.start) / count
            words = tuple(
                Word(f" w{n}x{m}", span.start + m * step, span.start + (m + 1) * step, 0.9)
                for m in range(count)
            )
            progress(span.end)
            yield Segment(words, span.start, span.end, "".join(w.text for w in words), "en", -0.2, 0.0, 1.2)


def run(file: Path, work: Path, meta: CallMeta | None = None, **options: object) -> Recording:
    return transcribe_recording(file, meta, work=work, **{"recognizer": Known(), **options})


def check(transcript: Transcript, spoken: dict[str | None, Spoken], slack: float = 0.2) -> None:
    """Each moment of speech lies in exactly one turn of its speaker, and no turn of theirs is elsewhere."""
    for name, spans in spoken.items():
        own = [(t.start_s, t.end_s) for t in transcript.turns if t.speaker == name]
        for start, end in spans:
            for at in np.arange(start + slack, end - slack, 0.05):
                assert sum(a <= at <= b for a, b in own) == 1, f"{name} at {at:.2f}: {own}"
        for a, b in own:
            assert any(
                a >= s - slack and b <= e + slack
                for s in [x for x, _ in spans]
                for e in [y for _, y in spans]
            )
    assert {t.speaker for t in transcript.turns} == set(spoken)
    starts = [t.start_s for t in transcript.turns]
    assert starts == sorted(starts)
    assert [t.index for t in transcript.turns] == list(range(len(transcript.turns)))


@pytest.fixture
def stereo(tmp_path: Path, left: Channel, right: Channel) -> Path:
    return write(tmp_path / "call.wav", [left[0], right[0]])


def test_two_channels_are_two_sides(stereo: Path, tmp_path: Path, left: Channel, right: Channel) -> None:
    made = run(stereo, tmp_path / "work", CallMeta(title="Intro", participants=(JANE, BOB)))
    check(made.transcript, {"Jane": left[1], "Bob": right[1]})
    assert [t.speaker for t in made.transcript.turns] == ["Jane", "Bob", "Jane", "Bob", "Jane", "Bob"]
    assert made.transcript.title == "Intro"
    assert made.transcript.warnings == ()
    assert made.transcript.side_of(0) is Side.SELLER
    assert made.transcript.source.format == "audio:wav/pcm_s16le"
    words = [w for s in made.segments for w in s.words]
    said = " ".join(t.text for t in made.transcript.turns).split()
    assert sorted(said) == sorted(w.text.strip() for w in words)


ENCODINGS = [
    ("a.wav", {"codec": "pcm_mulaw", "rate": 8000}),
    ("a.mp3", {"codec": "libmp3lame", "rate": 44100}),
    ("a.m4a", {"codec": "aac", "form": "ipod", "rate": 44100}),
    ("a.ogg", {"codec": "libopus", "rate": 48000}),
    ("a.webm", {"codec": "libopus", "rate": 48000}),
    ("a.mp4", {"codec": "aac", "rate": 44100, "video": True}),
]


@pytest.mark.parametrize(("name", "how"), ENCODINGS, ids=[name for name, _ in ENCODINGS])
def test_the_true_path_in_six_encodings(
    name: str, how: dict[str, object], tmp_path: Path, left: Channel, right: Channel, whisper_folder: Path
) -> None:
    file = write(tmp_path / name, [left[0], right[0]], **how)
    made = transcribe_file(
        file, CallMeta(participants=(JANE, BOB)), model=str(whisper_folder), work=tmp_path / "work"
    )
    check(made, {"Jane": left[1], "Bob": right[1]}, slack=0.3)
    assert all(t.text and t.cues and t.cues[0].offset == 0 for t in made.turns)


def test_channels_without_names(stereo: Path, tmp_path: Path, left: Channel, right: Channel) -> None:
    made = run(stereo, tmp_path / "work").transcript
    check(made, {"Channel 1": left[1], "Channel 2": right[1]})
    assert [p.channel for p in made.participants] == [0, 1]
    assert any('"channel"' in w for w in made.warnings)


def test_the_other_channel_is_the_other_ones(stereo: Path, tmp_path: Path) -> None:
    lone = BOB.model_copy(update={"channel": None})
    made = run(stereo, tmp_path / "work", CallMeta(participants=(JANE, lone))).transcript
    assert {t.speaker for t in made.turns} == {"Jane", "Bob"}


def test_several_people_on_one_channel(stereo: Path, tmp_path: Path) -> None:
    dana = Participant(name="Dana", side=Side.BUYER, side_source="given", channel=1)
    made = run(stereo, tmp_path / "work", CallMeta(participants=(JANE, BOB, dana))).transcript
    assert {t.speaker for t in made.turns} == {"Jane", "Channel 2"}
    assert made.side_of(1) is Side.BUYER
    assert any("Several people" in w for w in made.warnings)


def test_mono_has_one_unknown_speaker(tmp_path: Path, left: Channel) -> None:
    made = run(write(tmp_path / "a.wav", [left[0]]), tmp_path / "work").transcript
    check(made, {None: left[1]})
    assert any("apart" in w for w in made.warnings)
    twice = run(write(tmp_path / "b.wav", [left[0], left[0]]), tmp_path / "work")
    check(twice.transcript, {None: left[1]})
    assert any("transcribed once" in w for w in twice.transcript.warnings)


class Listener:
    """A diarizer that knows the answer."""

    def __init__(self, *spans: SpeakerSpan) -> None:
        self.spans = spans
        self.calls = 0

    def diarize(self, audio: Path) -> list[SpeakerSpan]:
        self.calls += 1
        return list(self.spans)


def test_mono_with_a_diarizer(tmp_path: Path, left: Channel, right: Channel) -> None:
    ends = [*((a, b, "Voice 1") for a, b in left[1]), *((a, b, "Voice 2") for a, b in right[1])]
    listener = Listener(*(SpeakerSpan(*span) for span in sorted(ends)))
    file = write(tmp_path / "a.wav", [(left[0] + right[0]) / 2])
    made = [run(file, tmp_path / "work", diarizer=listener).transcript for _ in range(2)]
    assert made[0] == made[1]
    assert listener.calls == 1
    assert {t.speaker for t in made[0].turns} == {"Voice 1", "Voice 2"}
    assert [p.name for p in made[0].participants] == ["Voice 1", "Voice 2"]
    assert any("coachbot speakers" in w for w in made[0].warnings)


class Absent(Known):
    """Passes over what is said from 2 to 15 s; hears it alone, unless it is deaf to it."""

    in_windows = True

    def __init__(self, deaf: bool) -> None:
        super().__init__()
        self.deaf = deaf

    def recognize(self, *args: Any, **options: Any) -> Iterator[Segment]:
        heard = list(super().recognize(*args, **options))
        if len(self.calls) == 1:
            return iter([s for s in heard if s.start < 2 or s.start > 15])
        return iter([] if self.deaf else heard)


def test_what_was_passed_over_is_heard_alone(tmp_path: Path, left: Channel) -> None:
    file = write(tmp_path / "a.wav", [left[0]])
    absent = Absent(deaf=False)
    made = run(file, tmp_path / "work", recognizer=absent).transcript
    check(made, {None: left[1]})
    assert not any("[inaudible]" in t.text for t in made.turns)
    assert len(absent.calls) > 1
    assert run(file, tmp_path / "work", recognizer=Absent(deaf=True)).transcript == made  # kept like the rest


def test_speech_without_words_is_not_passed_over(tmp_path: Path, left: Channel) -> None:
    file = write(tmp_path / "a.wav", [left[0]])
    made = run(file, tmp_path / "work", recognizer=Absent(deaf=True)).transcript
    check(made, {None: left[1]})
    (lost,) = [t for t in made.turns if "[inaudible]" in t.text]
    (doubt,) = lost.uncertain
    assert lost.text[doubt.start : doubt.end] == "[inaudible]"
    assert any("gave no words" in w for w in made.warnings)


@pytest.mark.parametrize(
    ("sound", "state"),
    [(music(8.0), "no_speech"), (hush(3.0), "silent"), (np.zeros(RATE, np.float32), "silent")],
)
def test_no_speech_is_said_whatever_the_model(sound: np.ndarray, state: str, tmp_path: Path) -> None:
    file = write(tmp_path / "a.wav", [sound])
    for options in ({"recognizer": Known()}, {"model": str(tmp_path / "none")}):
        with pytest.raises(AudioError) as caught:
            transcribe_file(file, work=tmp_path / "work", **options)
        assert caught.value.state == state
    assert file.exists()


def test_a_missing_model_and_a_language_that_is_none(stereo: Path, tmp_path: Path) -> None:
    with pytest.raises(SpeechModelError):
        transcribe_file(stereo, model=str(tmp_path / "none"), work=tmp_path / "work")
    with pytest.raises(UsageError, match="klingon"):
        run(stereo, tmp_path / "work", language="klingon")


def test_a_stopped_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces that are done are not done again, and the result is the same as in one go."""
    monkeypatch.setattr(transcriber, "PIECE_WINDOWS", 1)
    talk = [(2.0 + 12 * n, 11.0 + 12 * n) for n in range(8)]
    file = write(tmp_path / "a.wav", [timeline(100.0, *talk)])
    stopped = Known(fails_at=2)
    with pytest.raises(KeyboardInterrupt):
        run(file, tmp_path / "work", recognizer=stopped)
    resumed = Known()
    made = run(file, tmp_path / "work", recognizer=resumed)
    assert len(stopped.calls) == 2
    whole = Known()
    assert run(file, tmp_path / "other", recognizer=whole).transcript == made.transcript
    assert len(whole.calls) == len(stopped.calls) + len(resumed.calls) == 3
    check(made.transcript, {None: tuple(talk)})
    again = Known()
    assert run(file, tmp_path / "work", recognizer=again).transcript == made.transcript
    assert again.calls == []
    assert not list((tmp_path / "work").rglob("*.wav"))


def test_sound_that_a_killed_run_left_is_removed_after_a_day(stereo: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    for name, age in (("old", 2 * 86400), ("new", 60)):
        left = work / "another" / f"sound-{name}"
        left.mkdir(parents=True)
        (left / "channel-0.wav").touch()
        os.utime(left, (time.time() - age,) * 2)
    run(stereo, work)
    assert [p.name for p in work.rglob("sound-*")] == ["sound-new"]


def test_damaged_progress_is_done_again(stereo: Path, tmp_path: Path) -> None:
    made = run(stereo, tmp_path / "work").transcript
    for kept in (tmp_path / "work").rglob("*.json"):
        kept.write_text('{"half', "utf-8")
    assert run(stereo, tmp_path / "work").transcript == made


def test_other_settings_do_not_share_progress(stereo: Path, tmp_path: Path) -> None:
    run(stereo, tmp_path / "work", language="en")
    german = Known()
    run(stereo, tmp_path / "work", language="de", recognizer=german)
    assert german.calls


def test_progress_has_names_and_only_grows(stereo: Path, tmp_path: Path) -> None:
    seen: list[Progress] = []
    run(stereo, tmp_path / "work", progress=seen.append)
    names = list(dict.fromkeys(p.step for p in seen))
    assert names[:2] == ["Reading the sound", "Finding speech"]
    assert {"Recognising channel 1", "Recognising channel 2"} < set(names)
    recognising = [p for p in seen if p.step.startswith("Recognising")]
    assert [p.done for p in recognising] == sorted(p.done for p in recognising)
    assert recognising[-1].done == pytest.approx(recognising[-1].total)


def test_an_engine_that_fails(stereo: Path, tmp_path: Path) -> None:
    class Broken(Known):
        def recognize(self, *args: object, **options: object) -> Iterator[Segment]:  # type: ignore[override]
            raise EngineError("out of memory")

    with pytest.raises(EngineError):
        run(stereo, tmp_path / "work", recognizer=Broken())


def test_what_is_kept_can_be_read(stereo: Path, tmp_path: Path) -> None:
    run(stereo, tmp_path / "work")
    pieces = list((tmp_path / "work").rglob("channel-*.json"))
    assert len(pieces) == 2
    found = [s for p in pieces for s in json.loads(p.read_text("utf-8"))["segments"]]
    assert {s["channel"] for s in found} == {0, 1}


def test_an_hour_of_silence_inside_a_call_is_not_read_as_one_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transcriber, "PIECE_S", 10.0)
    sound = np.concatenate([voice(3.0), hush(20.0), voice(3.0)])
    worker = Known()
    made = run(write(tmp_path / "a.wav", [sound]), tmp_path / "work", recognizer=worker)
    assert len(worker.calls) == 2
    check(made.transcript, {None: ((0.0, 3.0), (23.0, 26.0))})
