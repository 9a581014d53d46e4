"""What users pay for."""

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from alphanest_db.models.base import Base, CreatedAt, Id, UpdatedAt, one_of
from alphanest_db.models.values import PLAN_TYPES, SUBSCRIPTION_STATUSES


class Subscription(Base):
    """A plan of one user, with its status and the day of the next bill."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        UniqueConstraint("stripe_subscription_id", name="subscriptions_stripe_subscription_id_key"),
        Index("ix_subscriptions_user_id", "user_id"),
        one_of("subscriptions", "status", SUBSCRIPTION_STATUSES),
        one_of("subscriptions", "plan_type", PLAN_TYPES),
    )

    id: Mapped[Id]
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE", name="subscriptions_user_id_fkey"))
    status: Mapped[str | None] = mapped_column(String(50), server_default="trial")
    plan_type: Mapped[str | None] = mapped_column(String(50), server_default="monthly")
    stripe_subscription_id: Mapped[str | None] = mapped_column(String(255))
    next_billing_date: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
