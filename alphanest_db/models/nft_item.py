"""The NFT items of the market."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Double, ForeignKey, Index, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from alphanest_db.models.base import Base, not_negative, one_of
from alphanest_db.models.values import DEFAULT_IMAGE, RARITIES


class NftItem(Base):
    """One item; `created_at` counts milliseconds since 1970, `creator_id` has no foreign key."""

    __tablename__ = "nft_items"
    __table_args__ = (
        Index("ix_nft_items_owner_id", "owner_id"),
        Index("ix_nft_items_booth_id", "booth_id"),
        one_of("nft_items", "rarity", RARITIES),
        *not_negative("nft_items", "price", "views", "favorites", "sales"),
    )

    id: Mapped[str] = mapped_column(String(50), primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    description: Mapped[str | None] = mapped_column(Text)
    image_url: Mapped[str | None] = mapped_column(String(10), server_default=DEFAULT_IMAGE)
    price: Mapped[float] = mapped_column(Double)
    rarity: Mapped[str | None] = mapped_column(String(50), server_default="common")
    creator_id: Mapped[str] = mapped_column(String(36))
    creator: Mapped[str] = mapped_column(String(100))
    owner_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE", name="nft_items_owner_id_fkey"))
    booth_id: Mapped[str] = mapped_column(
        ForeignKey("market_booths.id", ondelete="CASCADE", name="nft_items_booth_id_fkey")
    )
    featured: Mapped[bool | None] = mapped_column(server_default=false())
    views: Mapped[int | None] = mapped_column(server_default="0")
    favorites: Mapped[int | None] = mapped_column(server_default="0")
    sales: Mapped[int | None] = mapped_column(server_default="0")
    # Any: whatever JSON the platform's front end puts there
    nft_attributes: Mapped[dict[str, Any] | None] = mapped_column(JSON, server_default="{}")
    transaction_history: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON, server_default="[]")
    created_at: Mapped[int] = mapped_column(BigInteger)
