"""`alphanest subscription`: list, set, cancel, and expire what is overdue."""

import pytest

from alphanest_db.database.target import Target
from tests.cli.terminal import on_terminal
from tests.conftest import On
from tests.servers import execute, fetch
from tests.user_scenes import put_anna

MORE = """
INSERT INTO subscriptions (id, user_id, status, plan_type, next_billing_date) VALUES
    ('s1', 'bob', 'trial', 'monthly', '2026-11-01Z'), ('s2', 'bob', 'active', NULL, '2026-11-24Z'),
    ('s3', 'bob', 'cancelled', 'monthly', '2026-10-01Z'), ('s4', 'bob', 'trial', 'monthly', NULL)
"""


@pytest.fixture
def subscribed(database: Target) -> Target:
    """Anna's two subscriptions, and four of Bob's."""
    execute(put_anna(database), MORE)
    return database


def listed(target: Target, on: On, *arguments: str) -> list[str]:
    answer = on(target)("subscription", "list", "-o", "json", *arguments)
    assert answer.code == 0, answer.err
    return [subscription["id"] for subscription in answer.json]


def test_list_begins_with_what_is_due_next(subscribed: Target, on: On) -> None:
    assert listed(subscribed, on) == ["old", "s3", "s1", "s2", "new", "s4"]
    assert listed(subscribed, on, "--user", "BOB", "--status", "trial") == ["s1", "s4"]
    assert listed(subscribed, on, "--due-before", "2026-11-24", "--plan", "monthly") == ["old", "s3", "s1"]
    first = on(subscribed)("subscription", "list", "--limit", "5", "-o", "csv")
    place = first.err.partition("--after ")[2].strip()
    assert place == "2026-12-01T00:00:00+00:00,new"
    assert listed(subscribed, on, "--after", place) == ["s4"]
    assert listed(subscribed, on, "--after", "9999-12-31T23:59:59.999999+00:00,s4", "--all") == []
    execute(subscribed, "UPDATE subscriptions SET next_billing_date = 'infinity' WHERE id IN ('s1', 's2', 's3')")
    first = on(subscribed)("subscription", "list", "--limit", "4", "-o", "csv")
    assert listed(subscribed, on, "--after", first.err.partition("--after ")[2].strip()) == ["s3", "s4"]


def test_set_changes_the_newest_and_says_what(subscribed: Target, on: On) -> None:
    call = (
        "subscription",
        "set",
        "anna",
        "--plan",
        "monthly",
        "--next-billing",
        "2027-01-31T12:00+02:00",
        "-o",
        "json",
    )
    changed, again = on(subscribed)(*call).json, on(subscribed)(*call).json
    assert (changed["id"], changed["changed"], again["changed"]) == ("new", ["plan_type", "next_billing_date"], [])
    query = (
        "SELECT status, plan_type, next_billing_date = '2027-01-31 10:00Z', updated_at IS NOT NULL FROM subscriptions"
    )
    assert fetch(subscribed, f"{query} WHERE id = 'new'") == [("active", "monthly", True, True)]
    assert on(subscribed)("subscription", "set", "anna", "--next-billing", "none").code == 0
    assert fetch(subscribed, "SELECT next_billing_date FROM subscriptions WHERE id = 'new'") == [(None,)]


def test_set_makes_the_first_one_and_cancel_does_not(database: Target, on: On) -> None:
    put_anna(database)
    refused = on(database)("subscription", "cancel", "bob")
    made = on(database)(
        "subscription", "set", "bob", "--status", "active", "--stripe-subscription", "sub_1", "-o", "json"
    )
    taken = on(database)("subscription", "set", "anna", "--stripe-subscription", "sub_1")
    cancelled = on(database)("subscription", "cancel", "bob", "-o", "json")
    assert (refused.code, taken.code) == (3, 3), taken.err
    assert (made.json["created"], made.json["plan"], cancelled.json["changed"]) == (True, "monthly", ["status"])
    assert fetch(database, "SELECT status, stripe_subscription_id FROM subscriptions WHERE user_id = 'bob'") == [
        ("cancelled", "sub_1")
    ]


@pytest.mark.parametrize(
    "arguments",
    [("set", "anna"), ("set", "anna", "--next-billing", "never"), ("set", "anna", "--stripe-subscription", "a b"),
     ("set", "anna", "--status", "actve"), ("expire-due", "--as-of", "yesterday"), ("list", "--after", "x")],
)  # fmt: skip
def test_what_cannot_be_meant_is_wrong_usage(arguments: tuple[str, ...], database: Target, on: On) -> None:
    put_anna(database)
    assert on(database)("subscription", *arguments).code == 2


def test_overdue_ones_expire_after_they_were_shown(subscribed: Target, on: On) -> None:
    call = ("subscription", "expire-due", "--as-of", "2026-11-24T00:00:01")
    plan = on(subscribed)(*call, "--dry-run", "-o", "json").json
    refused = on(subscribed)(*call)
    protected = on(subscribed)(*call, "--yes", ALPHANEST_ENV="staging")
    assert [(kind["status"], kind["subscriptions"]) for kind in plan["overdue"]] == [("active", 1), ("trial", 1)]
    assert (refused.code, protected.code, expired(subscribed)) == (3, 3, ["old"])
    done = on_terminal(on(subscribed), *call, typed="y")
    assert (done.code, "expired 2 subscriptions" in done.plain, expired(subscribed)) == (0, True, ["old", "s1", "s2"])
    again = on(subscribed)(*call, "-o", "json")
    assert (again.code, again.json["expired"]) == (0, 0)


def test_row_that_breaks_a_rule_of_ours_is_named(deployed_database: Target, on: On) -> None:
    changed = on(deployed_database)("subscription", "set", "user7", "--plan", "annual")
    assert (changed.code, "actve, annual" in changed.out) == (0, True)
    assert on(deployed_database)("db", "upgrade").code == 0
    refused = on(deployed_database)("subscription", "set", "user7", "--plan", "monthly")
    mended = on(deployed_database)("subscription", "set", "user7", "--plan", "monthly", "--status", "active")
    assert (refused.code, mended.code) == (3, 0)
    assert "breaks the rule ck_subscriptions_status" in refused.err


def expired(target: Target) -> list[object]:
    return [row[0] for row in fetch(target, "SELECT id FROM subscriptions WHERE status = 'expired' ORDER BY id")]
