"""the pace of a sequence

Revision ID: r27
Revises: r26
"""

from alembic import op

revision = "r27"
down_revision = "r26"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER SEQUENCE tickets INCREMENT BY 10")
