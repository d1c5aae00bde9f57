from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest

from coachbot.errors import InputError, StoreError
from coachbot.store import NotFoundError, Store
from coachbot.store.files import Files

BODY = b"WEBVTT\n\n" + bytes(range(256)) * 20_000  # over several chunks
SHA = hashlib.sha256(BODY).hexdigest()


@pytest.fixture(params=["folder", "memory://calls"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    url = str(tmp_path / "files") if request.param == "folder" else f"{request.param}/{tmp_path.name}"
    return Files(url)


def test_a_file_is_stored_once_under_its_hash(files: Files) -> None:
    assert not files.exists(SHA)
    assert files.put(io.BytesIO(BODY)) == files.put(io.BytesIO(BODY)) == (SHA, len(BODY))
    assert list(files.all()) == [SHA]
    assert files.exists(SHA)
    assert files.size(SHA) == len(BODY)
    assert files.read(SHA) == BODY
    assert files.verify(SHA)
    files.remove(SHA)
    files.remove(SHA)
    assert not files.exists(SHA)
    assert not files.verify(SHA)


def test_parts_of_a_file(files: Files) -> None:
    files.put(io.BytesIO(BODY))
    assert files.read(SHA, 10, 5) == BODY[10:15]
    assert b"".join(files.chunks(SHA, 3, 1000, size=7)) == BODY[3:1000]
    assert b"".join(files.chunks(SHA, len(BODY) - 4)) == BODY[-4:]
    assert list(files.chunks(SHA, 5, 5)) == []
    assert b"".join(files.chunks(SHA, 0, len(BODY) * 2)) == BODY


def test_what_is_too_large_leaves_nothing_behind(files: Files) -> None:
    with pytest.raises(InputError, match="larger than 1,000 bytes"):
        files.put(io.BytesIO(BODY), limit=1000)
    assert [p for p in files.fs.find(files.root) if not p.endswith("/")] == []
    assert files.put(io.BytesIO(BODY), limit=len(BODY))[1] == len(BODY)


def test_what_breaks_off_leaves_nothing_behind(files: Files) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 0:
                raise ConnectionError("the upload broke off")
            return super().read(size)

    with pytest.raises(StoreError):
        files.put(Broken(BODY))
    assert files.fs.find(files.root) == []


@pytest.mark.parametrize("name", ["", "x", "../../etc/passwd", SHA.upper(), f"{SHA}/", f"{SHA}\n", SHA[:-1]])
def test_only_hashes_name_files(files: Files, name: str) -> None:
    for ask in (files.open, files.size, files.exists, files.local_path):
        with pytest.raises(NotFoundError):
            ask(name)


def test_a_missing_file_is_named(files: Files) -> None:
    for ask in (files.open, files.size, files.local_path, files.read):
        with pytest.raises(NotFoundError, match=SHA):
            ask(SHA)
    with pytest.raises(NotFoundError):
        list(files.chunks(SHA))


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = Files(tmp_path)

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("coachbot.store.files._to_disk", full)
    with pytest.raises(StoreError, match=r"No space left on device.*Free space"):
        files.put(io.BytesIO(BODY))
    assert list(files.all()) == []


def test_files_of_this_machine(sqlite_store: Store, tmp_path: Path) -> None:
    path = tmp_path / "call.vtt"
    path.write_bytes(BODY)
    sha, _ = sqlite_store.files.put_path(path)
    local = sqlite_store.files.local_path(sha)
    assert local is not None
    assert local.read_bytes() == BODY
    assert local.parts[-3:-1] == (sha[:2], sha[2:4])
    with pytest.raises(InputError, match="cannot be read"):
        sqlite_store.files.put_path(tmp_path / "none.vtt")


@pytest.mark.parametrize("url", ["nosuch://x/y", "s3://bucket/x"])
def test_a_place_that_cannot_be_used_says_what_to_install(url: str) -> None:
    with pytest.raises(StoreError, match="files_url"):
        Files(url)
