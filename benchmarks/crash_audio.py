"""Recordings for crash runs: two people on two channels, a speech model of random weights, known times."""

from __future__ import annotations

import io
import os
import random
import sys
import time
import wave
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import small_whisper
from crash_world import Processes
from voices import RATE, hush, voice

from coachbot.model.transcript import CallMeta, Participant, Side, Transcript
from coachbot.settings import settings

EDGE_S = 0.6
"""Seconds at the edges of what was said that need not be in its turn: a detector errs by some tenths."""
META = CallMeta(
    participants=(
        Participant(name="Jane", side=Side.SELLER, channel=0),
        Participant(name="Bob", side=Side.BUYER, channel=1),
    )
)
Spans = list[list[tuple[float, float]]]


class Audio:
    """Makes the recordings, kills in the middle of recognition, and looks at what became of them."""

    meta = META

    def __init__(self, home: Path, kills: int, minutes: float) -> None:
        self.home, self.minutes = home, minutes
        os.environ["COACHBOT_WHISPER_MODEL"] = str(small_whisper.build(home / "whisper"))
        os.environ["COACHBOT_THREADS"] = "1"
        self.kills = kills
        self.next = 1
        self.written: dict[Path, Counter[int]] = {}
        self.spans: dict[str, Spans] = {}
        self.kept_at_kill: list[int] = []

    def data(self, name: str) -> bytes:
        sound, spans = conversation(int(name[5:-4]), self.minutes)
        self.spans[name] = spans
        file = io.BytesIO()
        with wave.open(file, "wb") as out:
            out.setnchannels(2)
            out.setsampwidth(2)
            out.setframerate(RATE)
            out.writeframes(sound.tobytes())
        return file.getvalue()

    def look(self, processes: Processes, rng: random.Random) -> None:
        """Note which pieces are written, and kill a moment after some more are there."""
        for path in self.home.glob("cache/transcribe/*/*/channel-?-????.json"):
            self.written.setdefault(path, Counter())[path.stat().st_mtime_ns] += 1
        if self.kills and len(self.written) >= self.next:
            time.sleep(rng.uniform(0, 0.5))
            self.kept_at_kill.append(len(self.written))
            processes.kill(rng.choice(sorted(processes.running)))
            self.kills -= 1
            self.next = len(self.written) + rng.randint(1, 5)

    def faults(self, store: Any, ids: dict[str, str]) -> list[str]:
        print(f"pieces {len(self.written)}; there when it was killed: {self.kept_at_kill}", file=sys.stderr)
        wrong = [f"{p.name} was recognised {len(n)} times" for p, n in self.written.items() if len(n) > 1]
        for name, call_id in ids.items():
            with store.read() as unit:
                found = unit.transcripts.load(call_id)
            wrong += [f"{name}: {line}" for line in self._turns(found, self.spans[name])]
            whole = self._whole(name)
            if [t.model_dump() for t in whole.turns] != [t.model_dump() for t in found.turns]:
                wrong.append(f"{name}: the result is not that of a run that nobody killed")
        return wrong

    def _turns(self, found: Transcript, spans: Spans) -> list[str]:
        """Every second that somebody speaks is in exactly one turn of theirs."""
        wrong = []
        for who, said in zip(("Jane", "Bob"), spans, strict=True):
            turns = [t for t in found.turns if t.speaker == who]
            for start, end in said:
                for at in np.arange(start + EDGE_S, end - EDGE_S, 0.5):
                    held = [t for t in turns if (t.start_s or 0) <= at < (t.end_s or 0)]
                    if len(held) != 1:
                        wrong.append(f"{who} at {at:.1f} s is in {len(held)} turns")
        return wrong[:3]

    def _whole(self, name: str) -> Transcript:
        """The same recording in a workspace of its own, in one go."""
        from coachbot.recap import read_call
        from coachbot.transcribe import transcriber

        path = self.home / "whole" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(self.data(name))
        before, size = os.environ["COACHBOT_HOME"], transcriber.PIECE_WINDOWS
        os.environ["COACHBOT_HOME"] = str(path.parent)
        settings.cache_clear()
        transcriber.PIECE_WINDOWS = 2
        try:
            return read_call(path, META)
        finally:
            os.environ["COACHBOT_HOME"], transcriber.PIECE_WINDOWS = before, size
            settings.cache_clear()


def conversation(seed: int, minutes: float) -> tuple[np.ndarray, Spans]:
    """Samples of shape (n, 2), and when each of the two speaks: a minute of talk over and over."""
    rng = np.random.default_rng(seed)
    sides: list[list[np.ndarray]] = [[], []]
    spoken: Spans = [[], []]
    at, turn = 0.0, 0
    while at < 60:
        length, pause = float(rng.uniform(3, 9)), float(rng.uniform(0.6, 1.5))
        side = turn % 2
        said = voice(length, (210.0, 115.0)[side], seed=seed * 1000 + turn)
        length = len(said) / RATE
        spoken[side].append((at, at + length))
        sides[side] += [said, hush(pause)]
        sides[1 - side] += [hush(length), hush(pause)]
        at, turn = at + length + len(hush(pause)) / RATE, turn + 1
    size = min(sum(len(p) for p in side) for side in sides)
    both = np.stack([np.concatenate(side)[:size] for side in sides], axis=1)
    minute = (np.clip(both, -1, 1) * 32767).astype(np.int16)
    minute[:, 0] += np.int16(seed % 7)  # each is a file of its own
    times = max(1, round(minutes))
    again = [[(a + n * size / RATE, b + n * size / RATE) for n in range(times) for a, b in side]
             for side in spoken]  # fmt: skip
    return np.tile(minute, (times, 1)), again
