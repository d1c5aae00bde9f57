"""People at accounts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import or_, update

from coachbot.errors import NotFoundError
from coachbot.model.workspace import Person
from coachbot.store import tables as t
from coachbot.store.base import Repository, chunks, fold


class People(Repository[Person]):
    """People, found by id, account, e-mail or name."""

    table = t.people
    kind = "person"
    model = Person

    def row(self, thing: Person) -> dict[str, Any]:
        """The person as a row."""
        email = fold(thing.email) if thing.email else None
        return super().row(thing) | {"name_key": fold(thing.name), "email_key": email}

    def add(self, person: Person) -> Person:
        """Add a person. Raises UsageError where the account is not there."""
        self.unit.connection.execute(t.people.insert().values(**self.row(person)))
        return person

    def update(self, person: Person) -> Person:
        """Write all but the id. Raises NotFoundError."""
        row = self.row(person)
        done = self.unit.connection.execute(
            update(t.people).where(t.people.c.id == row.pop("id")).values(**row)
        )
        if done.rowcount != 1:
            raise NotFoundError(self.kind, person.id)
        return person

    def of_account(self, account_id: str) -> tuple[Person, ...]:
        """An account's people, by name."""
        query = self.selected().where(t.people.c.account_id == account_id)
        return self.fetch(query.order_by(t.people.c.name_key, t.people.c.id))

    def named(self, account_id: str, name: str) -> Person | None:
        """The account's person of that name (case and white space do not matter)."""
        query = self.selected().where(t.people.c.account_id == account_id, t.people.c.name_key == fold(name))
        return self.one(query.order_by(t.people.c.id))

    def match(self, *, names: Iterable[str] = (), emails: Iterable[str] = ()) -> tuple[Person, ...]:
        """All people of those names or e-mails, at any account: to find a call's deal by its participants."""
        found: dict[str, Person] = {}
        for column, keys in ((t.people.c.name_key, names), (t.people.c.email_key, emails)):
            for some in chunks(sorted({fold(k) for k in keys})):
                found |= {p.id: p for p in self.fetch(self.selected().where(column.in_(some)))}
        return tuple(found.values())

    def touch(self, person_id: str, at: datetime) -> None:
        """Note a contact; an older one than is known changes nothing."""
        last = t.people.c.last_contact
        self.unit.connection.execute(
            update(t.people)
            .where(t.people.c.id == person_id, or_(last.is_(None), last < at))
            .values(last_contact=at)
        )
