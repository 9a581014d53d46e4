"""a foreign key for new rows only

Revision ID: r09
Revises: r08
"""

from alembic import op

revision = "r09"
down_revision = "r08"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE payments ADD CONSTRAINT payments_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders NOT VALID"
    )
