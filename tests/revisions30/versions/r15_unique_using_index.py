"""a unique constraint from an index that was built CONCURRENTLY

Revision ID: r15
Revises: r14
"""

from alembic import op

revision = "r15"
down_revision = "r14"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("CREATE UNIQUE INDEX CONCURRENTLY payments_reference_key ON payments (reference)")
        op.execute(
            "ALTER TABLE payments ADD CONSTRAINT payments_reference_key UNIQUE USING INDEX payments_reference_key"
        )
