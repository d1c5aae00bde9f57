"""Tables that came after the first ones: documents of deals, and failed logins."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Table, text

from coachbot.store.columns import Moment, Words, structured
from coachbot.store.tables import metadata

documents = Table(
    "documents",
    metadata,
    Column("id", Words, primary_key=True),
    Column("deal_id", Words, ForeignKey("deals.id", ondelete="CASCADE"), nullable=False),
    Column("name", Words, nullable=False),
    Column("name_key", Words, nullable=False),
    Column("what", Words),
    Column("kind", Words, nullable=False),
    Column("file", Words, nullable=False, index=True),
    Column("size", BigInteger, nullable=False),
    Column("note", Boolean, nullable=False),
    Column("pages", structured()),  # the text of a note
    Column("shortened", Boolean, nullable=False),
    Column("added_by", Words),
    Column("added_at", Moment, nullable=False),
    Column("removed_by", Words),
    Column("removed_at", Moment),
    Index("ix_documents_deal_id", "deal_id", "added_at", "id"),
    # Of one name a deal shows one document, whoever is quicker.
    Index("uq_documents_shown", "deal_id", "name_key", unique=True, sqlite_where=text("removed_at IS NULL"),
          postgresql_where=text("removed_at IS NULL")),
)  # fmt: skip

login_tries = Table(
    "login_tries",
    metadata,
    Column("key", Words, nullable=False),  # SHA-256 of the address or name: none is kept itself
    Column("at", Moment, nullable=False, index=True),
    Index("ix_login_tries_key", "key", "at"),
)
