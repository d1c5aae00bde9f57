"""Items under review, and what people decided on them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import and_, delete, func, insert, select, update

from coachbot.errors import UsageError
from coachbot.model.workspace import ItemKind, ReviewItem
from coachbot.store import tables as t
from coachbot.store.base import Repository, chunks
from coachbot.store.records import Decision, DecisionCount


class Items(Repository[ReviewItem]):
    """Items by id. Ids are unique in the workspace: make them with `stable_id(call_id, …)`."""

    table = t.items
    kind = "item"
    model = ReviewItem

    def row(self, thing: ReviewItem) -> dict[str, Any]:
        """The item as a row."""
        return super().row(thing) | {"position": 0}

    def add(self, item: ReviewItem) -> ReviewItem:
        """Add an item, such as one by hand, after the others of its call. UsageError for a taken id."""
        last = select(func.max(t.items.c.position)).where(t.items.c.call_id == item.call_id)
        position = int(self.unit.connection.execute(last).scalar() or 0) + 1
        self.unit.connection.execute(insert(t.items).values(**self.row(item) | {"position": position}))
        return item

    def update(self, item: ReviewItem, *, expected: int) -> ReviewItem:
        """Write the item where its version is still `expected`; returns it with the next version.

        Raises ConflictError with both values, NotFoundError.
        """
        row = self.row(item)
        del row["position"]
        return self.save_version(item, expected, row)

    def sync(
        self, call_id: str, found: Iterable[ReviewItem], *, recap_version: int
    ) -> tuple[ReviewItem, ...]:
        """Bring a call's drafts to what the latest extraction found; returns all its items.

        New ones are added. Untouched drafts are replaced, or removed where no longer found. What a person
        decided or added by hand stays as it is, and is marked stale where no longer found.
        """
        wanted = {i.id: (n, i) for n, i in enumerate(found)}
        stored = {i.id: i for i in self.of_call(call_id)}
        for _, item in wanted.values():
            if item.call_id != call_id:
                raise UsageError(f"item {item.id} belongs to call {item.call_id}, not to {call_id}")
        fresh = [
            self.row(i) | {"position": n, "recap_version": recap_version}
            for n, i in wanted.values()
            if i.id not in stored
        ]
        if fresh:
            self.unit.connection.execute(insert(t.items), fresh)
        for item in stored.values():
            self._renew(item, wanted.get(item.id), recap_version)
        return self.of_call(call_id)

    def _renew(self, item: ReviewItem, found: tuple[int, ReviewItem] | None, recap_version: int) -> None:
        untouched = item.status == "draft" and not item.by_hand and item.decided_by is None
        where = t.items.c.id == item.id
        if found is None:
            if untouched:
                self.unit.connection.execute(delete(t.items).where(where))
            elif not item.by_hand and not item.stale:
                self._write(where, {"stale": True}, item.version)
            return
        position, latest = found
        if untouched:
            row = self.row(latest) | {"position": position, "recap_version": recap_version, "stale": False}
            same = latest.model_copy(update={"version": item.version, "recap_version": recap_version})
            bump = 0 if same == item.model_copy(update={"recap_version": recap_version}) else 1
            for fixed in ("id", "call_id", "version"):
                del row[fixed]
            self._write(where, row, item.version, bump=bump)
        else:
            values = {"stale": False, "recap_version": recap_version, "position": position}
            self._write(where, values, item.version, bump=int(item.stale))

    def _write(self, where: Any, values: dict[str, Any], version: int, *, bump: int = 1) -> None:
        self.unit.connection.execute(update(t.items).where(where).values(**values, version=version + bump))

    def of_call(self, call_id: str) -> tuple[ReviewItem, ...]:
        """A call's items in the recap's order, those by hand last."""
        query = self.selected().where(t.items.c.call_id == call_id)
        return self.fetch(query.order_by(t.items.c.by_hand, t.items.c.position, t.items.c.id))

    def drafts_of_deal(self, deal_id: str) -> tuple[ReviewItem, ...]:
        """What waits for a decision in a deal's calls, newest call first, each in the recap's order."""
        i, c = t.items.c, t.calls.c
        query = self.selected().join(t.calls, c.id == i.call_id)
        query = query.where(c.deal_id == deal_id, i.status == "draft", ~i.stale)
        return self.fetch(query.order_by(c.at.desc(), c.id.desc(), i.by_hand, i.position, i.id))

    def refused_turns(self, deal_id: str) -> set[tuple[str, int]]:
        """Call and turn of the words behind the items that were rejected in a deal's calls."""
        query = select(t.items.c.call_id, t.items.c.evidence).join(t.calls, t.calls.c.id == t.items.c.call_id)
        query = query.where(t.calls.c.deal_id == deal_id, t.items.c.status == "rejected")
        return {(c, e["turn"]) for c, evidence in self.unit.connection.execute(query) for e in evidence}

    def progress(self, call_ids: Iterable[str]) -> dict[str, tuple[int, int]]:
        """Decided and all items of calls that have any, by call id. Stale ones count no more."""
        found: dict[str, tuple[int, int]] = {}
        decided = func.count().filter(t.items.c.status != "draft")
        for some in chunks(sorted(set(call_ids))):
            query = (
                select(t.items.c.call_id, decided, func.count())
                .where(and_(t.items.c.call_id.in_(some), ~t.items.c.stale))
                .group_by(t.items.c.call_id)
            )
            found |= {call: (done, total) for call, done, total in self.unit.connection.execute(query)}
        return found


class Decisions(Repository[Decision]):
    """What people did with items, in order. Only ever added to."""

    table = t.decisions
    kind = "decision"
    model = Decision

    def row(self, thing: Decision) -> dict[str, Any]:
        """The decision as a row; the database numbers it."""
        row = super().row(thing)
        del row["id"]
        return row

    def add(self, decision: Decision) -> Decision:
        """Add a decision; returns it with its number."""
        done = self.unit.connection.execute(
            insert(t.decisions).values(**self.row(decision)).returning(t.decisions.c.id)
        )
        return decision.model_copy(update={"id": done.scalar_one()})

    def of_item(self, item_id: str) -> tuple[Decision, ...]:
        """An item's decisions, oldest first."""
        return self.fetch(self.selected().where(t.decisions.c.item_id == item_id).order_by(t.decisions.c.id))

    def of_call(self, call_id: str) -> tuple[Decision, ...]:
        """A call's decisions, oldest first."""
        return self.fetch(self.selected().where(t.decisions.c.call_id == call_id).order_by(t.decisions.c.id))

    def acceptance(self, *, kind: ItemKind | None = None) -> tuple[DecisionCount, ...]:
        """How often each action was the last word on an item, by kind, key, engine and prompt version."""
        d = t.decisions.c
        last = select(func.max(d.id)).group_by(d.item_id)
        query = (
            select(d.kind, d.key, d.engine, d.prompt, d.action, func.count().label("count"))
            .where(d.id.in_(last))
            .group_by(d.kind, d.key, d.engine, d.prompt, d.action)
            .order_by(d.kind, d.key, d.engine, d.prompt, d.action)
        )
        if kind is not None:
            query = query.where(d.kind == kind)
        return tuple(DecisionCount(**r) for r in self.unit.connection.execute(query).mappings())
