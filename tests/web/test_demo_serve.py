"""`coachbot demo --serve`: the samples in a workspace of their own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi.testclient import TestClient

from coachbot.cli.demo import serve_demo


def test_the_samples_wait_in_a_workspace_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COACHBOT_HOME", str(tmp_path))
    seen: list[str] = []

    def run(app: Any, **how: Any) -> None:
        client = TestClient(app, base_url="http://localhost")
        seen.append(how["host"])
        seen.append(client.get("/inbox?show=working").text + client.get("/inbox?show=review").text)
        seen.append(client.get("/deals").text)

    monkeypatch.setattr(uvicorn, "run", run)
    with ThreadPoolExecutor(1) as aside:  # DBOS will not start beside the browser's event loop
        aside.submit(serve_demo, 8399).result()
    host, calls, deals = seen
    assert host == "127.0.0.1"
    assert "Priyanka and Dale" in calls
    assert "Tamarack Biomedical Service" in deals
    assert (tmp_path / "demo" / "coachbot.db").is_file()
    assert not (tmp_path / "coachbot.db").exists()
