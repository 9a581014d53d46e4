"""a table sorted: a rewrite

Revision ID: r25
Revises: r24
"""

from alembic import op

revision = "r25"
down_revision = "r24"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CLUSTER orders USING orders_pkey")
