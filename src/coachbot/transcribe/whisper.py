"""faster-whisper: the recogniser, and the voice activity detection that comes with it."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coachbot.errors import EngineError, UsageError
from coachbot.transcribe.audio import RATE
from coachbot.transcribe.models import FoundModel, find_model
from coachbot.transcribe.pieces import reasons
from coachbot.transcribe.prepare import prepare
from coachbot.transcribe.sound import length, samples
from coachbot.transcribe.vad import Span, padded, speech, windows
from coachbot.transcribe.words import LANGUAGE, Segment, Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GROUP = 16
"""Windows that are read from disk at a time: at most eight minutes of speech."""
SURE = 0.7
"""Probability from which on a window is taken to be in another language than the call."""
UNSURE, GUESSED = 0.5, 0.3
"""Probabilities of a window's language below which improbable words are uncertain, and all words are."""
SURE_WORDS = 0.6


def silero(audio: NDArray[np.float32], *, longest_s: float, min_silence_ms: int) -> list[tuple[int, int]]:
    """Speech in 16 kHz samples, as pairs of first sample and the one after the last."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(
        speech_pad_ms=0, min_silence_duration_ms=min_silence_ms, max_speech_duration_s=longest_s
    )
    return [(s["start"], min(s["end"], len(audio))) for s in get_speech_timestamps(audio, options)]


def languages() -> tuple[str, ...]:
    """The codes of the languages that Whisper knows."""
    from faster_whisper.tokenizer import _LANGUAGE_CODES

    return tuple(_LANGUAGE_CODES)


def device_for(device: str, compute: str) -> tuple[str, str]:
    """Device and arithmetic: `auto` is CUDA with float16 where there is a GPU, else the processor with int8.

    Raises UsageError for a device that is not there or arithmetic that it does not have.
    """
    import ctranslate2

    gpus = ctranslate2.get_cuda_device_count()
    if device not in ("auto", "cpu", "cuda"):
        raise UsageError(f"transcribe_device {device!r} is not known; choose auto, cpu or cuda")
    if device == "cuda" and not gpus:
        raise UsageError("transcribe_device is cuda, but no GPU is found; set COACHBOT_TRANSCRIBE_DEVICE=cpu")
    chosen = device if device != "auto" else "cuda" if gpus else "cpu"
    known = ctranslate2.get_supported_compute_types(chosen)
    if compute == "auto":
        wish = ("float16", "int8_float16", "float32") if chosen == "cuda" else ("int8", "float32")
        return chosen, next((kind for kind in wish if kind in known), "default")
    if compute not in known:
        raise UsageError(
            f"transcribe_compute {compute!r} does not work on {chosen}; "
            f"choose auto or one of {', '.join(sorted(known))}"
        )
    return chosen, compute


@lru_cache(maxsize=1)
def load(path: Path, device: str, compute: str, threads: int) -> Any:
    """The loaded model (kept for the next file). Raises EngineError where it cannot be loaded."""
    import numpy as np
    from faster_whisper import WhisperModel

    try:
        model = WhisperModel(
            str(path), device=device, compute_type=compute, cpu_threads=threads, local_files_only=True
        )
        if device == "cuda":  # missing CUDA libraries show only when something is computed
            model.encode(np.zeros((model.model.n_mels, 3000), np.float32))
    except (RuntimeError, ValueError, OSError) as error:
        raise EngineError(
            f"the speech model in {path} cannot be loaded on {device} ({_short(error)}): "
            "run `coachbot models check`, or set COACHBOT_TRANSCRIBE_DEVICE=cpu"
        ) from error
    bands = model.feature_extractor.mel_filters.shape[0]
    if bands != model.model.n_mels:
        raise EngineError(
            f"the speech model in {path} reads {model.model.n_mels} bands, its preprocessor_config.json says "
            f"{bands}: copy that file from the original model"
        )
    return model


class WhisperRecognizer:
    """Recognises speech with faster-whisper's batched pipeline.

    One of these serves one recording: it remembers the recording's language.
    """

    in_windows = True
    """It reads windows, each once, and may pass over a part of one (see `again`)."""

    def __init__(
        self,
        model: FoundModel,
        *,
        device: str = "auto",
        compute: str = "auto",
        threads: int = 0,
        batch: int = 8,
    ) -> None:
        self.model = model
        self.device, self.compute = device_for(device, compute)
        self.auto = device == "auto"
        self.threads = threads or cores()
        self.batch = batch
        self.language: str | None = None

    @classmethod
    def named(cls, name: str, home: Path, **options: Any) -> WhisperRecognizer:
        """The recogniser with the model of that name, folder or hub id. Raises SpeechModelError."""
        return cls(find_model(name, home), **options)

    @property
    def identity(self) -> str:
        """What the result depends on, as one line: the model file and the settings."""
        info = (self.model.path / "model.bin").stat()
        return f"whisper {self.model.path} {info.st_size} {info.st_mtime_ns} {self.compute} {self.batch}"

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
        """See Recognizer. `audio` is best a mono wave file of 16 kHz; anything else is decoded first."""
        if not _is_ready(audio):
            with tempfile.TemporaryDirectory() as folder:
                sound = prepare(audio, Path(folder), keep_channels=channel is not None)
                numbers = sound.numbers
                file = sound.files[numbers.index(channel) if channel in numbers else 0]
                for segment in self._file(file, language, hotwords, progress):
                    yield replace(segment, channel=channel or 0)
            return
        for segment in self._file(audio, language, hotwords, progress):
            yield replace(segment, channel=channel or 0)

    def _file(
        self, audio: Path, language: str | None, hotwords: str | None, progress: Callable[[float], None]
    ) -> Iterator[Segment]:
        packed = iter(windows(padded(speech(audio), length(audio) / RATE)))
        while group := list(islice(packed, GROUP)):
            try:
                yield from self._group(audio, group, language, hotwords, progress)
            except (RuntimeError, MemoryError) as error:
                raise EngineError(
                    f"recognising speech failed on {self.device} ({_short(error)}): try a smaller model, "
                    "COACHBOT_TRANSCRIBE_BATCH=1, or COACHBOT_TRANSCRIBE_DEVICE=cpu"
                ) from error
            progress(group[-1][-1].end)

    def _group(
        self,
        audio: Path,
        group: Sequence[Sequence[Span]],
        language: str | None,
        hotwords: str | None,
        progress: Callable[[float], None],
    ) -> Iterator[Segment]:
        """Windows of speech, put together without the silences and recognised in batches."""
        import numpy as np
        from faster_whisper import BatchedInferencePipeline

        whole = self._load()
        joined = [_Joined.of(window) for window in group]
        sound = np.concatenate(
            [
                samples(audio, a, b)
                for window in joined
                for a, b in zip(window.starts, window.ends, strict=True)
            ]
        )
        clips, at = [], 0
        for window in joined:
            clips.append({"start": (at + 0.5) / RATE, "end": (at + window.size + 0.5) / RATE})
            at += window.size
        # A copy: the loaded model is shared, and another thread's recording has another language.
        model = copy(whole)
        model.model = steady = _Steady(whole.model, language or self.language)
        found, info = BatchedInferencePipeline(model).transcribe(
            sound, language=language or self.language, multilingual=language is None,
            word_timestamps=True, clip_timestamps=clips, batch_size=self.batch,
            hotwords=hotwords or None, language_detection_segments=4,
        )  # fmt: skip
        self.language = steady.main = self.language or (None if language else info.language)
        steady.heard.clear()
        steady.chances.clear()
        offsets = [clip["start"] for clip in clips]
        for segment in found:
            n = _window(segment.seek, offsets, model.frames_per_second)
            spoken = language or (steady.heard[n] if n < len(steady.heard) else info.language)
            sure = steady.chances[n] if language is None and n < len(steady.chances) else 1.0
            yield _doubted(_segment(segment, joined[n], offsets[n], spoken), sure)
            progress(joined[n].starts[-1] / RATE)

    def _load(self) -> Any:
        try:
            return load(self.model.path, self.device, self.compute, self.threads)
        except EngineError:
            if self.device == "cpu" or not self.auto:
                raise
            self.device, self.compute = device_for("cpu", "auto")
            return load(self.model.path, self.device, self.compute, self.threads)


class _Joined:
    """A window: spans of a file joined without what lies between, and the way back to the file's times."""

    def __init__(self, starts: list[int], ends: list[int]) -> None:
        self.starts = starts
        self.ends = ends
        self.size = sum(b - a for a, b in zip(starts, ends, strict=True))

    @classmethod
    def of(cls, spans: Sequence[Span]) -> _Joined:
        return cls([round(s.start * RATE) for s in spans], [round(s.end * RATE) for s in spans])

    def times(self, start: float, end: float) -> tuple[float, float]:
        """A word's times in the file. It lies in one span: that of its middle."""
        middle, passed = (start + end) / 2 * RATE, 0
        for a, b in zip(self.starts, self.ends, strict=True):
            if middle < passed + b - a or b == self.ends[-1]:
                shift = (a - passed) / RATE
                first = min(max(start + shift, a / RATE), b / RATE)
                return round(float(first), 3), round(float(min(max(end + shift, first), b / RATE)), 3)
            passed += b - a
        raise AssertionError("a window has at least one span")


class _Steady:
    """A Whisper model whose language does not change for a doubtful "okay": it takes a sure window."""

    def __init__(self, model: Any, main: str | None) -> None:
        self.model = model
        self.main = main
        self.heard: list[str] = []
        self.chances: list[float] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)

    def detect_language(self, features: Any) -> list[list[tuple[str, float]]]:
        """As the model's own; the call's main language goes first where another one is not sure."""
        results: list[list[tuple[str, float]]] = self.model.detect_language(features)
        steady = []
        for result in results:
            best, probability = result[0]
            main = next((pair for pair in result if pair[0] == f"<|{self.main}|>"), None)
            if main is not None and best != main[0] and probability < SURE:
                result = [main, *(pair for pair in result if pair is not main)]
            self.heard.append(result[0][0].strip("<|>"))
            self.chances.append(result[0][1])
            steady.append(result)
        return steady


def _window(seek: int, offsets: Sequence[float], frames_per_second: int) -> int:
    """Which window a segment comes from: `seek` is the frame that its window begins with."""
    return next(n for n in reversed(range(len(offsets))) if seek >= int(offsets[n] * frames_per_second) - 1)


def _segment(found: Any, window: _Joined, offset: float, language: str | None) -> Segment:
    words = tuple(
        Word(w.word, *window.times(w.start - offset, w.end - offset), float(w.probability))
        for w in found.words or ()
    )
    start, end = (
        (words[0].start, max(w.end for w in words))
        if words
        else window.times(found.start - offset, found.end - offset)
    )
    return Segment(
        words=words,
        start=start,
        end=end,
        text=found.text,
        language=language,
        avg_logprob=_finite(found.avg_logprob),
        no_speech_prob=_finite(found.no_speech_prob),
        compression_ratio=_finite(found.compression_ratio),
    )


def _doubted(segment: Segment, sure: float) -> Segment:
    """Marked where the language, of that probability, is doubtful: the words may be those of another one."""
    chances = [w.probability for w in segment.words]
    least = 1.0 if sure < GUESSED else SURE_WORDS if sure < UNSURE else 0.0
    if not chances or sum(chances) / len(chances) >= least:
        return segment
    return replace(segment, uncertain=reasons(segment.uncertain, LANGUAGE))


def _finite(value: float) -> float:
    return float(value) if math.isfinite(value) else 0.0


def _is_ready(audio: Path) -> bool:
    import wave

    try:
        with wave.open(str(audio), "rb") as file:
            return (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
    except (wave.Error, EOFError):
        return False


def cores() -> int:
    """How many cores this process may use, 16 at most."""
    affinity = getattr(os, "sched_getaffinity", None)
    return min(16, len(affinity(0)) if affinity else os.cpu_count() or 1)


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
