"""an index, while writers wait

Revision ID: r11
Revises: r10
"""

from alembic import op

revision = "r11"
down_revision = "r10"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_orders_placed", "orders", ["placed"])
