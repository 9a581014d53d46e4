"""a check that is validated in the transaction that made it

Revision ID: r16
Revises: r15
"""

from alembic import op

revision = "r16"
down_revision = "r15"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE orders ADD CONSTRAINT ck_orders_total CHECK (total >= 0) NOT VALID")
    op.execute("ALTER TABLE orders VALIDATE CONSTRAINT ck_orders_total")
