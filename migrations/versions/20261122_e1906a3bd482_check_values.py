"""check values

Value lists and what can't be negative, as CHECK constraints. They are added NOT VALID, which reads no row and locks each table
for a moment only; then the old rows are looked at, under a lock that lets the platform read and write. A constraint that some
rows violate stays NOT VALID with a warning: it guards new rows, and dirty rows never stop an upgrade.

Revision ID: e1906a3bd482
Revises: c45b0f8e29d7
Create Date: 2026-11-22 00:03:00+00:00
"""

from alembic import op

revision = "e1906a3bd482"
down_revision = "c45b0f8e29d7"
branch_labels = None
depends_on = None

LISTS = {
    "subscriptions": {"status": ("trial", "active", "cancelled", "expired"), "plan_type": ("monthly", "annual")},
    "market_booths": {"theme": ("cyan", "magenta", "gold", "glitch"), "layout": ("grid", "gallery", "terminal")},
    "nft_items": {"rarity": ("common", "rare", "epic", "legendary")},
}
NOT_NEGATIVE = {
    "trades": ("buy_price", "sell_price"),
    "market_booths": (
        "popularity",
        "reputation",
        "total_sales",
        "total_volume",
        "items_sold",
        "active_listings",
        "total_views",
    ),
    "nft_items": ("price", "views", "favorites", "sales"),
}
VALIDATE = """
DO $$ BEGIN
    ALTER TABLE {table} VALIDATE CONSTRAINT {constraint};
EXCEPTION WHEN check_violation THEN
    RAISE WARNING '{constraint} stays NOT VALID: {table} has rows that violate it';
END $$
"""
TABLES = ("subscriptions", "trades", "market_booths", "nft_items")


def _conditions(table: str) -> dict[str, str]:
    listed = {
        column: f"{column} IN ({', '.join(repr(value) for value in values)})"
        for column, values in LISTS.get(table, {}).items()
    }
    return listed | {column: f"{column} >= 0" for column in NOT_NEGATIVE.get(table, ())}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for table in TABLES:
            changes = [
                f"DROP CONSTRAINT IF EXISTS ck_{table}_{column}, "
                f"ADD CONSTRAINT ck_{table}_{column} CHECK ({condition}) NOT VALID"
                for column, condition in _conditions(table).items()
            ]
            op.execute(f"ALTER TABLE {table} {', '.join(changes)}")
        for table in TABLES:
            for column in _conditions(table):
                op.execute(VALIDATE.format(table=table, constraint=f"ck_{table}_{column}"))


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for table in TABLES:
            changes = [f"DROP CONSTRAINT IF EXISTS ck_{table}_{column}" for column in _conditions(table)]
            op.execute(f"ALTER TABLE {table} {', '.join(changes)}")
