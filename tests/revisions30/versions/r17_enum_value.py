"""one more value of an enum, which locks no table

Revision ID: r17
Revises: r16
"""

from alembic import op

revision = "r17"
down_revision = "r16"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("ALTER TYPE mood ADD VALUE 'calm'")
