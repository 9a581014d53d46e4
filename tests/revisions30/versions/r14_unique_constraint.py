"""a unique constraint with an index of its own

Revision ID: r14
Revises: r13
"""

from alembic import op

revision = "r14"
down_revision = "r13"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_unique_constraint("customers_email_key", "customers", ["email"])
