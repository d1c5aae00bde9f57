"""Limits of providers hold over all workers: a provider counts the requests that it has at a time."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from coachbot.llm import gate
from coachbot.model.workspace import CallState
from coachbot.pipeline import take_in
from coachbot.pipeline.limits import StoppedError, Turns
from coachbot.settings import Settings
from coachbot.store import Store

SLOW_S = 0.25


class Provider(ThreadingHTTPServer):
    """Speech and language models in one; takes its time, and counts how many ask at once."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}/v1"
        self.counting = threading.Lock()
        self.now: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.all: Counter[str] = Counter()

    @contextmanager
    def counted(self, kind: str) -> Iterator[None]:
        with self.counting:
            self.now[kind] += 1
            self.all[kind] += 1
            self.most[kind] = max(self.most[kind], self.now[kind])
        try:
            yield
        finally:
            with self.counting:
                self.now[kind] -= 1


class Handler(BaseHTTPRequestHandler):
    server: Provider
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        speech = self.path.endswith("/transcriptions")
        with self.server.counted("speech" if speech else "llm"):
            time.sleep(SLOW_S)
        answer = json.dumps(heard() if speech else thought(json.loads(body))).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args: object) -> None:
        pass


def heard() -> dict[str, Any]:
    words = [{"word": w, "start": n * 0.4, "end": n * 0.4 + 0.3} for n, w in enumerate(["we", "need", "it"])]
    segment = {"id": 0, "start": 0.0, "end": 1.1, "text": " we need it", "avg_logprob": -0.2,
               "no_speech_prob": 0.01, "compression_ratio": 1.1}  # fmt: skip
    return {"language": "english", "text": "we need it", "words": words, "segments": [segment]}


def thought(asked: dict[str, Any]) -> dict[str, Any]:
    schema = asked["response_format"]["json_schema"]["schema"]
    message = {"role": "assistant", "content": json.dumps(least(schema, schema))}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    usage = {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18}
    return {"id": "c", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice],
            "usage": usage}  # fmt: skip


def least(schema: dict[str, Any], root: dict[str, Any]) -> Any:
    """The smallest value of a JSON schema."""
    if "$ref" in schema:
        return least(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return least(schema[key][0], root)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        return {name: least(schema["properties"][name], root) for name in schema.get("required", ())}
    if isinstance(kind, list):
        return None if "null" in kind else least(schema | {"type": kind[0]}, root)
    return {"array": [], "string": "", "number": 0, "integer": 0, "boolean": False}.get(str(kind))


@pytest.fixture
def provider() -> Iterator[Provider]:
    server = Provider()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def recording(number: int) -> bytes:
    """Two seconds of buzzing that count as speech, each its own."""
    import wave

    import numpy as np

    rng = np.random.default_rng(number)
    at = np.arange(2 * 16_000) / 16_000
    tone = sum(np.sin(2 * np.pi * 120 * n * at) / n for n in range(1, 25))
    sound = tone * (0.55 + 0.45 * np.sin(2 * np.pi * 4 * at)) + rng.normal(0, 0.05, at.size)
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes((sound / np.abs(sound).max() * 12_000).astype(np.int16).tobytes())
    return file.getvalue()


def test_two_workers_keep_the_limits_together(sqlite_store: Store, provider: Provider) -> None:
    home = Path(sqlite_store.url.database or "").parent
    env = os.environ | {
        "COACHBOT_HOME": str(home),
        "COACHBOT_WORKERS": "4",
        "COACHBOT_TRANSCRIBE_MODEL": "whisper-1",
        "COACHBOT_TRANSCRIBE_BASE_URL": provider.url,
        "COACHBOT_TRANSCRIBE_CONCURRENCY": "2",
        "COACHBOT_ENGINE": "llm",
        "COACHBOT_LLM_MODEL": "m",
        "COACHBOT_LLM_BASE_URL": provider.url,
        "COACHBOT_LLM_CONCURRENCY": "3",
    }
    ids = [take_in(sqlite_store, io.BytesIO(recording(n)), f"{n}.wav").call.id for n in range(8)]
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "coachbot", "worker", "--id", name],
            env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        for name in ("one", "two")
    ]  # fmt: skip
    try:
        until = time.monotonic() + 120
        left = len(ids)
        while left and time.monotonic() < until:
            time.sleep(0.2)
            with sqlite_store.read() as unit:
                counts = unit.calls.counts()
            left = counts.get(CallState.QUEUED, 0) + counts.get(CallState.RUNNING, 0)
    finally:
        for process in workers:
            process.terminate()
        for process in workers:
            process.wait(30)
    with sqlite_store.read() as unit:
        told = {(str(c.state), c.error) for c in unit.calls.many(ids).values()}
        assert unit.slots.under_way("speech", dead_after_s=60) == 0
    assert told == {("draft", None)}
    assert provider.all["speech"] >= len(ids)
    assert provider.all["llm"] >= len(ids)
    assert provider.most["speech"] == 2
    assert provider.most["llm"] <= 3


def conf(**more: Any) -> Settings:
    return Settings(llm_concurrency=2, worker_timeout=30, **more)


def test_processes_of_two_names_wait_for_each_other(store: Store) -> None:
    made = {name: Turns(store, name, conf()) for name in ("a", "b")}
    for name in made:
        store.run(lambda unit, n=name: unit.workers.beat(n))  # type: ignore[misc]
    at_once: list[int] = []
    held, lock = [0], threading.Lock()

    def send(turns: Turns) -> None:
        with turns.turn("llm", 5):
            with lock:
                held[0] += 1
                at_once.append(held[0])
            time.sleep(0.05)
            with lock:
                held[0] -= 1

    threads = [threading.Thread(target=send, args=(t,)) for t in list(made.values()) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(at_once) == 8
    assert max(at_once) == 2


def test_who_waits_is_sent_away_when_the_process_stops(sqlite_store: Store) -> None:
    sqlite_store.run(lambda unit: unit.workers.beat("a"))
    turns = Turns(sqlite_store, "a", conf(llm_per_minute=1))
    with turns.turn("llm", 5):
        pass
    threading.Timer(0.3, turns.stop).start()
    with pytest.raises(StoppedError), turns.turn("llm", 5):
        raise AssertionError("there is no turn left in this minute")


def test_without_a_workspace_everybody_has_a_turn() -> None:
    with gate.turn("speech", 5), gate.turn("speech", 5):
        pass
