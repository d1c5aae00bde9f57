"""What passes between the steps of reading: a source, and what a reader found in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from coachbot.model.transcript import Side, Transcript, Turn


@dataclass(frozen=True)
class Source:
    """A file, opened: its bytes, its text (empty for a zip), its JSON value where it holds JSON.

    `known` holds names that the user gave for this call; text formats need them to tell a speaker's
    name from a colon in ordinary text.
    """

    path: Path
    data: bytes
    sha256: str
    text: str = ""
    json: Any = None
    is_json: bool = False
    is_zip: bool = False
    known: tuple[str, ...] = ()


@dataclass(slots=True)
class RawCue:
    """A piece of speech as the source has it. `speaker` is the source's own label; times in seconds."""

    text: str
    speaker: str | None = None
    start_s: float | None = None
    end_s: float | None = None


@dataclass(slots=True)
class RawPerson:
    """Somebody the source names. `key` is the label used in its cues, where that is not the name."""

    name: str
    title: str | None = None
    company: str | None = None
    email: str | None = None
    side: Side | None = None
    key: str | None = None


@dataclass
class Raw:
    """All that a reader found.

    `whole` says that each cue is a turn of its own already. `turns` and `ready` come only from
    coachbot's own files.
    """

    cues: list[RawCue] = field(default_factory=list)
    people: list[RawPerson] = field(default_factory=list)
    title: str | None = None
    date: datetime | None = None
    language: str | None = None
    warnings: list[str] = field(default_factory=list)
    whole: bool = False
    turns: Sequence[Turn] | None = None
    ready: Transcript | None = None


class Reader(Protocol):
    """One transcript format."""

    id: str
    label: str
    hint: str
    extensions: tuple[str, ...]

    def sniff(self, source: Source) -> float:
        """How surely the content is of this format: 0 no, 1 certain."""
        ...

    def read(self, source: Source) -> Raw:
        """What the source holds. Raises InputError where it cannot be what it claims to be."""
        ...
