"""The tables. Migrations bring a database to what stands here; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

from coachbot.store.columns import Moment, Words, structured, verbatim

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _serial() -> Column[int]:
    # SQLite counts up only an INTEGER primary key.
    kind = BigInteger().with_variant(Integer, "sqlite")
    return Column("id", kind, primary_key=True, autoincrement=True)


def _ref(name: str, target: str, *, null: bool = False, gone: str = "CASCADE") -> Column[str]:
    return Column(name, Words, ForeignKey(target, ondelete=gone), nullable=null)


users = Table(
    "users",
    metadata,
    Column("id", Words, primary_key=True),
    Column("name", Words, nullable=False),
    Column("email", Words, nullable=False),
    Column("email_key", Words, nullable=False, unique=True),
    Column("role", Words, nullable=False),
    Column("team", Words, index=True),
    Column("active", Boolean, nullable=False),
    Column("password_hash", Words),
    Column("created_at", Moment, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", Words, primary_key=True),
    _ref("user_id", "users.id"),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
    Column("data", structured(), nullable=False),
    Index("ix_sessions_user_id", "user_id"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Words, primary_key=True),
    _ref("user_id", "users.id"),
    Column("name", Words, nullable=False),
    Column("token_hash", Words, nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("used_at", Moment),
    Index("ix_tokens_user_id", "user_id"),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Words, primary_key=True),
    Column("name", Words, nullable=False),
    Column("name_key", Words, nullable=False, index=True),
    Column("domain", Words, index=True),
    Column("segment", Words),
)

people = Table(
    "people",
    metadata,
    Column("id", Words, primary_key=True),
    _ref("account_id", "accounts.id"),
    Column("name", Words, nullable=False),
    Column("name_key", Words, nullable=False),
    Column("title", Words),
    Column("email", Words),
    Column("email_key", Words, index=True),
    Column("side", Words, nullable=False),
    Column("influence", Words, nullable=False),
    Column("last_contact", Moment),
    Index("ix_people_account_id_name_key", "account_id", "name_key"),
    Index("ix_people_name_key", "name_key"),
)

deals = Table(
    "deals",
    metadata,
    Column("id", Words, primary_key=True),
    Column("name", Words, nullable=False),
    Column("name_key", Words, nullable=False),
    _ref("account_id", "accounts.id", gone="RESTRICT"),
    _ref("owner", "users.id", null=True, gone="SET NULL"),
    Column("playbook", Words, nullable=False),
    Column("stage", Words),
    Column("segment", Words),
    Column("product", Words),
    Column("amount", Float),
    Column("currency", Words),
    Column("source", Words),
    Column("opened_on", Date),
    Column("entered_stage_on", Date),
    Column("close_date", Date),
    Column("closed_on", Date),
    Column("outcome", Words, nullable=False),
    Column("loss_reason", Words),
    Column("external_id", Words, unique=True),
    Column("version", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("touched_at", Moment, nullable=False),
    Index("ix_deals_account_id", "account_id"),
    Index("ix_deals_name_key", "name_key", "id"),
    Index("ix_deals_recent", "touched_at", "id"),
    Index("ix_deals_outcome", "outcome", "touched_at", "id"),
    Index("ix_deals_stage", "stage", "touched_at", "id"),
    Index("ix_deals_owner", "owner", "touched_at", "id"),
)

stage_changes = Table(
    "stage_changes",
    metadata,
    _serial(),
    _ref("deal_id", "deals.id"),
    Column("from_stage", Words),
    Column("to_stage", Words, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", Words),
    Column("why", Words),
    Column("unmet", structured(), nullable=False),
    Index("ix_stage_changes_deal_id", "deal_id", "at", "id"),
    Index("ix_stage_changes_at", "at"),
)

close_dates = Table(
    "close_dates",
    metadata,
    _serial(),
    _ref("deal_id", "deals.id"),
    Column("close_date", Date),
    Column("at", Moment, nullable=False),
    Column("by", Words),
    Index("ix_close_dates_deal_id", "deal_id", "at", "id"),
)

calls = Table(
    "calls",
    metadata,
    Column("id", Words, primary_key=True),
    Column("natural_key", Words, nullable=False, unique=True),
    Column("title", Words, nullable=False),
    Column("label", Words, nullable=False),  # folded title and file name, for the lists' text filter
    Column("file", Words, nullable=False, index=True),
    Column("file_name", Words, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("state", Words, nullable=False),
    Column("date", Moment),
    _ref("deal_id", "deals.id", null=True, gone="SET NULL"),
    _ref("owner", "users.id", null=True, gone="SET NULL"),
    Column("meta", structured(), nullable=False),
    Column("stage", Words),
    Column("error", Words),
    Column("duration_s", Float),
    Column("created_at", Moment, nullable=False),
    Column("reviewed_at", Moment),
    Column("priority", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", Moment, nullable=False),  # when it was held, or came in where that is not known
    Index("ix_calls_at", "at", "id", "owner", "deal_id", "state", "label"),
    Index("ix_calls_state", "state", "at", "id", "owner", "deal_id"),
    Index("ix_calls_owner", "owner", "at", "id"),
    Index("ix_calls_deal_id", "deal_id", "at", "id"),
    Index("ix_calls_counts", "state", "deal_id", "id", "stage", "owner", "at"),  # without meta, which is long
    Index("ix_calls_waiting", "priority", "created_at", sqlite_where=text("state = 'queued'"),
          postgresql_where=text("state = 'queued'")),
)  # fmt: skip

transcripts = Table(
    "transcripts",
    metadata,
    Column("call_id", Words, ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("hash", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("body", LargeBinary, nullable=False),  # zlib of the JSON
)

recaps = Table(
    "recaps",
    metadata,
    Column("call_id", Words, ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("playbook", Words, nullable=False),
    Column("playbook_version", Words, nullable=False),
    Column("engine", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("recap", verbatim(), nullable=False),
)

items = Table(
    "items",
    metadata,
    Column("id", Words, primary_key=True),
    _ref("call_id", "calls.id"),
    Column("kind", Words, nullable=False),
    Column("key", Words),
    Column("value", structured(), nullable=False),
    Column("evidence", structured(), nullable=False),
    Column("response_evidence", structured(), nullable=False),
    Column("confidence", Float, nullable=False),
    Column("status", Words, nullable=False),
    Column("by_hand", Boolean, nullable=False),
    Column("stale", Boolean, nullable=False),
    Column("why", Words),
    Column("proposed", structured()),
    Column("recap_version", Integer, nullable=False),
    Column("decided_by", Words),
    Column("decided_at", Moment),
    Column("version", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Index("ix_items_call_id", "call_id", "position", "id"),
    Index("ix_items_call_id_status", "call_id", "status"),
)

decisions = Table(
    "decisions",
    metadata,
    _serial(),
    Column("item_id", Words, nullable=False),
    _ref("call_id", "calls.id"),
    Column("kind", Words, nullable=False),
    Column("key", Words),
    Column("action", Words, nullable=False),
    Column("by", Words),
    Column("at", Moment, nullable=False),
    Column("why", Words),
    Column("before", structured()),
    Column("after", structured()),
    Column("engine", Words),
    Column("prompt", Words),
    Index("ix_decisions_item_id", "item_id", "id"),
    Index("ix_decisions_call_id", "call_id", "id"),
    Index("ix_decisions_key", "kind", "key", "engine", "prompt", "action"),
)

facts = Table(
    "facts",
    metadata,
    Column("id", Words, primary_key=True),
    _ref("deal_id", "deals.id"),
    _ref("call_id", "calls.id"),
    Column("item_id", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("key", Words),
    Column("value", structured(), nullable=False),
    Column("evidence", structured(), nullable=False),
    Column("accepted_by", Words),
    Column("accepted_at", Moment, nullable=False),
    Column("replaced_by", Words),
    Index("uq_facts_item_id", "item_id", unique=True),
    Index("ix_facts_deal_id", "deal_id", "kind", "key"),
    Index("ix_facts_call_id", "call_id"),
    Index("ix_facts_key", "kind", "key", "deal_id"),
)

objections = Table(
    "objections",
    metadata,
    Column("id", Words, primary_key=True),
    _ref("call_id", "calls.id"),
    _ref("deal_id", "deals.id", null=True, gone="SET NULL"),
    Column("category", Words, nullable=False),
    Column("text", Words, nullable=False),
    Column("handled", Words, nullable=False),
    Column("stage", Words),
    Column("rep", Words),
    Column("at", Date),
    Column("accepted", Boolean, nullable=False),
    Column("month", Words),  # YYYY-MM of `at`
    Column("segment", Words),  # the deal's; kept equal to it by the deals' repository
    Index("ix_objections_call_id", "call_id"),
    Index("ix_objections_deal_id", "deal_id"),
    # One covering index answers every count; the others find the rows behind a number.
    Index("ix_objections_counts", "category", "stage", "month", "segment", "rep", "handled", "accepted",
          "deal_id", "call_id"),
    # Read in order, all objections of a call come together: the whole portfolio in one pass, without a sort.
    Index("ix_objections_packed", "deal_id", "call_id", "stage", "rep", "at", "category", "handled",
          "accepted"),
    Index("ix_objections_rep", "rep", "at"),
    Index("ix_objections_at", "at"),
)  # fmt: skip

steps = Table(
    "steps",
    metadata,
    Column("call_id", Words, ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("step", Words, primary_key=True),
    Column("state", Words, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Words),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Index("ix_steps_state", "state", "step"),
)

workers = Table(
    "workers",
    metadata,
    Column("id", Words, primary_key=True),
    Column("works", Boolean, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
)

usage = Table(
    "usage",
    metadata,
    Column("call_id", Words, ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("job", Words, primary_key=True),
    Column("engine", Words, nullable=False),
    Column("model", Words),
    Column("requests", Integer, nullable=False),
    Column("tokens_in", BigInteger, nullable=False),
    Column("tokens_out", BigInteger, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("cost", Float),
    Column("currency", Words),
    Column("at", Moment, nullable=False),
    Index("ix_usage_at", "at"),
)

audit = Table(
    "audit",
    metadata,
    _serial(),
    Column("at", Moment, nullable=False),
    Column("who", Words),
    Column("what", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("before", structured()),
    Column("after", structured()),
    Column("why", Words),
    Index("ix_audit_subject", "subject", "id"),
    Index("ix_audit_who", "who", "id"),
    Index("ix_audit_what", "what", "id"),
    sqlite_autoincrement=True,
)

marks = Table(
    "marks",
    metadata,
    _serial(),
    Column("kind", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("key", Words),
    Column("value", structured(), nullable=False),
    Column("by", Words),
    Column("at", Moment, nullable=False),
    Column("why", Words),
    Index("ix_marks_kind_subject", "kind", "subject", "id"),
    Index("ix_marks_kind_key", "kind", "key", "id"),
)

search = Table(
    "search",
    metadata,
    # Sorts by when the call was held, so that the newest matches come first without a sort.
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("call_id", Words, ForeignKey("calls.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("spoken", Text, nullable=False),
    Column("labels", Text, nullable=False),
    Column("scope", Text, nullable=False),
)
"""One row for a call: the stems of what was said, of its labels, and who may see it.

The index over it is made by the migration alone: an FTS5 table on SQLite, the generated column `vector`
with a GIN index on PostgreSQL."""
