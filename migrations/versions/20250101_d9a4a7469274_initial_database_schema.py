"""initial database schema

What deployed databases of the platform hold, under the id at which they stand: they are taken over without stamping.

Revision ID: d9a4a7469274
Revises:
Create Date: 2025-01-01 00:00:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "d9a4a7469274"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    timestamptz = sa.DateTime(timezone=True)
    now = sa.func.now()
    op.create_table(
        "users",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("email", sa.String(255), nullable=False, unique=True),
        sa.Column("username", sa.String(100), nullable=False, unique=True),
        sa.Column("hashed_password", sa.String(255), nullable=False),
        sa.Column("stripe_customer_id", sa.String(255), unique=True),
        sa.Column("api_key", sa.String(255), unique=True),
        sa.Column("avatar", sa.String(10)),
        sa.Column("is_active", sa.Boolean),
        sa.Column("created_at", timestamptz, server_default=now),
        sa.Column("updated_at", timestamptz),
    )
    op.create_index("ix_users_email", "users", ["email"])
    op.create_index("ix_users_username", "users", ["username"])
    op.create_index("ix_users_api_key", "users", ["api_key"])
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("user_id", sa.String(36), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("status", sa.String(50)),
        sa.Column("plan_type", sa.String(50)),
        sa.Column("stripe_subscription_id", sa.String(255), unique=True),
        sa.Column("next_billing_date", timestamptz),
        sa.Column("created_at", timestamptz, server_default=now),
        sa.Column("updated_at", timestamptz),
    )
    op.create_table(
        "trades",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("user_id", sa.String(36), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("pair", sa.String(50), nullable=False),
        sa.Column("buy_exchange", sa.String(100), nullable=False),
        sa.Column("sell_exchange", sa.String(100), nullable=False),
        sa.Column("buy_price", sa.Double, nullable=False),
        sa.Column("sell_price", sa.Double, nullable=False),
        sa.Column("profit_amount", sa.Double, nullable=False),
        sa.Column("profit_percentage", sa.Double, nullable=False),
        sa.Column("executed", sa.Boolean),
        sa.Column("timestamp", timestamptz, server_default=now),
    )
    op.create_table(
        "market_booths",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("user_id", sa.String(36), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False, unique=True),
        sa.Column("bio", sa.Text),
        sa.Column("theme", sa.String(50)),
        sa.Column("layout", sa.String(50)),
        sa.Column("popularity", sa.Integer),
        sa.Column("reputation", sa.Integer),
        sa.Column("total_sales", sa.Integer),
        sa.Column("total_volume", sa.Double),
        sa.Column("items_sold", sa.Integer),
        sa.Column("active_listings", sa.Integer),
        sa.Column("total_views", sa.Integer),
        sa.Column("created_at", timestamptz, server_default=now),
        sa.Column("updated_at", timestamptz),
    )
    op.create_table(
        "nft_items",
        sa.Column("id", sa.String(50), primary_key=True),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("image_url", sa.String(10)),
        sa.Column("price", sa.Double, nullable=False),
        sa.Column("rarity", sa.String(50)),
        sa.Column("creator_id", sa.String(36), nullable=False),
        sa.Column("creator", sa.String(100), nullable=False),
        sa.Column("owner_id", sa.String(36), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("booth_id", sa.String(36), sa.ForeignKey("market_booths.id", ondelete="CASCADE"), nullable=False),
        sa.Column("featured", sa.Boolean),
        sa.Column("views", sa.Integer),
        sa.Column("favorites", sa.Integer),
        sa.Column("sales", sa.Integer),
        sa.Column("nft_attributes", sa.JSON),
        sa.Column("transaction_history", sa.JSON),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    for table in ("nft_items", "market_booths", "trades", "subscriptions", "users"):
        op.drop_table(table)
