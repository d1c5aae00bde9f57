"""A transcription that is killed without warning goes on where it stopped, and ends like one that was not."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from voices import timeline, write

from coachbot.model.transcript import Transcript
from coachbot.transcribe import transcribe_recording, transcriber
from coachbot.transcribe.resume import Piece, Work
from coachbot.transcribe.vad import speech
from coachbot.transcribe.words import Segment, Word

COMMAND = """
from coachbot.transcribe import transcriber
transcriber.PIECE_WINDOWS = 1
from coachbot.cli import main
main()
"""
SIDES = (("left", 210.0, 0), ("right", 115.0, 16))


@pytest.fixture
def long_call(tmp_path: Path) -> Path:
    """Three and a half minutes of two people on two channels, in turn: some pieces for each."""
    channels = []
    for _, pitch, shift in SIDES:
        talk = [(n + shift, n + shift + 14.5) for n in range(1, 190, 32)]
        channels.append(timeline(208.0, *talk, pitch=pitch))
    return write(tmp_path / "long.wav", channels)


def pieces(home: Path) -> dict[str, int]:
    """The pieces that are kept, with the time at which each was written."""
    return {p.name: p.stat().st_mtime_ns for p in home.glob("cache/transcribe/*/*/channel-?-????.json")}


def transcribe(home: Path, file: Path, model: Path, out: Path) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-c",
        COMMAND,
        "transcribe",
        str(file),
        "--model",
        str(model),
        "--out",
        str(out),
    ]
    env = os.environ | {"COACHBOT_HOME": str(home), "COACHBOT_THREADS": "1"}
    return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def kill_after(process: subprocess.Popen[bytes], home: Path, name: str, pause: float) -> None:
    """SIGKILL a moment after that piece is there."""
    until = time.monotonic() + 120
    while name not in pieces(home):
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < until
        time.sleep(0.005)
    time.sleep(pause)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def in_one_turn(transcript: Transcript) -> None:
    """Every second of speech is in exactly one turn of its channel."""
    for channel, (side, _, shift) in enumerate(SIDES):
        turns = [t for t in transcript.turns if t.speaker == f"Channel {channel + 1}"]
        for at in np.arange(1.5 + shift, 15.0 + shift, 0.5):
            for start in range(0, 190, 32):
                held = [t for t in turns if (t.start_s or 0) <= at + start < (t.end_s or 0)]
                assert len(held) == 1, (side, at + start, held)


def test_killed_twice_it_ends_like_one_run(long_call: Path, whisper_folder: Path, tmp_path: Path) -> None:
    rng = random.Random(5)
    home, out = tmp_path / "home", tmp_path / "out.json"
    whole = transcribe(tmp_path / "other", long_call, whisper_folder, tmp_path / "whole.json")
    for name in ("channel-0-0001.json", "channel-1-0000.json"):
        kept = pieces(home)
        run = transcribe(home, long_call, whisper_folder, out)
        kill_after(run, home, name, rng.uniform(0, 0.05))
        assert not out.exists()
        assert kept.items() <= pieces(home).items(), "what was done was done again"
    kept = pieces(home)
    last = transcribe(home, long_call, whisper_folder, out)
    for process in (last, whole):
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
    assert kept.items() < pieces(home).items()
    assert out.read_text("utf-8") == (tmp_path / "whole.json").read_text("utf-8")
    in_one_turn(Transcript.model_validate_json(out.read_text("utf-8")))


class Remembers:
    """Finds out a language with its first piece, and from then on speaks it."""

    def __init__(self, stops_after: int | None = None) -> None:
        self.language: str | None = None
        self.began_with: list[str | None] = []
        self.stops_after = stops_after

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
        if len(self.began_with) == self.stops_after:
            raise KeyboardInterrupt
        self.began_with.append(self.language)
        self.language = self.language or "de"
        for span in speech(audio):
            yield Segment((Word(" ja", *span, 0.9),), *span, " ja", self.language, -0.2, 0.0, 1.2)


def test_the_language_of_the_recording_outlives_the_process(
    long_call: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transcriber, "PIECE_WINDOWS", 2)
    with pytest.raises(KeyboardInterrupt):
        transcribe_recording(long_call, recognizer=Remembers(stops_after=1), work=tmp_path)
    resumed = Remembers()
    transcribe_recording(long_call, recognizer=resumed, work=tmp_path)
    assert resumed.began_with
    assert set(resumed.began_with) == {"de"}


def test_two_threads_write_the_same_piece(tmp_path: Path) -> None:
    """The same recording in two calls, worked on by two threads of one process."""
    words = tuple(Word(f" w{n}", n, n + 0.5, 0.9) for n in range(3000))
    piece = Piece([Segment(words, 0, 3000, "", "en", -0.2, 0.0, 1.2)], "en")
    failed: list[BaseException] = []

    def write_often() -> None:
        work = Work(tmp_path, "0" * 64, ("one",))
        try:
            for _ in range(20):
                work.keep_piece(0, 0, piece)
                assert work.piece(0, 0) == piece
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=write_often) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert not list(tmp_path.rglob("*.part"))
