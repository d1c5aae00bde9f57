"""`coachbot transcribe` and `coachbot recap` on recordings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner
from voices import hush, write

from coachbot.cli.app import app
from coachbot.errors import AudioError, UsageError
from coachbot.ingest import read_meta, read_transcript
from coachbot.recap import is_recording, read_call
from coachbot.settings import settings

META = {
    "title": "Intro call",
    "participants": [
        {"name": "Jane", "side": "seller", "channel": 0},
        {"name": "Bob", "side": "buyer", "channel": 1},
    ],
}


@pytest.fixture
def call(
    tmp_path: Path, left: tuple, right: tuple, whisper_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A recording with its meta file, in a folder of its own."""
    monkeypatch.setenv("COACHBOT_WHISPER_MODEL", str(whisper_folder))
    settings.cache_clear()
    folder = tmp_path / "calls"
    folder.mkdir()
    (folder / "intro.meta.json").write_text(json.dumps(META), "utf-8")
    return write(folder / "intro.mp3", [left[0], right[0]], codec="libmp3lame", rate=44100)


@pytest.mark.parametrize("suffix", ["txt", "vtt", "md", "json"])
def test_every_format_is_read_back_as_the_same_call(call: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"out.{suffix}"
    done = CliRunner().invoke(app, ["transcribe", str(call), "--out", str(out)])
    assert done.exit_code == 0, done.output
    made = read_transcript(out, read_meta(call.with_name("intro.meta.json")))
    assert {t.speaker for t in made.turns} == {"Jane", "Bob"}
    truth = read_call(call, read_meta(call.with_name("intro.meta.json")))
    assert " ".join(t.text for t in made.turns).split() == " ".join(t.text for t in truth.turns).split()
    if suffix == "json":
        assert made.turns == truth.turns


def test_several_recordings_go_into_a_folder_and_a_bad_one_stops_nothing(call: Path, tmp_path: Path) -> None:
    bad = write(call.with_name("silent.wav"), [hush(2.0)])
    done = CliRunner().invoke(
        app, ["transcribe", str(call), str(bad), "--format", "vtt", "--out", str(tmp_path / "o")]
    )
    assert done.exit_code == 2
    assert [p.name for p in (tmp_path / "o").iterdir()] == ["intro.vtt"]
    assert "silent" in done.stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--format", "pdf"], "pdf"),
        (["--speakers", "2"], "--diarize"),
        (["--diarize", "--rttm", "x.rttm"], "exclude"),
        (["--language", "klingon"], "klingon"),
    ],
)
def test_wrong_usage(call: Path, options: list[str], says: str) -> None:
    done = CliRunner().invoke(app, ["transcribe", str(call), *options])
    assert isinstance(done.exception, UsageError)
    assert says in str(done.exception)


def test_an_rttm_file_tells_the_voices_apart(tmp_path: Path, left: tuple, call: Path) -> None:
    file = write(tmp_path / "mono.wav", [left[0]])
    rttm = tmp_path / "mono.rttm"
    rttm.write_text(
        "SPEAKER mono 1 0.0 9.0 <NA> <NA> Ann <NA> <NA>\nSPEAKER mono 1 9.0 15.0 <NA> <NA> Ben <NA> <NA>\n",
        "utf-8",
    )
    out = tmp_path / "out.json"
    done = CliRunner().invoke(app, ["transcribe", str(file), "--rttm", str(rttm), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert {t.speaker for t in read_transcript(out).turns} == {"Ann", "Ben"}


def test_recap_of_a_recording(call: Path) -> None:
    done = CliRunner().invoke(app, ["recap", str(call), "--format", "json"])
    assert done.exit_code == 0, done.output
    made = json.loads(done.stdout)
    assert made["call"]["title"] == "Intro call"
    assert made["call"]["source"]["format"] == "audio:mp3/mp3float"
    assert {p["name"] for p in made["call"]["participants"]} == {"Jane", "Bob"}
    assert made["coverage"]["turns_read"] == made["coverage"]["turns_total"] > 0


def test_a_folder_of_recordings_and_transcripts(call: Path, tmp_path: Path) -> None:
    """A recording whose transcript lies beside it is the same call."""
    folder = call.parent
    (folder / "other.vtt").write_text(
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Hello there, Ben.\n", "utf-8"
    )
    write(folder / "other.wav", [hush(1.0)])
    done = CliRunner().invoke(app, ["recap", str(folder), "--processes", "1"])
    assert done.exit_code == 0, done.output
    formats = [json.loads(line)["call"]["source"]["format"] for line in done.stdout.splitlines()]
    assert formats == ["audio:mp3/mp3float", "vtt"]
    assert "left out" in done.stderr


@pytest.mark.parametrize(
    ("name", "content", "recording"),
    [
        ("a.mp3", b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n", False),
        ("a.mp3", b"", True),
        ("a.wav", b"\0\1\2\3" * 50, True),
        ("a.txt", b"Jane: hello\n", False),
        ("a.txt", b"OggS" + b"\0" * 60, True),
        ("a.docx", b"PK\x03\x04" + b"\0" * 60, False),
    ],
)
def test_what_is_a_recording(tmp_path: Path, name: str, content: bytes, recording: bool) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert is_recording(path) is recording
    assert is_recording(tmp_path / "none.wav") is False


def test_an_empty_recording_is_said_to_be_empty(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    done = CliRunner().invoke(app, ["recap", str(tmp_path / "a.wav")])
    assert isinstance(done.exception, AudioError)
    assert done.exception.exit_status == 2
