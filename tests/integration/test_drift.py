"""Drift: every kind of difference is found, and nothing else is."""

import dataclasses
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from alphanest_db.database.scratch import PREFIX
from alphanest_db.database.target import Target
from alphanest_db.errors import DatabaseAhead, Refused
from alphanest_db.programs.psql import run_psql
from alphanest_db.schema.drift.compare import Schema
from alphanest_db.schema.drift.find import find_drift
from alphanest_db.schema.drift.ignores import apply_ignores
from alphanest_db.schema.drift.model import Drift, DriftKind, DriftLevel, DriftReport, Ignore
from alphanest_db.schema.drift.script import repair_script
from alphanest_db.schema.location import migrations_folder
from alphanest_db.schema.revisions import read_revisions
from alphanest_db.schema.runs import upgrade
from tests.conftest import On, new_database
from tests.drift_scenes import APART, CASES, ROLES, SCHEMA, Case, drifts_of, labels, read
from tests.servers import execute, fetch

FOLDER = migrations_folder()
REVISIONS = [revision.id for revision in read_revisions(FOLDER).revisions]
TODAY = datetime.now(UTC).date()
BASE = "drift_base"
TOGETHER = [case for case in CASES if case.name not in APART]


@pytest.fixture(scope="module")
def expected(server: Target) -> Iterator[Schema]:
    """The schema with something of everything, in a database to copy."""
    execute(server, ROLES, f"DROP DATABASE IF EXISTS {BASE}", f"CREATE DATABASE {BASE} TEMPLATE template0")
    execute(server.with_database(BASE), SCHEMA)
    yield read(server.with_database(BASE))
    execute(server, f"DROP DATABASE {BASE} WITH (FORCE)")


def find(target: Target, home: Path = Path("unused")) -> DriftReport:
    """The report on a database of the project's own migrations."""
    return find_drift(target, FOLDER, home, {}, today=TODAY)


@pytest.fixture(scope="module")
def drifts_together(server: Target, expected: Schema) -> list[Drift]:
    """What is found where every kind of drift that can stand beside the others is there at once."""
    with new_database(server, BASE) as target:
        execute(target, *(case.change for case in TOGETHER))
        return drifts_of(target, expected)


@pytest.mark.parametrize("case", TOGETHER, ids=lambda case: case.name)
def test_each_kind_is_found(case: Case, drifts_together: list[Drift]) -> None:
    found = [drift for drift in drifts_together if set(labels([drift])) <= set(case.found)]

    assert labels(found) == sorted(case.found)
    assert all(drift.sql for drift in found) == case.repairable


def test_nothing_but_the_kinds_is_found(drifts_together: list[Drift]) -> None:
    assert labels(drifts_together) == sorted({label for case in TOGETHER for label in case.found})


@pytest.mark.parametrize("case", [case for case in CASES if case.name in APART], ids=lambda case: case.name)
def test_kind_that_would_hide_another_is_found_and_nothing_else(case: Case, server: Target, expected: Schema) -> None:
    with new_database(server, BASE) as target:
        execute(target, case.change)
        drifts = drifts_of(target, expected)

    assert labels(drifts) == sorted(case.found)
    assert all(drift.sql for drift in drifts) == case.repairable


def test_every_version_finds_all_and_the_script_sets_right_what_is_certain(any_server: Target, tmp_path: Path) -> None:
    execute(any_server, ROLES)
    with new_database(any_server, "template0") as clean, new_database(any_server, "template0") as target:
        execute(clean, SCHEMA)
        expected = read(clean)
        execute(target, SCHEMA)
        assert drifts_of(target, expected) == []

        execute(target, *(case.change for case in TOGETHER))
        drifts = drifts_of(target, expected)
        assert set(labels(drifts)) == {label for case in TOGETHER for label in case.found}

        script = tmp_path / "repair.sql"
        script.write_text(repair_script(DriftReport("drifted", (), tuple(drifts), (), (), ())))
        run_psql(target, {}, file=script)
        left = {label for case in TOGETHER if not case.repairable for label in case.found}
        assert set(labels(drifts_of(target, expected))) <= left


@pytest.mark.parametrize("revision", REVISIONS)
def test_database_at_any_revision_is_clean(revision: str, empty_database: Target) -> None:
    upgrade(empty_database, FOLDER, revision)

    report = find(empty_database)

    assert (report.revisions, report.drifts, report.is_clean) == ((revision,), (), True)


def test_what_a_restore_writes_in_other_words_is_no_drift(database: Target) -> None:
    words = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'ck_subscriptions_status'"
    before = fetch(database, words)
    execute(
        database, """DO $$ DECLARE c record; BEGIN
            FOR c IN SELECT conrelid::regclass AS t, conname AS n, pg_get_constraintdef(oid) AS d FROM pg_constraint
                WHERE contype = 'c' AND conrelid <> 0
            LOOP EXECUTE format('ALTER TABLE %1$s DROP CONSTRAINT %2$I, ADD CONSTRAINT %2$I %3$s', c.t, c.n, c.d); END LOOP;
        END $$""",
    )  # fmt: skip

    assert fetch(database, words) != before
    assert find(database).drifts == ()


def test_owner_alone_is_no_drift(database: Target) -> None:
    execute(
        database, ROLES, "ALTER TABLE trades OWNER TO drift_reader", "ALTER SCHEMA public OWNER TO drift_reader",
        f"ALTER DATABASE {database.database} OWNER TO drift_reader",
    )  # fmt: skip
    assert find(database).drifts == ()
    execute(database, f"REASSIGN OWNED BY drift_reader TO {database.user}")


def test_extensions_and_what_belongs_to_them_are_left_out(database: Target) -> None:
    available = {row[0] for row in fetch(database, "SELECT name FROM pg_available_extensions")}
    extension = next((name for name in ("vector", "hstore", "citext") if name in available), None)
    if extension is None:
        pytest.skip("this server has no extension to try")
    execute(
        database, ROLES, f"CREATE EXTENSION {extension}", f"COMMENT ON EXTENSION {extension} IS 'x'",
        f"GRANT USAGE ON TYPE {extension} TO drift_reader",
    )  # fmt: skip

    assert find(database).drifts == ()


def test_dirty_rows_leave_info_that_says_what_to_do(deployed_database: Target) -> None:
    upgrade(deployed_database, FOLDER)

    report = find(deployed_database)

    assert [(drift.kind, drift.level, drift.name, drift.sql) for drift in report.drifts] == [
        (
            DriftKind.changed, DriftLevel.info, "ck_nft_items_price",
            "ALTER TABLE public.nft_items VALIDATE CONSTRAINT ck_nft_items_price;",
        ),
        (
            DriftKind.changed, DriftLevel.info, "ck_subscriptions_status",
            "ALTER TABLE public.subscriptions VALIDATE CONSTRAINT ck_subscriptions_status;",
        ),
    ]  # fmt: skip
    assert "old rows" in report.drifts[0].meaning


def test_empty_database_is_clean_and_says_why(empty_database: Target) -> None:
    report = find(empty_database)

    assert (report.is_clean, report.notes) == (True, ("the database is empty",))


def test_tables_without_a_revision_are_extra_with_the_advice(empty_database: Target) -> None:
    execute(empty_database, "CREATE TABLE left_over (id int)")

    report = find(empty_database)

    assert labels(list(report.drifts)) == ["extra table public.left_over"]
    assert "alphanest db stamp" in report.notes[0]


def test_database_ahead_is_refused(database: Target) -> None:
    execute(database, "UPDATE alembic_version SET version_num = 'fffffffffff1'")

    with pytest.raises(DatabaseAhead):
        find(database)


def test_scratch_database_is_gone_afterwards(database: Target) -> None:
    find(database)

    names = [str(row[0]) for row in fetch(database, "SELECT datname FROM pg_database")]
    assert not [name for name in names if name.startswith(PREFIX) and not name.endswith(("_00", "_01"))]


def test_role_without_createdb_compares_on_the_embedded_server(database: Target, on: On) -> None:
    secret, role = "s3cr/t@:%", f"plain_{database.database}"
    execute(
        database,
        f"CREATE ROLE {role} LOGIN PASSWORD '{secret}'",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
    )
    plain = dataclasses.replace(database, user=role, password=secret)
    program = on(plain)
    try:
        result = program("db", "drift", "--output", "json")
    finally:
        program("server", "stop")
        execute(database, f"DROP OWNED BY {role}", f"DROP ROLE {role}")

    assert result.code == 1, result.err
    assert {drift["object_type"] for drift in result.json["drifts"]} == {"grant"}
    assert "embedded PostgreSQL" in result.json["notes"][0]
    assert secret not in result.out + result.err


def test_role_that_may_not_read_a_table_is_told_so(database: Target) -> None:
    role = f"blind_{database.database}"
    execute(database, f"CREATE ROLE {role} LOGIN CREATEDB PASSWORD 'x'", f"GRANT SELECT ON alembic_version TO {role}")
    try:
        with pytest.raises(Refused, match="permission denied for table"):
            find(dataclasses.replace(database, user=role, password="x"))
    finally:
        execute(database, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


@pytest.mark.parametrize("odd", ["dbname=postgres", "postgresql://other/x", "a \"b' c"])
def test_name_of_a_database_is_never_a_connection_string(odd: str, server: Target) -> None:
    target = server.with_database(odd)
    quoted = odd.replace('"', '""')
    execute(server, f'CREATE DATABASE "{quoted}" TEMPLATE template0')
    try:
        execute(target, "CREATE TABLE here (id int)")
        assert labels(list(find(target).drifts)) == ["extra table public.here"]
    finally:
        execute(server, f'DROP DATABASE "{quoted}" WITH (FORCE)')


def test_expired_ignores_and_unused_ones_are_reported(database: Target) -> None:
    execute(database, "CREATE VIEW report AS SELECT 1 AS one", "CREATE VIEW other AS SELECT 1 AS one")
    ignores = (
        Ignore("view public.rep*", "the accountants", TODAY),
        Ignore("view public.other", "too old", date(2020, 1, 1)),
        Ignore("table *", "never there", TODAY),
    )

    left, ignored, stale = apply_ignores(find(database).drifts, ignores, TODAY)

    assert labels(list(left)) == ["extra view public.other"]
    assert [(item.drift.name, item.reason) for item in ignored] == [("report", "the accountants")]
    assert [(item.object, item.problem) for item in stale] == [
        ("view public.other", "it has expired"), ("table *", "no drift fits it"),
    ]  # fmt: skip


def test_command_exits_with_1_on_drift_and_0_where_it_is_ignored(database: Target, on: On) -> None:
    execute(database, "CREATE VIEW report AS SELECT 1 AS one")
    program = on(database)

    assert program("db", "drift").code == 1
    (program.folder / "alphanest-ignore.toml").write_text(
        '[[drift]]\nobject = "view public.report"\nreason = "the accountants"\nexpires = 2999-01-01\n'
    )
    result = program("db", "drift")

    assert (result.code, "ignored until 2999-01-01: view public.report (the accountants)" in result.out) == (0, True)


def test_script_of_the_command_leaves_a_clean_database(database: Target, on: On) -> None:
    execute(
        database, "DROP INDEX ix_trades_user_id", "ALTER TABLE trades DISABLE TRIGGER ALL",
        'CREATE FUNCTION "line\nbreak; DROP TABLE users; --"() RETURNS int LANGUAGE sql AS \'SELECT 1\'',
        "ALTER TABLE users ALTER email DROP NOT NULL", "CREATE VIEW report AS SELECT 'a;\nb' AS one",
    )  # fmt: skip
    program = on(database)
    script = program("db", "drift", "--sql")
    file = program.folder / "repair.sql"
    file.write_text(script.out)

    repaired = program("db", "shell", "-f", str(file))

    assert (script.code, repaired.code) == (1, 0), script.err + repaired.err
    assert find(database).drifts == ()


def test_secret_in_a_function_is_not_shown(database: Target, on: On) -> None:
    execute(database, "CREATE FUNCTION leak() RETURNS text LANGUAGE sql AS 'SELECT ''password=hush-hush'''")

    result = on(database)("db", "drift", "--output", "json")

    assert ("hush-hush" in result.out + result.err, result.code) == (False, 1)
