"""An index on disk: built whole under a name of its own, then pointed at.

    FOLDER/current.json      which generation is read, and what it was built from
    FOLDER/lock.sqlite       held by the one process that builds
    FOLDER/gen-…/            words.sqlite and, unless a server keeps the vectors, chroma/

A generation never changes once it is pointed at, so readers of any number of processes see one whole state,
and Chroma's embedded client (which misses other processes' writes) has nothing to miss. The generation before
the current one is kept for readers that are about to switch.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from coachbot.errors import SearchError

POINTER = "current.json"
PREFIX = "gen-"
BUILDING = 900.0
"""Seconds to wait for another process that builds."""


@dataclass(frozen=True)
class Generation:
    """What a pointer says.

    `key` is a hash of the content and the encoder it was made of, `passages` their number, `encoder` the
    encoder's id, `collection` Chroma's name for the vectors; both empty where there are none.
    """

    name: str
    key: str
    passages: int
    encoder: str = ""
    collection: str = ""


def read_pointer(folder: Path) -> Generation | None:
    """The current generation; None where there is none, or the pointer cannot be read."""
    try:
        data = json.loads((folder / POINTER).read_text(encoding="utf-8"))
        made = Generation(**data)
    except (OSError, ValueError, TypeError):
        return None
    return made if (folder / made.name).is_dir() else None


def write_pointer(folder: Path, generation: Generation) -> None:
    """Switch to a generation, in one step."""
    part = folder / f".{POINTER}.{os.getpid()}"
    part.write_text(json.dumps(asdict(generation)), encoding="utf-8")
    part.replace(folder / POINTER)


def pointer_stamp(folder: Path) -> tuple[int, int] | None:
    """What changes when the pointer does."""
    try:
        stat = (folder / POINTER).stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_ino


@contextmanager
def building(folder: Path, *, wait: float = BUILDING) -> Iterator[None]:
    """Be the only process that builds in this folder. The lock goes when its process does.

    SQLite's own file lock is used: it works on every system that the index itself works on.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = sqlite3.connect(
            folder / "lock.sqlite", timeout=wait, isolation_level=None, check_same_thread=False
        )
        try:
            lock.execute("begin exclusive")
        except sqlite3.OperationalError as error:
            lock.close()
            raise SearchError(
                f"another process has been building the index in {folder} for {wait:.0f} s: try again later",
                transient=True,
            ) from error
    except (OSError, sqlite3.Error) as error:
        raise SearchError(f"{folder}: the index cannot be written ({error}); check COACHBOT_HOME") from error
    try:
        yield
    finally:
        lock.close()


def new_folder(folder: Path) -> Path:
    """An empty folder for a generation."""
    return Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder))


def clean(folder: Path, keep: set[str]) -> None:
    """Remove generations that nobody reads any more, and what broken builds left."""
    for path in folder.glob(f"{PREFIX}*"):
        if path.name not in keep:
            shutil.rmtree(path, ignore_errors=True)
