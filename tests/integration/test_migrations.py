"""Migrations on a database as the platform deployed it, and on an empty one."""

import re
import subprocess
from pathlib import Path

import pytest

from alphanest_db.database.embedded.binaries import wheel_programs
from alphanest_db.database.target import Target
from alphanest_db.programs.environment import client_environment
from alphanest_db.schema.location import migrations_folder
from alphanest_db.schema.revisions import read_revisions
from alphanest_db.schema.runs import downgrade, upgrade
from tests.conftest import FIXTURES, On, new_database
from tests.servers import execute, fetch

DEPLOYED = "d9a4a7469274"
FOLDER = migrations_folder()
HEAD = read_revisions(FOLDER).heads[0]
REVISIONS = [revision.id for revision in read_revisions(FOLDER).revisions]


def schema_of(target: Target) -> str:
    """The database's schema as pg_dump writes it, without the random key around it and without rows."""
    programs = wheel_programs()
    assert programs is not None
    command = [str(programs / "pg_dump"), "--schema-only", "--no-owner", "--exclude-schema=alphanest_admin"]
    dump = subprocess.run(
        command, env=client_environment(target, {}), capture_output=True, text=True, check=True
    ).stdout
    return re.sub(r"\\(un)?restrict \w+", "", dump)


def test_first_migration_creates_exactly_the_deployed_schema(server: Target, empty_database: Target) -> None:
    upgrade(empty_database, FOLDER, DEPLOYED)
    with new_database(server, "template0") as deployed:
        execute(deployed, (FIXTURES / "deployed_schema.sql").read_text())
        assert schema_of(empty_database) == schema_of(deployed)


def test_deployed_database_is_adopted_without_stamping_and_loses_nothing(deployed_database: Target, on: On) -> None:
    tables = ("users", "subscriptions", "trades", "market_booths", "nft_items")
    before = [fetch(deployed_database, f"SELECT * FROM {table} ORDER BY id::text") for table in tables[:4]]
    items = fetch(deployed_database, "SELECT nft_items::text FROM nft_items ORDER BY id")

    result = on(deployed_database)("db", "upgrade")

    assert result.code == 0, result.err
    assert [fetch(deployed_database, f"SELECT * FROM {table} ORDER BY id::text") for table in tables[:4]] == before
    assert fetch(deployed_database, "SELECT nft_items::text FROM nft_items ORDER BY id") == items
    assert fetch(deployed_database, "SELECT version_num FROM alembic_version") == [(HEAD,)]


def test_dirty_rows_leave_their_constraint_not_valid_and_are_reported(deployed_database: Target, on: On) -> None:
    result = on(deployed_database)("db", "upgrade", "--output", "json")

    reported = {(item["constraint"], item["violating_rows"]) for item in result.json["not_valid"]}
    assert reported == {("ck_subscriptions_status", 1), ("ck_nft_items_price", 1)}
    left = fetch(deployed_database, "SELECT conname FROM pg_constraint WHERE NOT convalidated ORDER BY 1")
    assert left == [("ck_nft_items_price",), ("ck_subscriptions_status",)]


def test_users_have_one_unique_index_for_each_unique_column(deployed_database: Target) -> None:
    upgrade(deployed_database, FOLDER)

    query = """SELECT c.relname, i.indisunique, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
               WHERE i.indrelid = 'users'::regclass ORDER BY 1"""
    assert fetch(deployed_database, query) == [
        ("ix_users_api_key", True, True),
        ("ix_users_email", True, True),
        ("ix_users_username", True, True),
        ("users_pkey", True, True),
        ("users_stripe_customer_id_key", True, True),
    ]


@pytest.mark.parametrize("revision", REVISIONS)
def test_each_migration_downgrades_to_what_was_before(revision: str, empty_database: Target) -> None:
    before = REVISIONS[REVISIONS.index(revision) - 1] if revision != REVISIONS[0] else "base"
    if before != "base":
        upgrade(empty_database, FOLDER, before)
    else:
        execute(
            empty_database,
            "CREATE TABLE alembic_version (version_num varchar(32) CONSTRAINT alembic_version_pkc PRIMARY KEY)",
        )
    schema = schema_of(empty_database)

    upgrade(empty_database, FOLDER, revision)
    downgrade(empty_database, FOLDER, before)

    assert schema_of(empty_database) == schema


@pytest.mark.parametrize("revision", REVISIONS)
def test_downgraded_and_upgraded_again_the_schema_is_the_same(revision: str, database: Target) -> None:
    schema = schema_of(database)

    downgrade(database, FOLDER, revision)
    upgrade(database, FOLDER)

    assert schema_of(database) == schema


def test_models_and_migrations_agree(database: Target, on: On) -> None:
    result = on(database)("db", "check")

    assert (result.code, result.out) == (
        0,
        f"{database.database}: no migration is pending, models and migrations agree, no drift\n",
    )


def test_defaults_are_the_platforms_own(database: Target) -> None:
    execute(
        database,
        "INSERT INTO users (id, email, username, hashed_password) VALUES ('u', 'e@example.com', 'name', '!')",
        "INSERT INTO subscriptions (id, user_id) VALUES ('s', 'u')",
        "INSERT INTO market_booths (id, user_id) VALUES ('b', 'u')",
        """INSERT INTO nft_items (id, name, price, creator_id, creator, owner_id, booth_id, created_at)
           VALUES ('n', 'Item', 1, 'u', 'name', 'u', 'b', 1)""",
    )

    assert fetch(database, "SELECT avatar, is_active FROM users") == [("👤", True)]
    assert fetch(database, "SELECT status, plan_type FROM subscriptions") == [("trial", "monthly")]
    booth = "SELECT theme, layout, popularity, reputation, total_sales, total_volume, items_sold, active_listings, total_views"
    assert fetch(database, f"{booth} FROM market_booths") == [("cyan", "grid", 0, 0, 0, 0.0, 0, 0, 0)]
    item = "SELECT image_url, rarity, featured, views, favorites, sales, nft_attributes, transaction_history FROM nft_items"
    assert fetch(database, item) == [("🎨", "common", False, 0, 0, 0, {}, [])]


def test_script_of_all_migrations_builds_the_same_schema(database: Target, empty_database: Target, on: On) -> None:
    script = on(empty_database)("db", "sql").out
    statements = Path(on(empty_database).folder / "all.sql")
    statements.write_text(script)

    result = on(empty_database)("db", "shell", "-f", str(statements))

    assert result.code == 0, result.err
    assert schema_of(empty_database) == schema_of(database)
