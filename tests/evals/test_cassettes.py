"""Recorded answers of a model: replayed to the letter, stale when the question changes, without secrets."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from coachbot.errors import MissingRecordingError, UsageError
from coachbot.evals.cases import Case, read_cases
from coachbot.evals.cassettes import Cassettes, Recorder, Replay, check_recordings
from coachbot.extract import get_engine
from coachbot.model.playbook import Playbook
from coachbot.playbook import load_playbook
from coachbot.settings import settings

EVALS = Path(__file__).parents[2] / "evals"
CALL = "d10-law-firm-contract-ai-kickoff"
KEY = "sk-very-secret-0123456789"


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    return {c.id: c for c in read_cases(EVALS)}


@pytest.fixture(scope="module")
def book() -> Playbook:
    return load_playbook("b2b-saas")


@pytest.fixture
def engine() -> Any:
    return get_engine("llm")


@pytest.fixture
def copied(tmp_path: Path) -> Cassettes:
    """The project's recordings of one call, in a folder of the test's own."""
    folder = tmp_path / "cassettes"
    folder.mkdir()
    for name in ("about.yaml", f"{CALL}.yaml"):
        shutil.copy(EVALS / "cassettes" / name, folder / name)
    return Cassettes(folder)


def recap(job: Any, case: Case, book: Playbook, engine: Any) -> Any:
    return job(case.transcript, playbook=book, deal=case.meta.deal, engine=engine)


def test_a_replay_needs_no_model_and_grounds(
    cases: dict[str, Case], book: Playbook, engine: Any, copied: Cassettes, tmp_path: Path
) -> None:
    made = recap(Replay(copied, tmp_path), cases[CALL], book, engine)
    assert (made.engine.name, made.engine.model, made.engine.requests) == ("llm", "relay", 1)
    assert made.engine.fallback_from is None
    assert sum(len(f.items) for f in made.fields.values()) > 20
    assert made.coverage.turns_read == made.coverage.turns_total


def test_the_projects_recordings_are_whole_and_current(
    cases: dict[str, Case], book: Playbook, engine: Any, home: Path
) -> None:
    ours = Cassettes(EVALS / "cassettes")
    assert len(ours.cases()) >= 8
    assert check_recordings(ours, list(cases.values()), book, engine, home) == []


def test_another_question_gets_no_old_answer(
    cases: dict[str, Case], book: Playbook, engine: Any, copied: Cassettes, tmp_path: Path
) -> None:
    first = book.fields[0].model_copy(update={"question": "Something else entirely?"})
    changed = book.model_copy(update={"fields": (first, *book.fields[1:])})
    with pytest.raises(MissingRecordingError, match="record it anew"):
        recap(Replay(copied, tmp_path), cases[CALL], changed, engine)
    with pytest.raises(MissingRecordingError, match="is missing"):
        recap(Replay(copied, tmp_path), cases["d01-hospital-specimen-tracking"], book, engine)
    with pytest.raises(UsageError, match="only the engine `llm`"):
        recap(Replay(copied, tmp_path), cases[CALL], book, get_engine("local"))


def test_orphans_and_stale_ones_are_found(
    cases: dict[str, Case], book: Playbook, engine: Any, copied: Cassettes, tmp_path: Path
) -> None:
    shutil.copy(copied.path(CALL), copied.path("gone"))
    shutil.copy(copied.path(CALL), copied.path("d01-hospital-specimen-tracking"))
    problems = check_recordings(copied, list(cases.values()), book, engine, tmp_path)
    assert [p.split(": ")[1].split(",")[0] for p in problems] == ["there is no case of that id", "stale"]


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A server that answers as the recorded model did; the keys that it was sent."""
    told = YAML(typ="safe").load((EVALS / "cassettes" / f"{CALL}.yaml").read_text())
    body = told["interactions"][0]["response"]["body"]["string"]
    answer = body.encode() if isinstance(body, str) else body
    keys: list[str] = []

    class Server(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            keys.append(self.headers["authorization"])
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("set-cookie", "session=private")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/v1"
    for name, value in (("BASE_URL", address), ("API_KEY", KEY), ("MODEL", "relay")):
        monkeypatch.setenv(f"COACHBOT_LLM_{name}", value)
    settings.cache_clear()
    yield keys
    server.shutdown()
    server.server_close()


def test_recording_keeps_no_secret_and_replays_alike(
    cases: dict[str, Case], book: Playbook, engine: Any, model: list[str], tmp_path: Path
) -> None:
    cassettes = Cassettes(tmp_path / "cassettes")
    live = recap(Recorder(cassettes), cases[CALL], book, engine)
    assert model[0] == f"Bearer {KEY}"
    kept = cassettes.path(CALL).read_text()
    for private in (KEY, "127.0.0.1", "session=private", "authorization"):
        assert private not in kept
    again = recap(Replay(cassettes, tmp_path / "elsewhere"), cases[CALL], book, engine)
    assert len(model) == live.engine.requests
    live, again = (
        r.model_copy(update={"engine": r.engine.model_copy(update={"seconds": 0.0})}) for r in (live, again)
    )
    assert live == again
