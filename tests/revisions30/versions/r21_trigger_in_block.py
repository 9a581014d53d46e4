"""a trigger, made by an anonymous block

Revision ID: r21
Revises: r20
"""

from alembic import op

revision = "r21"
down_revision = "r20"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
    DO $$ BEGIN
        CREATE TRIGGER orders_touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
    END $$
    """)
