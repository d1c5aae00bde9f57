"""A speech server on this machine: answers what a test tells it to, and keeps what it was sent."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Asked:
    """One request: the path, the form's fields (a list where one came twice), the file, its seconds."""

    path: str
    key: str
    fields: dict[str, Any]
    file: bytes
    seconds: float


@dataclass
class Reply:
    """What to answer. `body` may be any JSON value, or bytes as they are."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class SpeechServer:
    url: str
    asked: list[Asked]


@contextmanager
def speech_server(answer: Callable[[Asked, int], Reply]) -> Iterator[SpeechServer]:
    """A server for the time of a test; `answer` gets the request and how many came before it."""
    asked: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            request = _read(self.path, self.headers, body)
            asked.append(request)
            reply = answer(request, len(asked) - 1)
            data = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield SpeechServer(f"http://127.0.0.1:{server.server_address[1]}/v1", asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _read(path: str, headers: Any, body: bytes) -> Asked:
    head = f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode()
    fields: dict[str, Any] = {}
    file = b""
    for part in BytesParser(policy=HTTP).parsebytes(head + body).iter_parts():
        name = part.get_param("name", header="content-disposition")
        data = part.get_payload(decode=True)
        if part.get_filename():
            file = data
        elif name in fields:
            fields[name] = [
                *(fields[name] if isinstance(fields[name], list) else [fields[name]]),
                data.decode(),
            ]
        else:
            fields[name] = data.decode()
    return Asked(path, headers.get("Authorization", ""), fields, file, _seconds(file))


def _seconds(file: bytes) -> float:
    import av

    with av.open(io.BytesIO(file)) as sound:
        return round(sum(f.samples for f in sound.decode(audio=0)) / 16000, 3)
