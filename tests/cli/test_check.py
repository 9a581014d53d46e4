"""`alphanest db check`: pending migrations, models against migrations, and drift."""

import dataclasses
from pathlib import Path

from alphanest_db.database.target import Target
from alphanest_db.schema.authoring.create import create_revision
from alphanest_db.schema.runs import downgrade, upgrade
from tests.authoring_scenes import Project, model
from tests.conftest import On
from tests.servers import execute

IGNORE = '[[drift]]\nobject = "view public.report"\nreason = "the accountants"\nexpires = {day}\n'


def test_each_part_exits_with_1_and_a_clean_database_with_0(empty_database: Target, tmp_path: Path, on: On) -> None:
    project = Project(tmp_path / "project", model())
    create_revision(project.folder, "base", target=empty_database)
    upgrade(empty_database, project.folder)
    check, environ = on(empty_database), {"ALPHANEST_MIGRATIONS": str(project.folder)}

    clean = check("db", "check", "--output", "json", **environ)
    assert (clean.code, clean.json["differences"], clean.json["drift"]["drifts"], clean.json["skipped"]) == (
        0,
        [],
        [],
        [],
    )
    assert set(clean.json) == {"database", "pending", "differences", "compared", "drift", "skipped"}

    project.become(model('Column("a", Integer)'))
    models = check("db", "check", "--output", "json", **environ)
    assert (models.code, [item["object"] for item in models.json["differences"]]) == (1, ["a"])

    create_revision(project.folder, "a", target=empty_database)
    pending = check("db", "check", "--output", "json", **environ)
    assert (pending.code, len(pending.json["pending"]), pending.json["differences"]) == (1, 1, [])

    upgrade(empty_database, project.folder)
    execute(empty_database, "ALTER TABLE t DROP COLUMN a")
    drift = check("db", "check", **environ)
    assert drift.code == 1
    assert drift.out.splitlines()[0].endswith(
        ": no migration is pending, models and migrations agree, 1 object drifted"
    )
    assert "column public.t.a" in drift.out


def test_drift_is_found_where_migrations_are_pending(database: Target, on: On) -> None:
    downgrade(database, Path("migrations"), "-1")
    execute(database, "CREATE VIEW report AS SELECT 1 AS one")

    result = on(database)("db", "check", "--output", "csv")

    rows = [line.split(",") for line in result.out.splitlines()]
    assert (result.code, [row[0] for row in rows]) == (1, ["check", "pending", "drift"])


def test_ignore_file_covers_drift_and_is_reported_where_it_is_stale(database: Target, on: On) -> None:
    execute(database, "CREATE VIEW report AS SELECT 1 AS one")
    program = on(database)
    (program.folder / "alphanest-ignore.toml").write_text(IGNORE.format(day="2999-01-01"))
    (program.folder / "old.toml").write_text(IGNORE.format(day="2020-01-01"))

    ignored = program("db", "check", "--output", "json")
    expired = program("db", "check", "--ignore-file", "old.toml")

    assert (ignored.code, len(ignored.json["drift"]["ignored"])) == (0, 1)
    assert (expired.code, "remove it from the ignore file: it has expired" in expired.out) == (1, True)


def test_without_drift_the_models_are_compared_with_the_database(database: Target, on: On) -> None:
    execute(database, "ALTER TABLE users DROP COLUMN avatar", "CREATE VIEW report AS SELECT 1 AS one")

    result = on(database)("db", "check", "--no-drift", "--output", "json")

    assert (result.code, [item["object"] for item in result.json["differences"]]) == (1, ["avatar"])
    assert (result.json["drift"], result.json["skipped"]) == (
        None, [{"part": "drift", "reason": "--no-drift was given"}],
    )  # fmt: skip


def test_drift_that_cannot_be_looked_for_is_skipped_with_the_reason(database: Target, on: On) -> None:
    role = f"blind_{database.database}"
    execute(database, f"CREATE ROLE {role} LOGIN CREATEDB PASSWORD 'x'", f"GRANT SELECT ON alembic_version TO {role}")
    try:
        result = on(dataclasses.replace(database, user=role, password="x"))("db", "check")
    finally:
        execute(database, f"DROP OWNED BY {role}", f"DROP ROLE {role}")

    assert result.code == 0, result.err
    assert result.out.splitlines()[0].endswith(": no migration is pending, models and database agree")
    assert "skipped: drift: the schema cannot be read: permission denied for table" in result.out


def test_a_look_for_pending_migrations_looks_for_nothing_else(database: Target, on: On) -> None:
    execute(database, "CREATE VIEW report AS SELECT 1 AS one")

    result = on(database)("db", "check", "--pending", "--output", "json")

    assert result.json == {
        "database": database.database, "pending": [], "differences": [], "compared": False, "drift": None, "skipped": [],
    }  # fmt: skip
    assert result.code == 0
