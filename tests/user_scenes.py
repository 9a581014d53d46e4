"""Users in a database, put there by SQL as the platform would, or by the program."""

import secrets

from alphanest_db.accounts.passwords import hash_password
from alphanest_db.database.target import Target
from tests.conftest import Cli
from tests.servers import execute, fetch

PASSWORD = "correct horse battery"
HASH = hash_password(PASSWORD, cost=4)

# Anna has everything; an item of Bob's is in her booth, and one that she made is in his.
ANNA = f"""
INSERT INTO users (id, email, username, hashed_password, api_key, avatar, is_active, created_at) VALUES
    ('anna', 'anna@example.com', 'Anna', '{HASH}', 'ak_AnnaAnnaAnnaAnnaAnnaAnnaAnnaAn12', '🦊', true, '2026-01-01Z'),
    ('bob', 'bob@example.com', 'Bob', '!', NULL, NULL, NULL, NULL);
INSERT INTO subscriptions (id, user_id, status, plan_type, next_billing_date, created_at) VALUES
    ('old', 'anna', 'expired', 'monthly', '2025-02-01Z', '2025-01-01Z'),
    ('new', 'anna', 'active', 'annual', '2026-12-01Z', '2026-01-01Z');
INSERT INTO market_booths (id, user_id, bio, theme, layout, created_at) VALUES
    ('booth', 'anna', 'hello', 'gold', 'gallery', '2026-01-02Z'), ('stall', 'bob', 'hi', 'cyan', 'grid', '2026-01-02Z');
INSERT INTO nft_items (id, name, price, creator_id, creator, owner_id, booth_id, created_at, nft_attributes) VALUES
    ('i1', 'fox', 1, 'anna', 'Anna', 'anna', 'booth', 1767225600000, '{{"a":\t1}}'),
    ('i2', 'owl', 2, 'bob', 'Bob', 'bob', 'booth', 1767225600000, NULL),
    ('i3', 'elk', 3, 'anna', 'Anna', 'bob', 'stall', 1767225600000, NULL);
INSERT INTO trades (id, user_id, pair, buy_exchange, sell_exchange, buy_price, sell_price, profit_amount, profit_percentage,
                    timestamp)
SELECT 't' || n, 'anna', 'BTC/USDT', 'a', 'b', 1, 2, 1, 100, '2026-11-20Z' FROM generate_series(1, 7) AS n;
"""
TABLES = ("users", "subscriptions", "trades", "market_booths", "nft_items")


def put_anna(target: Target) -> Target:
    """Anna and Bob with all that is theirs, in a database at any revision."""
    execute(target, ANNA)
    return target


def put_users(target: Target, *usernames: str) -> Target:
    """Users by these names, without anything; nobody can log in as one."""
    for username in usernames:
        id_ = secrets.token_hex(8)
        execute(
            target,
            "INSERT INTO users (id, email, username, hashed_password, is_active) "
            f"VALUES ('{id_}', '{id_}@example.com', $${username}$$, '!', NULL)",
        )
    return target


def counts(target: Target) -> dict[str, int]:
    """How many rows each table holds."""
    return {table: int(str(fetch(target, f"SELECT count(*) FROM {table}")[0][0])) for table in TABLES}


def create(cli: Cli, username: str, *more: str, password: str = PASSWORD) -> str:
    """Register somebody; the id."""
    named = ("--username", username, "--email", f"{username}@example.com")
    made = cli("user", "create", *named, "--password-stdin", "--output", "json", *more, stdin=password)
    assert made.code == 0, made.err
    return str(made.json["id"])
