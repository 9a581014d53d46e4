"""The tables and columns that are filled, in the order of the rows' text."""

COLUMNS: dict[str, tuple[str, ...]] = {
    "users": (
        "id", "email", "username", "hashed_password", "stripe_customer_id", "api_key", "avatar", "is_active", "created_at",
        "updated_at",
    ),
    "subscriptions": (
        "id", "user_id", "status", "plan_type", "stripe_subscription_id", "next_billing_date", "created_at", "updated_at",
    ),
    "market_booths": (
        "id", "user_id", "bio", "theme", "layout", "popularity", "reputation", "total_sales", "total_volume", "items_sold",
        "active_listings", "total_views", "created_at", "updated_at",
    ),
    "nft_items": (
        "id", "name", "description", "image_url", "price", "rarity", "creator_id", "creator", "owner_id", "booth_id", "featured",
        "views", "favorites", "sales", "nft_attributes", "transaction_history", "created_at",
    ),
    "trades": (
        "id", "user_id", "pair", "buy_exchange", "sell_exchange", "buy_price", "sell_price", "profit_amount", "profit_percentage",
        "executed", "timestamp",
    ),
}  # fmt: skip
TABLES = tuple(COLUMNS)  # parents before children
