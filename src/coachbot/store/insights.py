"""Rows for figures over the whole portfolio: few columns, in one pass, streamed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import String, Text, and_, case, cast, func, select, type_coerce
from sqlalchemy.sql.elements import ColumnElement

from coachbot.model.claims import Evidence
from coachbot.model.workspace import CallState, ItemKind, Outcome
from coachbot.store import tables as t
from coachbot.store.base import chunks, sees_call, sees_deal
from coachbot.store.records import Viewer

STEP = 5_000
"""Rows that are held at a time."""


class DealRow(NamedTuple):
    """A deal as far as figures need it."""

    id: str
    name: str
    owner: str | None
    stage: str | None
    segment: str | None
    product: str | None
    source: str | None
    opened_on: date | None
    entered_stage_on: date | None
    closed_on: date | None
    outcome: Outcome
    loss_reason: str | None
    account_id: str


class ChangeRow(NamedTuple):
    """A move of a deal."""

    deal_id: str
    from_stage: str | None
    to_stage: str
    day: date


class CloseRow(NamedTuple):
    """A close date that somebody set."""

    deal_id: str
    close_date: date | None
    at: datetime


CallRow = tuple[str, str | None, str | None, str | None, str, str]
"""A call that was read: id, deal, stage, owner, day (YYYY-MM-DD), state (draft or reviewed)."""

ObjectionsRow = tuple[str, str]
"""A call, and a character for each of its objections, see `code`."""


FIRST, PER_CATEGORY = 48, 6


def code(place: int, handled: str, accepted: bool) -> str:
    """The character of an objection of the category at that place."""
    return chr(FIRST + place * PER_CATEGORY + ("yes", "partly", "no").index(handled) * 2 + accepted)


class AnswerRow(NamedTuple):
    """An objection with what was answered, where it was."""

    id: str
    call_id: str
    deal_id: str | None
    category: str
    stage: str | None
    day: str | None
    accepted: bool
    handled: str
    text: str
    response: str | None
    evidence: tuple[Evidence, ...]
    response_evidence: tuple[Evidence, ...]


class FactRow(NamedTuple):
    """A fact that holds: which, of which deal and call, since which day."""

    deal_id: str
    call_id: str
    kind: str
    key: str | None
    day: str
    value: dict[str, Any] | None


class Insights:
    """Reads for the figures. Nothing is written here."""

    def __init__(self, unit: Any) -> None:
        self.unit = unit

    def calls(self, viewer: Viewer | None = None) -> Iterator[CallRow]:
        """Calls that were read, whether or not their recap is reviewed."""
        c = t.calls.c
        query = select(c.id, c.deal_id, c.stage, c.owner, self._day(c.at), c.state).where(
            c.state.in_((CallState.DRAFT.value, CallState.REVIEWED.value)),
            sees_call(viewer, c.owner, c.deal_id),
        )
        return self._raw(query)

    def categories(self) -> list[str]:
        """The categories that were ever raised, each found by one step in the index."""
        o = t.objections.c.category
        first = select(func.min(o).label("category")).cte("steps", recursive=True)
        following = select(func.min(o)).where(o > first.c.category).scalar_subquery()
        steps = first.union_all(select(following).where(first.c.category.is_not(None)))
        query = select(steps.c.category).where(steps.c.category.is_not(None))
        return [row[0] for row in self.unit.connection.execute(query)]

    def objections(self, categories: Sequence[str]) -> Iterator[ObjectionsRow]:
        """All objections of those categories: as many rows as calls, however many objections."""
        if not categories:
            return iter(())
        o = t.objections.c
        place = case(*_by_length(o.category, categories), else_=0)
        handled = case(
            (func.length(o.handled) == len("yes"), 0), (func.length(o.handled) == len("partly"), 2), else_=4
        )
        character = func.chr if self.unit.dialect == "postgresql" else func.char
        number = place + handled + case((o.accepted, 1), else_=0)
        query = select(o.call_id, func.aggregate_strings(character(number), ""))
        # The order is that of the covering index. Without it PostgreSQL turns the two groups round, takes the
        # index of calls alone, and fetches every row of the table.
        return self._raw(query.group_by(o.deal_id, o.call_id).order_by(o.deal_id, o.call_id))

    def stages_and_reps(self, call_ids: Sequence[str]) -> Iterator[tuple[str, str | None, str | None]]:
        """Call, stage and rep as they stand with the objections of those calls."""
        o = t.objections.c
        for some in chunks(call_ids):
            query = select(o.call_id, func.min(o.stage), func.min(o.rep)).where(o.call_id.in_(some))
            yield from self.unit.connection.execute(query.group_by(o.call_id))

    def answers(
        self, category: str, *, limit: int, drafts: bool = False, viewer: Viewer | None = None
    ) -> tuple[AnswerRow, ...]:
        """The latest objections of a category with their answers and quotes, at most `limit`."""
        o, i, c = t.objections.c, t.items.c, t.calls.c
        query = (
            select(o.id, o.call_id, o.deal_id, o.category, o.stage, type_coerce(o.at, String), o.accepted,
                   o.handled, o.text, i.value, i.evidence, i.response_evidence)
            .join(t.calls, c.id == o.call_id)
            .outerjoin(t.items, i.id == o.id)
            .where(o.category == category, sees_call(viewer, c.owner, o.deal_id))
            .order_by(o.at.desc(), o.id)
            .limit(limit)
        )  # fmt: skip
        if not drafts:
            query = query.where(o.accepted)
        return tuple(_answer(row) for row in self.unit.connection.execute(query))

    def facts(
        self, kinds: Sequence[ItemKind], *, keys: Sequence[str] | None = None, values: bool = False
    ) -> Iterator[FactRow]:
        """Facts that hold, of those kinds (and keys); their values only where asked for."""
        f = t.facts.c
        where = [f.kind.in_(kinds), f.replaced_by.is_(None)]
        if keys is not None:
            where.append(f.key.in_(list(keys)))
        columns: list[ColumnElement[Any]] = [f.deal_id, f.call_id, f.kind, f.key, self._day(f.accepted_at)]
        if values:
            columns.append(f.value)
        for row in self._stream(select(*columns).where(and_(*where))):
            yield FactRow(row[0], row[1], row[2], row[3], row[4], row[5] if values else None)

    def field_days(self) -> Iterator[tuple[str, str, str]]:
        """Deal, field and day of acceptance of each fact of a field that holds."""
        f = t.facts.c
        query = select(f.deal_id, f.key, self._day(f.accepted_at))
        return self._raw(query.where(f.kind == "field", f.replaced_by.is_(None), f.key.is_not(None)))

    def participants(self, viewer: Viewer | None = None) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Deal and participants of each call of a deal that is open."""
        c = t.calls.c
        query = (
            select(c.deal_id, c.meta["participants"])
            .join(t.deals, t.deals.c.id == c.deal_id)
            .where(t.deals.c.outcome == Outcome.OPEN.value, sees_call(viewer, c.owner, c.deal_id))
        )
        # SQLite gives the JSON's text, PostgreSQL's driver what it holds.
        for deal, people in self._raw(query):
            yield deal, (json.loads(people) if isinstance(people, str) else people) or []

    def call_days(self) -> Iterator[tuple[str, str, str]]:
        """Deal, day of its first call and of its last one, in whatever state."""
        c = t.calls.c
        query = select(c.deal_id, self._day(func.min(c.at)), self._day(func.max(c.at)))
        return self._raw(query.where(c.deal_id.is_not(None)).group_by(c.deal_id))

    def close_dates(self) -> Iterator[CloseRow]:
        """All close dates that were set, those of a deal together, oldest first."""
        d = t.close_dates.c
        query = select(d.deal_id, d.close_date, d.at).order_by(d.deal_id, d.at, d.id)
        return (CloseRow(*row) for row in self._stream(query))

    def deals(self, playbook: str, viewer: Viewer | None = None) -> list[DealRow]:
        """Deals of a playbook that the viewer may see, by id."""
        d = t.deals.c
        query = select(*(d[name] for name in DealRow._fields)).where(
            d.playbook == playbook, sees_deal(viewer, d.owner)
        )
        return [_deal(row) for row in self._raw(query.order_by(d.id))]

    def changes(self) -> Iterator[ChangeRow]:
        """All moves of deals, those of a deal together, oldest first."""
        m = t.stage_changes.c
        query = select(m.deal_id, m.from_stage, m.to_stage, self._day(m.at)).order_by(m.deal_id, m.at, m.id)
        return (ChangeRow(a, b, c, day_of(d)) for a, b, c, d in self._raw(query))

    def _raw(self, query: Any) -> Iterator[Any]:
        """Plain rows, straight from the driver: for many rows the mapping costs more than the database."""
        connection = self.unit.connection
        text = str(query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))
        cursor = connection.connection.cursor()
        try:
            cursor.execute(text)
            while rows := cursor.fetchmany(STEP):
                yield from rows
        finally:
            cursor.close()

    def _stream(self, query: Any) -> Iterator[Any]:
        result = self.unit.connection.execute(query, execution_options={"yield_per": STEP})
        for part in result.partitions():
            yield from part

    def _day(self, column: ColumnElement[Any]) -> ColumnElement[str]:
        if self.unit.dialect == "postgresql":
            return func.to_char(column, "YYYY-MM-DD")
        return func.substr(cast(type_coerce(column, String), Text), 1, 10)


def _by_length(column: ColumnElement[str], names: Sequence[str]) -> Iterator[tuple[Any, Any]]:
    """Number of each name, by its length first: a number is quicker compared than a text, a million times."""
    lengths: dict[int, list[tuple[Any, int]]] = {}
    for n, name in enumerate(names):
        lengths.setdefault(len(name), []).append((column == name, FIRST + n * PER_CATEGORY))
    for length, of_it in sorted(lengths.items()):
        yield func.length(column) == length, case(*of_it, else_=0)


@lru_cache(maxsize=20_000)
def day_of(text: str) -> date:
    """The day of an ISO date; kept, since days repeat."""
    return date.fromisoformat(text)


def _day(value: Any) -> date | None:
    return day_of(value) if isinstance(value, str) else value


_OUTCOMES = {o.value: o for o in Outcome}


def _deal(row: Sequence[Any]) -> DealRow:
    deal = DealRow(*row)
    return deal._replace(
        opened_on=_day(deal.opened_on),
        entered_stage_on=_day(deal.entered_stage_on),
        closed_on=_day(deal.closed_on),
        outcome=_OUTCOMES[row[DealRow._fields.index("outcome")]],
    )


def _answer(row: Any) -> AnswerRow:
    value = row.value or {}
    said = value.get("response")  # an item holds the answer's words alone, an import may hold more
    response = said.get("text") if isinstance(said, dict) else said
    evidence = tuple(Evidence.model_validate(e) for e in row.evidence or ())
    answered = tuple(Evidence.model_validate(e) for e in row.response_evidence or ())
    day = None if row[5] is None else str(row[5])[:10]
    return AnswerRow(row.id, row.call_id, row.deal_id, row.category, row.stage, day, bool(row.accepted),
                     row.handled, row.text, response, evidence, answered)  # fmt: skip
