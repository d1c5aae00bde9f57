"""One unit of work: a transaction and the repositories that act in it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy import text as sql
from sqlalchemy.dialects import postgresql, sqlite

from coachbot.store.access import Access
from coachbot.store.accounts import Accounts
from coachbot.store.audit import Audit
from coachbot.store.calls import Calls
from coachbot.store.deals import Deals
from coachbot.store.documents import Documents
from coachbot.store.facts import Facts
from coachbot.store.insights import Insights
from coachbot.store.items import Decisions, Items
from coachbot.store.marks import Marks
from coachbot.store.objections import Objections
from coachbot.store.people import People
from coachbot.store.recaps import Recaps
from coachbot.store.records import Hit, Page, Viewer
from coachbot.store.search import Search
from coachbot.store.slots import Slots
from coachbot.store.steps import Steps
from coachbot.store.transcripts import Transcripts
from coachbot.store.tries import Tries
from coachbot.store.usage import UsageLog
from coachbot.store.users import Users
from coachbot.store.workers import Workers


class Unit:
    """What `store.begin()` and `store.read()` give: everything in it happens, or nothing does."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.dialect = connection.dialect.name

    @cached_property
    def users(self) -> Users:
        """People who work with coachbot."""
        return Users(self)

    @cached_property
    def access(self) -> Access:
        """Logins and API tokens."""
        return Access(self)

    @cached_property
    def accounts(self) -> Accounts:
        """Companies."""
        return Accounts(self)

    @cached_property
    def people(self) -> People:
        """People at accounts."""
        return People(self)

    @cached_property
    def deals(self) -> Deals:
        """Deals, their stage and close-date history."""
        return Deals(self)

    @cached_property
    def documents(self) -> Documents:
        """Documents of deals."""
        return Documents(self)

    @cached_property
    def slots(self) -> Slots:
        """Requests on their way to providers."""
        return Slots(self)

    @cached_property
    def tries(self) -> Tries:
        """Failed logins."""
        return Tries(self)

    @cached_property
    def calls(self) -> Calls:
        """Calls and the inbox."""
        return Calls(self)

    @cached_property
    def transcripts(self) -> Transcripts:
        """Transcripts, never changed."""
        return Transcripts(self)

    @cached_property
    def recaps(self) -> Recaps:
        """Recaps, every version."""
        return Recaps(self)

    @cached_property
    def items(self) -> Items:
        """Items under review."""
        return Items(self)

    @cached_property
    def decisions(self) -> Decisions:
        """What was decided on items."""
        return Decisions(self)

    @cached_property
    def facts(self) -> Facts:
        """Accepted facts."""
        return Facts(self)

    @cached_property
    def objections(self) -> Objections:
        """Objections as counted."""
        return Objections(self)

    @cached_property
    def steps(self) -> Steps:
        """Steps of the work on calls."""
        return Steps(self)

    @cached_property
    def workers(self) -> Workers:
        """Processes that work on calls."""
        return Workers(self)

    @cached_property
    def usage(self) -> UsageLog:
        """What the work took."""
        return UsageLog(self)

    @cached_property
    def audit(self) -> Audit:
        """Who did what."""
        return Audit(self)

    @cached_property
    def marks(self) -> Marks:
        """Small remembered things of the rooms above."""
        return Marks(self)

    @cached_property
    def insights(self) -> Insights:
        """Rows for figures over the whole portfolio."""
        return Insights(self)

    @cached_property
    def index(self) -> Search:
        """The full-text index."""
        return Search(self)

    def search(
        self, text: str, *, limit: int = 25, cursor: str | None = None, visible_to: Viewer | None = None
    ) -> Page[Hit]:
        """Calls whose words, title or facts hold all of the words, newest first.

        "Quoted words" must follow one another; `word*` finds beginnings. Raises UsageError for a foreign
        cursor. Nothing to look for finds nothing.
        """
        return self.index.find(text, limit=limit, cursor=cursor, visible_to=visible_to)

    def lock(self, name: str) -> None:
        """Wait until no other transaction holds the name, and hold it until this one ends.

        For what must be looked up and then made once. On SQLite a writer is alone anyway.
        """
        if self.dialect == "postgresql":
            query = sql("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
            self.connection.execute(query, {"name": name})

    def insert(self, table: Table) -> Any:
        """The dialect's own insert, which knows ON CONFLICT."""
        return postgresql.insert(table) if self.dialect == "postgresql" else sqlite.insert(table)
