"""A decoded recording on disk: a 16 kHz wave file a channel, its levels, and which channels are two sides."""

from __future__ import annotations

import hashlib
import wave
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coachbot.transcribe.audio import RATE, Decoding

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FRAME_S = 0.1
"""Seconds that one value of `Levels` stands for."""
_FRAME = int(RATE * FRAME_S)
SILENT = 10 ** (-60 / 20)
"""A channel whose loudest tenth of a second stays below -60 dB of full scale is silent."""
SAME = 0.95
"""Correlation from which on two channels hold the same."""
APART = 2.0
"""How much louder (6 dB) a channel must be to lead; the one that a side speaks into leads by far more."""

FAR = 10.0
"""How much louder (20 dB) a channel is on which somebody speaks alone; no two microphones of a room are."""
ALONE_S = 2.0
ALONE = 0.02
"""So many seconds, and such a share of the sound, of each side alone make two sides of two channels."""


@dataclass(frozen=True, slots=True)
class Levels:
    """Root mean square of each channel for every tenth of a second, shape (channels, n), 1.0 full scale.

    `correlation` is that of the two channels over the whole recording, 0 where there is one.
    """

    rms: NDArray[np.float32]
    correlation: float

    def of(self, channel: int | None) -> list[float]:
        """The level of a channel for every tenth of a second; of the loudest one where that is None."""
        rms = self.rms.max(axis=0) if channel is None else self.rms[channel]
        return [float(level) for level in rms]

    def loudness(self, channel: int, start: float, end: float) -> float:
        """Root mean square of a channel between two times in seconds."""
        import numpy as np

        first = max(0, int(start / FRAME_S))
        part = self.rms[channel, first : max(first + 1, int(end / FRAME_S))]
        return float(np.sqrt(np.mean(np.square(part)))) if part.size else 0.0


@dataclass(frozen=True, slots=True)
class Sound:
    """A decoded recording. `files[i]` holds the channel `numbers[i]` of it, None all channels mixed."""

    sha256: str
    format: str
    duration: float
    files: tuple[Path, ...]
    numbers: tuple[int | None, ...]
    levels: Levels
    warnings: tuple[str, ...]


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def judge(levels: Levels, keep_channels: bool = False) -> tuple[tuple[int | None, ...], list[str]]:
    """Which channels to transcribe (None: all as one), and sentences on why. Nothing where all are silent."""
    import numpy as np

    peaks = levels.rms.max(axis=1) if levels.rms.size else np.zeros(len(levels.rms))
    heard = [n for n, peak in enumerate(peaks) if peak > SILENT]
    if not heard:
        return (), []
    if len(peaks) == 1:
        return (None,), []
    if len(heard) == 1:
        note = f"Channel {2 - heard[0]} of the recording is silent."
        return ((heard[0],) if keep_channels else (None,)), [note]
    left, right = levels.rms
    active = np.maximum(left, right) > max(SILENT, 0.03 * float(peaks.max()))
    alone = min(int((a[active] > FAR * b[active]).sum()) for a, b in ((left, right), (right, left)))
    if alone * FRAME_S >= ALONE_S and alone >= ALONE * active.sum():
        return (0, 1), []  # whatever else there is: hold music, say, that both hear
    if abs(levels.correlation) > SAME:
        return (None,), ["Both channels hold the same sound, so it was transcribed once."]
    leads = ((left > APART * right) | (right > APART * left)) & active
    if leads.sum() < 0.25 * active.sum() and not keep_channels:
        return (None,), ["Both channels hold the same voices, so they were mixed to one."]
    return (0, 1), []


def samples(path: Path, start: int, end: int) -> NDArray[np.float32]:
    """Samples `start` to `end` of a wave file that `prepare` wrote, -1.0 to 1.0."""
    import numpy as np

    with wave.open(str(path), "rb") as file:
        file.setpos(min(max(0, start), file.getnframes()))
        data = file.readframes(max(0, end - start))
    return np.frombuffer(data, np.int16).astype(np.float32) / np.float32(32768)


def length(path: Path) -> int:
    """Samples in a wave file."""
    with wave.open(str(path), "rb") as file:
        return file.getnframes()


def cut(path: Path, out: Path, start: int, end: int) -> None:
    """Write samples `start` to `end` of a wave file to another, a few megabytes at a time."""
    with wave.open(str(path), "rb") as source, _writer(out) as target:
        source.setpos(start)
        left = end - start
        while left > 0 and (data := source.readframes(min(left, 1 << 20))):
            target.writeframesraw(data)
            left -= len(data) // 2


def _writer(path: Path) -> wave.Wave_write:
    file = wave.open(str(path), "wb")  # noqa: SIM115  (its user closes it)
    file.setnchannels(1)
    file.setsampwidth(2)
    file.setframerate(RATE)
    return file


def write(source: Decoding, names: list[Path], progress: Callable[[float, float], None]) -> Levels:
    """Decode a recording into a wave file a channel, and measure it. Raises AudioError."""
    import numpy as np

    meter = _Meter(len(names))
    files = [_writer(name) for name in names]
    try:
        for block in source.blocks():
            for file, channel in zip(files, block, strict=True):
                file.writeframesraw(channel.tobytes())
            meter.add(block.astype(np.float32) / np.float32(32768))
            progress(source.seconds, max(source.declared or 0.0, source.seconds))
    finally:
        for file in files:
            file.close()
    return meter.levels()


class _Meter:
    """Adds up energies and the channels' product, a tenth of a second at a time."""

    def __init__(self, channels: int) -> None:
        import numpy as np

        self.rest = np.zeros((channels, 0), np.float32)
        # One buffer a channel: thousands of small arrays would keep the blocks between them from being freed.
        self.energies = [array("f") for _ in range(channels)]
        self.product = 0.0

    def add(self, block: NDArray[np.float32]) -> None:
        import numpy as np

        block = np.concatenate((self.rest, block), axis=1)
        whole = block.shape[1] // _FRAME * _FRAME
        self.rest = block[:, whole:].copy()
        self._count(block[:, :whole])

    def _count(self, block: NDArray[np.float32]) -> None:
        import numpy as np

        if not block.shape[1]:
            return
        frames = block.reshape(len(block), -1, min(_FRAME, block.shape[1]))
        frames = frames - frames.mean(axis=2, keepdims=True)  # a constant offset is no sound
        energy = np.einsum("cfs,cfs->cf", frames, frames) / np.float32(frames.shape[2])
        for kept, more in zip(self.energies, energy, strict=True):
            kept.frombytes(more.tobytes())
        if len(block) == 2:
            self.product += float(np.vdot(frames[0], frames[1])) / _FRAME

    def levels(self) -> Levels:
        import numpy as np

        self._count(self.rest)
        channels = len(self.rest)
        energy = np.stack([np.array(kept, np.float32) for kept in self.energies])
        both = float(np.sqrt(np.prod(energy.sum(axis=1, dtype=np.float64)))) if channels == 2 else 0.0
        return Levels(np.sqrt(energy), self.product / both if both else 0.0)


def mix(names: Sequence[Path], out: Path, *, turned: bool = False) -> None:
    """Several channels as one. Two of opposite phase would cancel each other out, so one is `turned`."""
    import numpy as np

    total = min(length(name) for name in names)
    with _writer(out) as file:
        for at in range(0, total, 1 << 20):
            parts = np.stack([samples(name, at, min(total, at + (1 << 20))) for name in names])
            if turned:
                parts[1] = -parts[1]
            file.writeframesraw((parts.mean(axis=0) * 32767).astype(np.int16).tobytes())


def lengthen(path: Path, total: int) -> None:
    """Put silence at the end of a wave file until it has so many samples."""
    missing = total - length(path)
    if missing <= 0:
        return
    longer = path.with_name(f"longer-{path.name}")
    with wave.open(str(path), "rb") as source, _writer(longer) as target:
        while data := source.readframes(1 << 20):
            target.writeframesraw(data)
        for at in range(0, missing, 1 << 20):
            target.writeframesraw(bytes(2 * min(1 << 20, missing - at)))
    longer.replace(path)


def measure(names: Sequence[Path]) -> Levels:
    """The levels of wave files of one length, as channels of one recording."""
    import numpy as np

    meter = _Meter(len(names))
    for at in range(0, length(names[0]), 1 << 20):
        meter.add(np.stack([samples(name, at, at + (1 << 20)) for name in names]))
    return meter.levels()
