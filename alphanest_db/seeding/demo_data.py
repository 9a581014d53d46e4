"""The demo data: three traders, their booths, items and trades, always the same rows under the same ids."""

import csv
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from typing import Any

from alphanest_db.models.base import Base
from alphanest_db.models.market_booth import MarketBooth
from alphanest_db.models.nft_item import NftItem
from alphanest_db.models.subscription import Subscription
from alphanest_db.models.trade import Trade
from alphanest_db.models.user import User

_NAMESPACE = uuid.UUID("6f1a0a4e-58c1-5b0e-9d57-a1fa7e57a1fa")
_BILLING_PERIOD = timedelta(days=30)


@dataclass(frozen=True)
class DemoUser:
    """One of the three traders."""

    username: str
    avatar: str
    theme: str
    bio: str
    popularity: int
    reputation: int

    @property
    def email(self) -> str:
        """An address that can never reach anybody (RFC 2606)."""
        return f"{self.username.lower()}@example.com"

    @property
    def id(self) -> str:
        """Always the same id."""
        return _stable_id("user", self.username)

    @property
    def booth_id(self) -> str:
        """The id of the user's booth."""
        return _stable_id("booth", self.username)


@dataclass(frozen=True)
class DemoRow:
    """A row to be there. `kept` are the columns that a change of does not make the row a changed one."""

    model: type[Base]
    values: dict[str, Any]  # Any: whatever the column takes
    kept: frozenset[str] = frozenset()


DEMO_USERS = (
    DemoUser("CYWF", "🥷", "cyan", "CYWF's booth: sharp blades, sharper spreads.", 95, 98),
    DemoUser("NeonTrader", "🌆", "magenta", "NeonTrader's booth: everything that glows.", 87, 92),
    DemoUser("CyberNinja", "🐱", "gold", "CyberNinja's booth: quiet tools for loud markets.", 78, 89),
)

# pair, bought at, sold at, price bought, price sold, executed
_TRADES = (
    ("BTC/USDT", "Binance", "Kraken", 64210.5, 64388.0, True),
    ("ETH/USDT", "Coinbase", "Binance", 3120.4, 3131.9, True),
    ("SOL/USDT", "Kraken", "OKX", 148.2, 149.05, True),
    ("XRP/USDT", "OKX", "Coinbase", 0.5214, 0.5239, False),
)


def demo_rows(now: datetime) -> list[DemoRow]:
    """All rows but the users', parents before children; times lie before `now` (aware), the next bill after it."""
    items = _read_items()
    rows: list[DemoRow] = []
    for user in DEMO_USERS:
        own = [item for item in items if item["owner"] == user.username]
        rows.append(_subscription(user, now))
        rows.append(_booth(user, own))
        rows.extend(_item(user, number, item, now) for number, item in enumerate(own, start=1))
        rows.extend(_trade(user, number, now) for number in range(1, len(_TRADES) + 1))
    return sorted(rows, key=lambda row: _ORDER.index(row.model))


def user_row(user: DemoUser, hashed_password: str, stored_key: str) -> DemoRow:
    """The user's own row; password and key are compared by their own rules."""
    values = {
        "id": user.id, "email": user.email, "username": user.username, "avatar": user.avatar, "is_active": True,
        "hashed_password": hashed_password, "api_key": stored_key,
    }  # fmt: skip
    return DemoRow(User, values, kept=frozenset({"hashed_password", "api_key"}))


_ORDER: tuple[type[Base], ...] = (User, Subscription, MarketBooth, NftItem, Trade)


def _subscription(user: DemoUser, now: datetime) -> DemoRow:
    values = {
        "id": _stable_id("subscription", user.username), "user_id": user.id, "status": "active",
        "plan_type": "monthly", "next_billing_date": now + _BILLING_PERIOD,
    }  # fmt: skip
    return DemoRow(Subscription, values, kept=frozenset({"next_billing_date"}))


def _booth(user: DemoUser, items: list[dict[str, str]]) -> DemoRow:
    views = sum(_views(item) for item in items)
    values = {
        "id": user.booth_id, "user_id": user.id, "bio": user.bio, "theme": user.theme, "layout": "grid",
        "popularity": user.popularity, "reputation": user.reputation, "total_sales": 0, "total_volume": 0.0,
        "items_sold": 0, "active_listings": len(items), "total_views": views,
    }  # fmt: skip
    return DemoRow(MarketBooth, values)


def _item(user: DemoUser, number: int, item: dict[str, str], now: datetime) -> DemoRow:
    item_id = f"nft_{user.id}_{number}"
    minted = int((now - timedelta(days=number)).timestamp() * 1000)
    mint = {"id": f"tx_{item_id}", "nftId": item_id, "type": "mint", "from": "0x0", "to": user.id, "timestamp": minted}
    values = {
        "id": item_id, "name": item["name"], "description": item["description"], "image_url": item["emoji"],
        "price": float(item["price"]), "rarity": item["rarity"], "creator_id": user.id, "creator": user.username,
        "owner_id": user.id, "booth_id": user.booth_id, "featured": item["featured"] == "true",
        "views": _views(item), "favorites": _views(item) // 9, "sales": 0,
        "nft_attributes": {"collection": item["collection"], "edition": item["edition"]},
        "transaction_history": [mint], "created_at": minted,
    }  # fmt: skip
    return DemoRow(NftItem, values, kept=frozenset({"transaction_history", "created_at"}))


def _trade(user: DemoUser, number: int, now: datetime) -> DemoRow:
    pair, buy_exchange, sell_exchange, buy_price, sell_price, executed = _TRADES[number - 1]
    profit = sell_price - buy_price
    values = {
        "id": _stable_id(f"trade {number}", user.username), "user_id": user.id, "pair": pair,
        "buy_exchange": buy_exchange, "sell_exchange": sell_exchange, "buy_price": buy_price, "sell_price": sell_price,
        "profit_amount": round(profit, 8), "profit_percentage": round(profit / buy_price * 100, 6),
        "executed": executed, "timestamp": now - timedelta(hours=6 * number),
    }  # fmt: skip
    return DemoRow(Trade, values, kept=frozenset({"timestamp"}))


def _views(item: dict[str, str]) -> int:
    """Dear and rare things are looked at more."""
    return 40 + int(item["price"]) // 2


def _read_items() -> list[dict[str, str]]:
    text = resources.files(__package__).joinpath("demo_items.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _stable_id(kind: str, username: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{kind} {username}"))
