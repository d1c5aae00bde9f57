"""Failed logins, counted by all processes together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select

from coachbot.store import later_tables as t
from coachbot.store.access import hashed
from coachbot.store.records import now

if TYPE_CHECKING:
    from coachbot.store.unit import Unit

KEPT = timedelta(days=1)


class Tries:
    """Failed logins by key (an address of the network, a name). Of a key only its hash is kept."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit

    def add(self, *keys: str) -> None:
        """Note a failed login, and let go of what is older than a day."""
        at = now()
        self.unit.connection.execute(delete(t.login_tries).where(t.login_tries.c.at < at - KEPT))
        self.unit.connection.execute(
            insert(t.login_tries), [{"key": hashed(key), "at": at} for key in dict.fromkeys(keys)]
        )

    def most(self, keys: Sequence[str], within: timedelta) -> int:
        """How often the key that failed most did, in that time."""
        wanted = [hashed(key) for key in keys]
        query = select(func.count()).where(
            t.login_tries.c.key.in_(wanted), t.login_tries.c.at > now() - within
        )
        counts = self.unit.connection.execute(query.group_by(t.login_tries.c.key)).scalars()
        return max((int(n) for n in counts), default=0)

    def forget(self, *keys: str) -> None:
        """It went well: begin to count anew."""
        self.unit.connection.execute(
            delete(t.login_tries).where(t.login_tries.c.key.in_([hashed(key) for key in keys]))
        )
