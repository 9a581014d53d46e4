"""an index, while nobody waits

Revision ID: r12
Revises: r11
"""

from alembic import op

revision = "r12"
down_revision = "r11"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index("ix_payments_order_id", "payments", ["order_id"], postgresql_concurrently=True)
