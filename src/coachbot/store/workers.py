"""Processes that work on calls, and when they last gave a sign of life."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from coachbot.model.base import Frozen
from coachbot.store import tables as t
from coachbot.store.base import Repository
from coachbot.store.records import now


class Worker(Frozen):
    """A process under its stable name. `works` is False for one that only puts calls in line."""

    id: str
    works: bool
    started_at: datetime
    seen_at: datetime


class Workers(Repository[Worker]):
    """Workers by name."""

    table = t.workers
    kind = "worker"
    model = Worker

    def beat(self, name: str, *, works: bool = True) -> None:
        """A sign of life."""
        at = now()
        row = {"id": name, "works": works, "started_at": at, "seen_at": at}
        self.upsert([row], on=["id"], change=["works", "seen_at"])

    def gone(self, name: str) -> None:
        """The worker stopped in good order."""
        self.unit.connection.execute(delete(t.workers).where(t.workers.c.id == name))

    def alive(self, timeout_s: float) -> tuple[str, ...]:
        """Names of those that gave a sign of life within so many seconds."""
        since = now() - timedelta(seconds=timeout_s)
        query = select(t.workers.c.id).where(t.workers.c.seen_at >= since).order_by(t.workers.c.id)
        return tuple(self.unit.connection.execute(query).scalars())

    def all(self) -> tuple[Worker, ...]:
        """All that are known, by name."""
        return self.fetch(self.selected().order_by(t.workers.c.id))
