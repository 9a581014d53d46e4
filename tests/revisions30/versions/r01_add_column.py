"""a column without a default

Revision ID: r01
Revises: r00
"""

import sqlalchemy as sa
from alembic import op

revision = "r01"
down_revision = "r00"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customers", sa.Column("phone", sa.Text()))
