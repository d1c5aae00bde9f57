"""From a file to wave files to recognise: which tracks and channels are used, and which are two sides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from coachbot.errors import AudioError
from coachbot.transcribe.audio import RATE, open_audio
from coachbot.transcribe.sound import (
    FRAME_S,
    SILENT,
    Levels,
    Sound,
    file_hash,
    judge,
    length,
    lengthen,
    measure,
    mix,
    samples,
    write,
)

MOST_TRACKS = 8
"""Sound tracks of a file that are listened to."""
CONTAINED = 0.8
"""Share of a track's moments that another one holds as well, from which on it adds nothing to it."""
ALIKE = 0.7
"""Correlation of a moment from which on two tracks hold the same."""
_BLOCK = RATE * 60
_FRAME = int(RATE * FRAME_S)
Report = Callable[[float, float], None]


@dataclass(frozen=True, slots=True)
class _Decoded:
    """What was decoded: a wave file a channel, or a track."""

    names: tuple[Path, ...]
    levels: Levels
    warnings: tuple[str, ...]
    seconds: float
    form: str


def prepare(
    path: Path,
    folder: Path,
    *,
    sha256: str | None = None,
    keep_channels: bool = False,
    progress: Report = lambda done, total: None,
) -> Sound:
    """Decode a recording into wave files in `folder`, in a stream, and judge its channels.

    Two channels that hold the same, or one of which is silent, are used as one, unless `keep_channels` says
    that it is known who speaks on which. Two sound tracks are two channels, unless one holds all that the
    other does. `progress` gets seconds done and in all. Raises AudioError.
    """
    with open_audio(path) as source:
        tracks = source.streams
    decoded = _track(path, folder, 0, progress) if tracks == 1 else _tracks(path, folder, tracks, progress)
    levels, names = decoded.levels, decoded.names
    numbers, note = judge(levels, keep_channels)
    if not numbers:
        raise AudioError(
            "the recording is silent; check the microphone, or export it again", state="silent", path=path
        )
    if numbers == (None,) and len(names) > 1:
        mixed = folder / "mixed.wav"
        mix(names, mixed, turned=levels.correlation < 0)
        files: tuple[Path, ...] = (mixed,)
    elif numbers == (None,):
        files = (names[0],)
    else:
        files = tuple(names[n] for n in numbers if n is not None)
    return Sound(
        sha256=sha256 or file_hash(path),
        format=decoded.form,
        duration=decoded.seconds,
        files=files,
        numbers=numbers,
        levels=levels,
        warnings=tuple(dict.fromkeys([*decoded.warnings, *note])),
    )


def _track(path: Path, folder: Path, track: int, progress: Report, *, mono: bool = False) -> _Decoded:
    """One sound track, its channels apart or, where it is to be `mono`, mixed."""
    with open_audio(path, track, mono=mono) as source:
        kind = f"track-{track}" if mono else "channel"
        names = tuple(folder / f"{kind}-{n}.wav" for n in range(source.channels))
        levels = write(source, list(names), progress)
        form = f"{source.container}/{source.codec}"
        return _Decoded(names, levels, tuple(source.warnings()), source.seconds, form)


def _tracks(path: Path, folder: Path, count: int, progress: Report) -> _Decoded:
    """Of several tracks the one that holds all that is said, two as two channels, or all of them mixed."""
    found = []
    for n in range(min(count, MOST_TRACKS)):
        try:
            found.append(_track(path, folder, n, progress, mono=True))
        except AudioError:
            if n + 1 == min(count, MOST_TRACKS) and not found:
                raise
    needed = _needed(found)
    told = f"The file holds {count} sound tracks"
    if len(needed) == 1:
        chosen = _track(path, folder, needed[0], progress)
        note = f"{told}; number {needed[0] + 1} was read, which holds what is said on the others."
        return replace(chosen, warnings=(note, *chosen.warnings))
    used = [found[n] for n in needed] or found
    names = [one.names[0] for one in used]
    total = max(length(name) for name in names)
    for name in names:
        lengthen(name, total)
    warnings = [w for one in used for w in one.warnings]
    if len(used) == 2:
        warnings.insert(0, f"{told}; two of them were taken for two channels.")
    else:
        warnings.insert(0, f"{told}, which were mixed to one.")
        mix(names, folder / "all.wav")
        names = [folder / "all.wav"]
    return _Decoded(tuple(names), measure(names), tuple(warnings), total / RATE, used[0].form)


def _needed(found: Sequence[_Decoded]) -> list[int]:
    """The tracks without those that are silent, or that a fuller or an earlier one contains."""
    heard = [n for n, one in enumerate(found) if float(one.levels.rms.max(initial=0.0)) > SILENT]
    needed = list(heard)
    for one in reversed(heard):
        if any(other != one and _contains(found[other], found[one]) for other in needed):
            needed.remove(one)
    return needed


def _contains(whole: _Decoded, part: _Decoded) -> bool:
    """Whether `whole` holds the same sound as `part`, at the same time, wherever that holds any."""
    import numpy as np

    least = max(SILENT, 0.03 * float(part.levels.rms.max()))
    same = loud = 0
    for at in range(0, length(part.names[0]) // _FRAME * _FRAME, _BLOCK):
        y = samples(part.names[0], at, at + _BLOCK)
        x = samples(whole.names[0], at, at + len(y))
        x = np.concatenate((x, np.zeros(len(y) - len(x), np.float32)))
        x, y = (v[: len(y) // _FRAME * _FRAME].reshape(-1, _FRAME) for v in (x, y))
        x, y = (v - v.mean(axis=1, keepdims=True) for v in (x, y))
        active = np.sqrt((y * y).mean(axis=1)) > least
        both = np.sqrt((x * x).sum(axis=1) * (y * y).sum(axis=1)) + 1e-12
        same += int((np.abs((x * y).sum(axis=1)) / both >= ALIKE)[active].sum())
        loud += int(active.sum())
    return loud > 0 and same >= CONTAINED * loud
