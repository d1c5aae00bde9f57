"""The files that came in, by their SHA-256: a folder, or a bucket by fsspec."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Protocol

from coachbot.errors import CoachbotError, InputError, NotFoundError, StoreError

CHUNK = 1 << 20
_SHA = re.compile(r"[0-9a-f]{64}")


class Readable(Protocol):
    """Anything with `read(size) -> bytes`."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; empty at the end."""
        ...


class Files:
    """Content-addressed files under a folder or URL: `ab/cd/abcd…`.

    A file is written beside its place and moved there when it is whole, so that no half one is ever seen.
    """

    def __init__(self, url: str | Path) -> None:
        import fsspec
        from fsspec.implementations.local import LocalFileSystem

        try:
            self.fs, self.root = fsspec.core.url_to_fs(str(url))
        except (ImportError, ValueError) as error:
            raise StoreError(
                f"files_url {str(url)!r} cannot be used: {error}. For s3:// install the package s3fs"
            ) from error
        self.root = self.root.rstrip("/")
        self.local = isinstance(self.fs, LocalFileSystem)

    def path(self, sha: str) -> str:
        """Where a file of that SHA-256 lies in the file system. Raises NotFoundError for anything else."""
        if not _SHA.fullmatch(sha):
            raise NotFoundError("file", sha)
        return f"{self.root}/{sha[:2]}/{sha[2:4]}/{sha}"

    def put(self, stream: Readable, *, limit: int | None = None) -> tuple[str, int]:
        """Store a stream. Returns its SHA-256 and size in bytes; the same content is stored once.

        Raises InputError where it is larger than `limit` bytes, StoreError where it cannot be written.
        """
        partial = f"{self.root}/partial/{secrets.token_hex(16)}"
        try:
            sha, size = self._write(partial, stream, limit)
            target = self.path(sha)
            if self.fs.exists(target) and self.fs.size(target) == size:
                self.fs.rm_file(partial)
            else:
                self._move(partial, target)
        except BaseException as error:
            self._discard(partial)
            if isinstance(error, OSError):
                raise StoreError(self._advice(error)) from error
            raise
        return sha, size

    def put_path(self, path: Path, *, limit: int | None = None) -> tuple[str, int]:
        """Store a file of this machine. Raises InputError where it cannot be read or is too large."""
        try:
            stream = path.open("rb")
        except OSError as error:
            raise InputError(f"cannot be read ({error.strerror})", path=path) from error
        with stream:
            return self.put(stream, limit=limit)

    def open(self, sha: str) -> IO[bytes]:
        """The file for reading, seekable. Raises NotFoundError."""
        path = self.path(sha)
        try:
            found: IO[bytes] = self.fs.open(path, "rb")
        except FileNotFoundError as error:
            raise NotFoundError("file", sha) from error
        except OSError as error:
            raise StoreError(self._advice(error)) from error
        return found

    def read(self, sha: str, start: int = 0, length: int | None = None) -> bytes:
        """A part of the file, or all of it. Raises NotFoundError."""
        with self.open(sha) as file:
            file.seek(start)
            return file.read(-1 if length is None else length)

    def chunks(self, sha: str, start: int = 0, end: int | None = None, size: int = CHUNK) -> Iterator[bytes]:
        """The bytes from `start` up to but not including `end`, in pieces: for range requests."""
        left = None if end is None else max(0, end - start)
        with self.open(sha) as file:
            file.seek(start)
            while left is None or left > 0:
                piece = file.read(size if left is None else min(size, left))
                if not piece:
                    return
                left = None if left is None else left - len(piece)
                yield piece

    def exists(self, sha: str) -> bool:
        """Whether the file is there."""
        return bool(self.fs.exists(self.path(sha)))

    def size(self, sha: str) -> int:
        """Its size in bytes. Raises NotFoundError."""
        try:
            return int(self.fs.size(self.path(sha)))
        except FileNotFoundError as error:
            raise NotFoundError("file", sha) from error

    def local_path(self, sha: str) -> Path | None:
        """The path on this machine, None where the files lie elsewhere. Raises NotFoundError."""
        if not self.exists(sha):
            raise NotFoundError("file", sha)
        return Path(self.path(sha)) if self.local else None

    def verify(self, sha: str) -> bool:
        """Whether the file is there and its content is what its name says."""
        digest = hashlib.sha256()
        try:
            for piece in self.chunks(sha):
                digest.update(piece)
        except CoachbotError:
            return False
        return digest.hexdigest() == sha

    def all(self) -> Iterator[str]:
        """The SHA-256 of every file that is there."""
        if self.fs.isdir(self.root):
            for path in self.fs.find(self.root):
                name = str(path).rsplit("/", 1)[-1]
                if _SHA.fullmatch(name):
                    yield name

    def remove(self, sha: str) -> None:
        """Remove the file; nothing happens where it is not there."""
        self._discard(self.path(sha))

    def _write(self, path: str, stream: Readable, limit: int | None) -> tuple[str, int]:
        digest, size = hashlib.sha256(), 0
        self.fs.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
        with self.fs.open(path, "wb") as file:
            while piece := stream.read(CHUNK):
                size += len(piece)
                if limit is not None and size > limit:
                    raise InputError(f"it is larger than {limit:,} bytes; send a smaller file")
                digest.update(piece)
                file.write(piece)
            if self.local:
                _to_disk(file)
        return digest.hexdigest(), size

    def _move(self, partial: str, target: str) -> None:
        self.fs.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
        if self.local:
            Path(partial).replace(target)
        else:
            self.fs.mv(partial, target)

    def _discard(self, path: str) -> None:
        try:
            self.fs.rm_file(path)
        except (OSError, NotImplementedError):
            return

    def _advice(self, error: OSError) -> str:
        return f"files in {self.root}: {error.strerror or error}. Free space or allow writing, then try again"


def _to_disk(file: Any) -> None:
    import os

    file.flush()
    os.fsync(file.fileno())
