"""`check integrity --write-revision`: what is to be mended in the schema becomes a migration that plan and upgrade take."""

import shutil
from pathlib import Path

import pytest

from alphanest_db.database.target import Target
from tests.conftest import ROOT, Cli, On
from tests.repair_scenes import BREAK, column, orderly
from tests.servers import execute, fetch

LOST = (
    "DROP INDEX ix_trades_user_id",
    "ALTER TABLE trades ADD CONSTRAINT twice FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE",
    "ALTER TABLE subscriptions DROP CONSTRAINT subscriptions_user_id_fkey",
    "ALTER TABLE nft_items DROP CONSTRAINT nft_items_owner_id_fkey, DROP CONSTRAINT ck_nft_items_price",
    "ALTER TABLE nft_items ADD CONSTRAINT ck_nft_items_price CHECK (price >= 0) NOT VALID,"
    " ADD CONSTRAINT nft_items_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users ON DELETE CASCADE NOT VALID",
)
STRUCTURE = (
    "check", "integrity", "--only", "structure", "--skip", "unused-indexes", "--skip", "model-values",
    "--skip", "doubled-foreign-keys",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Migrations of our own, to which revisions may be added."""
    shutil.copytree(ROOT / "migrations", tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "migrations"


def program_on(on: On, target: Target, folder: Path) -> Cli:
    return Cli(on(target).environ | {"ALPHANEST_MIGRATIONS": str(folder)}, on(target).folder)


def test_revision_mends_what_was_lost_and_does_no_harm_elsewhere(
    database: Target, empty_database: Target, folder: Path, on: On
) -> None:
    orderly(database)
    execute(database, *LOST)
    program = program_on(on, database, folder)
    whole = program(*STRUCTURE).code

    written = program("check", "integrity", "--write-revision", "--output", "json")

    assert (whole, written.code) == (1, 0), written.err
    assert "Warning" not in written.err
    assert {(d["kind"], d["name"]) for d in written.json["mended"]} == {
        ("unindexed-foreign-keys", "ix_trades_user_id"),
        ("missing-foreign-keys", "subscriptions_user_id_fkey"),
        ("unvalidated-foreign-keys", "nft_items_owner_id_fkey"),
        ("unvalidated-constraints", "ck_nft_items_price"),
    }
    first, second = written.json["written"]["path"], written.json["written"]["followed_by"][0]["path"]
    assert "postgresql_not_valid=True" in Path(first).read_text()
    text = Path(second).read_text()
    assert "autocommit_block" in text
    assert "postgresql_concurrently=True" in text
    assert (text.count("VALIDATE CONSTRAINT"), text.count("create_index")) == (3, 1)
    plan = program("db", "plan")
    assert (plan.code, plan.err) == (0, "")
    assert "2 migrations pending, worst level info" in plan.out
    assert program("db", "upgrade").code == 0
    assert program(*STRUCTURE).code == 0
    assert program("check", "integrity", "--write-revision").out.startswith(
        "there is nothing that a migration can mend"
    )

    anew = program_on(on, empty_database, folder)
    assert anew("db", "upgrade").code == 0
    assert anew("db", "drift").code == 0
    assert anew("db", "downgrade", "-2", "--yes").code == 0
    assert column(
        empty_database, "SELECT count(*) FROM pg_constraint WHERE conname = 'subscriptions_user_id_fkey'"
    ) == [1]


def test_what_rows_violate_and_what_is_not_the_platforms_is_left_to_people(
    database: Target, folder: Path, on: On
) -> None:
    orderly(database)
    execute(database, *LOST, BREAK + "UPDATE subscriptions SET user_id = 'ghost' WHERE id = 's01'")
    execute(
        database, "CREATE TABLE notes (id integer PRIMARY KEY, report_id integer REFERENCES reports)",
        "ALTER TABLE reports ADD CONSTRAINT has_text CHECK (text <> '') NOT VALID",
    )  # fmt: skip
    program = program_on(on, database, folder)

    written = program("check", "integrity", "--write-revision", "--output", "json")

    assert written.code == 1, written.err
    left = {(d["kind"], d["name"]): d["hindrance"] for d in written.json["left"]}
    assert left.keys() == {
        ("missing-foreign-keys", "subscriptions_user_id_fkey"), ("unindexed-foreign-keys", "ix_notes_report_id"),
        ("unvalidated-constraints", "has_text"),
    }  # fmt: skip
    assert "rows violate it" in left["missing-foreign-keys", "subscriptions_user_id_fkey"]
    assert "the models do not have it" in left["unvalidated-constraints", "has_text"]
    assert program("db", "upgrade").code == 0
    assert fetch(database, "SELECT to_regclass('ix_trades_user_id') IS NOT NULL") == [(True,)]
    shown = program("check", "integrity", "--write-revision")
    assert "left to you" in shown.out
    assert program("check", "integrity", "--fix", "--yes", "--only", "orphans").code == 0
    assert "wrote " in program("check", "integrity", "--write-revision").out


def test_checks_and_ignores_choose_what_is_mended(database: Target, folder: Path, on: On) -> None:
    orderly(database)
    execute(database, *LOST)
    program = program_on(on, database, folder)
    ignore = '[[checks]]\ncheck = "unvalidated-constraints"\nkey = "ck_*"\nreason = "known"\nexpires = 2999-01-01\n'
    (program.folder / "alphanest-ignore.toml").write_text(ignore)

    written = program(
        "check", "integrity", "--write-revision", "--only", "unvalidated-constraints", "--only", "unindexed-foreign-keys",
        "--output", "json",
    )  # fmt: skip

    assert [d["name"] for d in written.json["mended"]] == ["ix_trades_user_id"]


def test_database_that_is_behind_is_upgraded_first(deployed_database: Target, folder: Path, on: On) -> None:
    written = program_on(on, deployed_database, folder)("check", "integrity", "--write-revision")

    assert written.code == 3
    assert "migrations are pending" in written.err
