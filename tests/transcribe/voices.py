"""Sound made by code: voices that a voice activity detector takes for speech, and files of every encoding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np

RATE = 16_000
_VOWELS = (
    (730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480), (570, 840, 2410),
    (660, 1720, 2410),
)  # fmt: skip


def voice(seconds: float, pitch: float = 120.0, seed: int = 0) -> np.ndarray:
    """Syllables of a pulse train through three formants, with a little noise between them."""
    rng = np.random.default_rng(seed)
    parts: list[np.ndarray] = []
    total, have = int(seconds * RATE), 0
    while have < total:
        size = int(RATE * rng.uniform(0.12, 0.22))
        at = np.arange(size) / RATE
        tune = pitch * (1 + 0.15 * np.sin(2 * np.pi * rng.uniform(1, 3) * at + rng.uniform(0, 6)))
        phase = 2 * np.pi * np.cumsum(tune) / RATE
        formants = _VOWELS[rng.integers(len(_VOWELS))]
        sound = np.zeros(size)
        for n in range(1, int(4000 / pitch)):
            gain = sum(
                a / (1 + ((n * pitch - f) / width) ** 2)
                for f, width, a in zip(formants, (60, 90, 120), (1, 0.5, 0.25), strict=True)
            )
            sound += gain * np.sin(n * phase)
        sound *= np.minimum(1, np.minimum(np.arange(size), np.arange(size)[::-1]) / (RATE * 0.02))
        gap = int(RATE * rng.uniform(0.03, 0.07))
        parts += [rng.standard_normal(gap) * 0.15 * np.hanning(gap), sound]
        have += size + gap
    whole = np.concatenate(parts)[:total]
    return (0.3 * whole / np.abs(whole).max()).astype(np.float32)


def hush(seconds: float) -> np.ndarray:
    """Nearly nothing, as between two sentences."""
    return (np.random.default_rng(0).standard_normal(int(seconds * RATE)) * 1e-4).astype(np.float32)


def music(seconds: float) -> np.ndarray:
    """A chord, struck twice a second."""
    at = np.arange(int(seconds * RATE)) / RATE
    chord = sum(np.sin(2 * np.pi * f * at) for f in (261.6, 329.6, 392.0))
    return (chord * 0.1 * (np.mod(at, 0.5) < 0.45)).astype(np.float32)


def timeline(seconds: float, *spoken: tuple[float, float], pitch: float = 120.0) -> np.ndarray:
    """Silence with speech between the given seconds."""
    sound = hush(seconds)
    for n, (start, end) in enumerate(spoken):
        part = voice(end - start, pitch, seed=n + int(pitch))
        first = int(start * RATE)
        sound[first : first + len(part)] += part
    return sound


def write(
    path: Path,
    channels: Sequence[np.ndarray],
    *,
    codec: str = "pcm_s16le",
    form: str | None = None,
    rate: int = RATE,
    bit_rate: int | None = None,
    video: bool = False,
) -> Path:
    """A file of that codec. `channels` are samples of 16 kHz."""
    layout = {1: "mono", 2: "stereo", 4: "quad"}[len(channels)]
    with av.open(str(path), "w", format=form) as out:
        picture = _picture(out) if video else None
        stream = out.add_stream(codec, rate=rate, layout=layout)
        if bit_rate:
            stream.bit_rate = bit_rate
        wanted = stream.codec_context.format.name if stream.codec_context.format else "s16"
        resampler = av.AudioResampler(format=wanted, layout=layout, rate=rate)
        samples = np.ascontiguousarray(np.stack(channels).astype(np.float32))
        for at in range(0, samples.shape[1], RATE):
            frame = av.AudioFrame.from_ndarray(
                samples[:, at : at + RATE].copy(), format="fltp", layout=layout
            )
            frame.sample_rate = RATE
            frame.pts = at
            for ready in resampler.resample(frame):
                out.mux(stream.encode(ready))
        for ready in resampler.resample(None):
            out.mux(stream.encode(ready))
        out.mux(stream.encode(None))
        if picture is not None:
            _show(out, picture, len(channels[0]) / RATE)
    return path


@dataclass
class Track:
    """A sound track: its channels at 16 kHz, how it is stored, and the second at which it begins."""

    channels: Sequence[np.ndarray]
    codec: str = "aac"
    rate: int = 48_000
    begins: float = 0.0

    @property
    def layout(self) -> str:
        return {1: "mono", 2: "stereo", 6: "5.1"}[len(self.channels)]


def write_tracks(
    path: Path, tracks: Sequence[Track], form: str, *, video: bool = False, live: bool = False
) -> Path:
    """A file of several sound tracks, after a picture where there is one; `live` as a browser streams it."""
    with path.open("wb") as file:
        target = _Stream(file) if live else file
        with av.open(target, "w", format=form, options={"live": "1"} if live else {}) as out:
            picture = _picture(out) if video else None
            streams = [out.add_stream(t.codec, rate=t.rate, layout=t.layout) for t in tracks]
            packets = [p for t, s in zip(tracks, streams, strict=True) for p in _packets(t, s)]
            for packet in sorted(packets, key=lambda p: p.dts * p.time_base):
                out.mux(packet)
            if picture is not None:
                _show(out, picture, len(tracks[0].channels[0]) / RATE)
    return path


class _Stream:
    """What can only be written on and on."""

    def __init__(self, file: BinaryIO) -> None:
        self.write = file.write


def _packets(track: Track, stream: av.AudioStream) -> Iterator[av.Packet]:
    kind = stream.codec_context.format.name
    resampler = av.AudioResampler(format=kind, layout=track.layout, rate=track.rate)
    sound = np.stack(track.channels).astype(np.float32)
    frame = av.AudioFrame.from_ndarray(sound, format="fltp", layout=track.layout)
    frame.sample_rate, frame.pts = RATE, 0
    for ready in [*resampler.resample(frame), *resampler.resample(None)]:
        ready.pts += round(track.begins * track.rate)
        yield from stream.encode(ready)
    yield from (p for p in stream.encode(None) if p.pts is not None)


def _picture(out: av.container.OutputContainer) -> av.VideoStream:
    stream = out.add_stream("mpeg4", rate=5)
    stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
    return stream


def _show(out: av.container.OutputContainer, stream: av.VideoStream, seconds: float) -> None:
    for n in range(int(seconds * 5)):
        frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), n % 255, np.uint8), format="rgb24")
        frame.pts = n
        out.mux(stream.encode(frame))
    out.mux(stream.encode(None))


def silent_video(path: Path) -> Path:
    """Pictures without a sound track."""
    with av.open(str(path), "w") as out:
        _show(out, _picture(out), 2)
    return path
