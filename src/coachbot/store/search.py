"""Full-text search over what was said, titles and facts: FTS5 on SQLite, tsvector on PostgreSQL.

The index holds one row for a call: the stems of its turns, of its labels, and marks of who may see it. It
proposes calls, newest first; the places in them are then found, and phrases proven, in the words themselves.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Select, bindparam, column, literal_column, select, table, text, update

from coachbot.model.workspace import Call, Role
from coachbot.store import tables as t
from coachbot.store.base import chunks, sees_call, team_members
from coachbot.store.cursors import MAX_LIMIT, check_limit, decode, encode, paged
from coachbot.store.places import Labels, locate, may_hold
from coachbot.store.records import Hit, Page, Viewer
from coachbot.store.words import Term, bag, parse

if TYPE_CHECKING:
    from coachbot.store.unit import Unit

INDEX = table("search_index", column("rowid", BigInteger))
VECTOR: Any = literal_column("search.vector").label("vector")
WINDOW = 2000
NOBODY = "qzonobody"
BUDGET = 200
"""Proposals that are looked at for one page, at most; the next page goes on from there."""


class Search:
    """The index of a unit of work. The repositories keep it; rooms use `unit.search`."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit

    def find(self, query: str, *, limit: int, cursor: str | None, visible_to: Viewer | None) -> Page[Hit]:
        """See `Unit.search`."""
        terms = parse(query)
        check_limit(limit)
        size = limit  # at first; where the index alone proves nothing, most of them may fail
        if not terms:
            if cursor is not None:
                decode(cursor, 1)
            return Page(items=())
        hits: list[Hit] = []
        looked = 0
        while True:
            found = self._proposals(terms, visible_to, size, cursor)
            more = len(found) > size
            places = self._places([c for _, c in found[:size]], terms, limit - len(hits))
            for seq, call_id in found[:size]:
                if len(hits) == limit:
                    more = True
                    break
                looked += 1
                cursor = encode([seq])
                if call_id in places:
                    hits.append(places[call_id])
            if not more:
                return Page(items=tuple(hits))
            if len(hits) == limit or looked >= BUDGET:
                return Page(items=tuple(hits), next_cursor=cursor)
            size = min(4 * size, max(limit, BUDGET - looked))

    def _proposals(
        self, terms: Sequence[Term], viewer: Viewer | None, limit: int, cursor: str | None
    ) -> list[tuple[int, str]]:
        """(seq, call id) of calls that the index proposes, newest first: up to one more than `limit`."""
        scope = self._scope_of(viewer)
        needs = dict.fromkeys(need for term in terms for need in term.needs)
        match = [*needs, *([scope] if scope else [])]
        query = self._sqlite(match) if self.unit.dialect == "sqlite" else self._recent(match, cursor)
        found = self._run(query, viewer, limit, cursor)
        if self.unit.dialect == "postgresql" and len(found) <= limit:
            found = self._run(self._anywhere(match), viewer, limit, cursor)
        return found

    def _run(
        self, source: tuple[Select[Any], Any], viewer: Viewer | None, limit: int, cursor: str | None
    ) -> list[tuple[int, str]]:
        query, seq = source
        if viewer is not None and not viewer.sees_all:
            call_id = query.selected_columns.call_id
            query = query.join(t.calls, t.calls.c.id == call_id)
            query = query.where(sees_call(viewer, t.calls.c.owner, t.calls.c.deal_id))
        query = paged(query, [seq], cursor, limit)
        return [(row.seq, row.call_id) for row in self.unit.connection.execute(query)]

    def _sqlite(self, match: Sequence[tuple[str, ...]]) -> tuple[Select[Any], Any]:
        # Ordered by the index's own rowid, which it walks backwards without sorting.
        query = select(t.search.c.seq, t.search.c.call_id)
        query = query.select_from(INDEX).join(t.search, INDEX.c.rowid == t.search.c.seq)
        query = query.where(text("search_index MATCH :words").bindparams(words=_match(match)))
        return query, INDEX.c.rowid

    def _recent(self, match: Sequence[tuple[str, ...]], cursor: str | None) -> tuple[Select[Any], Any]:
        # PostgreSQL cannot know how often a word is, and reads everything backwards for one that is nowhere.
        # So the newest calls are tried first, where a common word fills the page, and then all by the index.
        newest = paged(select(*t.search.c["seq", "call_id"], VECTOR), [t.search.c.seq], cursor, MAX_LIMIT)
        held = newest.limit(WINDOW).subquery("search")
        query = select(held.c.seq, held.c.call_id).where(_matches(match))
        return query, held.c.seq

    def _anywhere(self, match: Sequence[tuple[str, ...]]) -> tuple[Select[Any], Any]:
        all_of_them = select(t.search.c.seq, t.search.c.call_id).where(_matches(match))
        held = all_of_them.cte("held").prefix_with("MATERIALIZED")
        return select(held.c.seq, held.c.call_id), held.c.seq

    def _scope_of(self, viewer: Viewer | None) -> tuple[str, ...]:
        """The marks of which a call must have one to be seen. Speed only: SQL decides over sight."""
        if viewer is None or viewer.sees_all:
            return ()
        seen = [_mark(viewer.user_id)]
        if viewer.role is Role.MANAGER:
            members = self.unit.connection.execute(team_members(viewer.team)).scalars()
            seen += [NOBODY, *(_mark(m) for m in members)]
        return tuple(dict.fromkeys(seen))

    def _places(self, call_ids: Sequence[str], terms: Sequence[Term], enough: int) -> dict[str, Hit]:
        """The first `enough` hits among the calls, by call id."""
        raw = self.unit.transcripts.raw(call_ids)
        doubtful = [term for term in terms if not term.exact]
        if doubtful:
            labelled = self._labelled(call_ids, doubtful)
            call_ids = [c for c in call_ids if may_hold(raw.get(c, ""), labelled.get(c), doubtful)]
        calls = self.unit.calls.many(call_ids)
        labels = self._labels(calls.values())
        found: dict[str, Hit] = {}
        for call_id in call_ids:
            turns = json.loads(raw[call_id]).get("turns", []) if call_id in raw else []
            hit = locate(calls[call_id], turns, labels[call_id], terms)
            if hit is not None:
                found[call_id] = hit
            if len(found) == enough:
                break
        return found

    def _labelled(self, call_ids: Sequence[str], terms: Sequence[Term]) -> dict[str, Labels]:
        """The labels of those calls whose indexed labels have all the words of any of the terms."""
        query = select(t.search.c.call_id, t.search.c.labels).where(t.search.c.call_id.in_(call_ids))
        rows = [(call_id, set(bag.split())) for call_id, bag in self.unit.connection.execute(query)]
        held = [call_id for call_id, words in rows if any(term.needed_in(words) for term in terms)]
        return self._labels(self.unit.calls.many(held).values()) if held else {}

    def _labels(self, calls: Iterable[Call]) -> dict[str, Labels]:
        calls = list(calls)
        facts: dict[str, list[dict[str, Any]]] = {}
        deals: dict[str, tuple[str | None, str | None]] = {}
        for some in chunks(sorted(c.id for c in calls)):
            query = select(t.facts.c.call_id, t.facts.c.value).where(t.facts.c.call_id.in_(some))
            for call_id, value in self.unit.connection.execute(query.order_by(t.facts.c.id)):
                facts.setdefault(call_id, []).append(value)
        for some in chunks(sorted({c.deal_id for c in calls if c.deal_id})):
            query = select(t.deals.c.id, t.deals.c.name, t.deals.c.owner).where(t.deals.c.id.in_(some))
            deals |= {r.id: (r.name, r.owner) for r in self.unit.connection.execute(query)}
        nothing: tuple[str | None, str | None] = (None, None)
        return {
            c.id: Labels(c.title, *deals.get(c.deal_id or "", nothing), facts=tuple(facts.get(c.id, ())))
            for c in calls
        }

    def add_call(self, call: Call) -> None:
        """Give a new call its row."""
        self.add_calls([call])

    def add_calls(self, calls: Sequence[Call]) -> None:
        """Give new calls their rows."""
        for some in chunks(calls):
            self._insert(some, self._labels(some))

    def refresh_call(self, call_id: str) -> None:
        """Bring a call's labels, marks and place in time up to date."""
        call = self.unit.calls.get(call_id)
        if call is not None:
            self._refresh([call])

    def refresh_deal(self, deal_id: str) -> None:
        """Bring the labels and marks of a deal's calls up to date."""
        self._refresh(self.unit.calls.of_deal(deal_id))

    def set_spoken(self, call_id: str, turns: Iterable[str]) -> None:
        """Index what was said in a call."""
        self.set_spoken_many([(call_id, list(turns))])

    def set_spoken_many(self, pairs: Iterable[tuple[str, Sequence[str]]]) -> None:
        """Index what was said in calls."""
        statement = (
            update(t.search).where(t.search.c.call_id == bindparam("of")).values(spoken=bindparam("words"))
        )
        for some in chunks(pairs):
            rows = [{"of": call_id, "words": bag(turns)} for call_id, turns in some]
            self.unit.connection.execute(statement, rows)

    def rebuild(self) -> int:
        """Make the index anew from what is stored. Returns how many calls it holds."""
        count = 0
        ids = self.unit.connection.execute(select(t.calls.c.id).order_by(t.calls.c.id)).scalars().all()
        for some in chunks(ids, 200):
            calls = list(self.unit.calls.many(some).values())
            self.unit.connection.execute(t.search.delete().where(t.search.c.call_id.in_(some)))
            self.add_calls(calls)
            turns = self.unit.transcripts.turns(some)
            self.set_spoken_many((i, [turn["text"] for turn in x]) for i, x in turns.items())
            count += len(calls)
        return count

    def _refresh(self, calls: Sequence[Call]) -> None:
        labels = self._labels(calls)
        for call in calls:
            where = t.search.c.call_id == call.id
            seq = self.unit.connection.execute(select(t.search.c.seq).where(where)).scalar()
            if seq is None:
                self._insert([call], labels)
                continue
            values = _words_of(call, labels[call.id])
            if seq >> 16 != _minute(call):
                values["seq"] = self._free(_minute(call))
            self.unit.connection.execute(update(t.search).where(where).values(**values))

    def _insert(self, calls: Sequence[Call], labels: dict[str, Labels]) -> None:
        waiting = list(calls)
        fresh = self.unit.insert(t.search).on_conflict_do_nothing(index_elements=["seq"])
        while waiting:  # two calls of one minute may draw the same number
            rows = [
                {"seq": _draw(_minute(c)), "call_id": c.id, "spoken": ""} | _words_of(c, labels[c.id])
                for c in waiting
            ]
            self.unit.connection.execute(fresh, rows)
            query = select(t.search.c.call_id).where(t.search.c.call_id.in_([c.id for c in waiting]))
            there = set(self.unit.connection.execute(query).scalars())
            waiting = [c for c in waiting if c.id not in there]

    def _free(self, minute: int) -> int:
        while True:
            seq = _draw(minute)
            if (
                self.unit.connection.execute(select(t.search.c.seq).where(t.search.c.seq == seq)).first()
                is None
            ):
                return seq


def _matches(match: Sequence[tuple[str, ...]]) -> Any:
    return text("search.vector @@ CAST(:words AS tsquery)").bindparams(words=_tsquery(match))


def _words_of(call: Call, labels: Labels) -> dict[str, Any]:
    owners = {o for o in (call.owner, labels.deal_owner) if o is not None}
    scope = " ".join(sorted(_mark(o) for o in owners))
    return {"labels": bag(labels.texts()), "scope": scope if call.owner else f"{scope} {NOBODY}".strip()}


def _mark(user_id: str) -> str:
    return f"qzo{hashlib.sha256(user_id.encode()).hexdigest()[:16]}"


def _minute(call: Call) -> int:
    at: datetime = call.date or call.created_at
    return max(0, int(at.timestamp() // 60))


def _draw(minute: int) -> int:
    return minute << 16 | secrets.randbelow(1 << 16)


def _match(needs: Sequence[tuple[str, ...]]) -> str:
    """The needs as FTS5 query."""

    def one(word: str) -> str:
        return f'"{word[:-1]}"*' if word.endswith("*") else f'"{word}"'

    return " AND ".join(f"({' OR '.join(one(w) for w in need)})" for need in needs)


def _tsquery(needs: Sequence[tuple[str, ...]]) -> str:
    """The needs as PostgreSQL's tsquery."""

    def one(word: str) -> str:
        return f"'{word[:-1]}':*" if word.endswith("*") else f"'{word}'"

    return " & ".join(f"({' | '.join(one(w) for w in need)})" for need in needs)
