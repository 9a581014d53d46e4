"""a table that becomes a partition, for which its rows are read

Revision ID: r22
Revises: r21
"""

from alembic import op

revision = "r22"
down_revision = "r21"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')")
