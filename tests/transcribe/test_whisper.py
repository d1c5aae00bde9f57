"""The true path through faster-whisper: loading, speech detection, batches, word times, languages."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from heard import said
from voices import RATE, hush, music, timeline, voice, write

from coachbot.errors import EngineError, UsageError
from coachbot.transcribe import transcribe_file, vad, whisper
from coachbot.transcribe.models import FoundModel
from coachbot.transcribe.vad import Span, padded, speech, windows
from coachbot.transcribe.whisper import WhisperRecognizer, _doubted, _Joined, _Steady, device_for, load
from coachbot.transcribe.words import LANGUAGE, Segment

SPOKEN = ((2.0, 10.0), (15.0, 22.0), (30.0, 52.0))


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("sound") / "call.wav", [timeline(60.0, *SPOKEN)])


def recognize(folder: Path, audio: Path, channel: int | None = None, **options: Any) -> list[Segment]:
    worker = WhisperRecognizer(FoundModel("small", folder, "folder"), threads=1)
    given = {"duration": 60.0, "language": None, "hotwords": None, "progress": lambda done: None, **options}
    return list(worker.recognize(audio, channel, **given))


def test_words_lie_where_somebody_speaks(whisper_folder: Path, recording: Path) -> None:
    done: list[float] = []
    segments = recognize(whisper_folder, recording, progress=done.append)
    words = [w for s in segments for w in s.words]
    assert len(words) > 50
    assert all(any(a - 0.5 <= w.start <= w.end <= b + 0.5 for a, b in SPOKEN) for w in words)
    assert [w.start for w in words] == sorted(w.start for w in words)
    assert {s.language for s in segments} <= {"en", "zh", "de", "es", "fr", "cy"}
    assert all(0 <= w.probability <= 1 and w.text.startswith(" ") for w in words)
    assert done[-1] == pytest.approx(52.0, abs=0.6)
    assert done == sorted(done)


def test_the_words_are_those_of_faster_whisper_itself(whisper_folder: Path, recording: Path) -> None:
    """Speech is found once and cut into the same windows, so nothing is lost or heard otherwise."""
    from faster_whisper import BatchedInferencePipeline

    model = load(whisper_folder, *device_for("cpu", "auto"), 1)
    found, _ = BatchedInferencePipeline(model).transcribe(str(recording), language="en", word_timestamps=True)
    raw = [w.word for s in found for w in s.words]
    assert [w.text for s in recognize(whisper_folder, recording, language="en") for w in s.words] == raw


def test_a_given_language_is_kept_and_hotwords_are_heard(whisper_folder: Path, recording: Path) -> None:
    plain = recognize(whisper_folder, recording, language="fr")
    assert {s.language for s in plain} == {"fr"}
    hinted = recognize(whisper_folder, recording, language="fr", hotwords="Acme Dana Leeds")
    assert [s.text for s in hinted] != [s.text for s in plain]


def test_one_channel_of_any_file(whisper_folder: Path, tmp_path: Path) -> None:
    left, right = timeline(12.0, (1.0, 4.0)), timeline(12.0, (6.0, 10.0))
    file = write(tmp_path / "call.mp3", [left, right], codec="libmp3lame", rate=44100)
    segments = recognize(whisper_folder, file, 1, duration=12.0)
    assert {s.channel for s in segments} == {1}
    assert all(5.4 < w.start <= w.end < 10.6 for s in segments for w in s.words)


def test_a_long_recording_is_read_in_groups(
    whisper_folder: Path, recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = recognize(whisper_folder, recording, language="en")
    monkeypatch.setattr(whisper, "GROUP", 1)
    assert [s.text for s in recognize(whisper_folder, recording, language="en")] == [s.text for s in whole]


def test_where_nobody_speaks_nothing_is_found(tmp_path: Path) -> None:
    for name, sound in (("hush", hush(4.0)), ("music", music(8.0)), ("nothing", np.zeros(RATE, np.float32))):
        assert speech(write(tmp_path / f"{name}.wav", [sound])) == ()


def test_speech_is_found_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / "a.wav", [timeline(8.0, (2.0, 5.0))])
    (span,) = speech(file)
    assert (span.start, span.end) == pytest.approx((2.0, 5.0), abs=0.4)

    def never(*_: object, **__: object) -> list[tuple[int, int]]:
        raise AssertionError("the file is looked at again")

    monkeypatch.setattr(whisper, "silero", never)
    assert speech(file) == (span,)


def test_silence_by_level_is_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A side is silent half of the time, and looking for speech there would take as long as elsewhere."""
    sound = timeline(60.0, (5.0, 9.0), (40.0, 46.0))
    loudness = [float(np.sqrt(np.mean(part**2))) for part in np.split(sound, 600)]
    whole = speech(write(tmp_path / "a.wav", [sound]))
    looked: list[int] = []

    def counted(audio: np.ndarray, **options: Any) -> list[tuple[int, int]]:
        looked.append(len(audio))
        return silero(audio, **options)

    silero = whisper.silero
    monkeypatch.setattr(whisper, "silero", counted)
    gated = speech(write(tmp_path / "b.wav", [sound]), loudness=loudness)
    assert sum(looked) < 15 * RATE
    assert [t for s in gated for t in s] == pytest.approx([t for s in whole for t in s], abs=0.3)


def test_speech_across_the_end_of_a_block_is_one_span(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vad, "BLOCK_S", 6)
    file = write(tmp_path / "a.wav", [timeline(16.0, (1.0, 3.0), (4.5, 8.0), (11.0, 14.0))])
    spans = speech(file)
    assert [(int(s.start), round(s.end)) for s in spans] == [(1, 3), (4, 8), (11, 14)]


def test_an_endless_talk_is_cut_into_windows(tmp_path: Path) -> None:
    spans = speech(write(tmp_path / "a.wav", [np.tile(voice(10.0), 8)]))
    assert max(s.end - s.start for s in spans) <= vad.LONGEST_S
    packed = windows(padded(spans, 80.0))
    assert all(sum(s.end - s.start for s in w) <= vad.WINDOW_S for w in packed)
    assert [s for w in packed for s in w] == padded(spans, 80.0)


def test_padding_meets_in_the_middle() -> None:
    wide = padded([Span(0.1, 1.0), Span(1.2, 2.0), Span(5.0, 6.0)], 6.1)
    assert [t for span in wide for t in span] == pytest.approx([0.0, 1.1, 1.1, 2.4, 4.6, 6.1])


@pytest.mark.parametrize(
    ("word", "place"),
    [
        ((0.0, 1.0), (10.0, 11.0)),
        ((1.9, 2.05), (11.9, 12.0)),
        ((2.1, 2.6), (20.1, 20.6)),
        ((4.8, 9.0), (22.8, 23.0)),
    ],
)
def test_times_find_their_way_back(word: tuple[float, float], place: tuple[float, float]) -> None:
    """Two seconds from 10 on and three from 20 on were joined; a word lies in one of them."""
    assert _Joined.of([Span(10.0, 12.0), Span(20.0, 23.0)]).times(*word) == pytest.approx(place)


class Undecided:
    def __init__(self, best: str, probability: float) -> None:
        self.result = [(f"<|{best}|>", probability), ("<|en|>", 0.2)]

    def detect_language(self, features: object) -> list[list[tuple[str, float]]]:
        return [self.result]


@pytest.mark.parametrize(("probability", "language"), [(0.4, "en"), (0.69, "en"), (0.95, "cy")])
def test_the_language_changes_only_where_that_is_sure(probability: float, language: str) -> None:
    steady = _Steady(Undecided("cy", probability), "en")
    (((first, _), *_),) = steady.detect_language(None)
    assert first == f"<|{language}|>"
    assert steady.heard == [language]


@pytest.mark.parametrize(
    ("language", "words", "doubted"),
    [(0.9, 0.4, False), (0.45, 0.8, False), (0.45, 0.5, True), (0.25, 0.9, True)],
)
def test_words_of_a_language_that_was_guessed_are_doubted(
    language: float, words: float, doubted: bool
) -> None:
    made = _doubted(said("pongia obigatu pelate", p=words), language)
    assert (made.uncertain == LANGUAGE) is doubted


def test_a_guessed_language_is_said_with_what_to_do(tmp_path: Path, recording: Path) -> None:
    class Guessing:
        def recognize(self, *_: Any, **__: Any) -> Iterator[Segment]:
            yield _doubted(replace(said("pongia obigatu pelate", 3.0), language="la"), 0.2)

    made = transcribe_file(recording, recognizer=Guessing(), work=tmp_path, glossary=())
    assert any("The language (la)" in w and "--language" in w for w in made.warnings)
    assert any("pongia" in t.text[u.start : u.end] for t in made.turns for u in t.uncertain)


def test_int8_on_the_processor_and_float16_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    import ctranslate2

    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: 0)
    assert device_for("auto", "auto") == ("cpu", "int8")
    assert device_for("cpu", "float32") == ("cpu", "float32")
    for device, compute in (("cuda", "auto"), ("tpu", "auto"), ("cpu", "float8")):
        with pytest.raises(UsageError):
            device_for(device, compute)
    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: 1)
    monkeypatch.setattr(ctranslate2, "get_supported_compute_types", lambda device: {"float16", "float32"})
    assert device_for("auto", "auto") == ("cuda", "float16")


def test_a_damaged_model_fails_with_one_line(whisper_folder: Path, recording: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(whisper_folder, tmp_path / "model")
    (folder / "model.bin").write_bytes(b"nothing")
    with pytest.raises(EngineError, match="models check"):
        recognize(folder, recording)
    (tmp_path / "bands").mkdir()
    folder = shutil.copytree(whisper_folder, tmp_path / "bands" / "model")
    (folder / "preprocessor_config.json").write_text('{"feature_size": 128}', "utf-8")
    with pytest.raises(EngineError, match="80 bands"):
        recognize(folder, recording)


def test_a_failing_device_is_an_engine_error(
    whisper_folder: Path, recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from faster_whisper import BatchedInferencePipeline

    def out_of_memory(*_: object, **__: object) -> object:
        raise RuntimeError("CUDA failed with error out of memory")

    monkeypatch.setattr(BatchedInferencePipeline, "transcribe", out_of_memory)
    with pytest.raises(EngineError, match="out of memory"):
        recognize(whisper_folder, recording)


def test_the_model_is_loaded_once(whisper_folder: Path) -> None:
    start = time.perf_counter()
    one = load(whisper_folder, "cpu", "int8", 1)
    assert load(whisper_folder, "cpu", "int8", 1) is one
    assert time.perf_counter() - start < 5


def test_recordings_that_share_the_model_do_not_hear_each_other(
    whisper_folder: Path, recording: Path
) -> None:
    """Two threads take turns at one loaded model; what each hears of languages is its own."""
    worker = WhisperRecognizer(FoundModel("small", whisper_folder, "folder"), threads=1)
    shared = load(whisper_folder, worker.device, worker.compute, worker.threads)
    before = shared.model
    running = worker.recognize(
        recording, 0, duration=60.0, language=None, hotwords=None, progress=lambda done: None
    )
    next(running)
    assert shared.model is before
    running.close()
