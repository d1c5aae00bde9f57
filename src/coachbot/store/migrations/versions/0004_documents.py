"""Documents of deals, and failed logins that all processes count."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coachbot.store.migrations.kinds import structured

revision = "0004"
down_revision = "0003"

SHOWN = sa.text("removed_at IS NULL")


def upgrade() -> None:
    """To this schema."""
    op.create_table(
        "documents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("deal_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("what", sa.Text()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Boolean(), nullable=False),
        sa.Column("pages", structured()),
        sa.Column("shortened", sa.Boolean(), nullable=False),
        sa.Column("added_by", sa.Text()),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_by", sa.Text()),
        sa.Column("removed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_documents"),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name="fk_documents_deal_id", ondelete="CASCADE"),
    )
    op.create_index("ix_documents_file", "documents", ["file"])
    op.create_index("ix_documents_deal_id", "documents", ["deal_id", "added_at", "id"])
    op.create_index(
        "uq_documents_shown",
        "documents",
        ["deal_id", "name_key"],
        unique=True,
        sqlite_where=SHOWN,
        postgresql_where=SHOWN,
    )
    op.create_table(
        "login_tries",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_login_tries_key", "login_tries", ["key", "at"])
    op.create_index("ix_login_tries_at", "login_tries", ["at"])


def downgrade() -> None:
    """Back to the schema before."""
    op.drop_table("login_tries")
    op.drop_table("documents")
