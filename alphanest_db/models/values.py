"""The values that the platform uses in its text columns."""

from enum import StrEnum


class SubscriptionStatus(StrEnum):
    """What a subscription is to its user."""

    trial = "trial"
    active = "active"
    cancelled = "cancelled"
    expired = "expired"


class PlanType(StrEnum):
    """How often a subscription is billed."""

    monthly = "monthly"
    annual = "annual"


SUBSCRIPTION_STATUSES = tuple(SubscriptionStatus)
PLAN_TYPES = tuple(PlanType)
THEMES = ("cyan", "magenta", "gold", "glitch")
LAYOUTS = ("grid", "gallery", "terminal")
RARITIES = ("common", "rare", "epic", "legendary")
DEFAULT_AVATAR = "👤"
DEFAULT_IMAGE = "🎨"
