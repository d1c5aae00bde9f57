"""What the work on calls took."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from coachbot.store import tables as t
from coachbot.store.base import Repository
from coachbot.store.records import Usage


class UsageLog(Repository[Usage]):
    """Usage by call and job; the same job again replaces it, so that a retried step counts once."""

    table = t.usage
    kind = "usage"
    model = Usage

    def put(self, usage: Usage) -> Usage:
        """Write what a job on a call took."""
        row = self.row(usage)
        self.upsert([row], on=["call_id", "job"], change=[c for c in row if c not in ("call_id", "job")])
        return usage

    def of_call(self, call_id: str) -> tuple[Usage, ...]:
        """A call's usage, oldest first."""
        query = self.selected().where(t.usage.c.call_id == call_id)
        return self.fetch(query.order_by(t.usage.c.at, t.usage.c.job))

    def totals(self, *, since: datetime | None = None) -> list[dict[str, Any]]:
        """Sums by engine, model and currency: calls, requests, tokens_in, tokens_out, seconds, cost."""
        u = t.usage.c
        groups = (u.engine, u.model, u.currency)
        sums = [func.sum(c).label(c.name) for c in (u.requests, u.tokens_in, u.tokens_out, u.seconds, u.cost)]
        query = select(*groups, func.count(u.call_id.distinct()).label("calls"), *sums).group_by(*groups)
        if since is not None:
            query = query.where(u.at >= since)
        rows = self.unit.connection.execute(query.order_by(*groups)).mappings()
        return [{k: _number(v) for k, v in r.items()} for r in rows]


def _number(value: Any) -> Any:
    # PostgreSQL sums integers to decimals.
    return value if isinstance(value, str | float | int | None) else int(value)
