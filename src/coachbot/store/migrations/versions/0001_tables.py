"""All tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coachbot.store.migrations.kinds import serial, structured, verbatim

revision = "0001"
down_revision = None


def upgrade() -> None:
    """To this schema."""
    op.create_table(
        "accounts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text()),
        sa.Column("segment", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
    )
    op.create_index("ix_accounts_domain", "accounts", ["domain"])
    op.create_index("ix_accounts_name_key", "accounts", ["name_key"])
    op.create_table(
        "audit",
        sa.Column("id", serial(), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text()),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("before", structured()),
        sa.Column("after", structured()),
        sa.Column("why", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_subject", "audit", ["subject", "id"])
    op.create_index("ix_audit_what", "audit", ["what", "id"])
    op.create_index("ix_audit_who", "audit", ["who", "id"])
    op.create_table(
        "marks",
        sa.Column("id", serial(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("key", sa.Text()),
        sa.Column("value", structured(), nullable=False),
        sa.Column("by", sa.Text()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_marks"),
    )
    op.create_index("ix_marks_kind_key", "marks", ["kind", "key", "id"])
    op.create_index("ix_marks_kind_subject", "marks", ["kind", "subject", "id"])
    op.create_table(
        "users",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("team", sa.Text()),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email_key", name="uq_users_email_key"),
    )
    op.create_index("ix_users_team", "users", ["team"])
    op.create_table(
        "deals",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("playbook", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text()),
        sa.Column("segment", sa.Text()),
        sa.Column("product", sa.Text()),
        sa.Column("amount", sa.Float()),
        sa.Column("currency", sa.Text()),
        sa.Column("source", sa.Text()),
        sa.Column("opened_on", sa.Date()),
        sa.Column("entered_stage_on", sa.Date()),
        sa.Column("close_date", sa.Date()),
        sa.Column("closed_on", sa.Date()),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("loss_reason", sa.Text()),
        sa.Column("external_id", sa.Text()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_deals_account_id", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["owner"], ["users.id"], name="fk_deals_owner", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_deals"),
        sa.UniqueConstraint("external_id", name="uq_deals_external_id"),
    )
    op.create_index("ix_deals_account_id", "deals", ["account_id"])
    op.create_index("ix_deals_name_key", "deals", ["name_key", "id"])
    op.create_index("ix_deals_outcome", "deals", ["outcome", "touched_at", "id"])
    op.create_index("ix_deals_owner", "deals", ["owner", "touched_at", "id"])
    op.create_index("ix_deals_recent", "deals", ["touched_at", "id"])
    op.create_index("ix_deals_stage", "deals", ["stage", "touched_at", "id"])
    op.create_table(
        "people",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("email", sa.Text()),
        sa.Column("email_key", sa.Text()),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("influence", sa.Text(), nullable=False),
        sa.Column("last_contact", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_people_account_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
    )
    op.create_index("ix_people_account_id_name_key", "people", ["account_id", "name_key"])
    op.create_index("ix_people_email_key", "people", ["email_key"])
    op.create_index("ix_people_name_key", "people", ["name_key"])
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", structured(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sessions"),
    )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    op.create_table(
        "tokens",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_tokens_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("token_hash", name="uq_tokens_token_hash"),
    )
    op.create_index("ix_tokens_user_id", "tokens", ["user_id"])
    op.create_table(
        "calls",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("natural_key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("date", sa.DateTime(timezone=True)),
        sa.Column("deal_id", sa.Text()),
        sa.Column("owner", sa.Text()),
        sa.Column("meta", structured(), nullable=False),
        sa.Column("stage", sa.Text()),
        sa.Column("error", sa.Text()),
        sa.Column("duration_s", sa.Float()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True)),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name="fk_calls_deal_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["owner"], ["users.id"], name="fk_calls_owner", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_calls"),
        sa.UniqueConstraint("natural_key", name="uq_calls_natural_key"),
    )
    op.create_index("ix_calls_at", "calls", ["at", "id", "owner", "deal_id", "state", "label"])
    op.create_index("ix_calls_counts", "calls", ["state", "deal_id", "id", "stage", "owner", "at"])
    op.create_index("ix_calls_deal_id", "calls", ["deal_id", "at", "id"])
    op.create_index("ix_calls_file", "calls", ["file"])
    op.create_index("ix_calls_owner", "calls", ["owner", "at", "id"])
    op.create_index("ix_calls_state", "calls", ["state", "at", "id", "owner", "deal_id"])
    op.create_index(
        "ix_calls_waiting",
        "calls",
        ["priority", "created_at"],
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_table(
        "close_dates",
        sa.Column("id", serial(), autoincrement=True, nullable=False),
        sa.Column("deal_id", sa.Text(), nullable=False),
        sa.Column("close_date", sa.Date()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text()),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name="fk_close_dates_deal_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_close_dates"),
    )
    op.create_index("ix_close_dates_deal_id", "close_dates", ["deal_id", "at", "id"])
    op.create_table(
        "stage_changes",
        sa.Column("id", serial(), autoincrement=True, nullable=False),
        sa.Column("deal_id", sa.Text(), nullable=False),
        sa.Column("from_stage", sa.Text()),
        sa.Column("to_stage", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text()),
        sa.Column("why", sa.Text()),
        sa.Column("unmet", structured(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deals.id"], name="fk_stage_changes_deal_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_stage_changes"),
    )
    op.create_index("ix_stage_changes_at", "stage_changes", ["at"])
    op.create_index("ix_stage_changes_deal_id", "stage_changes", ["deal_id", "at", "id"])
    op.create_table(
        "decisions",
        sa.Column("id", serial(), autoincrement=True, nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text()),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("by", sa.Text()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text()),
        sa.Column("before", structured()),
        sa.Column("after", structured()),
        sa.Column("engine", sa.Text()),
        sa.Column("prompt", sa.Text()),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_decisions_call_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
    )
    op.create_index("ix_decisions_call_id", "decisions", ["call_id", "id"])
    op.create_index("ix_decisions_item_id", "decisions", ["item_id", "id"])
    op.create_index("ix_decisions_key", "decisions", ["kind", "key", "engine", "prompt", "action"])
    op.create_table(
        "facts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("deal_id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text()),
        sa.Column("value", structured(), nullable=False),
        sa.Column("evidence", structured(), nullable=False),
        sa.Column("accepted_by", sa.Text()),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_by", sa.Text()),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_facts_call_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name="fk_facts_deal_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_facts"),
    )
    op.create_index("ix_facts_call_id", "facts", ["call_id"])
    op.create_index("ix_facts_deal_id", "facts", ["deal_id", "kind", "key"])
    op.create_index("ix_facts_key", "facts", ["kind", "key", "deal_id"])
    op.create_index("uq_facts_item_id", "facts", ["item_id"], unique=True)
    op.create_table(
        "items",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text()),
        sa.Column("value", structured(), nullable=False),
        sa.Column("evidence", structured(), nullable=False),
        sa.Column("response_evidence", structured(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.Column("why", sa.Text()),
        sa.Column("proposed", structured()),
        sa.Column("recap_version", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_items_call_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_items"),
    )
    op.create_index("ix_items_call_id", "items", ["call_id", "position", "id"])
    op.create_index("ix_items_call_id_status", "items", ["call_id", "status"])
    op.create_table(
        "objections",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("deal_id", sa.Text()),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("handled", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text()),
        sa.Column("rep", sa.Text()),
        sa.Column("at", sa.Date()),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("month", sa.Text()),
        sa.Column("segment", sa.Text()),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_objections_call_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name="fk_objections_deal_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_objections"),
    )
    op.create_index("ix_objections_at", "objections", ["at"])
    op.create_index("ix_objections_call_id", "objections", ["call_id"])
    op.create_index(
        "ix_objections_counts",
        "objections",
        ["category", "stage", "month", "segment", "rep", "handled", "accepted", "deal_id", "call_id"],
    )
    op.create_index("ix_objections_deal_id", "objections", ["deal_id"])
    op.create_index(
        "ix_objections_packed",
        "objections",
        ["deal_id", "call_id", "stage", "rep", "at", "category", "handled", "accepted"],
    )
    op.create_index("ix_objections_rep", "objections", ["rep", "at"])
    op.create_table(
        "recaps",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("playbook", sa.Text(), nullable=False),
        sa.Column("playbook_version", sa.Text(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recap", verbatim(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_recaps_call_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call_id", "number", name="pk_recaps"),
    )
    op.create_table(
        "search",
        sa.Column("seq", serial(), autoincrement=False, nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("spoken", sa.Text(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_search_call_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq", name="pk_search"),
        sa.UniqueConstraint("call_id", name="uq_search_call_id"),
    )
    op.create_table(
        "steps",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_steps_call_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call_id", "step", name="pk_steps"),
    )
    op.create_index("ix_steps_state", "steps", ["state", "step"])
    op.create_table(
        "transcripts",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_transcripts_call_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call_id", "number", name="pk_transcripts"),
    )
    op.create_table(
        "usage",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("model", sa.Text()),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("tokens_in", sa.BigInteger(), nullable=False),
        sa.Column("tokens_out", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("cost", sa.Float()),
        sa.Column("currency", sa.Text()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_usage_call_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call_id", "job", name="pk_usage"),
    )
    op.create_index("ix_usage_at", "usage", ["at"])


def downgrade() -> None:
    """Back to the schema before."""
    raise NotImplementedError("there is nothing before the first schema")
