"""one unique index per unique column of users

Deployed databases index email, username and api_key twice: a unique constraint and a plain index. A unique index is built
CONCURRENTLY beside them; then one short transaction gives it the plain one's name and drops both. Uniqueness holds at every
moment, and a run that was interrupted goes on where it stopped.

Revision ID: 8a2d64c07e13
Revises: 3f7c1e9a5b20
Create Date: 2026-11-22 00:01:00+00:00
"""

from alembic import op

revision = "8a2d64c07e13"
down_revision = "3f7c1e9a5b20"
branch_labels = None
depends_on = None

COLUMNS = ("email", "username", "api_key")


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for column in COLUMNS:
            op.execute(f"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ix_users_{column}_unique ON users ({column})")
    for column in COLUMNS:
        op.execute(f"DROP INDEX IF EXISTS ix_users_{column}")
        op.execute(f"ALTER INDEX ix_users_{column}_unique RENAME TO ix_users_{column}")
        op.execute(f"ALTER TABLE users DROP CONSTRAINT IF EXISTS users_{column}_key")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for column in COLUMNS:
            op.execute(f"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS users_{column}_key ON users ({column})")
            op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_users_{column}_plain ON users ({column})")
    for column in COLUMNS:
        op.execute(f"ALTER TABLE users ADD CONSTRAINT users_{column}_key UNIQUE USING INDEX users_{column}_key")
        op.execute(f"DROP INDEX ix_users_{column}")
        op.execute(f"ALTER INDEX ix_users_{column}_plain RENAME TO ix_users_{column}")
