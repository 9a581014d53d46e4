"""an index less, while nobody waits

Revision ID: r13
Revises: r12
"""

from alembic import op

revision = "r13"
down_revision = "r12"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY ix_orders_state")
