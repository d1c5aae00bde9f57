"""A file appears whole or not at all, and what the system says against it becomes one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from coachbot.errors import InputError, UsageError
from coachbot.files import reading, write_text, writing


def test_a_file_is_written_with_its_folders(tmp_path: Path) -> None:
    write_text(tmp_path / "a" / "b.txt", "Grüße\n")
    assert (tmp_path / "a" / "b.txt").read_text(encoding="utf-8") == "Grüße\n"
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["b.txt"]


def test_what_breaks_off_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "kept.txt"
    path.write_text("old")

    def half() -> None:
        with writing(path) as file:
            file.write("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["kept.txt"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"file/inside: cannot be written \(.*\); choose another place"):
        write_text(tmp_path / "file" / "inside", "x")
    with pytest.raises(UsageError, match="cannot be written"):
        write_text(tmp_path, "a folder is there")


def test_what_cannot_be_read_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file; check the path"), reading(tmp_path / "x"):
        (tmp_path / "x").read_bytes()
    with pytest.raises(InputError, match="cannot be read"), reading(tmp_path):
        tmp_path.read_bytes()
    with pytest.raises(InputError, match="my own"), reading(tmp_path):
        raise InputError("my own")
