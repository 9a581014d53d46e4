"""a wider number: a rewrite

Revision ID: r05
Revises: r04
"""

import sqlalchemy as sa
from alembic import op

revision = "r05"
down_revision = "r04"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("customers", "code", type_=sa.BigInteger())
