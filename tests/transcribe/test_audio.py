"""Recordings of every kind are decoded; bad ones end in a clear state."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from voices import RATE, hush, silent_video, timeline, voice, write

from coachbot.errors import AudioError, InputError
from coachbot.transcribe.audio import open_audio
from coachbot.transcribe.prepare import prepare
from coachbot.transcribe.sound import Levels, length, samples

ENCODINGS = [
    ("a.wav", {"codec": "pcm_s16le"}),
    ("mulaw.wav", {"codec": "pcm_mulaw", "rate": 8000}),
    ("u8.wav", {"codec": "pcm_u8"}),
    ("float.wav", {"codec": "pcm_f32le", "rate": 44100}),
    ("s24.wav", {"codec": "pcm_s24le", "rate": 48000}),
    ("a.mp3", {"codec": "libmp3lame", "rate": 44100, "bit_rate": 96000}),
    ("a.m4a", {"codec": "aac", "form": "ipod", "rate": 44100}),
    ("a.aac", {"codec": "aac", "form": "adts", "rate": 44100}),
    ("a.ogg", {"codec": "libopus", "rate": 48000}),
    ("a.webm", {"codec": "libopus", "rate": 48000}),
    ("a.flac", {"codec": "flac"}),
    ("a.mp4", {"codec": "aac", "rate": 44100, "video": True}),
    ("a.mov", {"codec": "aac", "rate": 44100, "video": True}),
    ("a.mkv", {"codec": "flac", "rate": 48000}),
]


@pytest.mark.parametrize(("name", "how"), ENCODINGS, ids=[name for name, _ in ENCODINGS])
def test_every_encoding_gives_both_channels_at_the_right_time(
    tmp_path: Path, name: str, how: dict[str, object]
) -> None:
    left, right = timeline(6.0, (1.0, 2.5), pitch=210), timeline(6.0, (3.5, 5.0), pitch=115)
    file = write(tmp_path / name, [left, right], **how)
    sound = prepare(file, tmp_path)
    assert sound.numbers == (0, 1)
    assert sound.duration == pytest.approx(6.0, abs=0.15)
    assert [length(f) for f in sound.files] == [round(sound.duration * RATE)] * 2
    for channel, (start, end) in enumerate(((1.0, 2.5), (3.5, 5.0))):
        loud = np.flatnonzero(sound.levels.rms[channel] > 0.02) / 10
        assert loud.min() == pytest.approx(start, abs=0.2)
        assert loud.max() == pytest.approx(end, abs=0.2)
    assert sound.warnings == ()


def test_the_name_of_a_file_does_not_matter(tmp_path: Path) -> None:
    file = write(tmp_path / "call.flac", [voice(2.0)], codec="flac")
    wrong = file.rename(tmp_path / "call.txt.mp3")
    with open_audio(wrong) as source:
        assert (source.container, source.codec) == ("flac", "flac")
    assert prepare(wrong, tmp_path).format == "flac/flac"


def refused(path: Path) -> AudioError:
    with pytest.raises(AudioError) as caught:
        prepare(path, path.parent)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    return caught.value


def test_an_empty_file(tmp_path: Path) -> None:
    file = tmp_path / "call.wav"
    file.touch()
    assert refused(file).state == "empty"


@pytest.mark.parametrize(
    "content", [b"\x07garbage\x00" * 500, b"RIFF\x00\x00\x00\x00WAVEgarbage", b"ID3" + b"\x03" * 3000]
)
def test_a_file_that_is_no_recording(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "call.mp3"
    file.write_bytes(content)
    assert refused(file).state == "corrupt"


def test_a_damaged_beginning(tmp_path: Path) -> None:
    file = write(tmp_path / "call.wav", [voice(2.0)])
    file.write_bytes(b"\x99" * 40 + file.read_bytes()[40:])
    assert refused(file).state == "corrupt"


def test_a_video_without_sound(tmp_path: Path) -> None:
    assert refused(silent_video(tmp_path / "call.mp4")).state == "no_audio"


def test_a_silent_recording(tmp_path: Path) -> None:
    assert refused(write(tmp_path / "call.wav", [np.zeros(RATE * 3, np.float32)])).state == "silent"
    assert refused(write(tmp_path / "two.wav", [hush(3.0), hush(3.0)])).state == "silent"


def test_an_encrypted_recording(tmp_path: Path) -> None:
    file = write(tmp_path / "call.m4a", [voice(2.0)], codec="aac", form="ipod", rate=44100)
    file.write_bytes(file.read_bytes().replace(b"mp4a", b"drms"))
    assert refused(file).state == "encrypted"


@pytest.mark.parametrize(
    ("name", "how", "says"),
    [
        ("a.wav", {}, "cut off"),
        ("a.mp3", {"codec": "libmp3lame", "rate": 44100}, "cut off"),
        ("a.flac", {"codec": "flac"}, "cut off"),
        ("a.ogg", {"codec": "libopus", "rate": 48000}, "end mark"),
    ],
)
def test_a_recording_that_is_cut_off_is_used_as_far_as_it_goes(
    tmp_path: Path, name: str, how: dict[str, object], says: str
) -> None:
    file = write(tmp_path / name, [voice(20.0)], **how)
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])
    sound = prepare(file, tmp_path)
    assert 6.0 < sound.duration < 14.0
    assert any(says in w for w in sound.warnings)


def test_an_mp4_that_ends_before_its_index_says_so(tmp_path: Path) -> None:
    file = write(tmp_path / "a.m4a", [voice(8.0)], codec="aac", form="ipod", rate=44100)
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])
    assert "index" in refused(file).reason


def test_damage_in_the_middle_costs_only_the_middle(tmp_path: Path) -> None:
    file = write(tmp_path / "a.flac", [voice(20.0)], codec="flac")
    data = bytearray(file.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 30_000] = b"\x55" * 30_000
    file.write_bytes(data)
    sound = prepare(file, tmp_path)
    assert sound.duration > 17.0
    assert any("damaged" in w or "missing" in w for w in sound.warnings)


def test_time_stamps_that_leave_something_out_are_silence(tmp_path: Path) -> None:
    """As a meeting recorder writes it that drops packets, or starts the sound later."""
    file = tmp_path / "a.mkv"
    with av.open(str(file), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=RATE, layout="mono")
        for at in (0, 10 * RATE):
            frame = av.AudioFrame.from_ndarray(
                (voice(2.0) * 32767).astype(np.int16)[None], format="s16", layout="mono"
            )
            frame.sample_rate, frame.pts = RATE, at
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    sound = prepare(file, tmp_path)
    assert sound.duration == pytest.approx(12.0, abs=0.05)
    assert sound.warnings == (
        "8.0 seconds are missing from the recording in one place; silence stands for them.",
    )
    loud = sound.levels.rms[0] > 0.02
    assert loud[:20].mean() > 0.9
    assert not loud[21:99].any()
    assert loud[101:119].mean() > 0.9


def test_what_is_no_file(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.wav"):
        with pytest.raises(InputError), open_audio(path):
            pass


def test_mono_stored_as_stereo_is_used_once(tmp_path: Path) -> None:
    one = timeline(6.0, (1.0, 4.0))
    sound = prepare(write(tmp_path / "a.wav", [one, one * 0.5]), tmp_path)
    assert sound.numbers == (None,)
    assert "transcribed once" in sound.warnings[0]
    upside_down = prepare(write(tmp_path / "b.wav", [one, -one]), tmp_path)
    assert upside_down.numbers == (None,)
    mixed = samples(upside_down.files[0], RATE, 2 * RATE)
    assert np.abs(mixed).max() > 0.1


def test_a_room_in_stereo_is_no_two_sides(tmp_path: Path) -> None:
    """The same voices reach both microphones, a few milliseconds apart."""
    one = timeline(8.0, (0.5, 3.5), (4.5, 7.5))
    later = np.roll(one, 80) * 0.8
    assert prepare(write(tmp_path / "a.wav", [one, later]), tmp_path).numbers == (None,)


def test_one_silent_channel(tmp_path: Path) -> None:
    file = write(tmp_path / "a.wav", [np.zeros(RATE * 4, np.float32), voice(4.0)])
    assert prepare(file, tmp_path).numbers == (None,)
    assert prepare(file, tmp_path, keep_channels=True).numbers == (1,)


def test_more_than_two_channels_are_mixed(tmp_path: Path) -> None:
    one = timeline(4.0, (1.0, 3.0))
    sound = prepare(write(tmp_path / "a.wav", [one, hush(4.0), hush(4.0), one]), tmp_path)
    assert sound.numbers == (None,)
    assert "4 channels" in sound.warnings[0]


def test_memory_holds_no_more_than_a_block(tmp_path: Path) -> None:
    file = write(tmp_path / "a.wav", [np.tile(voice(10.0), 12)], rate=48000)
    with open_audio(file) as source:
        assert max(block.shape[1] for block in source.blocks()) <= 1 << 18


def test_loudness_of_a_moment() -> None:
    levels = Levels(np.array([[0.0, 0.0, 0.5, 0.5], [0.1, 0.1, 0.1, 0.1]], np.float32), 0.0)
    assert levels.loudness(0, 0.2, 0.4) == pytest.approx(0.5)
    assert levels.loudness(0, 0.0, 0.2) == 0.0
    assert levels.loudness(1, 9.0, 9.1) == 0.0
