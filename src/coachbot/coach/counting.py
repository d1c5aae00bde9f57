"""Exact counts over calls, deals and objections: small tools, each with its denominators."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from coachbot.coach.types import Moment
from coachbot.errors import UsageError
from coachbot.model.base import Frozen
from coachbot.model.playbook import Playbook
from coachbot.model.workspace import Deal, RecordedObjection
from coachbot.store import Unit, Viewer

What = Literal["calls", "deals", "objections"]
By = Literal["category", "stage", "rep", "month", "handled", "outcome"]
BY: tuple[By, ...] = ("category", "stage", "rep", "month", "handled", "outcome")
MOST_ROWS = 20
MOST_MOMENTS = 3


class Filters(Frozen):
    """What to count. Ids of the playbook and of users; `since` and `until` are inclusive.

    `person` (on the call) and `raised_by` (of objections) are names in full, as they stand in the calls.
    """

    category: str | None = None
    stage: str | None = None
    rep: str | None = None
    outcome: str | None = None
    handled: str | None = None
    deal: str | None = None
    person: str | None = None
    raised_by: str | None = None
    since: date | None = None
    until: date | None = None


class Row(Frozen):
    """A group of a count: its name, how many, and of how many calls and deals."""

    name: str
    count: int
    calls: int | None = None
    deals: int | None = None


class Count(Frozen):
    """A count: `count` of `of` (all that the asker may see, with the same time, rep, stage and deal).

    `calls` and `deals` say in how many distinct ones of `of_calls` and `of_deals` the objections were raised.
    """

    what: What
    count: int
    of: int
    calls: int | None = None
    of_calls: int | None = None
    deals: int | None = None
    of_deals: int | None = None
    by: By | None = None
    rows: tuple[Row, ...] = ()
    filters: tuple[str, ...] = ()
    moments: tuple[Moment, ...] = ()

    @property
    def text(self) -> str:
        """The count in one sentence, with its denominators and what it was counted over."""
        told = f" ({'; '.join(self.filters)})" if self.filters else ""
        if self.what == "objections":
            where = f", on {self.calls} of {self.of_calls} calls and {self.deals} of {self.of_deals} deals"
            return f"{self.count} of {self.of} objections{where}{told}."
        return f"{self.count} of {self.of} {self.what}{told}."


@dataclass(frozen=True)
class _Seen:
    """A call as far as counting needs it."""

    id: str
    deal: str | None
    stage: str | None
    rep: str | None
    day: str


class Counter:
    """Counts for one viewer. What the viewer may not see is in neither figure."""

    def __init__(
        self, unit: Unit, book: Playbook, viewer: Viewer | None = None, deal: str | None = None
    ) -> None:
        self._unit, self._book, self._viewer = unit, book, viewer
        self._only = deal
        self._calls = [
            _Seen(*row[:5]) for row in unit.insights.calls(viewer) if deal is None or row[1] == deal
        ]
        self._by_id = {c.id: c for c in self._calls}
        self._reps = {u.id: u.name for u in unit.users.list()}
        self._on: dict[str, frozenset[str]] = {}

    def know(self, name: str, call_ids: frozenset[str]) -> None:
        """Which calls somebody is on, for counts of that person."""
        self._on[name] = call_ids

    def deal_of(self) -> dict[str, str | None]:
        """The deal of each call."""
        return {c.id: c.deal for c in self._calls}

    def calls(self, filters: Filters) -> tuple[str, ...]:
        """The ids of the calls that fit, newest first."""
        deals = self._deals()
        fits = [c for c in self._calls if self._fits(c, filters, deals)]
        return tuple(c.id for c in sorted(fits, key=lambda c: (c.day, c.id), reverse=True))

    @property
    def call_ids(self) -> set[str]:
        """The calls that the viewer may see and that were read."""
        return set(self._by_id)

    def count(self, what: What, filters: Filters, by: By | None = None) -> Count:
        """Count. Raises UsageError for an id that is not there, or a grouping that `what` cannot have."""
        self._check(filters)
        if by is not None and by not in BY:
            raise UsageError(f"a count goes by {', '.join(BY)}, not by {by!r}")
        if what == "objections":
            return self._objections(filters, by)
        narrowed = filters.category, filters.handled, filters.raised_by
        if any(v is not None for v in narrowed) or by in ("category", "handled"):
            return self._raised(what, filters, by)
        return self._calls_count(filters, by) if what == "calls" else self._deals_count(filters, by)

    def _check(self, filters: Filters) -> None:
        known: tuple[tuple[str, str | None, Any], ...] = (
            ("category", filters.category, {o.id for o in self._book.objections}),
            ("stage", filters.stage, set(self._book.stage_by_id)),
            ("rep", filters.rep, set(self._reps)),
            ("outcome", filters.outcome, {"open", "won", "lost", "disqualified"}),
            ("handled", filters.handled, {"yes", "partly", "no"}),
        )
        for name, value, allowed in known:
            if value is not None and value not in allowed:
                raise UsageError(f"there is no {name} {value!r}; there is {', '.join(sorted(allowed))}")

    def _fits(self, call: _Seen, f: Filters, deals: dict[str, Deal]) -> bool:
        deal = deals.get(call.deal or "")
        return (
            (f.stage is None or call.stage == f.stage)
            and (f.rep is None or call.rep == f.rep)
            and (f.deal is None or call.deal == f.deal)
            and (f.person is None or call.id in self._on.get(f.person, ()))
            and (f.since is None or call.day >= f.since.isoformat())
            and (f.until is None or call.day <= f.until.isoformat())
            and (f.outcome is None or (deal is not None and deal.outcome == f.outcome))
        )

    def _deals(self) -> dict[str, Deal]:
        ids = sorted({c.deal for c in self._calls if c.deal})
        found: dict[str, Deal] = self._unit.deals.many(ids)
        return found

    def _each(self, f: Filters) -> Iterator[RecordedObjection]:
        for one in self._unit.objections.each(deal_id=f.deal or self._only):
            if one.call_id in self._by_id:
                yield one

    def _objections(self, f: Filters, by: By | None) -> Count:
        deals = self._deals()
        base = {c.id for c in self._calls if self._fits(c, f, deals)}
        whole = [o for o in self._each(f) if o.call_id in base]
        found = [
            o for o in whole
            if f.category in (None, o.category) and f.handled in (None, o.handled)
            and f.raised_by in (None, self._speaker(o) if f.raised_by else None)
        ]  # fmt: skip
        groups: dict[str, list[RecordedObjection]] = {}
        for o in found if by else ():
            groups.setdefault(self._group(o.call_id, by, o, deals), []).append(o)
        rows = [
            Row(
                name=n,
                count=len(g),
                calls=len({o.call_id for o in g}),
                deals=len({o.deal_id for o in g if o.deal_id}),
            )
            for n, g in groups.items()
        ]
        return Count(
            what="objections", count=len(found), of=len(whole), calls=len({o.call_id for o in found}),
            of_calls=len(base), deals=len({o.deal_id for o in found if o.deal_id}),
            of_deals=len({self._by_id[c].deal for c in base} - {None}), by=by,
            rows=self._sorted(rows, by), filters=self._told(f), moments=self._moments(found),
        )  # fmt: skip

    def _raised(self, what: What, f: Filters, by: By | None) -> Count:
        """Calls or deals on which such objections were raised."""
        inner = self._objections(f, by)
        count = inner.calls if what == "calls" else inner.deals
        of = inner.of_calls if what == "calls" else inner.of_deals
        rows = tuple(
            Row(name=r.name, count=(r.calls if what == "calls" else r.deals) or 0) for r in inner.rows
        )
        return Count(
            what=what, count=count or 0, of=of or 0, by=by, rows=rows, moments=inner.moments,
            filters=(*inner.filters, "with such an objection"),
        )  # fmt: skip

    def _calls_count(self, f: Filters, by: By | None) -> Count:
        deals = self._deals()
        found = [c for c in self._calls if self._fits(c, f, deals)]
        groups: dict[str, int] = {}
        for c in found if by else ():
            name = self._group(c.id, by, None, deals)
            groups[name] = groups.get(name, 0) + 1
        rows = [Row(name=n, count=k) for n, k in groups.items()]
        return Count(
            what="calls", count=len(found), of=len(self._calls), by=by, rows=self._sorted(rows, by),
            filters=self._told(f),
        )  # fmt: skip

    def _deals_count(self, f: Filters, by: By | None) -> Count:
        """Deals by what they are now; those opened in the time, where a time is given."""
        every = [d for d in self._visible_deals() if self._only is None or d.id == self._only]
        found = [
            d for d in every
            if (f.stage is None or d.stage == f.stage) and (f.rep is None or d.owner == f.rep)
            and (f.outcome is None or d.outcome == f.outcome) and (f.deal is None or d.id == f.deal)
            and (f.person is None or d.id in {self._by_id[c].deal for c in self._on.get(f.person, ())})
            and (f.since is None or (d.opened_on is not None and d.opened_on >= f.since))
            and (f.until is None or (d.opened_on is not None and d.opened_on <= f.until))
        ]  # fmt: skip
        groups: dict[str, int] = {}
        for d in found if by else ():
            name = {
                "stage": self._stage(d.stage), "rep": self._reps.get(d.owner or "", "nobody"),
                "outcome": str(d.outcome), "month": f"{d.opened_on:%Y-%m}" if d.opened_on else "unknown",
            }.get(str(by), "unknown")  # fmt: skip
            groups[name] = groups.get(name, 0) + 1
        rows = [Row(name=n, count=k) for n, k in groups.items()]
        told = self._told(f)
        if f.since or f.until:
            told = (*told, "by the day the deal was opened")
        return Count(
            what="deals", count=len(found), of=len(every), by=by, rows=self._sorted(rows, by), filters=told
        )

    def _visible_deals(self) -> Iterator[Deal]:
        cursor = None
        while True:
            page = self._unit.deals.list(visible_to=self._viewer, sort="name", cursor=cursor, limit=200)
            yield from page.items
            if page.next_cursor is None:
                return
            cursor = page.next_cursor

    def _group(self, call_id: str, by: By | None, o: RecordedObjection | None, deals: dict[str, Deal]) -> str:
        call = self._by_id[call_id]
        if by == "category" and o is not None:
            return self._label(o.category)
        if by == "handled" and o is not None:
            return {"yes": "settled", "partly": "partly answered", "no": "left open"}[o.handled]
        if by == "stage":
            return self._stage(call.stage)
        if by == "rep":
            return self._reps.get(call.rep or "", "nobody")
        if by == "outcome":
            deal = deals.get(call.deal or "")
            return str(deal.outcome) if deal else "no deal"
        return call.day[:7]

    def _sorted(self, rows: builtins.list[Row], by: By | None) -> tuple[Row, ...]:
        if by == "month":
            return tuple(sorted(rows, key=lambda r: r.name))[-MOST_ROWS:]
        return tuple(sorted(rows, key=lambda r: (-r.count, r.name)))[:MOST_ROWS]

    def _label(self, category: str) -> str:
        return next((o.label for o in self._book.objections if o.id == category), category)

    def _stage(self, stage: str | None) -> str:
        known = self._book.stage_by_id.get(stage or "")
        return known.name if known else stage or "no stage"

    def _told(self, f: Filters) -> tuple[str, ...]:
        """The filters in words, so that whoever reads the number knows what it is of."""
        rows = (
            ("category", self._label(f.category) if f.category else None),
            ("stage", self._stage(f.stage) if f.stage else None),
            ("rep", self._reps.get(f.rep or "")),
            ("deals that are", f.outcome),
            ("handled", f.handled),
            ("with", f.person),
            ("raised by", f.raised_by),
            ("since", f.since),
            ("until", f.until),
        )
        return tuple(f"{name} {value}" for name, value in rows if value is not None)

    def _speaker(self, one: RecordedObjection) -> str | None:
        item = self._unit.items.get(one.id)
        return item.evidence[0].speaker if item is not None and item.evidence else None

    def _moments(self, found: builtins.list[RecordedObjection]) -> tuple[Moment, ...]:
        from coachbot.coach.case import moment_of

        newest = sorted(found, key=lambda o: (o.at is not None, o.at), reverse=True)[:MOST_MOMENTS]
        moments = []
        for one in newest:
            item = self._unit.items.get(one.id)
            if item is not None and item.evidence:
                moments.append(
                    moment_of(item.evidence[0], item.call_id, self._unit.calls.need(item.call_id).title)
                )
        return tuple(moments)
