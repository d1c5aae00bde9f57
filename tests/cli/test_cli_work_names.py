"""Calls are named by id, by the beginning of one, or by title; a taken port is said in one line."""

from __future__ import annotations

import io
import socket
from pathlib import Path

import pytest

from coachbot.cli.serve import need_port
from coachbot.cli.work import find_call
from coachbot.errors import InputError, UsageError
from coachbot.pipeline import take_in, work
from coachbot.store import open_store


def test_a_call_is_found_by_the_beginning_of_its_id_or_its_title(tmp_path: Path) -> None:
    with open_store(home=tmp_path) as store:
        one = take_in(store, io.BytesIO(b"Ana: hello"), "talk.txt").call
        assert find_call(store, one.id[:-3]).id == one.id
        assert find_call(store, "talk").id == one.id
        for nothing in ("zzz", ""):
            with pytest.raises(UsageError, match="no call named"):
                find_call(store, nothing)


def test_a_file_that_cannot_be_read_is_named_as_it_came(tmp_path: Path) -> None:
    with open_store(home=tmp_path) as store:
        call = take_in(store, io.BytesIO(b"\0\0\1" * 99), "odd.vtt").call
        with pytest.raises(InputError, match=r"^odd\.vtt: "):
            work.do(store, call.id, "transcribe")


def test_a_taken_port_is_a_usage_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match="cannot be listened on"):
            need_port("127.0.0.1", port)
    need_port("127.0.0.1", 0)
