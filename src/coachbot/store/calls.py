"""Calls: what came in, where it stands, and the inbox."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update

from coachbot.errors import NotFoundError
from coachbot.model.workspace import Call, CallState
from coachbot.store import tables as t
from coachbot.store.base import Repository, contains, fold, sees_call, team_members
from coachbot.store.ids import stable_id
from coachbot.store.records import Page, Viewer

INBOX = (CallState.QUEUED, CallState.RUNNING, CallState.FAILED, CallState.DRAFT)


class Calls(Repository[Call]):
    """Calls. The same file of the same owner and deal is one call."""

    table = t.calls
    kind = "call"
    model = Call

    def row(self, thing: Call) -> dict[str, Any]:
        """The call as a row."""
        return super().row(thing) | {
            "natural_key": stable_id(thing.file, thing.owner, thing.deal_id),
            "label": f"{fold(thing.title)[:200]} {fold(thing.file_name)[:200]}",
            "at": thing.date or thing.created_at,
        }

    def add(self, call: Call) -> tuple[Call, bool]:
        """Add a call, or give the one that is there for the same file, owner and deal (False then).

        A call that is linked to no deal counts as the same as one that is, so that a file that comes in
        again finds its call whether or not it was linked since.
        """
        found = self.by_file(call.file, owner=call.owner, deal_id=call.deal_id)
        if found is not None:
            return found, False
        row = self.row(call)
        fresh = self.unit.insert(t.calls).values(**row)
        # Nobody can be between the look and the insert on SQLite; on PostgreSQL somebody can.
        fresh = fresh.on_conflict_do_nothing(index_elements=["natural_key"]).returning(t.calls.c.id)
        if self.unit.connection.execute(fresh).first() is None:
            query = self.selected().where(t.calls.c.natural_key == row["natural_key"])
            there = self.one(query)
            if there is not None:
                return there, False
            raise NotFoundError(self.kind, call.id)
        self.unit.index.add_call(call)
        if call.deal_id is not None:
            self.unit.deals.touch(call.deal_id)
        return call, True

    def update(self, call: Call, *, expected: int) -> Call:
        """Write the call where its version is still `expected`; returns it with the next version.

        A changed deal goes to its objections as well. Raises ConflictError with both values, NotFoundError.
        """
        before = self.need(call.id)
        row = self.row(call)
        # The key under which the file was first taken in stays, so that two calls never fight for it.
        del row["natural_key"]
        saved = self.save_version(call, expected, row)
        if call.deal_id != before.deal_id:
            self._relink(call)
        changed = (call.title, call.owner, call.deal_id, call.date)
        if changed != (before.title, before.owner, before.deal_id, before.date):
            self.unit.index.refresh_call(call.id)
        return saved

    def set_state(self, call_id: str, state: CallState, *, error: str | None = None) -> Call:
        """Note where the work stands, whatever the version: the pipeline's word, not a person's.

        `error` replaces the last one; the version goes up. Raises NotFoundError.
        """
        done = self.unit.connection.execute(
            update(t.calls)
            .where(t.calls.c.id == call_id)
            .values(state=state, error=error, version=t.calls.c.version + 1)
        )
        if done.rowcount != 1:
            raise NotFoundError(self.kind, call_id)
        return self.need(call_id)

    def by_file(self, sha: str, *, owner: str | None = None, deal_id: str | None = None) -> Call | None:
        """The call of that file and owner whose deal is the same, or not known on one side."""
        calls = t.calls.c
        query = self.selected().where(calls.file == sha, calls.owner.is_not_distinct_from(owner))
        if deal_id is not None:
            query = query.where(or_(calls.deal_id == deal_id, calls.deal_id.is_(None)))
            query = query.order_by(calls.deal_id.is_(None))
        return self.one(query.order_by(calls.created_at, calls.id))

    def of_file(self, sha: str) -> tuple[Call, ...]:
        """All calls of that file, oldest first: whether it may go."""
        query = self.selected().where(t.calls.c.file == sha)
        return self.fetch(query.order_by(t.calls.c.created_at, t.calls.c.id))

    def of_deal(self, deal_id: str, *, most: int | None = None) -> tuple[Call, ...]:
        """A deal's calls, newest first; the newest `most` of them."""
        query = self.selected().where(t.calls.c.deal_id == deal_id)
        return self.fetch(query.order_by(t.calls.c.at.desc(), t.calls.c.id.desc()).limit(most))

    def visible(self, call_id: str, viewer: Viewer | None) -> Call:
        """The call, where the viewer may see it. Raises NotFoundError otherwise."""
        calls = t.calls.c
        found = self.one(
            self.selected().where(calls.id == call_id, sees_call(viewer, calls.owner, calls.deal_id))
        )
        if found is None:
            raise NotFoundError(self.kind, call_id)
        return found

    def list(
        self,
        *,
        visible_to: Viewer | None = None,
        states: Iterable[CallState] | None = None,
        deal_id: str | None = None,
        unlinked: bool = False,
        owner: str | None = None,
        team: str | None = None,
        text: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Call]:
        """Calls, newest first. `text` is looked for in titles and file names; `unlinked`: of no deal."""
        calls = t.calls.c
        query = self.selected().where(sees_call(visible_to, calls.owner, calls.deal_id))
        if states is not None:
            # Behind an operator where a text is looked for: the index by time holds all that is asked then,
            # that by state would fetch every row for its label.
            state = calls.state.concat("") if text else calls.state
            query = query.where(state.in_([str(s) for s in states]))
        if deal_id is not None:
            query = query.where(calls.deal_id == deal_id)
        if unlinked:
            query = query.where(calls.deal_id.is_(None))
        if owner is not None:
            query = query.where(calls.owner == owner)
        if team is not None:
            query = query.where(calls.owner.in_(team_members(team)))
        if text:
            query = query.where(contains(calls.label, text))
        return self.page(query, [calls.at, calls.id], cursor, limit)

    def inbox(
        self, *, visible_to: Viewer | None = None, cursor: str | None = None, limit: int = 50
    ) -> Page[Call]:
        """Calls that want attention: waiting, at work, failed, or a draft to review. Newest first."""
        return self.list(visible_to=visible_to, states=INBOX, cursor=cursor, limit=limit)

    def counts(self, *, visible_to: Viewer | None = None) -> dict[CallState, int]:
        """How many calls are in each state."""
        calls = t.calls.c
        query = (
            select(calls.state, func.count())
            .where(sees_call(visible_to, calls.owner, calls.deal_id))
            .group_by(calls.state)
        )
        found = {CallState(s): n for s, n in self.unit.connection.execute(query)}
        return {state: found.get(state, 0) for state in CallState}

    def waiting(self, limit: int = 100) -> builtins.list[Call]:
        """Queued calls in the order they should be taken: higher priority, then older."""
        calls = t.calls.c
        query = self.selected().where(calls.state == str(CallState.QUEUED))
        return builtins.list(
            self.fetch(query.order_by(calls.priority.desc(), calls.created_at, calls.id).limit(limit))
        )

    def delete(self, call_id: str) -> None:
        """Remove a call with all that hangs on it, but for its file and audit. Raises NotFoundError."""
        if self.unit.connection.execute(delete(t.calls).where(t.calls.c.id == call_id)).rowcount != 1:
            raise NotFoundError(self.kind, call_id)

    def add_many(self, things: Iterable[Call]) -> int:
        """Insert many calls at once, with empty search rows."""
        calls = builtins.list(things)
        if not calls:
            return 0
        self.unit.connection.execute(insert(t.calls), [self.row(c) for c in calls])
        self.unit.index.add_calls(calls)
        return len(calls)

    def _relink(self, call: Call) -> None:
        deal = self.unit.deals.need(call.deal_id) if call.deal_id is not None else None
        self.unit.connection.execute(
            update(t.objections)
            .where(t.objections.c.call_id == call.id)
            .values(deal_id=call.deal_id, segment=deal.segment if deal else None)
        )
        if call.deal_id is not None:
            self.unit.deals.touch(call.deal_id)
