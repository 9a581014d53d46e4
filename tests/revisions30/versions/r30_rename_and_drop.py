"""a table with a new name, and a column and a table less

Revision ID: r30
Revises: r29
"""

from alembic import op

revision = "r30"
down_revision = "r29"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.rename_table("customers", "buyers")
    op.drop_column("buyers", "note")
    op.drop_table("leftovers")
