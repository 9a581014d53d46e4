"""What the plan says of an upgrade, and whether it is what then happens."""

import os
import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alphanest_db.database.target import Target
from alphanest_db.schema.location import migrations_folder
from alphanest_db.schema.observing.documented import documented_locks
from alphanest_db.schema.observing.modes import LockMode
from alphanest_db.schema.observing.snapshot import Relation
from alphanest_db.schema.planning import plan as planning
from alphanest_db.schema.planning.model import Level, PlannedStatement, SchemaOrigin, SchemaPlan
from alphanest_db.schema.planning.plan import plan_upgrade
from alphanest_db.schema.planning.squawk import NOT_INSTALLED
from alphanest_db.schema.planning.weighing import Weight, lock_level
from alphanest_db.schema.revisions import read_revisions
from alphanest_db.schema.runs import upgrade
from tests.conftest import On, Result, new_database
from tests.revisions30.reality import Reality, watching
from tests.servers import execute, fetch

REVISIONS30 = Path(__file__).parent.parent / "revisions30"
ROWS = """
INSERT INTO customers SELECT n, n || '@example.com', 'name', n, 'note', 'happy' FROM generate_series(1, 3000) n;
INSERT INTO orders SELECT n, n % 3000 + 1, n, '2026-01-01', NULL FROM generate_series(1, 3000) n;
INSERT INTO payments SELECT n, n, 'ref ' || n FROM generate_series(1, 3000) n;
INSERT INTO leftovers SELECT generate_series(1, 100);
INSERT INTO events SELECT n, '2024-06-01' FROM generate_series(1, 1000) n;
INSERT INTO events_2026 SELECT n, '2026-06-01' FROM generate_series(1, 1000) n;
REFRESH MATERIALIZED VIEW order_totals;
"""


def plan_of(target: Target, folder: Path, home: Path, revision: str = "head") -> SchemaPlan:
    return plan_upgrade(target, folder, home, os.environ, revision)


@pytest.fixture
def live(any_server: Target) -> Iterator[Target]:
    """A database in use, on a server of each version, as the 30 revisions find it."""
    with new_database(any_server, "template0") as target:
        fill(target)
        yield target


@pytest.fixture
def shop(empty_database: Target) -> Target:
    """The same on the server of this test session."""
    fill(empty_database)
    return empty_database


def fill(target: Target) -> None:
    upgrade(target, REVISIONS30, "r00")
    execute(target, ROWS, "ANALYZE")


def revision_file(folder: Path, body: str) -> Path:
    """Migrations of one revision that runs the body."""
    versions = folder / "own" / "versions"
    versions.mkdir(parents=True)
    (folder / "own" / "env.py").write_text((REVISIONS30 / "env.py").read_text())
    head = 'from alembic import op\n\nrevision = "own"\ndown_revision = None\n\n\ndef upgrade():\n    '
    (versions / "own.py").write_text(head + body)
    return folder / "own"


def statements_of(plan: SchemaPlan, revision: str) -> tuple[PlannedStatement, ...]:
    return next(item.statements for item in plan.revisions if item.revision == revision)


def works(plan: SchemaPlan, revision: str) -> list[tuple[str, bool, bool]]:
    """Per statement and table whether it is rewritten and read."""
    return [(e.table, e.rewritten, e.scanned) for s in statements_of(plan, revision) for e in s.tables]


def planned(plan: SchemaPlan) -> dict[str, Reality]:
    """The plan in the words of what is observed."""
    found = {}
    for revision in plan.revisions:
        seen = found[revision.revision] = Reality()
        effects = [
            e for statement in revision.statements for e in statement.tables if not e.is_new and e.kind != "index"
        ]
        for effect in sorted(effects, key=lambda e: e.held.strength if e.held else -1):
            if effect.rewritten:
                seen.rewritten.add(effect.table)
            if effect.held:
                seen.locks[effect.table] = effect.held.title().replace(" ", "") + "Lock"
    return found


def test_thirty_revisions_do_on_a_database_in_use_what_the_plan_said(live: Target, tmp_path: Path) -> None:
    said = planned(plan_of(live, REVISIONS30, tmp_path))

    happened = {}
    for revision in read_revisions(REVISIONS30).revisions[1:]:
        with watching(live) as seen:
            upgrade(live, REVISIONS30, revision.id)
        happened[revision.id] = seen

    assert len(happened) == 30
    assert said == happened


def test_plan_tells_what_is_read_as_a_whole_and_what_is_not(shop: Target, tmp_path: Path) -> None:
    plan = plan_of(shop, REVISIONS30, tmp_path, "r16")

    assert works(plan, "r01") == [("customers", False, False)]
    assert works(plan, "r03") == [("customers", True, True)]
    assert works(plan, "r07") == [("customers", False, True)]
    assert ("orders", False, True) in works(plan, "r08")
    assert works(plan, "r09") == [("orders", False, False), ("payments", False, False)]
    assert works(plan, "r12") == [("payments", False, True)]
    assert [s.in_transaction for s in statements_of(plan, "r15")] == [False, False]
    assert works(plan, "r16") == [("orders", False, False), ("orders", False, True)]


def test_plan_weighs_by_the_live_table_and_lets_go_of_its_scratch_database(shop: Target, tmp_path: Path) -> None:
    plan = plan_of(shop, REVISIONS30, tmp_path, "r05")

    (statement,) = statements_of(plan, "r05")
    live = statement.tables[0].live
    assert live is not None
    assert (live.table, live.rows, live.size_bytes > 100_000, live.writes_per_second > 0) == (
        "customers",
        3000,
        True,
        True,
    )
    assert ("changing-column-type", Level.info) in [(f.rule, f.level) for f in statement.findings]
    assert (plan.level, plan.origin, plan.notes) == (Level.info, SchemaOrigin.live_schema, ())
    assert fetch(shop, "SELECT version_num FROM alembic_version") == [("r00",)]
    assert fetch(shop, "SELECT count(*) FROM pg_database WHERE datname LIKE 'alphanest_scratch%'") == [(0,)]


def test_what_the_same_plan_makes_is_new_and_no_concern(empty_database: Target, tmp_path: Path) -> None:
    plan = plan_of(empty_database, migrations_folder(), tmp_path, "d9a4")

    effects = [effect for statement in plan.revisions[0].statements for effect in statement.tables]
    assert {effect.table for effect in effects} >= {"users", "trades"}
    assert {(effect.is_new, effect.live, effect.level) for effect in effects} == {(True, None, Level.none)}


def test_a_view_made_by_hand_that_stops_a_revision_is_told_before(shop: Target, tmp_path: Path) -> None:
    execute(shop, "CREATE VIEW codes AS SELECT code FROM customers")

    plan = plan_of(shop, REVISIONS30, tmp_path)

    assert [revision.revision for revision in plan.revisions] == ["r01", "r02", "r03", "r04", "r05"]
    assert plan.revisions[-1].error == (
        "a migration failed: cannot alter type of a column used by a view or rule: "
        "ALTER TABLE customers ALTER COLUMN code TYPE BIGINT"
    )
    assert plan.level is Level.error


def test_what_holds_for_the_whole_server_is_not_run(empty_database: Target, tmp_path: Path) -> None:
    role = f"made_{secrets.token_hex(4)}"
    folder = revision_file(tmp_path, f'op.execute("CREATE ROLE {role}")\n    op.execute("CREATE TABLE t (id int)")\n')

    plan = plan_of(empty_database, folder, tmp_path)

    assert fetch(empty_database, f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'") == []
    assert plan.notes == (
        f"not run, because it holds for the whole server and not for one database: CREATE ROLE {role}",
    )
    assert [statement.sql for statement in statements_of(plan, "own")] == ["CREATE TABLE t (id int)"]


def test_role_that_cannot_dump_gets_a_plan_made_of_the_migrations(shop: Target, tmp_path: Path) -> None:
    role = f"planner_{secrets.token_hex(4)}"
    execute(shop, f"CREATE ROLE {role} LOGIN CREATEDB PASSWORD 'p'", f"GRANT SELECT ON alembic_version TO {role}")
    try:
        plan = plan_of(replace(shop, user=role, password="p"), REVISIONS30, tmp_path, "+1")
    finally:
        execute(shop, f"DROP OWNED BY {role}", f"DROP ROLE {role}")

    assert (plan.origin, len(plan.notes)) == (SchemaOrigin.migrations, 1)
    assert plan.notes[0].startswith(
        "the live schema could not be copied, so the migrations stand in for it: pg_dump failed"
    )
    assert works(plan, "r01") == [("customers", False, False)]


def test_without_squawk_the_plan_says_so(shop: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "find_squawk", lambda: None)

    plan = plan_of(shop, REVISIONS30, tmp_path, "+1")

    assert plan.notes == (NOT_INSTALLED,)


@pytest.mark.parametrize(
    ("mode", "size_bytes", "rows", "writes_per_second", "level"),
    [
        (LockMode.access_exclusive, 8192, 40, 1.0, Level.info),
        (LockMode.access_exclusive, 8192, 40, 500.0, Level.warning),
        (LockMode.access_exclusive, 20 * 1024**2, 1000, 1.0, Level.warning),
        (LockMode.access_exclusive, 0, 20_000_000, 1.0, Level.error),
        (LockMode.access_exclusive, 80 * 1024**3, 400_000_000, 0.0, Level.error),
        (LockMode.share, 80 * 1024**3, 400_000_000, 1.0, Level.error),
        (LockMode.share, 80 * 1024**3, 400_000_000, 0.0, Level.warning),
        (LockMode.share_update_exclusive, 80 * 1024**3, 400_000_000, 500.0, Level.none),
        (LockMode.row_exclusive, 80 * 1024**3, 400_000_000, 1.0, Level.warning),
        (LockMode.access_share, 80 * 1024**3, 400_000_000, 1.0, Level.none),
    ],
)
def test_level_grows_with_the_table(
    mode: LockMode, size_bytes: int, rows: int, writes_per_second: float, level: Level
) -> None:
    assert lock_level(mode, Weight(size_bytes, rows), writes_per_second) is level


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        (
            'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ix ON ONLY public."users" (a)',
            LockMode.share_update_exclusive,
        ),
        ("DROP INDEX CONCURRENTLY IF EXISTS ix_users", LockMode.share_update_exclusive),
        ("REINDEX TABLE CONCURRENTLY users", LockMode.share_update_exclusive),
        ("VACUUM (FULL, ANALYZE) users", LockMode.access_exclusive),
        ("VACUUM FULL users", LockMode.access_exclusive),
        ("vacuum users", LockMode.share_update_exclusive),
    ],
)
def test_what_cannot_be_watched_is_in_the_manual(text: str, mode: LockMode) -> None:
    users = Relation(7, "public", "users", "table", 1, 0, 0)
    index = Relation(8, "public", "ix_users", "index", 2, 7, 0)

    assert [(lock.oid, lock.mode) for lock in documented_locks(text, {7: users, 8: index})] == [(7, mode)]


def run_plan(on: On, shop: Target, *arguments: str) -> Result:
    """The command with the set of 30 revisions."""
    return on(shop)("db", "plan", *arguments, ALPHANEST_MIGRATIONS=str(REVISIONS30))


def test_command_answers_as_table_json_and_markdown(shop: Target, on: On) -> None:
    table, as_json, markdown = (run_plan(on, shop, "r03", "--output", form) for form in ("table", "json", "markdown"))

    assert [table.code, as_json.code, markdown.code] == [0, 0, 0]
    assert table.out.splitlines()[0].startswith(f"{shop.database} (PostgreSQL ")
    assert [item["revision"] for item in as_json.json["revisions"]] == ["r01", "r02", "r03"]
    assert "| ALTER TABLE customers ADD COLUMN phone TEXT | customers | ACCESS EXCLUSIVE |" in markdown.out


@pytest.mark.parametrize(("level", "code"), [("info", 1), ("warning", 0)])
def test_command_fails_from_the_chosen_level_on(level: str, code: int, shop: Target, on: On) -> None:
    assert run_plan(on, shop, "+1", "--fail-on", level).code == code


def test_nothing_pending_is_said(shop: Target, on: On) -> None:
    result = run_plan(on, shop, "r00", "--fail-on", "info")

    assert (result.code, result.out) == (0, f"{shop.database} is at r00: nothing is pending\n")
