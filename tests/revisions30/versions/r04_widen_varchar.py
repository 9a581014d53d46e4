"""a longer varchar, for which nothing is read

Revision ID: r04
Revises: r03
"""

import sqlalchemy as sa
from alembic import op

revision = "r04"
down_revision = "r03"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("customers", "note", type_=sa.String(80))
