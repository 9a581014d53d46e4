"""Everything about one user that fits on a screen."""

from dataclasses import dataclass
from datetime import datetime

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.accounts.key_form import KeyForm, is_hashed, is_key, shown_form
from alphanest_db.accounts.lookup import UnknownUser, get_user
from alphanest_db.database.identifiers import load_sql


@dataclass(frozen=True)
class ShownSubscription:
    """The newest subscription of a user."""

    id: str
    status: str | None
    plan: str | None
    next_billing_date: datetime | None
    stripe_subscription_id: str | None


@dataclass(frozen=True)
class ShownBooth:
    """The booth of a user."""

    id: str
    theme: str | None
    layout: str | None
    bio: str | None
    active_listings: int | None
    items_sold: int | None
    total_views: int | None


@dataclass(frozen=True)
class UserDetails:
    """One user; of the API key only what tells it from others, of the password nothing."""

    id: str
    username: str
    email: str
    is_active: bool | None
    avatar: str | None
    stripe_customer_id: str | None
    created_at: datetime | None
    updated_at: datetime | None
    can_log_in: bool
    key_prefix: str | None
    key_storage: KeyForm | None
    subscription: ShownSubscription | None
    booth: ShownBooth | None
    subscriptions: int
    items: int
    trades: int
    last_trade_at: datetime | None
    last_activity_at: datetime | None


def show_user(connection: Connection, text: str) -> UserDetails:
    """The user who goes by this id, e-mail or username; one query after finding them, reads only.

    Raises UnknownUser and AmbiguousUser.
    """
    user = get_user(connection, text)
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "show"), {"id": user.id})
        row = cursor.fetchone()
    if row is None:
        raise UnknownUser(text)  # deleted between the two questions
    account, (stored_key, can_log_in), subscription, booth, counts = (
        row[:8],
        row[8:10],
        row[10:15],
        row[15:22],
        row[22:],
    )
    values = [
        *account, can_log_in, *_key(stored_key), ShownSubscription(*subscription) if subscription[0] else None,
        ShownBooth(*booth) if booth[0] else None, *counts,
    ]  # fmt: skip
    return UserDetails(*values)


def _key(stored: str | None) -> tuple[str | None, KeyForm | None]:
    """The first characters of a stored key, and how it is stored; nothing of what is in neither form."""
    if stored is None:
        return None, None
    form = KeyForm.plain if is_key(stored) else KeyForm.hashed if is_hashed(stored) else KeyForm.other
    return (None if form is KeyForm.other else shown_form(stored)), form
