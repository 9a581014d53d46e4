"""The checks beside seven hand-written LEFT JOINs that psql runs one by one, on three million trades.

Also that every defect planted in random rows is found, with the exact count, and how much memory a million findings take.
"""

import json
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from alphanest_db.database.target import Target
from alphanest_db.schema.location import migrations_folder
from alphanest_db.schema.runs import upgrade
from benchmarks.measuring import BIN, Contender, compare, environment
from tests.conftest import new_database
from tests.servers import execute, fetch, installations, running_server

USERS, ITEMS_EACH, TRADES = 100_000, 5, 3_000_000
SEED = 7

JOINS = (
    ("subscriptions", "user_id", "users", "id"), ("trades", "user_id", "users", "id"), ("market_booths", "user_id", "users", "id"),
    ("nft_items", "owner_id", "users", "id"), ("nft_items", "creator_id", "users", "id"),
    ("nft_items", "booth_id", "market_booths", "id"), ("users", "id", "subscriptions", "user_id"),
)  # fmt: skip


def rows(users: int = USERS, trades: int = TRADES) -> str:
    """A platform of that size in which nothing is wrong, as SQL."""
    return f"""
CREATE TEMP TABLE ids AS SELECT n, gen_random_uuid()::text AS u, gen_random_uuid()::text AS b FROM generate_series(1, {users}) AS n;
CREATE INDEX ON ids (n);
ANALYZE ids;
SET session_replication_role = replica;
INSERT INTO users (id, email, username, hashed_password, api_key, created_at)
SELECT u, 'user' || n || '@example.org', 'user' || n, '$2b$12$' || left(md5('s' || n) || md5('t' || n), 53),
       'ak_' || left(md5('k' || n), 4) || '.' || md5('a' || n) || md5('b' || n), now() - interval '9 days' FROM ids;
INSERT INTO subscriptions (id, user_id) SELECT gen_random_uuid(), u FROM ids;
INSERT INTO market_booths (id, user_id, active_listings) SELECT b, u, {ITEMS_EACH} FROM ids;
INSERT INTO nft_items (id, name, price, creator_id, creator, owner_id, booth_id, nft_attributes, transaction_history, created_at)
SELECT 'nft_' || n || '_' || k, 'Item ' || k, n % 1000, u, 'user' || n, u, b, '{{"collection": "Neon"}}',
       json_build_array(json_build_object('id', 'tx_nft_' || n || '_' || k, 'nftId', 'nft_' || n || '_' || k, 'type', 'mint',
           'from', '0x0', 'to', u, 'timestamp', 1700000000000 + n)), 1700000000000 + n
FROM (SELECT * FROM ids CROSS JOIN generate_series(1, {ITEMS_EACH}) AS k ORDER BY random()) AS shuffled;
INSERT INTO trades (id, user_id, pair, buy_exchange, sell_exchange, buy_price, sell_price, profit_amount, profit_percentage,
                    timestamp)
SELECT gen_random_uuid(), u, 'BTC/USDT', 'Binance', 'Kraken', 100 + g % 50, 101 + g % 50, 1, 100.0 / (100 + g % 50),
       now() - interval '1 day'
FROM (SELECT g, (random() * {users - 1})::integer + 1 AS r FROM generate_series(1, {trades}) AS g) AS drawn JOIN ids ON n = r;
"""


# How each defect is planted in the row of this id; the check that must find it, once for each row.
PLANTS = {
    "orphans": ("trades", "UPDATE trades SET user_id = 'ghost' WHERE id = %(id)s"),
    "creator-links": ("nft_items", "UPDATE nft_items SET creator_id = 'ghost' WHERE id = %(id)s"),
    "users-without-subscription": ("users", "DELETE FROM subscriptions WHERE user_id = %(id)s"),
    "unknown-status": ("subscriptions", "UPDATE subscriptions SET status = 'actve' WHERE id = %(id)s"),
    "unknown-theme": ("market_booths", "UPDATE market_booths SET theme = 'teal' WHERE id = %(id)s"),
    "negative-prices": ("trades", "UPDATE trades SET buy_price = -buy_price WHERE id = %(id)s"),
    "non-finite-numbers": ("trades", "UPDATE trades SET profit_percentage = 'NaN' WHERE id = %(id)s"),
    "profit-amount": ("trades", "UPDATE trades SET profit_amount = profit_amount * 2 WHERE id = %(id)s"),
    "profit-percentage": ("trades", "UPDATE trades SET profit_percentage = -profit_percentage WHERE id = %(id)s"),
    "password-form": ("users", "UPDATE users SET hashed_password = left(hashed_password, 40) WHERE id = %(id)s"),
    "email-form": ("users", "UPDATE users SET email = replace(email, '@', ' at ') WHERE id = %(id)s"),
    "case-twins": ("users", "UPDATE users SET username = upper((SELECT username FROM users ORDER BY md5(id || %(id)s) LIMIT 1))"
                   " WHERE id = %(id)s"),
    "millisecond-times": ("nft_items", "UPDATE nft_items SET created_at = created_at / 1000 WHERE id = %(id)s"),
    "future-times": ("trades", "UPDATE trades SET timestamp = now() + interval '1 year' WHERE id = %(id)s"),
    "attributes-form": ("nft_items", "UPDATE nft_items SET nft_attributes = '[1]' WHERE id = %(id)s"),
    "transaction-history": ("nft_items", "UPDATE nft_items SET transaction_history = '{\"a\": 1}' WHERE id = %(id)s"),
    "active-listings": ("market_booths", "UPDATE market_booths SET active_listings = 4 WHERE id = %(id)s"),
}  # fmt: skip


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="anest-") as folder:
        Path(folder).chmod(0o755)
        settings = "fsync = off\nmax_wal_size = 8GB\n"
        with (
            running_server(installations()[0], Path(folder) / "server", settings=settings) as server,
            new_database(
                server, "template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' ENCODING 'UTF8'"
            ) as target,
        ):
            upgrade(target, migrations_folder())
            execute(target, rows(), "ANALYZE")
            _times(target, "loaded a moment ago")
            execute(target, "VACUUM ANALYZE")
            _times(target, "after VACUUM")
            _planted(target)
            _memory(target)
            with new_database(server, "template0") as synthetic:
                upgrade(synthetic, migrations_folder())
                _seed(synthetic, Path(folder))
                _times(synthetic, "a synthetic platform, whose rows lie in the order of their keys")


def _seed(target: Target, home: Path) -> None:
    """As many rows, with histories of one to four transactions."""
    environ = environment(DATABASE_URL=target.url(show_password=True), ALPHANEST_HOME=str(home))
    command = [str(BIN / "alphanest"), "seed", "synthetic", "--scale", "100"]
    subprocess.run(command, env=environ, check=True, capture_output=True)
    execute(target, "ANALYZE")


def _times(target: Target, title: str) -> None:
    url = target.url(show_password=True)
    psql = " && ".join(f"{installations()[0].programs / 'psql'} -qXAt '{url}' -c \"{_join(*join)}\"" for join in JOINS)
    contenders = [
        Contender("check --only links", [str(BIN / "alphanest"), "check", "--only", "links"]),
        Contender("check integrity", [str(BIN / "alphanest"), "check", "integrity"]),
        Contender("check", [str(BIN / "alphanest"), "check"]),
        Contender("seven LEFT JOINs, psql", ["bash", "-c", psql]),
    ]
    compare(f"links and the whole, {title}", contenders, environment(DATABASE_URL=url), rounds=3)


def _join(table: str, column: str, target: str, other: str) -> str:
    return (
        f"SELECT count(*) FROM {table} AS c LEFT JOIN {target} AS p ON p.{other} = c.{column} WHERE p.{other} IS NULL"
    )


def _planted(target: Target) -> None:
    """Each defect in a few random rows of its own, and not one finding more."""
    rng = random.Random(SEED)
    wanted: dict[str, int] = {}
    taken = {
        table: [str(row[0]) for row in fetch(target, f"SELECT id FROM {table} ORDER BY random() LIMIT 500")]
        for table, _ in PLANTS.values()
    }
    constraints = fetch(
        target,
        "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'c' AND conname LIKE 'ck_%'",
    )
    execute(target, *(f"ALTER TABLE {table} DROP CONSTRAINT {name}" for table, name in constraints))
    for check, (table, change) in PLANTS.items():
        wanted[check] = rng.randint(1, 9)
        ids = [taken[table].pop() for _ in range(wanted[check])]
        execute(
            target, "SET session_replication_role = replica; " + "; ".join(change % {"id": f"'{id_}'"} for id_ in ids)
        )
    found = _counts(_run(target, "integrity", "--skip", "structure"))
    print(
        f"\nplanted and found: {sum(found.get(check) == count for check, count in wanted.items())} of {len(wanted)} exactly"
    )
    print(f"  not planted, and found: {({check: n for check, n in found.items() if check not in wanted}) or 'nothing'}")


def _memory(target: Target) -> None:
    """A million findings, counted and streamed; the peak of all children so far."""
    execute(target, "UPDATE trades SET profit_amount = 5 WHERE id < '5'")
    report = json.loads(_run(target, "--only", "profit-amount"))
    count = report["checks"][0]["count"]
    subprocess.run(
        [sys.executable, "-m", "alphanest_db", "check", "--only", "profit-amount", "--all", "--output", "json"],
        env=environment(DATABASE_URL=target.url(show_password=True)), stdout=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"\n{count:,} findings, counted and streamed: at most {peak:.0f} MB in any process of ours")


def _run(target: Target, *arguments: str) -> str:
    command = [str(BIN / "alphanest"), "check", *arguments, "--output", "json"]
    environ: Mapping[str, str] = environment(DATABASE_URL=target.url(show_password=True))
    return subprocess.run(command, env=dict(environ), capture_output=True, text=True, check=False).stdout


def _counts(text: str) -> dict[str, int]:
    return {result["name"]: result["count"] for result in json.loads(text)["checks"] if result["count"]}
