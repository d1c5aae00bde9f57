"""What is done of a recording, kept on disk: a run that was stopped goes on where it stopped.

A recording has a folder named by its hash, with what decoding found and, in a folder for each recogniser and
its settings, one file for each piece that is recognised. Files appear under their names only when whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from coachbot.transcribe.sound import Levels, Sound
from coachbot.transcribe.spans import SpeakerSpan
from coachbot.transcribe.vad import Span
from coachbot.transcribe.words import Segment, Word

VERSION = 3
STALE_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording after decoding: its sound, and the speech on each of its files (in the same order)."""

    sound: Sound
    speech: tuple[tuple[Span, ...], ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """What was recognised of a stretch of a channel.

    `language` is the recording's as the recogniser had found it by then: what comes after depends on it, so
    that a run that goes on must begin with it.
    """

    segments: list[Segment]
    language: str | None = None


class Work:
    """The folder of one recording, one recogniser and its settings."""

    def __init__(self, root: Path, sha256: str, settings: Sequence[object]) -> None:
        key = hashlib.sha256(json.dumps([VERSION, *map(str, settings)]).encode()).hexdigest()[:16]
        self.base = root / sha256[:32]
        self.folder = self.base / key
        self.folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def sounds(self) -> Iterator[Path]:
        """A folder for decoded sound, while it is needed; what killed runs left is removed."""
        for old in self.base.parent.glob("*/sound-*"):
            if time.time() - old.stat().st_mtime > STALE_S:
                shutil.rmtree(old, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix="sound-", dir=self.base, ignore_cleanup_errors=True) as made:
            yield Path(made)

    def heard(self, *, keep_channels: bool) -> Heard | None:
        """What decoding found in an earlier run; its sound files are not there any more."""
        import numpy as np

        plan, levels = self._names(keep_channels)
        try:
            data = json.loads(plan.read_text("utf-8"))
            rms = np.load(levels)
            sound = Sound(
                sha256=data["sha256"],
                format=data["format"],
                duration=data["duration"],
                files=tuple(Path() for _ in data["numbers"]),
                numbers=tuple(data["numbers"]),
                levels=Levels(rms, data["correlation"]),
                warnings=tuple(data["warnings"]),
            )
            speech = tuple(tuple(Span(*pair) for pair in spans) for spans in data["speech"])
        except (OSError, EOFError, ValueError, KeyError, TypeError):
            return None
        return Heard(sound, speech)

    def keep_heard(self, heard: Heard, *, keep_channels: bool) -> None:
        """Write down what decoding found."""
        import io

        import numpy as np

        plan, levels = self._names(keep_channels)
        buffer = io.BytesIO()
        np.save(buffer, heard.sound.levels.rms)
        _write(levels, buffer.getvalue())
        sound = heard.sound
        data = {
            "sha256": sound.sha256, "format": sound.format, "duration": sound.duration,
            "numbers": sound.numbers, "correlation": sound.levels.correlation, "warnings": sound.warnings,
            "speech": heard.speech,
        }  # fmt: skip
        _write(plan, json.dumps(data).encode())

    def piece(self, channel: int, number: int) -> Piece | None:
        """A piece that was recognised before, None where it was not."""
        try:
            data = json.loads(self._piece(channel, number).read_text("utf-8"))
            segments = [
                Segment(**{**s, "words": tuple(Word(*w) for w in s["words"])}) for s in data["segments"]
            ]
            return Piece(segments, data["language"])
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def keep_piece(self, channel: int, number: int, piece: Piece) -> None:
        """Write down a piece."""
        segments = [
            {**asdict(s), "words": [(w.text, w.start, w.end, w.probability) for w in s.words]}
            for s in piece.segments
        ]
        data = {"language": piece.language, "segments": segments}
        _write(self._piece(channel, number), json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"))

    def voices(self, key: str) -> list[SpeakerSpan] | None:
        """Who speaks when, as a diarizer of that key found it before."""
        try:
            return [SpeakerSpan(*span) for span in json.loads(self._voices(key).read_text("utf-8"))]
        except (OSError, ValueError, TypeError):
            return None

    def keep_voices(self, key: str, voices: Sequence[SpeakerSpan]) -> None:
        """Write down who speaks when."""
        _write(self._voices(key), json.dumps([list(v) for v in voices]).encode())

    def _voices(self, key: str) -> Path:
        return self.base / f"voices-{hashlib.sha256(key.encode()).hexdigest()[:16]}.json"

    def _piece(self, channel: int, number: int) -> Path:
        return self.folder / f"channel-{channel}-{number:04d}.json"

    def _names(self, keep_channels: bool) -> tuple[Path, Path]:
        stem = f"heard-{VERSION}-{int(keep_channels)}"
        return self.base / f"{stem}.json", self.base / f"{stem}.npy"


def _write(path: Path, data: bytes) -> None:
    # The name is nobody else's: the same recording may be in two calls that threads of one process work on.
    part = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    part.write_bytes(data)
    part.replace(path)
