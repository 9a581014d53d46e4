"""How checks are run: of one moment, each for itself, on whatever server and with whatever rights."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.checks import planning, sources, tables
from alphanest_db.checks.ground import Ground, read_ground
from alphanest_db.checks.ignores import Ignore
from alphanest_db.checks.links import link_rule
from alphanest_db.checks.model import Check, CheckResult, Finding, Level, Options, State
from alphanest_db.checks.moment import one_moment
from alphanest_db.checks.parts import TableScan
from alphanest_db.checks.rows import RowRule
from alphanest_db.checks.sources import Way
from alphanest_db.database.connect import session
from alphanest_db.database.identifiers import name, statement
from alphanest_db.database.target import Target
from alphanest_db.schema.location import migrations_folder
from alphanest_db.schema.runs import upgrade
from alphanest_db.settings import Environment
from tests.check_scenes import OPEN, ROWS, SCENES, TODAY, platform, results, run
from tests.conftest import new_database
from tests.embedded_scenes import wait_until
from tests.servers import Installation, execute, fetch, installations, running_server

LINKS = ("orphans", "creator-links", "users-without-subscription", "users-without-booth", "items-in-foreign-booth")
NOT_BEFORE_17 = "collation-versions"


def found(of: dict[str, CheckResult]) -> dict[str, int]:
    """How many findings each check that failed has."""
    return {result.name: result.count for result in of.values() if result.state is State.failed}


def setting(connection: Connection, name: str) -> str:
    """The value of a setting in the transaction that the connection has begun."""
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        [(value,)] = cursor.fetchall()
    return str(value)


def made(name: str, *, tags: tuple[str, ...] = (), **rest: object) -> Check:
    """A check of a test."""
    return Check(name, "Summary.", tags, Level.error, "Why.", "Remedy.", **rest)  # type: ignore[arg-type] # handed on


@pytest.fixture
def rows(server: Target, template: str) -> Iterator[Target]:
    """A database in order, with rows."""
    with new_database(server, template) as target:
        execute(target, ROWS)
        yield target


def test_deployed_database_is_looked_at_as_it_is(deployed_database: Target) -> None:
    of = results(deployed_database)

    assert found(of) == {
        "doubled-indexes": 3, "model-values": 5, "negative-prices": 1, "plain-api-keys": 200, "shared-password-hashes": 199,
        "superuser-role": 1, "unindexed-foreign-keys": 4, "unknown-status": 1,
    }  # fmt: skip
    assert not [result.name for result in of.values() if result.state is State.error]


def test_database_of_something_else_has_nothing_to_say(empty_database: Target) -> None:
    execute(empty_database, "CREATE TABLE things (id integer PRIMARY KEY)")

    of = results(empty_database)

    assert found(of) == {"superuser-role": 1}
    assert of["negative-prices"].reason == "there is no table trades; there is no table nft_items"
    assert "there is no table trades" in str(of["orphans"].reason)


def test_what_breaks_in_one_check_is_no_other_checks_matter(rows: Target) -> None:
    def look(ground: Ground) -> Iterator[Finding]:
        yield Finding("users", {"id": "u01"}, "found before it broke", "SELECT 1;")
        raise RuntimeError("out of ideas; password=hunter2")

    def write(ground: Ground) -> Iterator[Finding]:
        with ground.connection.cursor() as cursor:
            cursor.execute("DELETE FROM trades")
        yield from ()

    bad_sql = RowRule("users", "1 / (length(t.username) - 5) > 9", "'x'")
    good = RowRule("users", "t.id = 'u03'", "'right'")
    checks = (
        made("breaks", look=look), made("breaks-at-once", rules=lambda ground: 1 / 0), made("writes", look=write),
        made("divides", rows=(bad_sql,)), made("no-column", rows=(RowRule("users", "t.absent", "'x'"),)),
        made("finds", rows=(good, replace(good, condition="t.id = 'u04'"))),
    )  # fmt: skip

    of = results(rows, checks=checks)

    assert {result.name: (result.state.value, result.count) for result in of.values()} == {
        "breaks": ("failed", 1), "breaks-at-once": ("error", 0), "writes": ("error", 0), "divides": ("error", 0),
        "no-column": ("skipped", 0), "finds": ("failed", 2),
    }  # fmt: skip
    assert of["breaks"].reason == "RuntimeError: out of ideas; password=***"
    assert of["writes"].reason == "ReadOnlySqlTransaction: cannot execute DELETE in a read-only transaction"
    assert of["divides"].reason == "DivisionByZero: division by zero"
    assert [finding.key["id"] for finding in of["finds"].samples] == ["u03", "u04"]


def test_text_that_is_none_is_no_other_checks_matter(server: Target) -> None:
    with new_database(server, "template0 ENCODING 'SQL_ASCII'") as target:
        upgrade(target, migrations_folder())
        execute(target, ROWS, OPEN, "UPDATE subscriptions SET status = E'\\xff' WHERE id = 's01'")
        of = results(target, "unknown-status", "unknown-plan", "orphans", "negative-prices")

    assert {result.name: result.state.value for result in of.values()} == {
        "unknown-status": "error", "unknown-plan": "passed", "orphans": "passed", "negative-prices": "passed",
    }  # fmt: skip
    assert "invalid byte sequence" in str(of["unknown-status"].reason)


def test_backslashes_and_collations_of_the_database_change_no_answer(any_server: Target) -> None:
    """Not every build knows ICU, whose collations alone may leave case out of account."""
    with new_database(any_server, "template0") as target:
        upgrade(target, migrations_folder())
        execute(target, ROWS, f"ALTER DATABASE {target.database} SET standard_conforming_strings = off")
        if fetch(target, "SELECT FROM pg_collation WHERE collname = 'und-x-icu'"):
            execute(
                target, "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);"
                "ALTER TABLE users ALTER email TYPE varchar(255) COLLATE ci",
            )  # fmt: skip
        execute(target, "UPDATE users SET email = 'nobody' WHERE id = 'u01'")
        of = results(target, "email-form", "password-form", "transaction-history", "api-key-form", "case-twins")

    assert {
        name: (result.state.value, result.count) for name, result in of.items() if result.state is not State.passed
    } == {"email-form": ("failed", 1)}


def test_all_see_the_same_moment(rows: Target) -> None:
    def meddle(ground: Ground) -> Iterator[Finding]:
        execute(rows, "DELETE FROM subscriptions")
        yield from ()

    checks = (
        made("first", tags=("physical",), look=meddle),
        made(
            "second",
            rows=(RowRule("users", "NOT EXISTS (SELECT FROM subscriptions AS s WHERE s.user_id = t.id)", "''"),),
        ),
    )
    for jobs in (1, 2):
        assert found(results(rows, checks=checks, options=Options(jobs=jobs))) == {}
        execute(rows, "INSERT INTO subscriptions (id, user_id) SELECT id, id FROM users")


def test_limits_leave_checks_out_and_say_so(rows: Target) -> None:
    slow = made("slow", rows=(RowRule("users", "pg_sleep(0.1) IS NULL", "''"),))
    other = made("other", look=lambda ground: iter(()))

    of = results(rows, checks=(slow, other), options=Options(statement_timeout_seconds=0.2))
    assert of["slow"].state is State.skipped
    assert of["slow"].reason == "canceling statement due to statement timeout (raise --statement-timeout)"
    assert of["other"].state is State.passed

    of = results(rows, "unknown-status", "transaction-history", options=Options(max_rows=40))
    assert of["unknown-status"].state is State.passed
    assert of["transaction-history"].reason == "nft_items has more than 40 rows (--max-rows)"

    with session(rows) as holder, holder.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE trades")
        locked = [
            results(rows, "profit-amount", "unknown-status", options=Options(lock_timeout_seconds=0.1, max_rows=most))
            for most in (None, 1000)
        ]
    for of in locked:
        assert (of["profit-amount"].state, of["unknown-status"].state) == (State.skipped, State.passed)
        assert "lock timeout" in str(of["profit-amount"].reason)

    with session(rows) as holder, holder.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE alembic_version")
        hasty = Options(lock_timeout_seconds=0.3, statement_timeout_seconds=0.2)
        with run(rows, "unknown-status", options=hasty) as report:
            assert (report.revision, report.checks[0].state) == (None, State.passed)


def test_what_may_not_be_read_is_skipped(rows: Target) -> None:
    role = f"reader_{rows.database}"
    execute(
        rows, f"CREATE ROLE {role} LOGIN PASSWORD 'alphanest'", f"GRANT SELECT ON users, market_booths, nft_items TO {role}",
        "UPDATE nft_items SET price = 'NaN' WHERE id = 'i01a'", "ALTER TABLE subscriptions ENABLE ROW LEVEL SECURITY",
        f"GRANT SELECT (id, user_id) ON subscriptions TO {role}", f"CREATE POLICY p ON subscriptions TO {role} USING (id = 's01')",
    )  # fmt: skip
    try:
        of = results(replace(rows, user=role, password="alphanest"), environment=Environment.production)
    finally:
        execute(rows, f"DROP OWNED BY {role}", f"DROP ROLE {role}")

    assert found(of) == {"non-finite-numbers": 1, "default-password": 1}
    assert of["profit-amount"].reason == "no right to read trades"
    assert of["superuser-role"].state is State.passed
    assert of["users-without-subscription"].state is State.skipped
    assert "row-level security" in str(of["users-without-subscription"].reason)
    assert "permission denied" in str(of["trust-in-pg-hba"].reason)
    assert (
        of["default-password"].reason
        == f"only the password of {role} was looked at: the role may not read those of others"
    )
    assert not [result for result in of.values() if result.state is State.error]


def test_ignored_findings_do_not_count_and_idle_entries_do(rows: Target) -> None:
    execute(
        rows,
        OPEN,
        "UPDATE nft_items SET price = -1 WHERE id IN ('i01a', 'i01b', 'i02a'); CREATE INDEX idle ON trades (pair)",
    )
    tomorrow, yesterday = TODAY + timedelta(days=1), TODAY - timedelta(days=1)
    ignores = (
        Ignore("negative-prices", "i01?", "known", tomorrow), Ignore("unused-indexes", "*", "for December", TODAY),
        Ignore("negative-prices", "i%", "percent is no joker", tomorrow), Ignore("negative-prices", "i02a", "over", yesterday),
        Ignore("absent", "*", "x", tomorrow), Ignore("orphans", "*", "not run", tomorrow),
    )  # fmt: skip

    names = ("negative-prices", "unused-indexes", "stale-ignores")
    of = results(rows, *names, ignores=ignores)
    everything = results(rows, *names, ignores=ignores, options=Options(everything=True))

    assert found(of) == found(everything) == {"negative-prices": 1, "stale-ignores": 3}
    assert [finding.key["id"] for finding in of["negative-prices"].samples] == ["i02a"]
    assert of["negative-prices"].reason == f"2 ignored until {tomorrow}: known"
    assert of["unused-indexes"].reason == f"1 ignored until {TODAY}: for December"
    assert [(finding.key_text, finding.message.split(" (")[0]) for finding in of["stale-ignores"].samples] == [
        ("negative-prices,i%", "no finding fits it"), ("negative-prices,i02a", f"it expired on {yesterday}"),
        ("absent,*", "there is no check of that name"),
    ]  # fmt: skip


def test_all_findings_are_streamed_and_samples_are_few(rows: Target) -> None:
    execute(rows, OPEN, "UPDATE nft_items SET price = -1, views = -1")

    few = results(rows, "negative-prices", options=Options(samples=2))["negative-prices"]
    assert (few.count, len(list(few.samples))) == (80, 2)
    assert [finding.key["id"] for finding in few.samples] == ["i01a", "i01b"]
    with run(rows, "negative-prices", "negative-counters", options=Options(everything=True)) as report:
        for result in report.checks:
            assert result.count == 80
            assert len({finding.key["id"] for finding in result.samples}) == 80


@pytest.mark.parametrize(("way", "rows_per_value"), [(Way.gaps, 1), (Way.values, 1000)], ids=str)
@pytest.mark.parametrize("ghosts", [("ghost", "zombie"), ("0", "1"), ("u01x", "zz"), ("u40",)], ids=" ".join)
def test_orphans_of_a_long_table_are_found_in_its_index(
    ghosts: tuple[str, ...], way: Way, rows_per_value: int, rows: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "LEAST_ROWS", 100)
    monkeypatch.setattr(planning, "ROWS_PER_VALUE", rows_per_value)
    monkeypatch.setattr(tables, "MOSTLY", 0)
    row = "INSERT INTO trades SELECT '{0}' || n, '{1}', 'P', 'a', 'b', 1, 1, 0, 0 FROM generate_series(1, {2}) AS n;"
    execute(
        rows, "SET session_replication_role = replica; DELETE FROM users WHERE id = 'u40';",
        "DELETE FROM trades WHERE user_id = 'u40';" + row.format("x", "u01", 997), *(row.format(g, g, 3) for g in ghosts),
        "ANALYZE",
    )  # fmt: skip
    names = (made("links", rules=lambda ground: [link_rule("trades", "user_id", "users")]),)
    of = results(rows, checks=names, options=Options(samples=50))["links"]
    streamed = results(rows, checks=names, options=Options(everything=True))["links"]

    with one_moment(rows, Options(jobs=1)) as moment:
        [piece], _ = planning.plan_work(read_ground(moment.connections[0], platform()), names, {})
    assert isinstance(piece, TableScan)
    assert piece.questions[0].way is way
    assert of.count == streamed.count == 3 * len(ghosts)
    assert sorted(finding.key["id"] or "" for finding in of.samples) == sorted(
        f"{g}{n}" for g in ghosts for n in (1, 2, 3)
    )

    execute(rows, "SET session_replication_role = replica; DELETE FROM users")
    assert results(rows, checks=names)["links"].count == 39 + 997 + 3 * len(ghosts)


@pytest.mark.parametrize("most_hashed", [0, 500_000], ids=["by a join", "by those who lead nowhere"])
def test_what_a_user_leaves_behind_who_is_gone_is_found(
    most_hashed: int, rows: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The booth and its items still agree with each other."""
    monkeypatch.setattr(sources, "_MOST_HASHED", most_hashed)
    execute(rows, "SET session_replication_role = replica; DELETE FROM users WHERE id = 'u01'", "ANALYZE")

    of = results(rows, *LINKS, options=Options(samples=10))

    assert {check: sorted((f.table, f.key["id"]) for f in of[check].samples) for check in found(of)} == {
        "creator-links": [("nft_items", "i01a"), ("nft_items", "i01b")],
        "orphans": [
            ("market_booths", "b01"), ("nft_items", "i01a"), ("nft_items", "i01b"), ("parts", "1"), ("subscriptions", "s01"),
            ("trades", "t01"),
        ],
    }  # fmt: skip


@pytest.mark.parametrize(("jobs", "connections", "helpers"), [(1, 1, 0), (2, 2, 0), (4, 4, 0), (9, 4, 1), (12, 4, 2)])
def test_jobs_are_the_processes_of_the_server(jobs: int, connections: int, helpers: int, rows: Target) -> None:
    """A connection is one; more than four make those of one connection help each other."""
    with one_moment(rows, Options(jobs=jobs)) as moment:
        said = [setting(connection, "max_parallel_workers_per_gather") for connection in moment.connections]

    assert said == [str(helpers)] * connections


def test_orphans_of_a_type_that_has_no_least_value_are_found_in_its_index(
    rows: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """uuid sorts, and has neither min() nor max()."""
    monkeypatch.setattr(planning, "LEAST_ROWS", 10)
    execute(
        rows, "CREATE TABLE owners (id uuid PRIMARY KEY);"
        "INSERT INTO owners VALUES (repeat('3', 32)::uuid), (repeat('6', 32)::uuid);"
        "CREATE TABLE owned (id integer PRIMARY KEY, owner uuid REFERENCES owners); CREATE INDEX ON owned (owner);"
        "INSERT INTO owned SELECT n, repeat('3', 32)::uuid FROM generate_series(1, 100) AS n; ANALYZE",
        "SET session_replication_role = replica;"
        "INSERT INTO owned SELECT -n, repeat(n::text, 32)::uuid FROM generate_series(1, 9) AS n",
    )  # fmt: skip

    assert found(results(rows, "orphans")) == {"orphans": 7}


def test_doubles_in_what_is_referred_to_do_not_multiply(rows: Target) -> None:
    execute(
        rows, "ALTER TABLE users DROP CONSTRAINT users_pkey CASCADE; INSERT INTO users SELECT id, email || 'x', username || 'x',"
        " hashed_password || '', NULL FROM users; UPDATE nft_items SET creator_id = 'ghost' WHERE id = 'i01a'",
    )  # fmt: skip

    of = results(rows, *LINKS, "missing-foreign-keys", "tables-without-primary-key")

    assert found(of) == {"creator-links": 1, "missing-foreign-keys": 4, "tables-without-primary-key": 1}


def test_enum_is_compared_by_its_values_alone(rows: Target) -> None:
    execute(
        rows, "CREATE TYPE status AS ENUM ('trial', 'active', 'odd'); ALTER TABLE subscriptions DROP CONSTRAINT"
        " ck_subscriptions_status, ALTER COLUMN status DROP DEFAULT, ALTER COLUMN status TYPE status USING status::status;"
        "UPDATE subscriptions SET status = 'odd' WHERE id = 's01'",
    )  # fmt: skip

    of = results(rows, "unknown-status", "model-lengths", "model-values")

    assert found(of) == {"unknown-status": 1, "model-values": 1}


def test_keys_of_a_partition_alone_and_to_the_wrong_table_are_looked_at(rows: Target) -> None:
    execute(
        rows, "ALTER TABLE parts_1 ADD FOREIGN KEY (id) REFERENCES reports; ALTER TABLE trades DROP CONSTRAINT"
        " trades_user_id_fkey, ADD FOREIGN KEY (user_id) REFERENCES subscriptions (id) NOT VALID",
        "SET session_replication_role = replica; INSERT INTO parts_1 VALUES (7, '2026-02-01', 'u01');"
        " UPDATE trades SET user_id = 's01'; UPDATE trades SET user_id = 'u02' WHERE id = 't02'",
    )  # fmt: skip

    of = results(rows, "orphans", "tables-without-primary-key", options=Options(samples=50))

    assert found(of) == {"orphans": 1 + 39 + 1}
    assert {finding.table for finding in of["orphans"].samples} == {"parts_1", "trades"}


@pytest.mark.parametrize("installation", installations(), ids=lambda item: f"PostgreSQL {item.version}")
def test_every_version_finds_all(installation: Installation, worker_folder: Path) -> None:
    scenes = [scene for scene in SCENES if installation.version >= 17 or scene.check != NOT_BEFORE_17]
    with running_server(installation, worker_folder / f"checks-{installation.version}") as server:
        target = server.with_database("checked")
        execute(server, "CREATE DATABASE checked")
        upgrade(target, migrations_folder())
        execute(target, ROWS + "ANALYZE;" + OPEN + "".join(scene.plant for scene in scenes))
        of = found(results(target, environment=Environment.staging))

    assert {scene.check: of.get(scene.check, 0) for scene in scenes} == {scene.check: scene.count for scene in scenes}
    assert set(of) - {scene.check for scene in scenes} == {"superuser-role"}


@pytest.mark.skipif(installations()[0].version < 18, reason="NOT ENFORCED and PERIOD came with PostgreSQL 18")
def test_keys_of_version_18_are_looked_at(rows: Target) -> None:
    execute(
        rows, "CREATE TABLE a (id integer PRIMARY KEY); CREATE TABLE b (id integer PRIMARY KEY REFERENCES a NOT ENFORCED);"
        "INSERT INTO b VALUES (1); CREATE TABLE p (id int4range, valid daterange, PRIMARY KEY (id, valid WITHOUT OVERLAPS));"
        "INSERT INTO p VALUES ('[1,1]', '[2026-01-01,2026-02-01)'), ('[1,1]', '[2026-02-01,2026-03-01)');"
        "CREATE TABLE c (id int4range, valid daterange, PRIMARY KEY (id, valid WITHOUT OVERLAPS),"
        " FOREIGN KEY (id, PERIOD valid) REFERENCES p (id, PERIOD valid));"
        "INSERT INTO c VALUES ('[1,1]', '[2026-01-15,2026-02-15)');"
        "SET session_replication_role = replica; INSERT INTO c VALUES ('[1,1]', '[2026-02-20,2026-03-15)')",
    )  # fmt: skip

    of = results(rows, "orphans", "unenforced-foreign-keys", "unvalidated-foreign-keys")

    assert found(of) == {"orphans": 2, "unenforced-foreign-keys": 1}
    assert {finding.table for finding in of["orphans"].samples} == {"b", "c"}


def test_suggested_sql_mends_what_it_says(rows: Target) -> None:
    execute(rows, OPEN, "".join(scene.plant for scene in SCENES if scene.check in _MENDED))
    of = results(rows, *_MENDED, options=Options(samples=100))
    assert set(found(of)) == set(_MENDED)

    with session(rows) as connection, connection.cursor() as cursor:
        for result in of.values():
            for finding in result.samples:
                for text in finding.sql.partition(" --")[0].split(";"):
                    if text.strip():
                        cursor.execute(text)

    assert found(results(rows, *_MENDED)) == {}


_MENDED = (
    "users-without-subscription", "users-without-booth", "active-listings", "unknown-status",
    "unknown-theme",
    "negative-counters", "profit-amount", "profit-percentage", "millisecond-times", "updated-before-created", "attributes-form",
    "invalid-indexes", "doubled-indexes", "overlapping-indexes", "model-lengths", "model-unique", "public-rights",
    "shared-password-hashes",
)  # fmt: skip


def test_nothing_is_left_on_the_server(rows: Target) -> None:
    before = fetch(rows, "SELECT relname, relpages FROM pg_class ORDER BY 1")
    results(rows)

    ours = "SELECT FROM pg_stat_activity WHERE application_name = 'alphanest check' AND datname = current_database()"
    wait_until(lambda: not fetch(rows, ours))  # a server process ends a moment after its connection
    assert fetch(rows, "SELECT relname, relpages FROM pg_class ORDER BY 1") == before
    with session(rows) as connection, connection.cursor() as cursor:
        cursor.execute(statement("SELECT 1 FROM {}", name("users")))
