"""A downgrade takes back what was shown, and nothing else."""

import dataclasses
import os
import shutil
import threading
from pathlib import Path

import pytest

from alphanest_db.confirmation import Confirmation
from alphanest_db.database.connect import connect, session
from alphanest_db.database.target import Target
from alphanest_db.errors import Refused
from alphanest_db.schema.downgrading.model import Dependent, DowngradePlan, Loss, LossKind
from alphanest_db.schema.downgrading.plan import Workplace, plan_downgrade
from alphanest_db.schema.location import migrations_folder
from alphanest_db.schema.revisions import read_revisions
from alphanest_db.schema.runs import RunOptions, RunReport, downgrade, upgrade
from alphanest_db.settings import Environment
from alphanest_db.workflows.downgrade import GuardedDowngrade, downgrade_confirmed
from tests.conftest import On
from tests.servers import execute, fetch

FOLDER = migrations_folder()
IDS = [revision.id for revision in read_revisions(FOLDER).revisions]
VERSION = "SELECT version_num FROM alembic_version"


def test_another_try_does_not_count_from_elsewhere(database: Target) -> None:
    retries: list[int] = []
    sleeper = connect(database)
    with sleeper.cursor() as cursor:
        cursor.execute("LOCK TABLE users IN ACCESS SHARE MODE")  # lets the first two go back, and stops the third
        report = RunReport(retry=lambda attempt, _pause: retries.append(attempt))
        threading.Timer(1.5, sleeper.commit).start()
        downgrade(database, FOLDER, "-4", options=RunOptions(lock_timeout_seconds=0.1), report=report)
    sleeper.close()

    assert retries
    assert fetch(database, VERSION) == [(IDS[0],)]


def test_another_try_of_an_upgrade_does_not_count_from_elsewhere(deployed_database: Target) -> None:
    sleeper = connect(deployed_database)
    with sleeper.cursor() as cursor:
        cursor.execute("LOCK TABLE market_booths IN ACCESS SHARE MODE")
        threading.Timer(1.5, sleeper.commit).start()
        upgrade(deployed_database, FOLDER, "+3", options=RunOptions(lock_timeout_seconds=0.1))
    sleeper.close()

    assert fetch(deployed_database, VERSION) == [(IDS[3],)]


def planned(database: Target, folder: Path, home: Path) -> DowngradePlan:
    with session(database) as connection:
        return plan_downgrade(connection, folder, "-1", Workplace(database, home, os.environ))


def later(database: Target, folder: Path, *statements: str) -> Path:
    """The migrations and one more, which is applied, and whose downgrade runs the statements."""
    own = folder / "own"
    shutil.copytree(FOLDER, own, ignore=shutil.ignore_patterns("__pycache__"))
    body = "\n    ".join(f"op.execute({text!r})" for text in statements)
    (own / "versions" / "later.py").write_text(
        f'"""later"""\nfrom alembic import op\nrevision, down_revision = "0a", {IDS[-1]!r}\n\n\n'
        f"def upgrade():\n    pass\n\n\ndef downgrade():\n    {body}\n"
    )
    upgrade(database, own)
    return own


@pytest.fixture
def filled(database: Target) -> Target:
    """A database at head with ten users, four of whom have no avatar, a booth and a trade each for six of them."""
    execute(
        database,
        "INSERT INTO users (id, email, username, hashed_password, avatar) SELECT n::text, 'e' || n, 'name' || n, '!',"
        " CASE WHEN n <= 6 THEN 'x' END FROM generate_series(1, 10) n",
        "INSERT INTO trades (id, user_id, pair, buy_exchange, sell_exchange, buy_price, sell_price, profit_amount,"
        " profit_percentage) SELECT n::text, n::text, 'a', 'b', 'c', 1, 2, 3, 4 FROM generate_series(1, 6) n",
    )
    return database


def test_a_database_that_has_moved_since_is_left_alone(database: Target, tmp_path: Path) -> None:
    steps = planned(database, FOLDER, tmp_path)
    plan = GuardedDowngrade(database.database, Environment.development, steps)
    downgrade(database, FOLDER, "-1")

    with pytest.raises(Refused, match=f"stands at {IDS[-2]} now, and not at {IDS[-1]}"):
        downgrade_confirmed(database, FOLDER, plan, Confirmation(True), options=RunOptions(), report=RunReport())
    assert fetch(database, VERSION) == [(IDS[-2],)]


def test_what_a_downgrade_drops_is_counted_with_what_uses_it(filled: Target, tmp_path: Path) -> None:
    execute(filled, "CREATE VIEW faces AS SELECT avatar FROM users", "CREATE VIEW all_trades AS SELECT * FROM trades",
            "CREATE FUNCTION first_trade() RETURNS SETOF trades LANGUAGE sql AS 'SELECT * FROM trades'")  # fmt: skip
    own = later(
        filled, tmp_path, "ALTER TABLE users DROP avatar CASCADE, ADD x int, DROP updated_at",
        "DROP TABLE trades CASCADE", "DROP TABLE nft_items", "ALTER TABLE users ALTER username TYPE varchar(50)",
    )  # fmt: skip

    plan = planned(filled, own, tmp_path)

    assert set(plan.losses) == {
        Loss("users", "avatar", LossKind.dropped, 6, 10, (Dependent("view", "public.faces", True),)),
        Loss("trades", None, LossKind.dropped, None, 6,
             (Dependent("function", "public.first_trade()", True), Dependent("view", "public.all_trades", True))),
        Loss("users", "username", LossKind.retyped, 10, 10, (), "character varying(50)"),
    }  # fmt: skip
    assert (plan.unclear, plan.error, plan.measured, plan.notes) == ((), None, True, ())
    assert fetch(filled, "SELECT count(*) FROM trades") == [(6,)]


def test_what_stands_in_the_way_of_a_downgrade_is_named(filled: Target, on: On, tmp_path: Path) -> None:
    execute(filled, "CREATE VIEW faces AS SELECT avatar FROM users")
    own = later(filled, tmp_path, "ALTER TABLE users DROP COLUMN avatar")

    result = on(filled)("db", "downgrade", "-1", ALPHANEST_MIGRATIONS=str(own))

    assert result.code == 3
    assert (
        "it would FAIL: 0a: a migration failed: cannot drop column avatar of table users because other objects depend on it: "
        "ALTER TABLE users DROP COLUMN avatar (view faces depends on column avatar of table users)\n"
    ) in result.err


def test_downgrade_says_what_it_takes_in_a_sentence(filled: Target, on: On, tmp_path: Path) -> None:
    execute(filled, "CREATE VIEW faces AS SELECT avatar FROM users", "CREATE VIEW more AS SELECT avatar FROM users")
    own = later(filled, tmp_path, "ALTER TABLE users DROP avatar CASCADE", "TRUNCATE trades")
    program, environ = on(filled), {"ALPHANEST_MIGRATIONS": str(own)}

    refused = program("db", "downgrade", "-1", **environ)
    shown = program("db", "downgrade", "-1", "--dry-run", "--output", "json", **environ)
    done = program("db", "downgrade", "-1", "--yes", **environ)

    assert (refused.code, shown.code, done.code) == (3, 0, 0)
    assert "drops users.avatar: 6 values in 10 rows, used by 2 views " in refused.err
    assert "empties trades: 6 rows" in refused.err
    assert [(loss["kind"], loss["values"], loss["rows"]) for loss in shown.json["losses"]] == [
        ("dropped", 6, 10), ("emptied", None, 6)]  # fmt: skip
    assert shown.json["losses"][0]["dependents"][0] == {"kind": "view", "name": "public.faces", "goes": True}


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("DELETE FROM users", ("users",)),
        ("UPDATE users SET avatar = NULL", ("users",)),
        ("WITH gone AS (DELETE FROM trades RETURNING id) SELECT count(*) FROM gone", ("trades",)),
        ("DO $$ BEGIN DELETE FROM trades; END $$", ("trades",)),
        ("SELECT id FROM trades", ("trades",)),
    ],
)
def test_what_cannot_be_counted_is_asked_about(
    statement: str, tables: tuple[str, ...], database: Target, on: On, tmp_path: Path
) -> None:
    own = later(database, tmp_path, statement)

    plan = planned(database, own, tmp_path)
    result = on(database)("db", "downgrade", "-1", ALPHANEST_MIGRATIONS=str(own))

    assert [item.sql for item in plan.unclear] == [statement]
    assert set(tables) <= set(plan.unclear[0].tables)
    assert result.code == 3
    assert f"cannot be counted: {statement[:100]}\n" in result.err


def test_table_that_gets_another_name_is_no_loss(filled: Target, tmp_path: Path) -> None:
    own = later(filled, tmp_path, "ALTER TABLE trades RENAME TO deals", "ALTER TABLE users RENAME avatar TO face")

    plan = planned(filled, own, tmp_path)

    assert (plan.losses, plan.unclear, plan.may_lose) == ((), (), False)


def test_without_a_copy_of_the_schema_the_statements_are_read(filled: Target, on: On, tmp_path: Path) -> None:
    own = later(filled, tmp_path, "ALTER TABLE users DROP COLUMN avatar", "UPDATE trades SET pair = 'x'")
    role, no_home = f"plain_{filled.database}", tmp_path / "no_home"
    no_home.write_text("a file")
    execute(filled, f"CREATE ROLE {role} LOGIN PASSWORD 'p'", f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
            f"GRANT USAGE ON SCHEMA alphanest_admin TO {role}",
            f"GRANT SELECT ON ALL TABLES IN SCHEMA alphanest_admin TO {role}")  # fmt: skip
    plain = dataclasses.replace(filled, user=role, password="p")
    try:
        shown = on(plain)("db", "downgrade", "-1", "--dry-run", "-o", "json", ALPHANEST_MIGRATIONS=str(own),
                          ALPHANEST_HOME=str(no_home))  # fmt: skip
    finally:
        execute(filled, f"DROP OWNED BY {role}", f"DROP ROLE {role}")

    assert shown.code == 0, shown.err
    assert [(loss["column"], loss["values"]) for loss in shown.json["losses"]] == [("avatar", 6)]
    assert [item["sql"] for item in shown.json["unclear"]] == ["UPDATE trades SET pair = 'x'"]
    assert shown.json["measured"] is False
    assert shown.json["notes"][0].startswith("only the statements were read, because there is no copy of the schema")


def test_production_asks_for_its_name_whatever_is_lost(database: Target, on: On) -> None:
    result = on(database)("db", "downgrade", "-1", "--yes", ALPHANEST_ENV="production")

    assert (result.code, f"--confirm {database.database}" in result.err) == (3, True)


def test_record_that_may_not_be_read_counts_as_production(server: Target, database: Target, on: On) -> None:
    role = f"blind_{database.database}"
    assert on(database)("init", ALPHANEST_ENV="production").code == 0
    execute(database, "REVOKE ALL ON SCHEMA alphanest_admin FROM PUBLIC", f"CREATE ROLE {role} LOGIN PASSWORD 'p'")
    execute(database, f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}")
    blind = Target(database.host, database.port, role, database.database, "p")

    result = on(blind)("seed")
    execute(database, f"DROP OWNED BY {role}", f"DROP ROLE {role}")

    assert (result.code, "seeding demo data is refused: this is a production database" in result.err) == (3, True)
    assert fetch(database, "SELECT count(*) FROM users") == [(0,)]


def test_demo_is_refused_before_anything_is_done_to_production(deployed_database: Target, on: On) -> None:
    upgrade(deployed_database, FOLDER, "+1")
    assert on(deployed_database)("db", "upgrade", "c45b", ALPHANEST_ENV="production").code == 0

    result = on(deployed_database)("init", "--demo")

    assert result.code == 3
    assert fetch(deployed_database, VERSION) == [(IDS[3],)]


def test_reading_by_plain_alembic_changes_nothing(deployed_database: Target, on: On) -> None:
    from tests.integration.test_plain_alembic import alembic

    assert alembic(on(deployed_database), "current").returncode == 0
    assert fetch(deployed_database, "SELECT to_regnamespace('alphanest_admin')") == [(None,)]


@pytest.mark.parametrize(
    ("revisions", "word"), [("head:d9a4", "DROP INDEX"), ("d9a4:head", "CREATE INDEX"), ("e190:base", "DROP TABLE")]
)
def test_script_of_a_range_goes_the_right_way(revisions: str, word: str, on: On, database: Target) -> None:
    result = on(database)("db", "sql", revisions)

    assert (result.code, word in result.out) == (0, True)


def test_range_with_too_many_ends_is_wrong_usage(on: On, database: Target) -> None:
    assert on(database)("db", "sql", "a:b:c").code == 2


def test_new_revision_answers_in_json_alone_and_takes_no_code_for_a_message(
    on: On, database: Target, tmp_path: Path
) -> None:
    folder = tmp_path / "own"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    environ = {"ALPHANEST_MIGRATIONS": str(folder)}

    refused = on(database)("db", "revision", "-m", 'a"""; import os', **environ)
    made = on(database)("db", "revision", "-m", "add phone", "--output", "json", **environ)

    assert (refused.code, made.code) == (2, 0)
    assert made.json["path"].endswith("add_phone.py")


def test_stamping_production_asks_for_its_name(database: Target, on: On) -> None:
    refused = on(database)("db", "stamp", "base", ALPHANEST_ENV="production")
    confirmed = on(database)("db", "stamp", "base", "--confirm", database.database, ALPHANEST_ENV="production")

    assert (refused.code, confirmed.code) == (3, 0)


def test_missing_file_for_psql_is_wrong_usage(database: Target, on: On) -> None:
    assert on(database)("db", "shell", "-c", "SELECT 1", "-f", "nowhere.sql").code == 2
