"""The ledger of requests to models: usage.db in the workspace, and the budgets that it guards.

A request is entered before it is sent, with the most that it could take, and settled when its answer is
there. So processes that work side by side cannot pass a budget together, and a process that was killed
leaves its request counted.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from coachbot.errors import BudgetError, EngineError
from coachbot.llm.types import Usage

FILE = "usage.db"
OPEN = "open"
WAIT_MS = 10_000  # for another process that is writing

_log = logging.getLogger(__name__)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY,
    time REAL NOT NULL,
    day TEXT NOT NULL,
    server TEXT NOT NULL,
    model TEXT NOT NULL,
    task TEXT NOT NULL,
    call TEXT,
    outcome TEXT NOT NULL,
    tokens_in INTEGER NOT NULL DEFAULT 0,
    tokens_cached INTEGER NOT NULL DEFAULT 0,
    tokens_out INTEGER NOT NULL DEFAULT 0,
    cost REAL,
    currency TEXT,
    seconds REAL NOT NULL DEFAULT 0,
    held_tokens INTEGER NOT NULL,
    held_cost REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS requests_day ON requests (day, call);
"""


@dataclass(frozen=True)
class Budget:
    """Limits, each for a UTC day; None is none. Money is in the currency of the price table."""

    call: float | None = None
    day: float | None = None
    call_tokens: int | None = None
    day_tokens: int | None = None

    @property
    def any(self) -> bool:
        """Whether there is a limit at all."""
        return any(v is not None for v in (self.call, self.day, self.call_tokens, self.day_tokens))

    @property
    def money_only(self) -> bool:
        """Whether a limit in money stands alone, so that it needs the model's price."""
        money = self.call is not None or self.day is not None
        return money and self.call_tokens is None and self.day_tokens is None


@dataclass(frozen=True)
class Entry:
    """A request about to be sent: who asks whom, and the most it could take."""

    server: str
    model: str
    task: str
    call: str | None
    tokens: int
    cost: float | None
    currency: str | None


class Ledger:
    """The requests of a workspace. Safe with several processes; raises EngineError where a budget is set
    and the file cannot be written, and only logs where none is.
    """

    def __init__(self, home: Path, budget: Budget = Budget()) -> None:
        self.path = home / FILE
        self.budget = budget

    def open(self, entry: Entry) -> int | None:
        """Enter a request that is about to be sent. BudgetError where it could pass a budget."""
        if entry.cost is None and self.budget.money_only:
            raise BudgetError(
                f"the price of {entry.model} is not known, so a budget in money cannot be kept: put its "
                f"price into {self.path.with_name('prices.yaml')}, or set a budget in tokens"
            )
        now = time.time()
        today = day_of(now)
        try:
            with self._writing() as db:
                if self.budget.any:
                    self._check(db, entry, today)
                row = db.execute(
                    "INSERT INTO requests (time, day, server, model, task, call, outcome, held_tokens, "
                    "held_cost, currency) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        now, today, entry.server, entry.model, entry.task, entry.call, OPEN, entry.tokens,
                        entry.cost or 0.0, entry.currency,
                    ),
                )  # fmt: skip
                return row.lastrowid
        except (sqlite3.Error, OSError) as error:
            self._unwritten(error)
            return None

    def settle(self, row: int | None, outcome: str, usage: Usage, *, unknown: bool = False) -> None:
        """Enter how a request went. `unknown`: it may have been billed, so what was held stays counted."""
        if row is None:
            return
        try:
            with self._writing() as db:
                db.execute(
                    "UPDATE requests SET outcome = ?, tokens_in = ?, tokens_cached = ?, tokens_out = ?, "
                    "cost = ?, seconds = ? WHERE id = ?",
                    (
                        outcome, usage.tokens_in, usage.tokens_cached, usage.tokens_out, usage.cost,
                        round(usage.seconds, 3), row,
                    ),
                )  # fmt: skip
                if not unknown:
                    db.execute(
                        "UPDATE requests SET held_tokens = ?, held_cost = ? WHERE id = ?",
                        (usage.tokens_in + usage.tokens_out, usage.cost or 0.0, row),
                    )
        except (sqlite3.Error, OSError) as error:
            self._unwritten(error)

    def _check(self, db: sqlite3.Connection, entry: Entry, today: str) -> None:
        limits = self.budget
        scopes: list[tuple[str, str, tuple[str, ...], float | None, int | None, str, str]] = [
            ("today's", "", (), limits.day, limits.day_tokens, "LLM_BUDGET_DAY", "wait for 00:00 UTC"),
        ]
        where, values = (" AND call = ?", (entry.call,)) if entry.call is not None else (" AND 0", ())
        scopes.append(
            (
                "this call's",
                where,
                values,
                limits.call,
                limits.call_tokens,
                "LLM_BUDGET_CALL",
                "leave it for now",
            )
        )
        for whose, clause, given, money, tokens, name, otherwise in scopes:
            spent, used = db.execute(
                "SELECT coalesce(sum(CASE WHEN currency IS ? THEN held_cost END), 0), "
                f"coalesce(sum(held_tokens), 0) FROM requests WHERE day = ?{clause}",
                (entry.currency, today, *given),
            ).fetchone()
            if money is not None and entry.cost is not None and spent + entry.cost > money:
                raise BudgetError(
                    f"{whose} budget for language models would be passed: {spent:.4f} of {money:.4f} "
                    f"{entry.currency} are spent, and this request could cost {entry.cost:.4f}; raise "
                    f"COACHBOT_{name}, or {otherwise}"
                )
            if tokens is not None and used + entry.tokens > tokens:
                raise BudgetError(
                    f"{whose} budget for language models would be passed: {used:,} of {tokens:,} tokens are "
                    f"used, and this request could take {entry.tokens:,}; raise COACHBOT_{name}_TOKENS, or "
                    f"{otherwise}"
                )

    def _unwritten(self, error: Exception) -> None:
        if self.budget.any:
            raise EngineError(
                f"{self.path}: cannot be written ({error}), so no budget can be kept; mend or remove it"
            ) from error
        _log.warning("%s: cannot be written (%s); this request is not in the usage", self.path, error)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.path, timeout=WAIT_MS / 1000, isolation_level=None)) as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            if not db.execute("PRAGMA user_version").fetchone()[0]:
                db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = 1; COMMIT;")
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")


@dataclass(frozen=True)
class Sum:
    """The requests of one day, model or task. `cost` is of the requests with a price; `unpriced` counts the
    others that were answered, and `failed` those without an answer that could be used.
    """

    key: tuple[str, ...]
    requests: int
    failed: int
    tokens_in: int
    tokens_cached: int
    tokens_out: int
    cost: float | None
    currency: str | None
    unpriced: int
    seconds: float


def summed(home: Path, by: tuple[str, ...], since: str | None = None, call: str | None = None) -> list[Sum]:
    """The ledger summed by `day`, `model`, `task` or `call`, newest day first; one row a currency.

    `since` is a day, YYYY-MM-DD. Raises EngineError where the file is no ledger.
    """
    allowed = ("day", "model", "task", "call", "server", "outcome")
    if not by or set(by) - set(allowed):
        raise ValueError(f"by: some of {', '.join(allowed)}")
    path = home / FILE
    if not path.is_file():
        return []
    columns = ", ".join(f"coalesce({name}, '')" for name in by)
    query = (
        f"SELECT {columns}, count(*), sum(outcome != 'ok'), sum(tokens_in), sum(tokens_cached), "
        "sum(tokens_out), sum(cost), currency, sum(tokens_in > 0 AND cost IS NULL), sum(seconds) "
        "FROM requests WHERE day >= ? AND (? IS NULL OR call = ?) "
        f"GROUP BY {columns}, currency ORDER BY {columns}, currency"
    )
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=10)) as db:
            rows = db.execute(query, (since or "", call, call)).fetchall()
    except sqlite3.Error as error:
        raise EngineError(f"{path}: cannot be read ({error}); remove the file to begin anew") from error
    return [Sum(tuple(map(str, row[: len(by)])), *row[len(by) :]) for row in rows]


def day_of(when: float) -> str:
    """The UTC day of a time, as YYYY-MM-DD."""
    return datetime.fromtimestamp(when, UTC).date().isoformat()
