"""a column with a constant default, which another default follows

Revision ID: r02
Revises: r01
"""

from alembic import op

revision = "r02"
down_revision = "r01"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE customers ADD COLUMN points integer NOT NULL DEFAULT 0")
    op.execute("ALTER TABLE customers ALTER COLUMN points SET DEFAULT 10")
