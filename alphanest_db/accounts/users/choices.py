"""What one can ask of the list of users; loads nothing, because the command line's help does."""

from enum import StrEnum


class UserOrder(StrEnum):
    """What users are sorted by; `newest` is the time of registering, the latest first."""

    username = "username"
    email = "email"
    newest = "newest"


class StatusFilter(StrEnum):
    """The status of the newest subscription, or that there is none."""

    trial = "trial"
    active = "active"
    cancelled = "cancelled"
    expired = "expired"
    none = "none"
