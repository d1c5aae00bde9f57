"""The full-text index, and triggers that keep audit, decisions and transcripts as they were written."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

GUARDED = {"audit": ("UPDATE", "DELETE"), "decisions": ("UPDATE",), "transcripts": ("UPDATE",)}


def upgrade() -> None:
    """To this schema."""
    if op.get_bind().dialect.name == "postgresql":
        _postgresql()
    else:
        _sqlite()


def _sqlite() -> None:
    # The stems are made by coachbot, so the tokenizer only splits at spaces; no positions are needed.
    op.execute(
        "CREATE VIRTUAL TABLE search_index USING fts5(spoken, labels, scope, content='search', "
        "content_rowid='seq', detail=none, tokenize=\"unicode61 remove_diacritics 0\")"
    )
    columns = "spoken, labels, scope"
    new = ", ".join(f"new.{c}" for c in ("seq", *columns.split(", ")))
    old = ", ".join(f"old.{c}" for c in ("seq", *columns.split(", ")))
    add = f"INSERT INTO search_index(rowid, {columns}) VALUES ({new});"
    drop = f"INSERT INTO search_index(search_index, rowid, {columns}) VALUES ('delete', {old});"
    op.execute(f"CREATE TRIGGER search_added AFTER INSERT ON search BEGIN {add} END")
    op.execute(f"CREATE TRIGGER search_removed AFTER DELETE ON search BEGIN {drop} END")
    op.execute(f"CREATE TRIGGER search_changed AFTER UPDATE ON search BEGIN {drop} {add} END")
    op.execute("INSERT INTO search_index(search_index) VALUES ('rebuild')")
    for table, verbs in GUARDED.items():
        for verb in verbs:
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is only ever added to'); END"
            )


def _postgresql() -> None:
    op.execute(
        "ALTER TABLE search ADD COLUMN vector tsvector GENERATED ALWAYS AS (array_to_tsvector(array_remove("
        "string_to_array(spoken || ' ' || labels || ' ' || scope, ' '), ''))) STORED"
    )
    op.execute("CREATE INDEX ix_search_vector ON search USING gin (vector)")
    op.execute(
        "CREATE FUNCTION coachbot_only_added() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME USING ERRCODE = '23001'; END $$"
    )
    for table, verbs in GUARDED.items():
        op.execute(
            f"CREATE TRIGGER {table}_only_added BEFORE {' OR '.join(verbs)} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION coachbot_only_added()"
        )
    op.execute(
        "CREATE TRIGGER audit_not_emptied BEFORE TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION coachbot_only_added()"
    )


def downgrade() -> None:
    """Back to the schema before."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_not_emptied ON audit")
        for table in GUARDED:
            op.execute(f"DROP TRIGGER {table}_only_added ON {table}")
        op.execute("DROP FUNCTION coachbot_only_added()")
        op.execute("ALTER TABLE search DROP COLUMN vector")
        return
    for name in ("search_added", "search_removed", "search_changed"):
        op.execute(f"DROP TRIGGER {name}")
    op.execute("DROP TABLE search_index")
    for table, verbs in GUARDED.items():
        for verb in verbs:
            op.execute(f"DROP TRIGGER {table}_no_{verb.lower()}")
