"""a column whose default is another one in each row: a rewrite

Revision ID: r03
Revises: r02
"""

from alembic import op

revision = "r03"
down_revision = "r02"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE customers ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid()")
