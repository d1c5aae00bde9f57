"""When a call was held, in words; and a day that somebody gives it afterwards."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from fastapi import HTTPException

from coachbot.ingest.dates import FIRST
from coachbot.model.workspace import Call, CallState
from coachbot.render.words import day

_UNREAD = (CallState.QUEUED, CallState.RUNNING, CallState.FAILED, CallState.CANCELLED)
_DETAILS = re.compile(r"\b(?:the )?(?:META|meta file)\b")
_GIVE_DAY = re.compile(r"\bgive it (?:in (?:META|the meta file)|with the details of the call)")


def held(call: Call) -> str:
    """The day of the call; where nobody gave one, the day on which it came in, and that it is only that.

    Before a call is read its own date is not known yet: then only the day on which it came in is told.
    """
    if call.date is not None:
        return day(call.date.date().isoformat())
    came = f"uploaded on {day(call.created_at.date().isoformat())}"
    return came if call.state in _UNREAD else f"no date given, {came}"


def given_day(text: str) -> datetime | None:
    """The day that a form gives a call, None where it is empty. 422 for one on which no call was held."""
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise HTTPException(422, f"{text[:40]!r} is no day. Write it as 2026-03-31.") from None
    if found.year < FIRST:
        raise HTTPException(422, f"No call was held in {found.year}. Give the day on which it was.")
    if found > datetime.now(UTC).date() + timedelta(days=1):
        raise HTTPException(422, "That day is still to come. Give the day on which the call was held.")
    return datetime.combine(found, time(), UTC)


def plainly(warning: str) -> str:
    """A warning for somebody who sent the call by a page: it names no file that they never saw.

    A missing day is asked for by a form below the warnings.
    """
    warning = _GIVE_DAY.sub("give it below", warning)
    return _DETAILS.sub("the details given with the call", warning)
