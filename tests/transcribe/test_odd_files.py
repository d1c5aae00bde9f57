"""Recordings as recorders, browsers and phone systems really write them: nothing lost, nothing moved."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from test_transcriber import Spoken, check, run
from voices import RATE, Track, hush, music, timeline, write, write_tracks

LEFT, RIGHT = ((1.0, 4.0), (8.0, 10.0)), ((4.5, 7.5), (10.5, 11.8))
ALL = tuple(sorted(LEFT + RIGHT))
SIDES = {"Channel 1": LEFT, "Channel 2": RIGHT}
ONE = {None: ALL}
left, right = timeline(12.5, *LEFT, pitch=210.0), timeline(12.5, *RIGHT, pitch=115.0)
hum = (0.05 * np.sin(2 * np.pi * 50 * np.arange(len(left)) / RATE)).astype(np.float32)
silence = np.zeros(len(left), np.float32)


def held(spoken: Spoken, pitch: float) -> np.ndarray:
    """A side of a call that was put on hold for half a minute: both hear the music."""
    return np.concatenate([timeline(12.5, *spoken, pitch=pitch), music(30.0), hush(2.0)])


@pytest.mark.parametrize(
    "both",
    [
        (left * 0.7 + 0.2, right * 0.7 - 0.25),
        (left, right * 0.5 + 0.4),
        (left + hum, right + hum),
        (left, right * 0.01),
        (held(LEFT, 210.0), held(RIGHT, 115.0)),
    ],
    ids=["offset", "offset of one", "hum", "40 dB quieter", "music for both"],
)
def test_what_else_is_on_the_line(tmp_path: Path, both: tuple[np.ndarray, np.ndarray]) -> None:
    file = write(tmp_path / "a.wav", both)
    check(run(file, tmp_path / "work").transcript, SIDES, slack=0.3)


def test_an_offset_alone_is_silence(tmp_path: Path) -> None:
    from coachbot.errors import AudioError

    with pytest.raises(AudioError) as caught:
        run(write(tmp_path / "a.wav", [hush(3.0) + 0.3]), tmp_path / "work")
    assert caught.value.state == "silent"


def wave_header(riff: int, data: int) -> Callable[[Path], Path]:
    """A wave file of two channels whose header claims these sizes."""

    def make(path: Path) -> Path:
        sound = (np.stack([left, right], axis=1) * 32767).astype("<i2").tobytes()
        kind = struct.pack("<IHHIIHH", 16, 1, 2, RATE, RATE * 4, 4, 16)
        head = b"RIFF" + struct.pack("<I", riff) + b"WAVEfmt " + kind + b"data" + struct.pack("<I", data)
        path.write_bytes(head + sound)
        return path

    return make


def browser(path: Path) -> Path:
    return write_tracks(path, [Track((left, right), "libopus")], "webm", live=True)


def glued(path: Path) -> Path:
    half = len(left) // 2
    parts = [
        write(path.with_name(f"{n}.mp3"), [left[a:b], right[a:b]], codec="libmp3lame", rate=44100)
        for n, (a, b) in enumerate(((0, half), (half, len(left))))
    ]
    path.write_bytes(b"".join(p.read_bytes() for p in parts))
    return path


@pytest.mark.parametrize(
    "make",
    [wave_header(36, 0), wave_header(0, 0), wave_header(0xFFFFFFFF, 0xFFFFFFFF), wave_header(1036, 1000),
     browser, glued],
    ids=["size 0", "sizes 0", "size unknown", "size of the first moment", "a browser's", "two mp3 in one"],
)  # fmt: skip
def test_headers_that_do_not_tell_the_truth(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    made = run(make(tmp_path / "call"), tmp_path / "work")
    assert made.duration == pytest.approx(12.5, abs=0.1)
    check(made.transcript, SIDES, slack=0.3)


def later(spoken: Spoken, by: float) -> Spoken:
    return tuple((a + by, b + by) for a, b in spoken)


@pytest.mark.parametrize(
    ("tracks", "spoken", "says"),
    [
        ([Track((left,)), Track((right,))], SIDES, "two channels"),
        (
            [Track((left,)), Track((right,), begins=1.5)],
            {"Channel 1": LEFT, "Channel 2": later(RIGHT, 1.5)},
            "two channels",
        ),
        ([Track((left, left)), Track((right, right), rate=44100)], SIDES, "two channels"),
        ([Track((left, right)), Track((left + right,))], SIDES, "number 1 was read"),
        ([Track((right,)), Track((left + right,))], ONE, "number 2 was read"),
        ([Track((silence, silence)), Track((left, right))], SIDES, "number 2 was read"),
        ([Track((left,)), Track((right,)), Track((silence,))], SIDES, "two channels"),
        ([Track((left + right,)), Track((left,)), Track((right,))], ONE, "number 1 was read"),
        ([Track((left, right), begins=1.5)], {n: later(s, 1.5) for n, s in SIDES.items()}, ""),
        ([Track([silence, silence, left + right, *[silence] * 3])], ONE, "6 channels"),
    ],
    ids=["two sides", "one later", "stereo both", "mix second", "mix last", "silent first", "silent third",
         "mix and voices", "after the picture", "5.1"],
)  # fmt: skip
def test_sound_tracks_of_a_video(
    tmp_path: Path, tracks: list[Track], spoken: dict[str | None, Spoken], says: str
) -> None:
    made = run(write_tracks(tmp_path / "a.mov", tracks, "mov", video=True), tmp_path / "work").transcript
    check(made, spoken, slack=0.3)
    assert any(says in w for w in made.warnings)
    assert not any("cut off" in w for w in made.warnings)
