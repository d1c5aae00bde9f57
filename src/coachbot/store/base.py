"""What every repository does alike: rows from frozen types and back, versions, pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel
from pydantic_core import to_jsonable_python
from sqlalchemy import JSON, Column, Integer, Select, Table, false, insert, or_, select, true, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import GenericFunction

from coachbot.errors import ConflictError, NotFoundError
from coachbot.model.workspace import Role
from coachbot.store import tables as t
from coachbot.store.cursors import encode, paged
from coachbot.store.records import Page, Viewer

if TYPE_CHECKING:
    from coachbot.store.unit import Unit

M = TypeVar("M", bound=BaseModel)
BATCH = 500


class Repository(Generic[M]):
    """Reads and writes one kind of thing inside a unit of work."""

    table: ClassVar[Table]
    kind: ClassVar[str]
    model: type[M]

    def __init__(self, unit: Unit) -> None:
        self.unit = unit

    @cached_property
    def columns(self) -> list[Column[Any]]:
        """The table's columns that the type holds."""
        return [self.table.c[name] for name in self.names if name in self.table.c]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The type's fields. Pydantic looks them up anew each time, which for a thousand rows adds up."""
        return tuple(type(self).model.model_fields)

    def row(self, thing: M) -> dict[str, Any]:
        """The thing as a row; repositories add what their table has besides."""
        return {c.name: plain(c, getattr(thing, c.name)) for c in self.columns}

    def thing(self, row: Mapping[Any, Any]) -> M:
        """The row as the frozen type."""
        return self.model.model_validate({name: row[name] for name in self.names})

    def selected(self) -> Select[Any]:
        """The query that all reads of this kind start from."""
        return select(*self.columns)

    def fetch(self, query: Select[Any]) -> tuple[M, ...]:
        """All things of the query."""
        return tuple(self.thing(r) for r in self.unit.connection.execute(query).mappings())

    def one(self, query: Select[Any]) -> M | None:
        """The first thing of the query."""
        row = self.unit.connection.execute(query.limit(1)).mappings().first()
        return None if row is None else self.thing(row)

    def get(self, key: str) -> M | None:
        """The thing of that id, None where there is none."""
        return self.one(self.selected().where(self.table.c.id == key))

    def need(self, key: str) -> M:
        """The thing of that id. Raises NotFoundError."""
        found = self.get(key)
        if found is None:
            raise NotFoundError(self.kind, key)
        return found

    def many(self, keys: Iterable[str]) -> dict[str, M]:
        """The things of those ids that exist, by id."""
        found: dict[str, M] = {}
        for some in chunks(sorted(set(keys))):
            for thing in self.fetch(self.selected().where(self.table.c.id.in_(some))):
                found[thing.id] = thing  # type: ignore[attr-defined]
        return found

    def add_many(self, things: Iterable[M]) -> int:
        """Insert many at once, without looking for what is there. Returns how many."""
        count = 0
        for some in chunks(things):
            rows = [self.row(x) for x in some]
            self.unit.connection.execute(insert(self.table), rows)
            count += len(rows)
        return count

    def page(
        self,
        query: Select[Any],
        keys: Sequence[ColumnElement[Any]],
        cursor: str | None,
        limit: int,
        *,
        descending: bool = True,
        make: Callable[[Mapping[Any, Any]], M] | None = None,
    ) -> Page[M]:
        """One page of the query in the order of `keys`, which must end in a unique one."""
        labelled = [k.label(f"sort_{i}") for i, k in enumerate(keys)]
        query = paged(query.add_columns(*labelled), keys, cursor, limit, descending=descending)
        rows = list(self.unit.connection.execute(query).mappings())
        more = len(rows) > limit
        last = [rows[limit - 1][f"sort_{i}"] for i in range(len(keys))] if more else None
        return Page(
            items=tuple((make or self.thing)(r) for r in rows[:limit]),
            next_cursor=encode(last) if last is not None else None,
        )

    def save_version(self, thing: M, expected: int, row: dict[str, Any]) -> M:
        """Write `row` where the stored version is still `expected`. Raises ConflictError, NotFoundError."""
        key = thing.id  # type: ignore[attr-defined]
        fixed = {"id", "version"}
        values = {k: v for k, v in row.items() if k not in fixed} | {"version": expected + 1}
        done = self.unit.connection.execute(
            update(self.table)
            .where(self.table.c.id == key, self.table.c.version == expected)
            .values(**values)
        )
        if done.rowcount != 1:
            raise ConflictError(
                f"{self.kind} {key}", expected=expected, current=self.need(key), proposed=thing
            )
        return thing.model_copy(update={"version": expected + 1})

    def upsert(self, rows: Sequence[Mapping[str, Any]], *, on: Sequence[str], change: Iterable[str]) -> None:
        """Insert, or change those columns where the key is there."""
        fresh = self.unit.insert(self.table)
        columns = list(change)
        if columns:
            statement = fresh.on_conflict_do_update(
                index_elements=list(on), set_={c: fresh.excluded[c] for c in columns}
            )
        else:
            statement = fresh.on_conflict_do_nothing(index_elements=list(on))
        for some in chunks(rows):
            self.unit.connection.execute(statement, some)


def plain(column: Column[Any], value: Any) -> Any:
    """The value as its column takes it."""
    if isinstance(column.type, JSON):
        return None if value is None else to_jsonable_python(value)
    return value


def chunks(things: Iterable[Any], size: int = BATCH) -> Iterator[list[Any]]:
    """The things in lists of at most `size`."""
    source = iter(things)
    while some := list(islice(source, size)):
        yield some


def fold(text: str) -> str:
    """The text as it is compared: case folded, white space joined, its first 300 characters.

    PostgreSQL's indexes take no more than 2,700 bytes.
    """
    return " ".join(text.casefold().split())[:300]


def contains(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Whether a folded column holds the text, taken literally."""
    return _position(column, fold(text)) > 0


class _position(GenericFunction[int]):  # noqa: N801  (it is a function of SQL)
    """Where a text begins in another, from 1; 0: nowhere. Quicker than LIKE, and nothing to escape."""

    type = Integer()
    inherit_cache = True


@compiles(_position, "sqlite")
def _instr(element: Any, compiler: Any, **options: Any) -> str:
    return f"instr({compiler.process(element.clauses, **options)})"


@compiles(_position, "postgresql")
def _strpos(element: Any, compiler: Any, **options: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **options)})"


def team_members(team: str | None) -> Select[Any]:
    """Ids of a team's users."""
    return select(t.users.c.id).where(t.users.c.team == team if team is not None else false())


def sees_deal(viewer: Viewer | None, owner: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the viewer may see deals of that owner."""
    if viewer is None or viewer.sees_all:
        return true()
    if viewer.role is Role.MANAGER:
        return or_(owner.is_(None), owner == viewer.user_id, owner.in_(team_members(viewer.team)))
    return owner == viewer.user_id


def sees_call(
    viewer: Viewer | None, owner: ColumnElement[Any], deal_id: ColumnElement[Any]
) -> ColumnElement[bool]:
    """Whether the viewer may see calls of that owner, or of a deal that is theirs."""
    if viewer is None or viewer.sees_all:
        return true()
    mine = t.deals.c.owner == viewer.user_id
    if viewer.role is Role.MANAGER:
        mine = or_(mine, t.deals.c.owner.in_(team_members(viewer.team)))
    theirs = deal_id.in_(select(t.deals.c.id).where(mine))
    return or_(sees_deal(viewer, owner), theirs)
