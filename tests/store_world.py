"""Small things to put into a store."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from coachbot.model.claims import Evidence, Match
from coachbot.model.transcript import Source, Transcript, Turn
from coachbot.model.workspace import Call, Deal, Fact, RecapVersion, RecordedObjection, ReviewItem, Role, User
from coachbot.store import Unit, new_id

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def at(minutes: int) -> datetime:
    """A moment that many minutes after the start."""
    return START + timedelta(minutes=minutes)


def sha(text: str) -> str:
    """A file's name for that text."""
    return hashlib.sha256(text.encode()).hexdigest()


def add_user(unit: Unit, name: str, *, team: str | None = "north", role: Role = Role.REP) -> User:
    """A user of that name."""
    return unit.users.add(User(id=name.lower(), name=name, email=f"{name}@Example.com", team=team, role=role))


def add_deal(unit: Unit, name: str = "Fjord renewal", **known: Any) -> Deal:
    """A deal with an account of its own."""
    account = unit.accounts.ensure(known.pop("account", f"{name} Ltd"))
    values = {"id": new_id(), "playbook": "b2b-saas", "stage": "discovery"} | known
    return unit.deals.add(Deal(name=name, account_id=account.id, account=account.name, **values), at=START)


def a_call(number: int = 1, **known: Any) -> Call:
    """A call that came in that many minutes after the start."""
    values = {
        "id": f"call-{number:04}", "title": f"Call {number}", "file": sha(str(number)),
        "file_name": f"call-{number}.vtt", "size": 100, "created_at": at(number),
    }  # fmt: skip
    return Call(**values | known)


def add_call(unit: Unit, number: int = 1, *lines: str, **known: Any) -> Call:
    """A call, with a transcript of those lines."""
    call, _ = unit.calls.add(a_call(number, **known))
    if lines:
        unit.transcripts.put(call.id, a_transcript(*lines))
    return call


def a_transcript(*lines: str) -> Transcript:
    """A transcript whose turns are the lines, by Ana and Ben in turn."""
    turns = tuple(
        Turn(index=i, speaker=("Ana", "Ben")[i % 2], text=line, start_s=10.0 * i)
        for i, line in enumerate(lines)
    )
    return Transcript(id="t", title="A call", turns=turns, source=Source(format="vtt", sha256=sha("file")))


def evidence(quote: str = "we lose two days a week") -> Evidence:
    """A place of a transcript."""
    return Evidence(turn=3, speaker="Ben", start_s=30.0, quote=quote, match=Match.EXACT)


def an_item(call_id: str, item_id: str = "item-1", **known: Any) -> ReviewItem:
    """An item of a field."""
    values = {
        "kind": "field", "key": "pain", "value": {"value": "two days lost"}, "evidence": (evidence(),),
        "confidence": 0.8,
    }  # fmt: skip
    return ReviewItem(id=item_id, call_id=call_id, **values | known)


def a_fact(deal_id: str, call_id: str, item_id: str = "item-1", **known: Any) -> Fact:
    """A fact of a field."""
    values = {
        "id": f"fact-{item_id}", "kind": "field", "key": "pain", "value": {"value": "two days lost"},
        "evidence": (evidence(),), "accepted_at": at(50),
    }  # fmt: skip
    return Fact(deal_id=deal_id, call_id=call_id, item_id=item_id, **values | known)


def a_recap(call_id: str, number: int = 1, **recap: Any) -> RecapVersion:
    """A recap, not of the whole contract."""
    return RecapVersion(
        call_id=call_id, number=number, playbook="b2b-saas", playbook_version="1", engine="local",
        created_at=at(number), recap={"schema": "coachbot/recap/1", "zebra": 1, "apple": 2} | recap,
    )  # fmt: skip


def an_objection(number: int, call_id: str, **known: Any) -> RecordedObjection:
    """An objection about the price."""
    values = {"category": "price", "text": "It costs too much", "handled": "no", "deal_id": None}
    return RecordedObjection(id=f"objection-{number:06}", call_id=call_id, **values | known)
