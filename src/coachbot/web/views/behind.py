"""The calls behind a number, with the words that were counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from coachbot.render.words import clock
from coachbot.store import Unit
from coachbot.web.views.asked import Asked
from coachbot.web.views.held import held

PAGE = 30
"""Lines of a page."""


@dataclass(frozen=True, slots=True)
class Words:
    """What was said, and where to hear it."""

    text: str
    speaker: str
    at: str
    href: str
    draft: bool


@dataclass(frozen=True, slots=True)
class CallView:
    """A call behind a number."""

    id: str
    title: str
    day: str
    deal: str | None
    deal_id: str | None
    said: tuple[Words, ...]


def call_views(unit: Unit, ids: Sequence[str], category: str, drafts: bool) -> list[CallView]:
    """The calls in that order; of a category with what was said, accepted ones (with `drafts` all)."""
    calls = unit.calls.many(ids)
    deals = unit.deals.many([c.deal_id for c in calls.values() if c.deal_id])
    found = []
    for call in (calls[i] for i in ids if i in calls):
        deal = deals.get(call.deal_id or "")
        said = [
            _words(call.id, item)
            for item in (unit.items.of_call(call.id) if category else ())
            if item.kind == "objection" and item.key == category and _counts(item, drafts)
        ]
        found.append(
            CallView(
                call.id, call.title, held(call),
                " · ".join(dict.fromkeys((deal.account, deal.name))) if deal else None,
                call.deal_id, tuple(said),
            )
        )  # fmt: skip
    return found


def _counts(item: Any, drafts: bool) -> bool:
    return item.status in ("accepted", "edited") or (drafts and item.status == "draft" and not item.stale)


def _words(call_id: str, item: Any) -> Words:
    first = item.evidence[0] if item.evidence else None
    if first is None:
        return Words(str(item.value.get("text") or ""), "", "", "", item.status == "draft")
    at = clock(first.start_s) or f"turn {first.turn + 1}"
    href = f"/calls/{call_id}/transcript?turn={first.turn}#t{first.turn}"
    return Words(first.quote, first.speaker or "", at, href, item.status == "draft")


def parts(path: str, given: Asked, start: int, total: int, **more: str) -> tuple[str, str]:
    """Addresses of the part before and the part after; blank where there is none."""
    before = f"{path}?{given.query(start=max(0, start - PAGE) or None, **more)}" if start else ""
    after = f"{path}?{given.query(start=start + PAGE, **more)}" if start + PAGE < total else ""
    return before, after
