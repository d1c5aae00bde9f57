"""Deals, with the history of their stage and close date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, insert, select, update

from coachbot.errors import ConflictError, NotFoundError
from coachbot.model.workspace import CloseDateChange, Deal, Outcome, StageChange
from coachbot.store import tables as t
from coachbot.store.base import Repository, chunks, contains, fold, plain, sees_deal, team_members
from coachbot.store.overview import Most, overview
from coachbot.store.records import DealOverview, Page, Viewer, now


class Deals(Repository[Deal]):
    """Deals. `Deal.account` is read from the account; writing it changes nothing there."""

    table = t.deals
    kind = "deal"
    model = Deal

    def selected(self) -> Select[Any]:
        """Deals with their account's name."""
        columns = (*self.columns, t.accounts.c.name.label("account"))
        return select(*columns).join(t.accounts, t.accounts.c.id == t.deals.c.account_id)

    def row(self, thing: Deal) -> dict[str, Any]:
        """The deal as a row."""
        known = {"name_key": fold(thing.name), "created_at": now(), "touched_at": now()}
        return super().row(thing) | known

    def add(self, deal: Deal, *, by: str | None = None, at: datetime | None = None) -> Deal:
        """Add a deal; its stage and close date begin their histories. Raises UsageError for a taken id."""
        at = at or now()
        self.unit.connection.execute(insert(t.deals).values(**self.row(deal)))
        if deal.stage is not None:
            change = StageChange(deal_id=deal.id, from_stage=None, to_stage=deal.stage, at=at, by=by)
            self.record_stage_changes([change])
        if deal.close_date is not None:
            self.record_close_dates(
                [CloseDateChange(deal_id=deal.id, close_date=deal.close_date, at=at, by=by)]
            )
        return deal

    def update(
        self,
        deal: Deal,
        *,
        expected: int,
        by: str | None = None,
        at: datetime | None = None,
        why: str | None = None,
        unmet: Iterable[str] = (),
    ) -> Deal:
        """Write the deal where its version is still `expected`; returns it with the next version.

        A changed stage or close date goes into its history in the same transaction (`by`, `at`, `why` and
        `unmet` describe the stage change), and `entered_stage_on` follows unless it was changed too.
        Raises ConflictError with both values, NotFoundError.
        """
        at = at or now()
        before = self.need(deal.id)
        if before.version != expected:
            raise ConflictError(f"deal {deal.id}", expected=expected, current=before, proposed=deal)
        moved = deal.stage != before.stage and deal.stage is not None
        if moved and deal.entered_stage_on == before.entered_stage_on:
            deal = deal.model_copy(update={"entered_stage_on": at.date()})
        row = self.row(deal)
        del row["created_at"]
        saved = self.save_version(deal, expected, row)
        if moved and deal.stage is not None:
            self.record_stage_changes(
                [
                    StageChange(
                        deal_id=deal.id, from_stage=before.stage, to_stage=deal.stage,
                        at=at, by=by, why=why, unmet=tuple(unmet),
                    )
                ]
            )  # fmt: skip
        if deal.close_date != before.close_date:
            self.record_close_dates(
                [CloseDateChange(deal_id=deal.id, close_date=deal.close_date, at=at, by=by)]
            )
        if deal.segment != before.segment:
            self.unit.connection.execute(
                update(t.objections).where(t.objections.c.deal_id == deal.id).values(segment=deal.segment)
            )
        if deal.owner != before.owner or deal.name != before.name:
            self.unit.index.refresh_deal(deal.id)
        return self.need(saved.id)

    def move(
        self, deal_id: str, stage: str, *, expected: int, by: str | None = None, why: str | None = None,
        unmet: Iterable[str] = (), at: datetime | None = None,
    ) -> Deal:  # fmt: skip
        """Set the stage by a person's choice. Raises ConflictError, NotFoundError."""
        deal = self.need(deal_id).model_copy(update={"stage": stage})
        return self.update(deal, expected=expected, by=by, at=at, why=why, unmet=unmet)

    def touch(self, deal_id: str) -> None:
        """Bring the deal to the top of lists, such as for a new call."""
        self.unit.connection.execute(update(t.deals).where(t.deals.c.id == deal_id).values(touched_at=now()))

    def record_stage_changes(self, changes: Iterable[StageChange]) -> None:
        """Add to the history alone, such as an import of what happened elsewhere."""
        self._insert(t.stage_changes, StageChange, changes)

    def record_close_dates(self, changes: Iterable[CloseDateChange]) -> None:
        """Add to the history alone."""
        self._insert(t.close_dates, CloseDateChange, changes)

    def stage_changes(self, deal_id: str | None = None) -> tuple[StageChange, ...]:
        """The history of a deal, or of all, oldest first."""
        return tuple(StageChange(**r) for r in self._history(t.stage_changes, StageChange, deal_id))

    def close_dates(self, deal_id: str | None = None) -> tuple[CloseDateChange, ...]:
        """The history of a deal, or of all, oldest first."""
        return tuple(CloseDateChange(**r) for r in self._history(t.close_dates, CloseDateChange, deal_id))

    def by_name(self, name: str) -> tuple[Deal, ...]:
        """Deals of that name, or of an account of that name; open ones first."""
        key = fold(name)
        query = self.selected().where((t.deals.c.name_key == key) | (t.accounts.c.name_key == key))
        found = self.fetch(query.order_by(t.deals.c.touched_at.desc(), t.deals.c.id))
        return tuple(sorted(found, key=lambda d: d.outcome is not Outcome.OPEN))

    def by_external_id(self, external_id: str) -> Deal | None:
        """The deal that came from the CRM under that id."""
        return self.one(self.selected().where(t.deals.c.external_id == external_id))

    def of_account(self, account_id: str) -> tuple[Deal, ...]:
        """An account's deals, newest change first."""
        query = self.selected().where(t.deals.c.account_id == account_id)
        return self.fetch(query.order_by(t.deals.c.touched_at.desc(), t.deals.c.id))

    def visible(self, deal_id: str, viewer: Viewer | None) -> Deal:
        """The deal, where the viewer may see it. Raises NotFoundError otherwise."""
        query = self.selected().where(t.deals.c.id == deal_id, sees_deal(viewer, t.deals.c.owner))
        found = self.one(query)
        if found is None:
            raise NotFoundError(self.kind, deal_id)
        return found

    def list(
        self,
        *,
        visible_to: Viewer | None = None,
        owner: str | None = None,
        team: str | None = None,
        stage: str | None = None,
        outcome: Outcome | None = None,
        account_id: str | None = None,
        text: str | None = None,
        sort: str = "recent",
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Deal]:
        """Deals, latest change first (`sort="recent"`) or by name (`sort="name"`)."""
        deals = t.deals.c
        query = self.selected().where(sees_deal(visible_to, deals.owner))
        for column, value in (
            (deals.owner, owner), (deals.stage, stage), (deals.outcome, outcome),
            (deals.account_id, account_id),
        ):  # fmt: skip
            if value is not None:
                query = query.where(column == value)
        if team is not None:
            query = query.where(deals.owner.in_(team_members(team)))
        if text:
            query = query.where(contains(deals.name_key, text) | contains(t.accounts.c.name_key, text))
        if sort == "name":
            return self.page(query, [deals.name_key, deals.id], cursor, limit, descending=False)
        return self.page(query, [deals.touched_at, deals.id], cursor, limit)

    def all(self) -> tuple[Deal, ...]:
        """Every deal, for figures over the portfolio."""
        return self.fetch(self.selected().order_by(t.deals.c.id))

    def overview(self, deal_id: str, most: Most | None = None) -> DealOverview:
        """The deal with all that hangs on it, in a fixed number of queries. Raises NotFoundError.

        With `most` no more than that of what grows with every call; the totals count all.
        """
        return overview(self.unit, deal_id, most)

    def _insert(self, table: Any, kind: Any, changes: Iterable[Any]) -> None:
        for some in chunks(changes):
            rows = [{n: plain(table.c[n], getattr(c, n)) for n in kind.model_fields} for c in some]
            self.unit.connection.execute(insert(table), rows)

    def _history(self, table: Any, kind: Any, deal_id: str | None) -> Iterable[Mapping[Any, Any]]:
        query = select(*(table.c[n] for n in kind.model_fields)).order_by(
            table.c.deal_id, table.c.at, table.c.id
        )
        if deal_id is not None:
            query = query.where(table.c.deal_id == deal_id)
        return self.unit.connection.execute(query).mappings()
