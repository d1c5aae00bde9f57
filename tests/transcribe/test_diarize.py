from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from coachbot.errors import EngineError, InputError, UsageError
from coachbot.transcribe.diarize import PyannoteDiarizer, RttmFile, SpeakerSpan, read_rttm, write_rttm

RTTM = """\
;; made for a test
SPKR-INFO call 1 <NA> <NA> <NA> unknown spk1 <NA>
SPEAKER call 1 2.500 1.250 <NA> <NA> spk2 <NA> <NA>
SPEAKER call 1 0.400 2.000 <NA> <NA> spk1 <NA> <NA>

SPEAKER call 1 9.0 0.000 <NA> <NA> spk1 <NA>
"""


def rttm(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "call.rttm"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_rttm_is_read_in_order_of_time(tmp_path: Path) -> None:
    spans = read_rttm(rttm(tmp_path, RTTM))
    assert spans == [(0.4, 2.4, "spk1"), (2.5, 3.75, "spk2"), (9.0, 9.0, "spk1")]
    assert RttmFile(tmp_path / "call.rttm").diarize(Path("any.wav")) == spans


def test_rttm_is_written_as_it_is_read(tmp_path: Path) -> None:
    spans = [SpeakerSpan(0.4, 2.4, "Ann"), SpeakerSpan(2.5, 3.75, "Bob Lee")]
    again = read_rttm(rttm(tmp_path, write_rttm(spans, "my call")))
    assert again == [spans[0], (2.5, 3.75, "Bob_Lee")]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("SPEAKER call 1 0.4\n", 1, "at least 8 columns"),
        (RTTM + "SPEAKER call 1 x 1.0 <NA> <NA> a <NA> <NA>\n", 7, "seconds"),
        ("SPEAKER call 1 nan 1.0 <NA> <NA> a <NA> <NA>\n", 1, "seconds"),
        ("SPEAKER call 1 4.0 -1.0 <NA> <NA> a <NA> <NA>\n", 1, "seconds"),
        (RTTM + "SPEAKER other 1 1.0 1.0 <NA> <NA> a <NA> <NA>\n", 7, "several recordings"),
        ("", None, "no SPEAKER line"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nhello\n", None, "no SPEAKER line"),
        (b"\xff\xfe\x00RIFF\x80", None, "no text"),
    ],
)
def test_a_bad_rttm_says_where_and_why(
    tmp_path: Path, text: str | bytes, line: int | None, says: str
) -> None:
    path = rttm(tmp_path, text)
    with pytest.raises(InputError, match=says) as caught:
        read_rttm(path)
    assert caught.value.line == line
    assert str(caught.value).startswith(str(path))


def test_no_rttm_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_rttm(tmp_path / "none.rttm")


class Annotation:
    """pyannote.core's, as far as it is used."""

    def __init__(self, *spans: tuple[float, float, str]) -> None:
        self.spans = spans

    def itertracks(self, *, yield_label: bool) -> Iterator[tuple[Any, str, str]]:
        assert yield_label
        for start, end, label in self.spans:
            yield SimpleNamespace(start=start, end=end), "_", label


FULL = Annotation((5.0, 7.0, "SPEAKER_00"), (0.5, 5.5, "SPEAKER_01"))
EXCLUSIVE = Annotation((5.5, 7.0, "SPEAKER_00"), (0.5, 5.5, "SPEAKER_01"))


def install(patch: pytest.MonkeyPatch, pipeline: object) -> None:
    """A pyannote.audio that has this Pipeline."""
    package, audio = ModuleType("pyannote"), ModuleType("pyannote.audio")
    audio.Pipeline = pipeline  # type: ignore[attr-defined]
    patch.setitem(sys.modules, "pyannote", package)
    patch.setitem(sys.modules, "pyannote.audio", audio)
    patch.setitem(sys.modules, "torch", None)
    for key in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        patch.delenv(key, raising=False)


def test_pyannote_4(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[Any] = []

    class Pipeline:
        @classmethod
        def from_pretrained(cls, checkpoint: str, token: str | None = None) -> Pipeline:
            asked.append((checkpoint, token))
            return cls()

        def __call__(self, audio: str, **options: Any) -> Any:
            asked.append((audio, options))
            return SimpleNamespace(speaker_diarization=FULL, exclusive_speaker_diarization=EXCLUSIVE)

    install(monkeypatch, Pipeline)
    monkeypatch.setenv("HF_TOKEN", "secret")
    diarizer = PyannoteDiarizer(speakers=2)
    spans = diarizer.diarize(tmp_path / "a.wav")
    assert spans == [(0.5, 5.5, "Voice 1"), (5.5, 7.0, "Voice 2")]
    assert asked == [
        ("pyannote/speaker-diarization-community-1", "secret"),
        (str(tmp_path / "a.wav"), {"num_speakers": 2}),
    ]
    diarizer.diarize(tmp_path / "b.wav")
    assert len(asked) == 3  # loaded once


def test_pyannote_3(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[Any] = []

    class Pipeline:
        @classmethod
        def from_pretrained(cls, checkpoint_path: str, use_auth_token: str | None = None) -> Pipeline:
            asked.append((checkpoint_path, use_auth_token))
            return cls()

        def __call__(self, audio: str) -> Annotation:
            return FULL

    install(monkeypatch, Pipeline)
    assert PyannoteDiarizer().diarize(tmp_path / "a.wav") == [(0.5, 5.5, "Voice 1"), (5.0, 7.0, "Voice 2")]
    assert asked == [("pyannote/speaker-diarization-3.1", None)]


def test_pyannote_is_not_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pyannote", None)
    monkeypatch.setitem(sys.modules, "pyannote.audio", None)
    with pytest.raises(UsageError, match=r"pip install 'coachbot\[diarization\]', or give --rttm"):
        PyannoteDiarizer().diarize(tmp_path / "a.wav")


@pytest.mark.parametrize("refuses", [True, False])
def test_the_hub_refuses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, refuses: bool) -> None:
    class Pipeline:
        @classmethod
        def from_pretrained(cls, checkpoint: str, token: str | None = None) -> None:
            if refuses:
                raise OSError("401: gated\nrepository")

    install(monkeypatch, Pipeline)
    with pytest.raises(UsageError, match="HF_TOKEN"):
        PyannoteDiarizer("my/model").diarize(tmp_path / "a.wav")


def test_the_pipeline_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Pipeline:
        @classmethod
        def from_pretrained(cls, checkpoint: str, token: str | None = None) -> Pipeline:
            return cls()

        def __call__(self, audio: str) -> None:
            raise RuntimeError("out of memory")

    install(monkeypatch, Pipeline)
    with pytest.raises(EngineError, match="out of memory"):
        PyannoteDiarizer().diarize(tmp_path / "a.wav")
