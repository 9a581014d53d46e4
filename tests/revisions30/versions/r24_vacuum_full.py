"""a table packed: a rewrite, outside any transaction

Revision ID: r24
Revises: r23
"""

from alembic import op

revision = "r24"
down_revision = "r23"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("VACUUM FULL payments")
