"""rows that not everybody sees

Revision ID: r28
Revises: r27
"""

from alembic import op

revision = "r28"
down_revision = "r27"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE payments ENABLE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY payments_all ON payments USING (true)")
