"""a foreign key that is checked at once

Revision ID: r08
Revises: r07
"""

from alembic import op

revision = "r08"
down_revision = "r07"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_foreign_key("orders_customer_id_fkey", "orders", "customers", ["customer_id"], ["id"])
