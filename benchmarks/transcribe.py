"""Our transcription against raw faster-whisper: time, two channels against one, and peak memory.

python benchmarks/transcribe.py                    # everything; some minutes
python benchmarks/transcribe.py --minutes 5 --long 10 30 --rounds 3
python benchmarks/transcribe.py --model FOLDER     # with a real model instead of one of random weights
python benchmarks/transcribe.py --model FOLDER --audio call.wav other.mp3    # real recordings, mixed to mono

The same model and the same file in one run. Random weights cost as much time as trained ones of their size.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "transcribe"))
import small_whisper
from voices import RATE, hush, voice

from coachbot.transcribe import transcribe_recording, transcriber
from coachbot.transcribe.whisper import WhisperRecognizer, cores, device_for, load

OVERHEAD, TWO_CHANNELS, GROWTH = 1.05, 1.10, 1.15


def call(path: Path, minutes: float, *, stereo: bool) -> Path:
    """Two voices in turn, a minute of them over and over; `stereo` gives each a channel."""
    sides: list[list[np.ndarray]] = [[], []]
    rng = np.random.default_rng(3)
    have, turn = 0.0, 0
    while have < 60:
        length, pause = float(rng.uniform(2, 9)), float(rng.uniform(0.3, 1.2))
        said = voice(length, (210.0, 115.0)[turn % 2], seed=turn)
        sides[turn % 2] += [said, hush(pause)]
        sides[1 - turn % 2] += [hush(length), hush(pause)]
        have, turn = have + length + pause, turn + 1
    size = min(sum(len(p) for p in side) for side in sides)
    both = np.stack([np.concatenate(side)[:size] for side in sides])
    frames = both.T if stereo else both.sum(axis=0)[:, None]
    minute = (np.clip(frames, -1, 1) * 32767).astype(np.int16)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(minute.shape[1])
        file.setsampwidth(2)
        file.setframerate(RATE)
        left = int(minutes * 60 * RATE)
        while left > 0:
            file.writeframes(minute[:left].tobytes())
            left -= len(minute)
    return path


def raw(model: Path, audio: Path) -> int:
    """faster-whisper as its README shows it; the number of words."""
    from faster_whisper import BatchedInferencePipeline

    loaded = load(model, *device_for("auto", "auto"), cores())
    found, _ = BatchedInferencePipeline(loaded).transcribe(str(audio), language="en", word_timestamps=True)
    return sum(len(s.words) for s in found)


def ours(model: Path, audio: Path) -> int:
    """The same through coachbot, with nothing kept from a run before."""
    with tempfile.TemporaryDirectory() as work:
        made = transcribe_recording(audio, model=str(model), language="en", glossary=(), work=Path(work))
    return made.transcript.words


def seconds(do: Callable[[Path, Path], int], model: Path, audio: Path) -> float:
    """Processor seconds of one run: other work on the machine does not count."""
    start = time.process_time()
    do(model, audio)
    return time.process_time() - start


def compare(model: Path, folder: Path, minutes: float, rounds: int) -> bool:
    """Time against raw faster-whisper, and two channels against one. Rounds take turns."""
    mono = call(folder / "mono.wav", minutes, stereo=False)
    two = call(folder / "two.wav", minutes, stereo=True)
    ours(model, call(folder / "warm.wav", 0.5, stereo=False))
    taken: dict[str, list[float]] = {"raw": [], "ours": [], "two": []}
    for _ in range(rounds):
        taken["raw"].append(seconds(raw, model, mono))
        taken["ours"].append(seconds(ours, model, mono))
        taken["two"].append(seconds(ours, model, two))
    best = {name: statistics.median(times) for name, times in taken.items()}
    print(f"{minutes:g} minutes, processor seconds (median of {rounds}):")
    print(f"  raw faster-whisper  {best['raw']:8.2f}")
    good = row("coachbot, mono", best["ours"], best["raw"], OVERHEAD)
    return row("coachbot, two channels", best["two"], best["ours"], TWO_CHANNELS) and good


def recordings(model: Path, folder: Path, files: list[Path], rounds: int) -> None:
    """Real recordings, mixed to mono: with and without the second try at speech that gave no words."""
    tried: list[float] = []
    second = transcriber.second_try
    whole = WhisperRecognizer.recognize

    def counted(self: WhisperRecognizer, audio: Path, channel: int | None, **options: Any) -> Any:
        if audio.name == "again.wav":
            tried.append(options["duration"])
        return whole(self, audio, channel, **options)

    WhisperRecognizer.recognize = counted  # type: ignore[method-assign]
    for file in files:
        audio = mono(file, folder / "mono.wav")
        ours(model, audio)
        taken: dict[str, list[float]] = {"raw": [], "first": [], "both": []}
        for _ in range(rounds):
            taken["raw"].append(seconds(raw, model, audio))
            transcriber.second_try = lambda file, first, *_, **__: list(first)  # type: ignore[assignment]
            taken["first"].append(seconds(ours, model, audio))
            transcriber.second_try = second
            tried.clear()
            taken["both"].append(seconds(ours, model, audio))
        best = {name: statistics.median(times) for name, times in taken.items()}
        print(f"{file.name}: raw faster-whisper {best['raw']:.2f} processor seconds (median of {rounds})")
        row("one try", best["first"], best["raw"], OVERHEAD)
        print(
            f"  with a second try     {best['both']:8.2f}   x {best['both'] / best['raw']:.3f} "
            f"({len(tried)} stretches, {sum(tried):.0f} s of sound)"
        )


def mono(file: Path, out: Path) -> Path:
    """The recording as one channel of 16 kHz, so that both sides of the comparison read the same."""
    from faster_whisper.audio import decode_audio

    sound = decode_audio(str(file))
    with wave.open(str(out), "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(RATE)
        target.writeframes((np.clip(sound, -1, 1) * 32767).astype(np.int16).tobytes())
    return out


def row(name: str, value: float, base: float, limit: float) -> bool:
    """One line, and whether it is within the limit."""
    ratio = value / base
    print(
        f"  {name:<22}{value:8.2f}   x {ratio:.3f} (limit {limit:.2f}) {'ok' if ratio <= limit else 'OVER'}"
    )
    return ratio <= limit


def memory(model: Path, folder: Path, lengths: list[float]) -> bool:
    """Peak memory of a process that transcribes a call of each length."""
    peaks = []
    for minutes in lengths:
        audio = call(folder / "long.wav", minutes, stereo=True)
        done = subprocess.run(
            [sys.executable, __file__, "--only", str(audio), "--model", str(model)],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        peak, took = done.stdout.split()
        peaks.append(float(peak))
        print(f"  {minutes:5g} minutes, two channels: peak {peaks[-1]:6.0f} MB in {float(took):.0f} s")
    growth = max(peaks) / peaks[0]
    print(f"  growth x {growth:.3f} (limit {GROWTH:.2f}) {'ok' if growth <= GROWTH else 'OVER'}")
    return growth <= GROWTH


def main() -> int:
    """Run what was asked for. Exit status 1 where a limit is passed."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--model", help="a model's folder; without it, one of random weights")
    ask.add_argument("--minutes", type=float, default=10)
    ask.add_argument("--rounds", type=int, default=3)
    ask.add_argument("--long", type=float, nargs="*", default=[10, 60, 180])
    ask.add_argument("--audio", type=Path, nargs="*", help="real recordings, instead of made-up calls")
    ask.add_argument("--only", type=Path, help=argparse.SUPPRESS)
    given = ask.parse_args()
    if given.only:
        start = time.perf_counter()
        ours(Path(given.model), given.only)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
            1024 if sys.platform != "darwin" else 1024**2
        )
        print(peak, time.perf_counter() - start)
        return 0
    folder = Path(tempfile.mkdtemp())
    try:
        model = Path(given.model) if given.model else small_whisper.build(folder / "model")
        if given.audio:
            recordings(model, folder, given.audio, given.rounds)
            return 0
        good = compare(model, folder, given.minutes, given.rounds)
        return 0 if (not given.long or memory(model, folder, given.long)) and good else 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
