from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from ingest_help import Read

from coachbot.ingest import read_transcript
from coachbot.model.transcript import CallMeta, Transcript


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write content to a file and read it: text, bytes, or a value that becomes JSON."""

    def _read(
        content: Any, name: str = "call.txt", meta: CallMeta | None = None, *, own_people: Sequence[str] = ()
    ) -> Transcript:
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        else:
            path.write_text(json.dumps(content), encoding="utf-8")
        return read_transcript(path, meta, own_people=own_people)

    return _read
