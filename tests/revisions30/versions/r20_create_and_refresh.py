"""a new materialized view, and an old one filled anew

Revision ID: r20
Revises: r19
"""

from alembic import op

revision = "r20"
down_revision = "r19"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE MATERIALIZED VIEW order_days AS SELECT placed::date AS day, count(*) FROM orders GROUP BY 1")
    op.execute("REFRESH MATERIALIZED VIEW order_totals")
