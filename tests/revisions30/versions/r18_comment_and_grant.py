"""a comment, and a right

Revision ID: r18
Revises: r17
"""

from alembic import op

revision = "r18"
down_revision = "r17"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("COMMENT ON TABLE customers IS 'who buys'")
    op.execute("GRANT SELECT ON orders TO PUBLIC")
