"""A user as it is to be registered, and as it was."""

from dataclasses import dataclass, field

from alphanest_db.models.values import DEFAULT_AVATAR, PlanType, SubscriptionStatus


@dataclass(frozen=True, slots=True)
class NewUser:
    """Somebody to be registered; without a plan or a status of its own as the platform registers people."""

    username: str
    email: str
    password: str = field(repr=False)
    avatar: str = DEFAULT_AVATAR
    status: SubscriptionStatus = SubscriptionStatus.trial
    plan: PlanType = PlanType.monthly
    is_active: bool = True
    with_subscription: bool = True
    with_booth: bool = True


@dataclass(frozen=True)
class RegisteredUser:
    """A user who was registered. The key is shown this once; the password only where it was generated."""

    id: str
    username: str
    email: str
    avatar: str
    api_key: str = field(repr=False)
    password: str | None = field(repr=False)
    subscription_id: str | None
    status: SubscriptionStatus | None
    plan: PlanType | None
    booth_id: str | None
