"""index foreign keys

Without them, deleting one user reads all trades and items. Built CONCURRENTLY, each in a transaction of its own, so that the
platform goes on writing; a build that was interrupted leaves an INVALID index, which the next run replaces.

Revision ID: 3f7c1e9a5b20
Revises: d9a4a7469274
Create Date: 2026-11-22 00:00:00+00:00
"""

from alembic import op

revision = "3f7c1e9a5b20"
down_revision = "d9a4a7469274"
branch_labels = None
depends_on = None

INDEXES = (("subscriptions", "user_id"), ("trades", "user_id"), ("nft_items", "owner_id"), ("nft_items", "booth_id"))


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for table, column in INDEXES:
            op.create_index(f"ix_{table}_{column}", table, [column], postgresql_concurrently=True, if_not_exists=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for table, column in reversed(INDEXES):
            op.drop_index(f"ix_{table}_{column}", table, postgresql_concurrently=True, if_exists=True)
