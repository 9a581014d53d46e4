"""settings of columns

Revision ID: r26
Revises: r25
"""

from alembic import op

revision = "r26"
down_revision = "r25"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE customers ALTER COLUMN name SET STORAGE EXTERNAL")
    op.execute("ALTER TABLE customers ALTER COLUMN email SET STATISTICS 500")
