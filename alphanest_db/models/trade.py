"""Arbitrage trades."""

from datetime import datetime

from sqlalchemy import DateTime, Double, ForeignKey, Index, String, false, func
from sqlalchemy.orm import Mapped, mapped_column

from alphanest_db.models.base import Base, Id, not_negative


class Trade(Base):
    """One pair bought on one exchange and sold on another."""

    __tablename__ = "trades"
    __table_args__ = (Index("ix_trades_user_id", "user_id"), *not_negative("trades", "buy_price", "sell_price"))

    id: Mapped[Id]
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE", name="trades_user_id_fkey"))
    pair: Mapped[str] = mapped_column(String(50))
    buy_exchange: Mapped[str] = mapped_column(String(100))
    sell_exchange: Mapped[str] = mapped_column(String(100))
    buy_price: Mapped[float] = mapped_column(Double)
    sell_price: Mapped[float] = mapped_column(Double)
    profit_amount: Mapped[float] = mapped_column(Double)
    profit_percentage: Mapped[float] = mapped_column(Double)
    executed: Mapped[bool | None] = mapped_column(server_default=false())
    timestamp: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), server_default=func.now())
