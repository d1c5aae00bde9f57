"""Companies that may buy."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from coachbot.errors import NotFoundError
from coachbot.model.workspace import Account
from coachbot.store import tables as t
from coachbot.store.base import Repository, contains, fold
from coachbot.store.ids import new_id
from coachbot.store.records import Page


class Accounts(Repository[Account]):
    """Accounts, found by id, name or domain."""

    table = t.accounts
    kind = "account"
    model = Account

    def row(self, thing: Account) -> dict[str, Any]:
        """The account as a row."""
        domain = thing.domain.casefold() if thing.domain else None
        return super().row(thing) | {"name_key": fold(thing.name), "domain": domain}

    def add(self, account: Account) -> Account:
        """Add an account."""
        self.unit.connection.execute(t.accounts.insert().values(**self.row(account)))
        return account

    def update(self, account: Account) -> Account:
        """Write all but the id. Raises NotFoundError."""
        row = self.row(account)
        done = self.unit.connection.execute(
            update(t.accounts).where(t.accounts.c.id == row.pop("id")).values(**row)
        )
        if done.rowcount != 1:
            raise NotFoundError(self.kind, account.id)
        return account

    def by_name(self, name: str) -> Account | None:
        """The account of that name (case and white space do not matter)."""
        return self.one(self.selected().where(t.accounts.c.name_key == fold(name)).order_by(t.accounts.c.id))

    def by_domain(self, domain: str) -> Account | None:
        """The account of that e-mail domain."""
        query = self.selected().where(t.accounts.c.domain == domain.casefold())
        return self.one(query.order_by(t.accounts.c.id))

    def ensure(self, name: str, *, domain: str | None = None, segment: str | None = None) -> Account:
        """The account of that name, made where there is none."""
        self.unit.lock(f"account:{fold(name)}")
        found = self.by_name(name)
        return found or self.add(Account(id=new_id(), name=name, domain=domain, segment=segment))

    def list(self, *, text: str | None = None, cursor: str | None = None, limit: int = 50) -> Page[Account]:
        """Accounts by name."""
        query = self.selected()
        if text:
            query = query.where(contains(t.accounts.c.name_key, text))
        return self.page(query, [t.accounts.c.name_key, t.accounts.c.id], cursor, limit, descending=False)
