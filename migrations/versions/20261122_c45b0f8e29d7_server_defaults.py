"""server defaults

The values that the platform writes itself become defaults of the columns, for whoever inserts without naming them. Each table
is altered in a transaction of its own: no two tables are locked at a time, and altering twice does no harm.

Revision ID: c45b0f8e29d7
Revises: 8a2d64c07e13
Create Date: 2026-11-22 00:02:00+00:00
"""

from alembic import op

revision = "c45b0f8e29d7"
down_revision = "8a2d64c07e13"
branch_labels = None
depends_on = None

DEFAULTS = {
    "users": {"avatar": "'👤'", "is_active": "true"},
    "subscriptions": {"status": "'trial'", "plan_type": "'monthly'"},
    "trades": {"executed": "false"},
    "market_booths": {
        "theme": "'cyan'",
        "layout": "'grid'",
        "popularity": "0",
        "reputation": "0",
        "total_sales": "0",
        "total_volume": "0",
        "items_sold": "0",
        "active_listings": "0",
        "total_views": "0",
    },
    "nft_items": {
        "image_url": "'🎨'",
        "rarity": "'common'",
        "featured": "false",
        "views": "0",
        "favorites": "0",
        "sales": "0",
        "nft_attributes": "'{}'",
        "transaction_history": "'[]'",
    },
}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for table, columns in DEFAULTS.items():
            changes = [f"ALTER COLUMN {column} SET DEFAULT {value}" for column, value in columns.items()]
            op.execute(f"ALTER TABLE {table} {', '.join(changes)}")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for table, columns in DEFAULTS.items():
            changes = [f"ALTER COLUMN {column} DROP DEFAULT" for column in columns]
            op.execute(f"ALTER TABLE {table} {', '.join(changes)}")
