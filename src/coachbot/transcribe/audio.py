"""Recordings of any format, decoded by PyAV in a stream: 16 kHz, 16 bit, every channel by itself.

What a file is, its content decides; its name is never looked at. A file that cannot be used ends in
AudioError, whose message says what to do; one that is damaged is used as far as it goes, with a warning.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from coachbot.errors import AudioError, InputError
from coachbot.files import reading

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 16_000
"""Samples a second of everything after decoding."""
MAX_SECONDS = 12 * 3600
GROUP = 1 << 18
"""Samples that are resampled at a time."""
GAP_S = 0.25
"""Time stamps that leave out more than this are silence that was not recorded."""
MAX_GAP_S = 3600.0
"""A larger leap is a broken time stamp."""
UNCOUNTED = 1 << 16
"""Bytes behind the end that a wave file's header gives, from which on the header is wrong."""

AUDIO_SUFFIXES = frozenset((
    ".wav", ".mp3", ".m4a", ".m4b", ".aac", ".ogg", ".oga", ".opus", ".webm", ".flac", ".mp4", ".m4v", ".mov",
    ".mkv", ".mka", ".wma", ".amr", ".aif", ".aiff", ".au", ".3gp", ".avi", ".mpga", ".mpeg", ".mpg", ".caf",
))  # fmt: skip
_ENCRYPTED_TAGS = frozenset(("drms", "drmi", "enca", "encv", "aavd"))
_ENCRYPTED_MARKS = (b"drms", b"drmi", b"enca", b"encv", b"aavd", b"aax ", b"pssh")


@dataclass
class Decoding:
    """A recording while it is decoded.

    `container` and `codec` are FFmpeg's names; `declared` is the length in seconds that the file claims,
    None where it claims none; `channels` is what `blocks` yields (more than two are mixed to one). `track` is
    the sound track that is decoded, of as many as `streams` says.
    """

    path: Path
    container: str
    codec: str
    channels: int
    recorded_channels: int
    streams: int
    declared: float | None
    track: int = 0
    damaged: int = 0
    gaps: list[float] = field(default_factory=list)
    seconds: float = 0.0
    _source: Any = field(default=None, repr=False)

    def blocks(self) -> Iterator[NDArray[np.int16]]:
        """Samples of shape (channels, n), in order; at most about 20 seconds in a block.

        Silence stands where the time stamps leave something out, so that a sample's index is its time.
        Raises AudioError where nothing can be decoded, or the recording is too long.
        """
        import numpy as np

        samples = 0
        for block in self._decoded():
            for at in range(0, block.shape[1], GROUP):
                part = block[:, at : at + GROUP]
                samples += part.shape[1]
                self.seconds = samples / RATE
                if self.seconds > MAX_SECONDS:
                    raise AudioError(
                        f"the recording is longer than {MAX_SECONDS // 3600} hours; cut it into calls",
                        state="too_long", path=self.path,
                    )  # fmt: skip
                yield np.ascontiguousarray(part)
        if not samples:
            _undecodable(self.path)

    def _decoded(self) -> Iterator[NDArray[np.int16]]:
        import av

        try:
            yield from _Resampler(self.channels).run(_stamped(self, self._source))
        except (av.FFmpegError, ValueError):  # a damaged header asks for what cannot be
            self.damaged += 1

    def warnings(self) -> list[str]:
        """Sentences on what is wrong with the recording; complete once `blocks` has ended."""
        notes = []
        if self.recorded_channels > 2:
            notes.append(f"The recording has {self.recorded_channels} channels, which were mixed to one.")
        announced = max(self.declared or 0.0, self.seconds * _wave_size(self.path))
        if self.seconds < announced - max(1.0, 0.01 * announced):
            notes.append(
                f"The file is cut off: {clock(self.seconds)} of the {clock(announced)} that it announces "
                "are there. They were used."
            )
        elif _no_end_mark(self.path, self.container):
            notes.append("The file ends without its end mark, so it may be cut off. What is there was used.")
        if self.gaps:
            places = "one place" if len(self.gaps) == 1 else f"{len(self.gaps)} places"
            notes.append(
                f"{sum(self.gaps):.1f} seconds are missing from the recording in {places}; "
                "silence stands for them."
            )
        if self.damaged:
            pieces = "1 damaged piece" if self.damaged == 1 else f"{self.damaged} damaged pieces"
            notes.append(f"{pieces} of the recording could not be decoded and were left out.")
        return notes


@contextmanager
def open_audio(path: Path, track: int = 0, *, mono: bool = False) -> Iterator[Decoding]:
    """The recording in a file, ready to decode: the sound track of that number, mixed if it is to be `mono`.

    Raises AudioError for a file that is empty, no recording, damaged at its start, encrypted or without
    sound, and InputError for one that cannot be opened at all.
    """
    import av

    check_file(path)
    try:
        source = av.open(str(path), mode="r", metadata_errors="ignore", options=_options(path))
    except av.FFmpegError:
        _unreadable(path)
    with source:
        sounds = source.streams.audio
        if not sounds:
            if not source.streams.video:
                _unreadable(path)
            raise AudioError(
                "the file has no sound track; record the call again with sound, or name another file",
                state="no_audio", path=path,
            )  # fmt: skip
        context = sounds[track].codec_context
        if context is None or (context.codec_tag or "") in _ENCRYPTED_TAGS or _is_encrypted(path):
            _encrypted(path)
        channels = context.channels
        yield Decoding(
            path,
            container=source.format.name.split(",")[0],
            codec=context.name,
            channels=2 if channels == 2 and not mono else 1,
            recorded_channels=channels,
            streams=len(sounds),
            declared=_declared(source, sounds[track]),
            track=track,
            _source=source,
        )


def clock(seconds: float) -> str:
    """A time as `m:ss` or `h:mm:ss`."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


def check_file(path: Path) -> None:
    """Raise InputError for what is no file that can be read, AudioError where it is empty."""
    with reading(path):
        info = path.stat()
        if stat.S_ISDIR(info.st_mode):
            raise InputError("this is a folder; name a recording in it", path=path)
        with path.open("rb") as file:
            file.read(1)
    if not stat.S_ISREG(info.st_mode):
        raise InputError("this is not a regular file; save the recording to a file first", path=path)
    if info.st_size == 0:
        raise AudioError("the file is empty (0 bytes); export the recording again", state="empty", path=path)


def _head(path: Path, size: int = 1 << 16) -> bytes:
    with path.open("rb") as file:
        return file.read(size)


def _tail(path: Path, size: int = 1 << 16) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - size))
        return file.read()


def _is_encrypted(path: Path) -> bool:
    """Whether an MP4's sample description says so (`moov` stands at the start or at the end of it)."""
    head = _head(path)
    if head[4:8] not in (b"ftyp", b"moov", b"free", b"wide", b"mdat"):
        return False
    if head[8:12] in (b"aax ", b"aaxc", b"M4P "):
        return True
    return any(b"stsd" in part and b"sinf" in part and b"schi" in part for part in (head, _tail(path)))


def _encrypted(path: Path) -> NoReturn:
    raise AudioError(
        "the recording is encrypted or protected (DRM), so it cannot be read; export it without protection",
        state="encrypted", path=path,
    )  # fmt: skip


def _unreadable(path: Path) -> NoReturn:
    head = _head(path)
    if any(mark in part for part in (head, _tail(path)) for mark in _ENCRYPTED_MARKS):
        _encrypted(path)
    if head[4:8] == b"ftyp":
        reason = "the file ends before its index, so it is incomplete; copy or export it again"
    else:
        reason = (
            "this is no recording that can be read, or its beginning is damaged; export it again "
            "(a transcript goes straight to `coachbot recap`)"
        )
    raise AudioError(reason, state="corrupt", path=path)


def _undecodable(path: Path) -> NoReturn:
    raise AudioError(
        "no sound in it can be decoded: the file is damaged, or of a kind that is not read; export it again",
        state="corrupt", path=path,
    )  # fmt: skip


def _declared(source: Any, stream: Any) -> float | None:
    """The length that the file claims for a track: that of the whole file may be the picture's."""
    if stream.duration and stream.time_base:
        begin = (stream.start_time or 0) * stream.time_base - Fraction(source.start_time or 0, 1_000_000)
        return float(stream.duration * stream.time_base + max(begin, Fraction(0)))
    alone = len(source.streams) == 1
    return source.duration / 1_000_000 if source.duration and alone else None


def _options(path: Path) -> dict[str, str]:
    """A wave file whose header counts far less than there is was not closed: it is read to its end."""
    head = _head(path, 12)
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return {}
    missing = path.stat().st_size - int.from_bytes(head[4:8], "little") - 8
    return {"ignore_length": "1"} if missing > UNCOUNTED else {}


def _wave_size(path: Path) -> float:
    """How much larger a wave file says it is than it is: FFmpeg does not tell for all encodings."""
    head = _head(path, 12)
    size = int.from_bytes(head[4:8], "little")
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE" or size in (0, 0xFFFFFFFF):
        return 1.0
    return max(1.0, (size + 8) / path.stat().st_size)


def _no_end_mark(path: Path, container: str) -> bool:
    """Ogg marks its last page; without the mark the rest is missing."""
    if container != "ogg":
        return False
    tail = _tail(path)
    last = tail.rfind(b"OggS")
    return last >= 0 and len(tail) > last + 5 and not tail[last + 5] & 4


def _stamped(state: Decoding, source: Any) -> Iterator[tuple[Any, float]]:
    """Frames, each with the seconds of silence that belong before it."""
    import av

    stream = source.streams.audio[state.track]
    origin = source.start_time / 1_000_000 if source.start_time is not None else None
    expected = 0.0
    packets = source.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except (av.FFmpegError, OSError):
            state.damaged += 1
            return
        if packet is None:
            return
        try:
            frames = packet.decode()
        except av.FFmpegError:
            state.damaged += 1
            continue
        for frame in frames:
            if not frame.samples or not frame.sample_rate:
                continue
            at = _time(frame)
            if at is not None and origin is None:
                origin = at
            gap = at - (origin or 0.0) - expected if at is not None else 0.0
            gap = gap if GAP_S < gap <= MAX_GAP_S else 0.0
            if gap and expected:
                state.gaps.append(gap)
            yield frame, gap
            expected += gap + frame.samples / frame.sample_rate


def _time(frame: Any) -> float | None:
    base: Fraction | None = frame.time_base
    return float(frame.pts * base) if frame.pts is not None and base else None


class _Resampler:
    """Frames to samples of 16 kHz. Made anew whenever the frames change their kind."""

    def __init__(self, channels: int) -> None:
        self.channels = channels
        self.layout = "mono" if channels == 1 else "stereo"
        self.kind: tuple[object, ...] | None = None
        self.fifo: Any = None
        self.resampler: Any = None

    def run(self, frames: Iterator[tuple[Any, float]]) -> Iterator[NDArray[np.int16]]:
        """Blocks of shape (channels, n)."""
        import numpy as np

        for frame, gap in frames:
            kind = (frame.sample_rate, frame.layout.name, frame.format.name)
            if gap or kind != self.kind:
                yield from self._flush()
                self._start(kind)
            for left in _lengths(round(gap * RATE)):
                yield np.zeros((self.channels, left), np.int16)
            frame.pts = None
            self.fifo.write(frame)
            if self.fifo.samples >= GROUP:
                yield from self._resample(self.fifo.read())
        yield from self._flush()

    def _start(self, kind: tuple[object, ...]) -> None:
        from av.audio.fifo import AudioFifo
        from av.audio.resampler import AudioResampler

        self.kind = kind
        self.fifo = AudioFifo()
        self.resampler = AudioResampler(format="s16p", layout=self.layout, rate=RATE)

    def _flush(self) -> Iterator[NDArray[np.int16]]:
        if self.fifo is None:
            return
        if self.fifo.samples:
            yield from self._resample(self.fifo.read())
        yield from self._resample(None)

    def _resample(self, frame: Any) -> Iterator[NDArray[np.int16]]:
        for made in self.resampler.resample(frame):
            if made.samples:
                yield made.to_ndarray()


def _lengths(total: int) -> Iterator[int]:
    for at in range(0, total, GROUP):
        yield min(GROUP, total - at)
