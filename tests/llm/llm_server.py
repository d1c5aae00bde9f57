"""A model server on this machine that answers as it is told, request by request."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from coachbot.llm import Message
from coachbot.llm.chat import ModelChat
from coachbot.settings import Settings

KEY = "sk-test-abcdef0123456789"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "facts": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string", "enum": ["need", "worth"]},
                    "value": {"type": "string"},
                    "turn": {"type": ["integer", "null"]},
                },
                "required": ["field", "value", "turn"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["facts"],
    "additionalProperties": False,
}
DATA = {"facts": [{"field": "need", "value": "a ledger that fills itself", "turn": 1}]}
MESSAGES = [Message("system", "Read the call."), Message("user", "[T1] Bea: we copy orders by hand")]


@dataclass
class Step:
    """How to answer one request. `drip`: seconds between the parts of the body; `stall`: before its end."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drip: float = 0.0
    stall: float = 0.0
    cut: bool = False  # hang up in the middle of the body
    hang_up: bool = False  # hang up without any answer


def chat_body(text: str | None, *, finish: str = "stop", **message: Any) -> dict[str, Any]:
    """A chat completion, as servers send it."""
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 0,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish,
                "message": {"role": "assistant", "content": text, **message},
            }
        ],
        "usage": {
            "prompt_tokens": 100,
            "completion_tokens": 20,
            "total_tokens": 120,
            "prompt_tokens_details": {"cached_tokens": 40},
        },
    }


def said(text: str | Mapping[str, Any] | None = None, **more: Any) -> Step:
    """An answer with that text (DATA as JSON where none is given)."""
    shown = DATA if text is None else text
    return Step(body=chat_body(shown if isinstance(shown, str) else json.dumps(shown), **more))


def called(arguments: str | None = None) -> Step:
    """An answer as a call of the tool."""
    function = {"name": "facts", "arguments": json.dumps(DATA) if arguments is None else arguments}
    calls = [{"id": "t1", "type": "function", "function": function}]
    return Step(body=chat_body(None, finish="tool_calls", tool_calls=calls))


def failing(status: int, message: str, headers: dict[str, str] | None = None, **more: Any) -> Step:
    """An error, as servers send it."""
    return Step(status, {"error": {"message": message, **more}}, headers or {})


class Server:
    """Answers the steps in turn, and keeps the requests."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.models: Step = Step(body={"object": "list", "data": [{"id": "m", "object": "model"}]})
        self._stop = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                outer.paths.append(self.path)
                outer.headers.append({k.lower(): v for k, v in self.headers.items()})
                outer._answer(self, outer.models)

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                outer.requests.append(json.loads(raw))
                outer.headers.append({k.lower(): v for k, v in self.headers.items()})
                outer.paths.append(self.path)
                step = outer.steps.pop(0) if outer.steps else failing(400, "no step is left in this test")
                outer._answer(self, step)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request: object, client_address: object) -> None:
                pass

        self.http = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    def _answer(self, handler: BaseHTTPRequestHandler, step: Step) -> None:
        if step.hang_up:
            handler.connection.shutdown(socket.SHUT_RDWR)
            handler.close_connection = True
            return
        stop = self._stop
        stop.wait(step.delay)
        body = step.body if isinstance(step.body, bytes) else json.dumps(step.body).encode()
        handler.send_response(step.status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        for name, value in step.headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        half = len(body) // 2
        if step.cut:
            handler.wfile.write(body[:half])
            handler.wfile.flush()
            handler.connection.shutdown(socket.SHUT_RDWR)
            handler.close_connection = True
        elif step.stall:
            handler.wfile.write(body[:half])
            handler.wfile.flush()
            stop.wait(step.stall)
            handler.close_connection = True
        elif step.drip:
            for at in range(0, len(body), 8):
                handler.wfile.write(body[at : at + 8])
                handler.wfile.flush()
                if stop.wait(step.drip):
                    break
        else:
            handler.wfile.write(body)

    def clear(self) -> None:
        """Forget everything, and let no answer wait any longer."""
        self._stop.set()
        self._stop = threading.Event()
        for kept in (self.steps, self.requests, self.headers, self.paths):
            kept.clear()
        self.models = Step(body={"object": "list", "data": [{"id": "m", "object": "model"}]})

    def close(self) -> None:
        self._stop.set()
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture(scope="session")
def one_server() -> Iterator[Server]:
    """One for all: a client's TLS set-up is kept by address, and costs more than all the rest."""
    made = Server()
    yield made
    made.close()


@pytest.fixture
def server(one_server: Server) -> Iterator[Server]:
    """The server, with nothing to answer yet."""
    one_server.clear()
    yield one_server
    one_server.clear()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits between attempts, which are noted and not waited for."""
    seen: list[float] = []
    monkeypatch.setattr("coachbot.llm.chat._sleep", seen.append)
    return seen


MakeChat = Callable[..., ModelChat]


@pytest.fixture
def make_chat(server: Server, tmp_path: Path, waits: list[float]) -> MakeChat:
    """A chat with the server; settings may be given by name, without their `llm_`."""

    def make(**conf: Any) -> ModelChat:
        given = {"base_url": server.url, "api_key": KEY, "model": "m", "timeout": 5, **conf}
        return ModelChat(Settings(home=tmp_path / "ws", **{f"llm_{k}": v for k, v in given.items()}))

    return make
