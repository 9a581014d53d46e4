"""a materialized view filled anew while it is read

Revision ID: r19
Revises: r18
"""

from alembic import op

revision = "r19"
down_revision = "r18"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("REFRESH MATERIALIZED VIEW CONCURRENTLY order_totals")
