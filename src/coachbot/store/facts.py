"""Accepted facts of deals, with where they came from."""

from __future__ import annotations

import builtins
from typing import Any

from sqlalchemy import case, delete, func, literal_column, select, update

from coachbot.errors import NotFoundError
from coachbot.model.workspace import Fact, ItemKind
from coachbot.store import tables as t
from coachbot.store.base import Repository


class Facts(Repository[Fact]):
    """Facts. One item makes one fact; a newer fact may replace it, and it is kept."""

    table = t.facts
    kind = "fact"
    model = Fact

    def put(self, fact: Fact) -> Fact:
        """Write the item's fact, new or changed; its id stays the first one. Returns what is stored."""
        row = self.row(fact)
        change = [c for c in row if c not in ("id", "item_id")]
        self.upsert([row], on=["item_id"], change=change)
        self.unit.index.refresh_call(fact.call_id)
        stored = self.of_item(fact.item_id)
        return stored or fact

    def replace(self, old_id: str, new_id: str) -> None:
        """Note that a newer fact took the place of an older one. Raises NotFoundError."""
        self._replaced(old_id, new_id)

    def restore(self, fact_id: str) -> None:
        """Let a replaced fact hold again. Raises NotFoundError."""
        self._replaced(fact_id, None)

    def withdraw(self, item_id: str) -> Fact | None:
        """Take back the fact of an item that is no longer accepted; what it replaced holds again.

        Returns the fact that went, None where there was none.
        """
        fact = self.of_item(item_id)
        if fact is None:
            return None
        self.unit.connection.execute(
            update(t.facts).where(t.facts.c.replaced_by == fact.id).values(replaced_by=fact.replaced_by)
        )
        self.unit.connection.execute(delete(t.facts).where(t.facts.c.id == fact.id))
        self.unit.index.refresh_call(fact.call_id)
        return fact

    def of_item(self, item_id: str) -> Fact | None:
        """The fact that an item made."""
        return self.one(self.selected().where(t.facts.c.item_id == item_id))

    def of_deal(
        self, deal_id: str, *, kind: ItemKind | None = None, key: str | None = None, replaced: bool = False
    ) -> tuple[Fact, ...]:
        """A deal's facts, oldest first; with `replaced` also those that no longer hold."""
        query = self.selected().where(t.facts.c.deal_id == deal_id)
        if kind is not None:
            query = query.where(t.facts.c.kind == kind)
        if key is not None:
            query = query.where(t.facts.c.key == key)
        if not replaced:
            query = query.where(t.facts.c.replaced_by.is_(None))
        return self.fetch(query.order_by(t.facts.c.accepted_at, t.facts.c.id))

    def newest_of_deal(
        self, deal_id: str, most: int | None = None
    ) -> tuple[tuple[Fact, ...], dict[str, int]]:
        """A deal's facts that hold, oldest first: of each field and of each other kind the newest `most`.

        And how many there are of each, by field id or kind.
        """
        f = t.facts.c
        # Not a parameter: PostgreSQL would not take two of them for the same group.
        group = case((f.kind == literal_column("'field'"), f.key), else_=f.kind)
        place = func.row_number().over(partition_by=group, order_by=(f.accepted_at.desc(), f.id.desc()))
        held = select(f.id, place.label("place")).where(f.deal_id == deal_id, f.replaced_by.is_(None))
        counts = select(group, func.count()).where(f.deal_id == deal_id, f.replaced_by.is_(None))
        found = self.unit.connection.execute(counts.group_by(group))
        totals = {str(name or ""): number for name, number in found}
        if most is None or all(number <= most for number in totals.values()):
            return self.of_deal(deal_id), totals
        newest = held.subquery()
        query = self.selected().join(newest, newest.c.id == f.id).where(newest.c.place <= most)
        return self.fetch(query.order_by(f.accepted_at, f.id)), totals

    def first_of_fields(self, deal_id: str) -> tuple[Fact, ...]:
        """Of each field of a deal the oldest fact that holds: enough to know that it is known."""
        f = t.facts.c
        place = func.row_number().over(partition_by=f.key, order_by=(f.accepted_at, f.id))
        held = select(f.id, place.label("place")).where(
            f.deal_id == deal_id, f.kind == "field", f.replaced_by.is_(None)
        )
        first = held.subquery()
        query = self.selected().join(first, first.c.id == f.id).where(first.c.place == 1)
        return self.fetch(query.order_by(f.accepted_at, f.id))

    def of_call(self, call_id: str) -> tuple[Fact, ...]:
        """A call's facts, oldest first, replaced ones too."""
        query = self.selected().where(t.facts.c.call_id == call_id)
        return self.fetch(query.order_by(t.facts.c.accepted_at, t.facts.c.id))

    def keys_by_deal(self) -> dict[str, set[tuple[str, str | None]]]:
        """Which kinds and keys hold for each deal: for rates over the portfolio without loading values."""
        query = select(t.facts.c.deal_id, t.facts.c.kind, t.facts.c.key).where(
            t.facts.c.replaced_by.is_(None)
        )
        found: dict[str, set[tuple[str, str | None]]] = {}
        for deal, kind, key in self.unit.connection.execute(query.distinct()):
            found.setdefault(deal, set()).add((kind, key))
        return found

    def all(self) -> builtins.list[Fact]:
        """Every fact that holds, by deal."""
        query = self.selected().where(t.facts.c.replaced_by.is_(None))
        return builtins.list(self.fetch(query.order_by(t.facts.c.deal_id, t.facts.c.id)))

    def _replaced(self, fact_id: str, by: str | None) -> None:
        values: dict[str, Any] = {"replaced_by": by}
        done = self.unit.connection.execute(update(t.facts).where(t.facts.c.id == fact_id).values(**values))
        if done.rowcount != 1:
            raise NotFoundError(self.kind, fact_id)
