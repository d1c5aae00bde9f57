"""A model hub on this machine: the part of the Hugging Face Hub's interface that fetching a model uses.

Large files are answered as the hub does it: with a redirect to another path, the SHA-256 as the linked ETag.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Asked:
    """One request: method, path, and what was asked of a range or said of a token."""

    method: str
    path: str
    range: str = ""
    token: str = ""


@dataclass
class Hub:
    """What the hub holds and how it fails. `repositories` has the files of each by name.

    `gated` needs a token, `cut` closes the connection after so many bytes of a file, so many times,
    `broken` answers every question with that status, and `flipped` damages a file on its way.
    """

    url: str = ""
    repositories: dict[str, dict[str, bytes]] = field(default_factory=dict)
    gated: set[str] = field(default_factory=set)
    cut: dict[str, tuple[int, int]] = field(default_factory=dict)
    broken: int = 0
    flipped: set[str] = field(default_factory=set)
    asked: list[Asked] = field(default_factory=list)

    def put(self, repository: str, folder: Path) -> None:
        """Publish the files of a folder, and one that nobody needs."""
        files = {p.name: p.read_bytes() for p in folder.iterdir()}
        self.repositories[repository] = {**files, "README.md": b"# A model\n" * 50}

    def bodies(self, name: str) -> list[Asked]:
        """The requests for the content of a file."""
        return [a for a in self.asked if a.method == "GET" and a.path.endswith(f"/{name}")]


def etag(name: str, data: bytes) -> str:
    """SHA-256 of a large file, else the name that git gives to the content."""
    if name.endswith(".bin"):
        return hashlib.sha256(data).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


@contextmanager
def model_hub() -> Iterator[Hub]:
    """A hub for the time of a test."""
    hub = Hub()

    class Handler(_Handler):
        pass

    Handler.hub = hub
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, *args: object) -> None:
        pass

    def _answer(self) -> None:
        path = urlsplit(self.path).path
        self.hub.asked.append(
            Asked(self.command, path, self.headers.get("Range", ""), self.headers.get("Authorization", ""))
        )
        parts = path.strip("/").split("/")
        if self.hub.broken and path != "/":
            self._send(self.hub.broken, b"{}")
        elif parts[:2] == ["api", "models"]:
            self._about("/".join(parts[2:4]), parts[4:])
        elif len(parts) >= 5 and parts[2] == "resolve":
            self._resolve("/".join(parts[:2]), "/".join(parts[4:]))
        elif parts[0] == "cdn":
            self._content("/".join(parts[1:3]), parts[3])
        else:
            self._send(200, b"<html>A hub</html>", {"Content-Type": "text/html"})

    def _about(self, repository: str, rest: list[str]) -> None:
        files = self.hub.repositories.get(repository)
        if files is None:
            self._send(401, b'{"error":"Repository not found"}', {"X-Error-Code": "RepoNotFound"})
        elif rest[:1] == ["tree"]:
            self._send(200, json.dumps([_entry(name, data) for name, data in files.items()]).encode())
        else:
            siblings = [{"rfilename": name, "size": len(data)} for name, data in files.items()]
            about = {"id": repository, "sha": COMMIT, "siblings": siblings}
            self._send(200, json.dumps({**about, "tags": [], "downloads": 0, "private": False}).encode())

    def _resolve(self, repository: str, name: str) -> None:
        data = self.hub.repositories.get(repository, {}).get(name)
        if repository in self.hub.gated and self.headers.get("Authorization") != "Bearer hf_good":
            status = 403 if self.headers.get("Authorization") else 401
            self._send(status, b"{}", {"X-Error-Code": "GatedRepo"})
        elif data is None:
            self._send(404, b"{}", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})
        elif name.endswith(".bin"):
            linked = {"X-Linked-Etag": f'"{etag(name, data)}"', "X-Linked-Size": str(len(data))}
            there = f"{self.hub.url}/cdn/{repository}/{name}"
            self._send(302, b"", {**linked, "X-Repo-Commit": COMMIT, "Location": there})
        else:
            self._content(repository, name)

    def _content(self, repository: str, name: str) -> None:
        data = self.hub.repositories[repository][name]
        head = {"ETag": f'"{etag(name, data)}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        if name in self.hub.flipped:
            data = data[:-1] + bytes([data[-1] ^ 1])
        wanted = self.headers.get("Range")
        first = int(wanted.removeprefix("bytes=").split("-")[0]) if wanted else 0
        if wanted:
            head["Content-Range"] = f"bytes {first}-{len(data) - 1}/{len(data)}"
        size, times = self.hub.cut.get(name, (0, 0))
        if times and self.command == "GET":
            self.hub.cut[name] = (size, times - 1)
            self._send(206 if wanted else 200, data[first:], head, only=size)
            return
        self._send(206 if wanted else 200, data[first:], head)

    def _send(
        self, status: int, body: bytes, headers: dict[str, str] | None = None, only: int | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[:only])


def _entry(name: str, data: bytes) -> dict[str, object]:
    entry: dict[str, object] = {"type": "file", "path": name, "size": len(data), "oid": etag("", data)}
    if name.endswith(".bin"):
        entry["lfs"] = {"oid": etag(name, data), "size": len(data), "pointerSize": 134}
    return entry
