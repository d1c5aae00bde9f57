"""Kill coachbot's processes without warning while calls flow, and check that nothing is lost or done twice.

    python benchmarks/crash.py                                  500 calls, one worker on SQLite
    python benchmarks/crash.py --serve                          uploads to a server, which is killed as well
    python benchmarks/crash.py --workers 3 --postgres --restarts 4     PostgreSQL, which is restarted too
    python benchmarks/crash.py --chroma --restarts 4            with a Chroma server, which is restarted too
    python benchmarks/crash.py --audio --calls 6 --minutes 30   recordings, killed amid their recognition

Processes are killed (SIGKILL) at random moments, spread over the whole of the work, and started again. At
the end every call must be done once: one transcript, recap, set of items, notice and entry of usage, its
passages and vectors once, its audit as it should be, without any hand; see `crash_checks`. Prints one line
of JSON; exit status 1 where anything is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

os.environ.setdefault("COACHBOT_WORKER_TIMEOUT", "8")

from crash_world import (
    Feeder,
    Hook,
    Postgres,
    Processes,
    by_api,
    by_store,
    free_port,
    transcript,
    until_served,
)


def moments(rng: random.Random, calls: int, count: int) -> list[int]:
    """After how many calls something happens, spread over all of them."""
    return sorted(rng.randrange(max(1, calls)) for _ in range(count))


class Run:
    """One run: what is started, what is broken, what is found."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.rng = random.Random(args.seed)
        self.home = Path(tempfile.mkdtemp(prefix="coachbot-crash-"))
        os.environ["COACHBOT_HOME"] = str(self.home)
        self.hook = Hook()
        os.environ["COACHBOT_NOTIFY_WEBHOOK"] = self.hook.url
        self.database = Postgres(self.home) if args.postgres else None
        if self.database is not None:
            os.environ["COACHBOT_DATABASE_URL"] = self.database.url
        self.chroma: Any = None
        if args.chroma:
            from chroma_server import ChromaServer

            self.chroma = ChromaServer(self.home / "chroma")
            os.environ["COACHBOT_CHROMA_URL"] = self.chroma.url
            self.chroma.start()
        self.audio: Any = None
        if args.audio:
            from crash_audio import Audio

            self.audio = Audio(self.home, args.kills, args.minutes)
        self.processes = Processes(self.home, windows=2 if args.audio else None)
        self.restarts = 0

    def start(self) -> tuple[Any, Feeder]:
        from coachbot.store import open_store

        args, store = self.args, open_store()
        for n in range(args.workers):
            self.processes.start(f"w{n}", "worker", "--id", f"w{n}")
        data = self.audio.data if self.audio else lambda name: transcript(int(name[5:-4]))
        bring = by_store(store, data, self.audio.meta if self.audio else None)
        if args.serve:
            port = free_port()
            self.processes.start("server", "serve", "--port", str(port))
            url = f"http://127.0.0.1:{port}"
            until_served(url)
            bring = by_api(url, data)
        ending = "wav" if self.audio else "vtt"
        feeder = Feeder([f"call-{n}.{ending}" for n in range(args.calls)], bring, args.ahead)
        feeder.start()
        return store, feeder

    def break_something(self, what: str) -> None:
        time.sleep(self.rng.uniform(0, 0.7))
        if what == "kill":
            self.processes.kill(self.rng.choice(sorted(self.processes.running)))
        elif what == "database" and self.database is not None:
            self.database.restart(self.rng)
            self.restarts += 1
        elif what == "chroma":
            self.chroma.stop(kill=self.rng.random() < 0.5)
            time.sleep(self.rng.uniform(1, 8))
            self.chroma.start()
            self.restarts += 1

    def plan(self) -> list[tuple[int, str]]:
        args = self.args
        if self.audio:
            return []
        planned = [(n, "kill") for n in moments(self.rng, args.calls, args.kills)]
        for what, there in (("database", self.database), ("chroma", self.chroma)):
            if there is not None:
                planned += [(n, what) for n in moments(self.rng, args.calls, args.restarts)]
        return sorted(planned)

    def go(self) -> int:
        from crash_checks import left

        begun = time.monotonic()
        store, feeder = self.start()
        planned, last = self.plan(), 0.0
        while True:
            time.sleep(0.2)
            if self.audio:
                self.audio.look(self.processes, self.rng)
            try:
                waiting, without_index = left(store)
            except Exception as error:
                print(f"store: {error}", file=sys.stderr)
                continue
            brought, passed = len(feeder.ids), time.monotonic() - begun
            done = feeder.done = brought - waiting
            if passed - last > 5:
                last = passed
                print(f"{passed:6.0f} s  brought {brought}  done {done}  kills {self.processes.kills}  "
                      f"restarts {self.restarts}", file=sys.stderr)  # fmt: skip
            if (brought == self.args.calls and not waiting and not without_index) or passed > self.args.limit:
                break
            if planned and planned[0][0] <= done:
                self.break_something(planned.pop(0)[1])
        return self.result(store, feeder, time.monotonic() - begun)

    def result(self, store: Any, feeder: Feeder, seconds: float) -> int:
        from crash_checks import faults, unfinished_jobs

        feeder.stopped = True
        dead = self.processes.dead()
        for _ in range(30):  # a job notes its end after the call's: the last one may be at it
            if not unfinished_jobs(store):
                break
            time.sleep(1.0)
        self.processes.stop()
        ids = list(feeder.ids.values())
        wrong = faults(store, ids) + [f"{name} ended by itself" for name in dead]
        if jobs := unfinished_jobs(store):
            wrong.append(f"jobs of the line that did not end well: {jobs}")
        if len(ids) != self.args.calls:
            wrong.append(f"{self.args.calls - len(ids)} calls could not be brought in")
        if missing := [i for i in ids if not self.hook.told[i]]:
            wrong.append(f"the webhook was not told of {len(missing)} calls")
        if self.audio:
            wrong += self.audio.faults(store, feeder.ids)
        told = {
            "calls": self.args.calls, "workers": self.args.workers, "serve": self.args.serve,
            "database": store.dialect, "chroma": "server" if self.chroma else "embedded",
            "kills": self.processes.kills, "restarts": self.restarts, "brought_again": feeder.again,
            "seconds": round(seconds, 1), "calls_a_second": round(len(ids) / seconds, 2),
            "webhook_told": dict(sorted(Counter(self.hook.told.values()).items())),
            "wrong": wrong[:20],
        }  # fmt: skip
        store.close()
        if self.chroma:
            self.chroma.stop()
        print(json.dumps(told))
        if wrong:
            print(f"kept for a look: {self.home}", file=sys.stderr)
        else:
            shutil.rmtree(self.home, ignore_errors=True)
        return 1 if wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--serve", action="store_true", help="upload to a server, which is killed as well")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--chroma", action="store_true", help="with a Chroma server")
    parser.add_argument("--restarts", type=int, default=0, help="of each server of databases that there is")
    parser.add_argument("--ahead", type=int, default=40, help="calls that are in line at a time")
    parser.add_argument("--audio", action="store_true", help="recordings instead of transcripts")
    parser.add_argument("--minutes", type=float, default=30, help="length of a recording")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=3600, help="seconds after which it counts as stuck")
    run = Run(parser.parse_args())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return run.go()
    finally:  # also where it was stopped, or is wrong itself: nothing goes on behind its back
        run.processes.stop()
        if run.chroma:
            run.chroma.stop()


if __name__ == "__main__":
    sys.exit(main())
