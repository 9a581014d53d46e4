"""the old rows of that foreign key

Revision ID: r10
Revises: r09
"""

from alembic import op

revision = "r10"
down_revision = "r09"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE payments VALIDATE CONSTRAINT payments_order_id_fkey")
