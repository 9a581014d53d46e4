"""NOT NULL, for which all rows are read

Revision ID: r07
Revises: r06
"""

from alembic import op

revision = "r07"
down_revision = "r06"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("customers", "email", nullable=False)
