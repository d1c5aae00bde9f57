"""Who speaks when on one channel: from a diarizer, or from an RTTM file that somebody else's made.

pyannote.audio is the extra `diarization`; it brings torch, so it is neither installed nor loaded unless asked
for.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

from coachbot.errors import EngineError, UsageError
from coachbot.transcribe.spans import SpeakerSpan, read_rttm, voices_in_order, write_rttm

__all__ = [
    "Diarizer",
    "PyannoteDiarizer",
    "RttmFile",
    "SpeakerSpan",
    "read_rttm",
    "voices_in_order",
    "write_rttm",
]

PIPELINE = "pyannote/speaker-diarization-community-1"
"""The pipeline of pyannote.audio 4; for version 3 the name is `pyannote/speaker-diarization-3.1`."""
PIPELINE_3 = "pyannote/speaker-diarization-3.1"
TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")


class Diarizer(Protocol):
    """Anything that tells speakers apart."""

    def diarize(self, audio: Path) -> list[SpeakerSpan]:
        """Who speaks when, in order of time; speakers are any labels. Raises CoachbotError."""
        ...


class RttmFile:
    """The spans of an RTTM file, whatever the recording."""

    def __init__(self, path: Path) -> None:
        self.spans = read_rttm(path)

    def diarize(self, audio: Path) -> list[SpeakerSpan]:
        """The file's spans."""
        return list(self.spans)


class PyannoteDiarizer:
    """pyannote.audio (Bredin, "pyannote.audio 2.1 speaker diarization pipeline", Interspeech 2023).

    `pipeline` is a hub id, or a folder for machines that are offline. `speakers` is how many there are,
    where that is known. The token for the hub is taken from HF_TOKEN, or from `huggingface-cli login`.
    """

    def __init__(self, pipeline: str | None = None, *, speakers: int | None = None) -> None:
        self.pipeline = pipeline
        self.speakers = speakers
        self._loaded: Any = None

    def diarize(self, audio: Path) -> list[SpeakerSpan]:
        """Spans of `Voice 1`, `Voice 2` …, without overlaps where the pipeline gives such.

        Raises UsageError where pyannote.audio or its model is missing, EngineError where it fails.
        """
        if self._loaded is None:
            self._loaded = self._load()
        options = {} if self.speakers is None else {"num_speakers": self.speakers}
        try:
            found = self._loaded(str(audio), **options)
            spans = list(_spans(found))
        except Exception as error:
            raise EngineError(
                f"telling the speakers apart failed ({_short(error)}); go without --diarize, or give --rttm"
            ) from error
        return voices_in_order(spans)

    def _load(self) -> Any:
        try:
            from pyannote.audio import Pipeline  # type: ignore[import-not-found, unused-ignore]
        except ImportError:
            raise UsageError(
                "diarization needs pyannote.audio: pip install 'coachbot[diarization]', or give --rttm FILE"
            ) from None
        modern = hasattr(Pipeline, "from_pretrained") and _takes_token(Pipeline.from_pretrained)
        name = self.pipeline or (PIPELINE if modern else PIPELINE_3)
        token = next((os.environ[key] for key in TOKENS if os.environ.get(key)), None)
        options = {"token" if modern else "use_auth_token": token} if token else {}
        try:
            loaded = Pipeline.from_pretrained(name, **options)
        except Exception as error:
            raise UsageError(f"{_missing(name)} ({_short(error)})") from error
        if loaded is None:  # what version 3 returns where the hub refuses
            raise UsageError(_missing(name))
        _to_gpu(loaded)
        return loaded


def _takes_token(function: Any) -> bool:
    """Version 4 calls the argument `token`, version 3 `use_auth_token`."""
    import inspect

    return "token" in inspect.signature(function).parameters


def _missing(name: str) -> str:
    return (
        f"the diarization model {name} cannot be loaded: accept its conditions on huggingface.co/{name}, set "
        "HF_TOKEN to a token of your account, or name a local folder with COACHBOT_DIARIZATION_MODEL"
    )


def _to_gpu(pipeline: Any) -> None:
    try:
        import torch  # type: ignore[import-not-found, unused-ignore]

        if torch.cuda.is_available():
            pipeline.to(torch.device("cuda"))
    except ImportError:
        return


def _spans(found: Any) -> Iterable[SpeakerSpan]:
    """The spans of what a pipeline returns: version 4 wraps annotations, one of them without overlaps."""
    annotation = getattr(found, "exclusive_speaker_diarization", None)
    if annotation is None:
        annotation = getattr(found, "speaker_diarization", found)
    for segment, _, label in annotation.itertracks(yield_label=True):
        if segment.end > segment.start:
            yield SpeakerSpan(round(float(segment.start), 3), round(float(segment.end), 3), str(label))


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
