"""How the answers of `alphanest subscription` look."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from alphanest_db.cli.grids import Grid, Lines, View
from alphanest_db.units import plural

if TYPE_CHECKING:
    from alphanest_db.accounts.subscriptions.change import ChangedSubscription
    from alphanest_db.accounts.subscriptions.expiry import Expired
    from alphanest_db.accounts.subscriptions.listing import ListedSubscription
    from alphanest_db.workflows.subscription_expiry import ExpiryPlan

_LISTED = ("username", "email", "status", "plan", "next bill", "Stripe id", "created", "id")


def subscriptions_view(subscriptions: Sequence["ListedSubscription"]) -> Grid:
    """Subscriptions, one a row."""
    rows = [
        (s.username, s.email, s.status, s.plan, s.next_billing_date, s.stripe_subscription_id, s.created_at, s.id)
        for s in subscriptions
    ]
    return Grid(_LISTED, rows)


def changed_view(subscription: "ChangedSubscription") -> View:
    """What the subscription is now."""
    date = subscription.next_billing_date
    bill = f", next bill {date:%Y-%m-%d}" if date else ", no next bill"
    now = f"{subscription.status or 'no status'}, {subscription.plan or 'no plan'}{bill}"
    if not subscription.changed:
        return [Lines([f"the subscription of {subscription.username} is so already: {now}"])]
    verb = "made a subscription for" if subscription.created else "changed the subscription of"
    return [Lines([f"{verb} {subscription.username}: {now}"])]


def expiry_view(plan: "ExpiryPlan") -> View:
    """What would expire, by kind."""
    due = f"{plural(plan.subscriptions, 'subscription')} of {plan.environment} {plan.database}"
    rows = [(kind.status, kind.plan, kind.subscriptions, kind.oldest) for kind in plan.overdue]
    lines = [f"{due} due before {plan.as_of:%Y-%m-%d %H:%M:%S} UTC and not paid"]
    return [Lines(lines), Grid(("status", "plan", "subscriptions", "oldest"), rows, title="will be expired")]


def expired_view(expired: "Expired") -> View:
    """How many expired."""
    return [
        Lines([f"expired {plural(expired.expired, 'subscription')} due before {expired.as_of:%Y-%m-%d %H:%M:%S} UTC"])
    ]
