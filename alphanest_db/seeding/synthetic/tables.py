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

_TEXT = frozenset({"character varying", "text"})
_FLOAT, _BOOLEAN, _MOMENT = (frozenset({name}) for name in ("double precision", "boolean", "timestamp with time zone"))
# The tables whose rows are made in COPY's binary form as well, with the types for which the form of each column is right.
BINARY_TYPES: dict[str, dict[str, frozenset[str]]] = {
    "trades": {
        "id": _TEXT, "user_id": _TEXT, "pair": _TEXT, "buy_exchange": _TEXT, "sell_exchange": _TEXT, "buy_price": _FLOAT,
        "sell_price": _FLOAT, "profit_amount": _FLOAT, "profit_percentage": _FLOAT, "executed": _BOOLEAN, "timestamp": _MOMENT,
    },
}  # fmt: skip
