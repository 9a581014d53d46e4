"""The values that the platform uses in its text columns."""

SUBSCRIPTION_STATUSES = ("trial", "active", "cancelled", "expired")
PLAN_TYPES = ("monthly", "annual")
THEMES = ("cyan", "magenta", "gold", "glitch")
LAYOUTS = ("grid", "gallery", "terminal")
RARITIES = ("common", "rare", "epic", "legendary")
DEFAULT_AVATAR = "👤"
DEFAULT_IMAGE = "🎨"
