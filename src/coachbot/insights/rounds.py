"""Reminders by the clock: when a round is due, whose it is, and how it went.

The database decides who makes a round: a process claims it before it begins, and a round that failed, or
whose process died, is tried again by whichever comes first. What was delivered is not delivered again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from coachbot.errors import CoachbotError, UsageError
from coachbot.insights.deliver import remind
from coachbot.model.base import Frozen
from coachbot.model.playbook import Playbook
from coachbot.playbook import list_playbooks, load_playbook
from coachbot.settings import Settings
from coachbot.store import Store, now

ROUND, SUBJECT = "reminder.round", "reminders"
LATE = timedelta(hours=6)
"""How long after its time of day a round that nobody made is still made up for."""
LEASE = timedelta(minutes=15)
"""After that long without an end, a round's process is taken for dead."""
PAUSES = tuple(timedelta(minutes=m) for m in (2, 10, 30, 60))
"""Before each further try of a round in which something was not delivered."""


class Round(Frozen):
    """A round of reminders: the moment it is of, and what became of it."""

    slot: datetime
    state: Literal["running", "done", "failed"]
    attempt: int = 1
    worker: str
    at: datetime
    mailed: int = 0
    posted: int = 0
    failed: tuple[str, ...] = ()

    @property
    def again_at(self) -> datetime | None:
        """When what failed is tried again in this round; None: not any more."""
        if self.state != "failed" or self.attempt > len(PAUSES):
            return None
        return self.at + PAUSES[self.attempt - 1]


def zone_of(conf: Settings) -> tzinfo:
    """The time zone of the settings. Raises UsageError where there is none of that name."""
    try:
        return ZoneInfo(conf.remind_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(
            f"there is no time zone {conf.remind_zone!r}: set COACHBOT_REMIND_ZONE, such as to Europe/Berlin"
        ) from error


def slot_of(conf: Settings, at: datetime) -> datetime | None:
    """The latest moment up to `at` that a round is due; None where none is, or it is too long ago."""
    every = _interval(conf)
    if every is not None:
        since = datetime(2000, 1, 1, tzinfo=UTC)
        return since + (at - since) // every * every
    if not conf.remind_at:
        return None
    slot = _daily(conf, at)
    return slot if at - slot <= LATE else None


def next_slot(conf: Settings, at: datetime) -> datetime | None:
    """The next moment after `at` that a round is due."""
    every = _interval(conf)
    if every is not None:
        return (slot_of(conf, at) or at) + every
    return _daily(conf, at, later=True) if conf.remind_at else None


def run_due(store: Store, conf: Settings, worker: str, *, at: datetime | None = None) -> Round | None:
    """Make the round that is due, where nobody else does; None where there is nothing to do.

    Raises nothing for what could not be delivered: the round says so, and is tried again.
    """
    at = at or now()
    slot = slot_of(conf, at)
    if slot is None or not _free(store, slot, at):
        return None
    mine = store.run(lambda unit: _claim(unit, slot, worker, at))
    if mine is None:
        return None
    try:
        did = remind(store, books_of(conf), conf, today=at.astimezone(zone_of(conf)).date())
        ended = mine.model_copy(
            update={"state": "failed" if did.failed else "done", "mailed": did.mailed, "posted": did.posted,
                    "failed": did.failed[:20]}
        )  # fmt: skip
    except CoachbotError as error:
        ended = mine.model_copy(update={"state": "failed", "failed": (str(error),)})
    store.run(lambda unit: _keep(unit, ended))
    return ended


def last_round(unit: Any) -> Round | None:
    """The round that was made last, None where there was none yet."""
    mark = unit.marks.newest(ROUND, SUBJECT)
    return Round.model_validate(mark.value) if mark else None


def books_of(conf: Settings, only: str | None = None) -> Iterable[Playbook]:
    """The playbooks whose deals are looked at: the standing one and all others, or only that one."""
    ids = [only] if only else list(dict.fromkeys([conf.playbook, *list_playbooks(home=conf.home)]))
    return {b.id: b for b in (load_playbook(i, home=conf.home) for i in ids)}.values()


def _claim(unit: Any, slot: datetime, worker: str, at: datetime) -> Round | None:
    unit.lock(ROUND)
    last = _of(unit, slot)
    if not _may(last, at):
        return None
    return _keep(
        unit,
        Round(slot=slot, state="running", attempt=last.attempt + 1 if last else 1, worker=worker, at=at),
    )


def _free(store: Store, slot: datetime, at: datetime) -> bool:
    with store.read() as unit:
        return _may(_of(unit, slot), at)


def _may(last: Round | None, at: datetime) -> bool:
    if last is None:
        return True
    if last.state == "running":
        return last.attempt <= len(PAUSES) and at - last.at > LEASE
    return last.again_at is not None and at >= last.again_at


def _of(unit: Any, slot: datetime) -> Round | None:
    mark = unit.marks.latest(ROUND, SUBJECT, slot.astimezone(UTC).isoformat())
    return Round.model_validate(mark.value) if mark else None


def _keep(unit: Any, made: Round) -> Round:
    key = made.slot.astimezone(UTC).isoformat()
    unit.marks.add(ROUND, SUBJECT, key=key, value=made.model_dump(mode="json"))
    return made


def _interval(conf: Settings) -> timedelta | None:
    found = re.fullmatch(r"every (\d+)([mh])", conf.remind_at or "")
    if found is None:
        return None
    number = int(found.group(1))
    return timedelta(minutes=number) if found.group(2) == "m" else timedelta(hours=number)


def _daily(conf: Settings, at: datetime, *, later: bool = False) -> datetime:
    """That time of day, as it was last, or as it comes next."""
    zone = zone_of(conf)
    hour, minute = (int(part) for part in str(conf.remind_at).split(":"))
    day = at.astimezone(zone).date()
    days = (day + timedelta(n) for n in ((0, 1, 2) if later else (0, -1)))
    moments = (datetime.combine(d, time(hour, minute), zone).astimezone(UTC) for d in days)
    return next(m for m in moments if (m > at if later else m <= at))
