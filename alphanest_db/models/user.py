"""Users of the platform."""

from sqlalchemy import Index, String, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from alphanest_db.models.base import Base, CreatedAt, Id, UpdatedAt
from alphanest_db.models.values import DEFAULT_AVATAR


class User(Base):
    """Somebody who can log in; the API key is stored as `accounts.api_keys` says."""

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("stripe_customer_id", name="users_stripe_customer_id_key"),
        Index("ix_users_email", "email", unique=True),
        Index("ix_users_username", "username", unique=True),
        Index("ix_users_api_key", "api_key", unique=True),
    )

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(255))
    username: Mapped[str] = mapped_column(String(100))
    hashed_password: Mapped[str] = mapped_column(String(255))
    stripe_customer_id: Mapped[str | None] = mapped_column(String(255))
    api_key: Mapped[str | None] = mapped_column(String(255))
    avatar: Mapped[str | None] = mapped_column(String(10), server_default=DEFAULT_AVATAR)
    is_active: Mapped[bool | None] = mapped_column(server_default=true())
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
