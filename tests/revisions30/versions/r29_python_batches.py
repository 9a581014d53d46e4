"""rows changed by Python, a thousand at a time

Revision ID: r29
Revises: r28
"""

import sqlalchemy as sa
from alembic import op

revision = "r29"
down_revision = "r28"
branch_labels = None
depends_on = None


def upgrade() -> None:
    batch = sa.text(
        "UPDATE orders SET state = 'open' WHERE id IN (SELECT id FROM orders WHERE state IS NULL LIMIT :size)"
    )
    while op.get_bind().execute(batch, {"size": 1000}).rowcount:
        continue
