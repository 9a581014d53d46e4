"""a time that gets a zone: a rewrite outside UTC

Revision ID: r06
Revises: r05
"""

from alembic import op

revision = "r06"
down_revision = "r05"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL timezone = 'Europe/Berlin'")
    op.execute("ALTER TABLE orders ALTER COLUMN placed TYPE timestamptz")
