"""Requests that are on their way to a provider, counted by all processes of a workspace together."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Column, Table, delete, func, insert, or_, select, update

from coachbot.store import tables as t
from coachbot.store.columns import Moment, Words
from coachbot.store.ids import new_id
from coachbot.store.records import now

if TYPE_CHECKING:
    from coachbot.store.unit import Unit

MINUTE = timedelta(minutes=1)

slots = Table(
    "slots",
    t.metadata,
    Column("id", Words, primary_key=True),
    Column("provider", Words, nullable=False, index=True),
    Column("holder", Words, nullable=False),  # the name of a worker
    Column("begun_at", Moment, nullable=False),
    Column("until_at", Moment, nullable=False),
    Column("ended_at", Moment),
)


class Slots:
    """Turns to send a request. One that is over is remembered for a minute, for limits by the minute."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit

    def take(
        self,
        provider: str,
        holder: str,
        *,
        at_once: int,
        per_minute: int | None = None,
        lease_s: float,
        dead_after_s: float,
    ) -> str | None:
        """A turn of the provider for a worker, by its id; None where there are as many as may be.

        A turn ends with `give_back`, after `lease_s` seconds, or when its worker has given no sign of life
        for `dead_after_s` seconds.
        """
        self.unit.lock(f"slots:{provider}")
        at = now()
        mine = slots.c.provider == provider
        over = slots.c.begun_at <= at - MINUTE
        ended = or_(slots.c.ended_at.is_not(None), slots.c.until_at <= at)
        self.unit.connection.execute(delete(slots).where(mine, over, ended))
        if self._under_way(provider, at, dead_after_s) >= at_once:
            return None
        if per_minute is not None:
            lately = select(func.count()).select_from(slots).where(mine, slots.c.begun_at > at - MINUTE)
            if self.unit.connection.execute(lately).scalar_one() >= per_minute:
                return None
        row = {
            "id": new_id(), "provider": provider, "holder": holder, "begun_at": at,
            "until_at": at + timedelta(seconds=lease_s),
        }  # fmt: skip
        self.unit.connection.execute(insert(slots).values(**row))
        return str(row["id"])

    def give_back(self, slot: str) -> None:
        """The request is over. Twice is once."""
        ended = update(slots).where(slots.c.id == slot, slots.c.ended_at.is_(None))
        self.unit.connection.execute(ended.values(ended_at=now()))

    def inherit(self, holder: str, *, within_s: float) -> None:
        """A worker begins anew: what it sent before it died is over within so many seconds at most."""
        until = now() + timedelta(seconds=within_s)
        old = (slots.c.holder == holder, slots.c.ended_at.is_(None), slots.c.until_at > until)
        self.unit.connection.execute(update(slots).where(*old).values(until_at=until))

    def under_way(self, provider: str, *, dead_after_s: float) -> int:
        """How many requests to the provider are on their way."""
        return self._under_way(provider, now(), dead_after_s)

    def _under_way(self, provider: str, at: datetime, dead_after_s: float) -> int:
        alive = select(t.workers.c.id).where(t.workers.c.seen_at >= at - timedelta(seconds=dead_after_s))
        query = select(func.count()).select_from(slots).where(
            slots.c.provider == provider, slots.c.ended_at.is_(None), slots.c.until_at > at,
            slots.c.holder.in_(alive),
        )  # fmt: skip
        return int(self.unit.connection.execute(query).scalar_one())
