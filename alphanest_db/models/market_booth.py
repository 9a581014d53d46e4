"""The booths in which users show and sell their items."""

from sqlalchemy import Double, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from alphanest_db.models.base import Base, CreatedAt, Id, UpdatedAt, not_negative, one_of
from alphanest_db.models.values import LAYOUTS, THEMES

COUNTERS = ("popularity", "reputation", "total_sales", "total_volume", "items_sold", "active_listings", "total_views")


class MarketBooth(Base):
    """The one booth of a user; its counters sum up the items in it."""

    __tablename__ = "market_booths"
    __table_args__ = (
        UniqueConstraint("user_id", name="market_booths_user_id_key"),
        one_of("market_booths", "theme", THEMES),
        one_of("market_booths", "layout", LAYOUTS),
        *not_negative("market_booths", *COUNTERS),
    )

    id: Mapped[Id]
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE", name="market_booths_user_id_fkey"))
    bio: Mapped[str | None] = mapped_column(Text)
    theme: Mapped[str | None] = mapped_column(String(50), server_default="cyan")
    layout: Mapped[str | None] = mapped_column(String(50), server_default="grid")
    popularity: Mapped[int | None] = mapped_column(server_default="0")
    reputation: Mapped[int | None] = mapped_column(server_default="0")
    total_sales: Mapped[int | None] = mapped_column(server_default="0")
    total_volume: Mapped[float | None] = mapped_column(Double, server_default="0")
    items_sold: Mapped[int | None] = mapped_column(server_default="0")
    active_listings: Mapped[int | None] = mapped_column(server_default="0")
    total_views: Mapped[int | None] = mapped_column(server_default="0")
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
