"""Objections as counted across calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, delete, func, select

from coachbot.errors import UsageError
from coachbot.model.workspace import RecordedObjection
from coachbot.store import tables as t
from coachbot.store.base import Repository, chunks
from coachbot.store.records import ObjectionCount, Page, month_of

OWN = ("category", "stage", "month", "segment", "rep", "handled", "accepted")
OF_DEAL = ("product", "outcome", "owner", "loss_reason")


class Objections(Repository[RecordedObjection]):
    """One row for each objection, draft or accepted, by the item's id."""

    table = t.objections
    kind = "objection"
    model = RecordedObjection

    def put_many(self, objections: Iterable[RecordedObjection]) -> int:
        """Write objections, new or changed. Returns how many."""
        count = 0
        for some in chunks(objections):
            rows = self._rows(some)
            self.upsert(rows, on=["id"], change=[c for c in rows[0] if c != "id"])
            count += len(rows)
        return count

    def put(self, objection: RecordedObjection) -> RecordedObjection:
        """Write one objection, new or changed."""
        self.put_many([objection])
        return objection

    def add_many(self, things: Iterable[RecordedObjection]) -> int:
        """Insert many new objections at once."""
        count = 0
        for some in chunks(things):
            self.unit.connection.execute(t.objections.insert(), self._rows(some))
            count += len(some)
        return count

    def _rows(self, some: Sequence[RecordedObjection]) -> list[dict[str, Any]]:
        deals = sorted({o.deal_id for o in some if o.deal_id is not None})
        query = select(t.deals.c.id, t.deals.c.segment).where(t.deals.c.id.in_(deals))
        segments = {r.id: r.segment for r in self.unit.connection.execute(query)} if deals else {}
        return [
            self.row(o) | {"month": month_of(o.at), "segment": segments.get(o.deal_id or "")} for o in some
        ]

    def remove(self, ids: Iterable[str]) -> int:
        """Remove objections, such as of rejected items. Returns how many were there."""
        return sum(
            self.unit.connection.execute(delete(t.objections).where(t.objections.c.id.in_(some))).rowcount
            for some in chunks(ids)
        )

    def of_call(self, call_id: str) -> tuple[RecordedObjection, ...]:
        """A call's objections."""
        return self.fetch(
            self.selected().where(t.objections.c.call_id == call_id).order_by(t.objections.c.id)
        )

    def of_deal(self, deal_id: str, *, most: int | None = None) -> tuple[RecordedObjection, ...]:
        """A deal's objections, oldest first; the newest `most` of them."""
        o = t.objections.c
        query = self.selected().where(o.deal_id == deal_id)
        newest = query.order_by(o.at.desc().nulls_last(), o.id.desc()).limit(most)
        return self.fetch(newest)[::-1]

    def list(
        self, *, cursor: str | None = None, limit: int = 50, **filters: str | bool | date | None
    ) -> Page[RecordedObjection]:
        """The objections behind a number, by id. Filters as of `count`."""
        query = self._filtered(self.selected(), filters)
        return self.page(query, [t.objections.c.id], cursor, limit, descending=False)

    def each(self, **filters: str | bool | date | None) -> Iterator[RecordedObjection]:
        """All objections of the filters, streamed, so that memory stays bounded."""
        query = self._filtered(self.selected(), filters)
        result = self.unit.connection.execute(query.execution_options(yield_per=2000))
        return (self.thing(r) for r in result.mappings())

    def count(
        self, by: Sequence[str] = ("category",), **filters: str | bool | date | None
    ) -> tuple[ObjectionCount, ...]:
        """Count in the database, largest group first.

        `by` names columns of the objection (category, stage, month, segment, rep, handled, accepted) or of
        its deal (product, outcome, owner, loss_reason).

        Filters are equal to a value of the same names; also `since`, `until` (dates, inclusive), `deal_id`,
        `call_id`. Raises UsageError for a name that is not one of these.
        """
        columns = [self._column(name) for name in by]
        # Behind an operator, so that SQLite reads the index that holds all that is counted, and not a smaller
        # one of reps and then each row.
        columns = [c.concat("") if c is t.objections.c.rep else c for c in columns]
        o = t.objections.c
        query = select(
            *(c.label(f"by_{i}") for i, c in enumerate(columns)),
            func.count().label("count"),
            func.count(o.call_id.distinct()).label("calls"),
            func.count(o.deal_id.distinct()).label("deals"),
            *(func.count().filter(o.handled == h).label(f"handled_{h}") for h in ("yes", "partly", "no")),
            func.count().filter(o.accepted).label("accepted"),
        ).group_by(*columns)
        query = self._filtered(query, filters, join=any(n in OF_DEAL for n in by))
        found = []
        for row in self.unit.connection.execute(query).mappings():
            group = {name: _text(row[f"by_{i}"]) for i, name in enumerate(by)}
            figures = {k: v for k, v in row.items() if not k.startswith("by_")}
            found.append(ObjectionCount(by=group, **figures))
        return tuple(sorted(found, key=lambda c: (-c.count, str(c.by))))

    def _column(self, name: str) -> Any:
        if name in OWN:
            return t.objections.c[name]
        if name in OF_DEAL:
            return t.deals.c[name]
        raise UsageError(f"objections cannot be counted by {name!r}; choose from {', '.join(OWN + OF_DEAL)}")

    def _filtered(self, query: Select[Any], filters: dict[str, Any], *, join: bool = False) -> Select[Any]:
        o = t.objections.c
        for name, value in filters.items():
            if value is None:
                continue
            if name == "since":
                query = query.where(o.at >= value)
            elif name == "until":
                query = query.where(o.at <= value)
            elif name in ("deal_id", "call_id"):
                query = query.where(o[name] == value)
            else:
                join = join or name in OF_DEAL
                query = query.where(self._column(name) == value)
        return query.outerjoin(t.deals, t.deals.c.id == o.deal_id) if join else query


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
