"""Calls as rows of a list, and what a search found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from coachbot.model.workspace import Call, CallState, StepState
from coachbot.render.words import clock
from coachbot.store import Hit, Unit
from coachbot.web.views.held import held
from coachbot.web.views.work import NAMES

STATES = {
    CallState.QUEUED: ("waiting", "", "clock"),
    CallState.RUNNING: ("working", "accent", "redo"),
    CallState.DRAFT: ("to review", "accent", "pencil"),
    CallState.REVIEWED: ("reviewed", "ok", "check"),
    CallState.FAILED: ("failed", "bad", "warn"),
    CallState.CANCELLED: ("cancelled", "", "x"),
}


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call in a list."""

    id: str
    href: str
    title: str
    deal: str | None
    deal_href: str
    day: str
    added: datetime
    length: str
    state: str
    tone: str
    sign: str
    running: bool
    error: str | None
    step: str
    decided: int
    total: int
    owner: str | None

    @property
    def share(self) -> float:
        """How much is decided, 0 to 1."""
        return self.decided / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True)
class HitView:
    """A call that a search found; `parts` are (text, is marked)."""

    href: str
    title: str
    day: str
    where: str
    parts: tuple[tuple[str, bool], ...]


def call_rows(unit: Unit, calls: Sequence[Call], names: Mapping[str, str]) -> tuple[CallRow, ...]:
    """The calls with their deals, steps and progress."""
    ids = [c.id for c in calls]
    progress, steps = unit.items.progress(ids), unit.steps.of_calls(ids)
    deals = unit.deals.many([c.deal_id for c in calls if c.deal_id])
    found = []
    for call in calls:
        words, tone, sign = STATES[call.state]
        deal = deals.get(call.deal_id or "")
        busy = next(
            (s for s in steps.get(call.id, ()) if s.state in (StepState.RUNNING, StepState.FAILED)), None
        )
        decided, total = progress.get(call.id, (0, 0))
        found.append(
            CallRow(
                id=call.id,
                href=f"/calls/{call.id}",
                title=call.title,
                deal=" · ".join(dict.fromkeys((deal.account, deal.name))) if deal else None,
                deal_href=f"/deals/{deal.id}" if deal else "",
                day=held(call),
                added=call.created_at,
                length=clock(call.duration_s),
                state=words,
                tone=tone,
                sign=sign,
                running=call.state is CallState.RUNNING,
                error=call.error,
                step=NAMES.get(busy.step, (busy.step, ""))[0] if busy else "",
                decided=decided,
                total=total,
                owner=names.get(call.owner or ""),
            )
        )
    return tuple(found)


def hit_views(hits: Iterable[Hit]) -> list[HitView]:
    """What was found, with the words marked."""
    found = []
    for hit in hits:
        at = f"turn={hit.turn}#t{hit.turn}" if hit.turn is not None else ""
        said = clock(hit.start_s) or (f"turn {hit.turn + 1}" if hit.turn is not None else "")
        where = {"turn": " ".join(w for w in (said, hit.speaker or "") if w), "fact": "a fact of the deal"}
        found.append(
            HitView(
                href=f"/calls/{hit.call.id}/transcript?{at}" if at else f"/calls/{hit.call.id}",
                title=hit.call.title,
                day=held(hit.call),
                where=where.get(hit.where, "its title"),
                parts=_parts(hit.snippet, hit.marks),
            )
        )
    return found


def _parts(text: str, marks: Iterable[tuple[int, int]]) -> tuple[tuple[str, bool], ...]:
    parts, at = [], 0
    for start, end in marks:
        if start > at:
            parts.append((text[at:start], False))
        parts.append((text[start:end], True))
        at = end
    return (*parts, (text[at:], False))
