"""a partition that becomes a table while its parent is read

Revision ID: r23
Revises: r22
"""

from alembic import op

revision = "r23"
down_revision = "r22"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE events DETACH PARTITION events_2024 CONCURRENTLY")
