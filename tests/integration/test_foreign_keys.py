"""Foreign keys are read as declared, and rows that violate them are found whatever PostgreSQL says of the key."""

import pytest

from alphanest_db.database.connect import session
from alphanest_db.database.foreign_keys import Violation, find_violations, read_foreign_keys
from alphanest_db.database.target import Target
from tests.conftest import new_database
from tests.servers import execute, fetch

# Each key has one good row and orphans that no trigger saw.
SCENE = (
    'CREATE SCHEMA "odd ""schema%"',
    'CREATE TABLE "odd ""schema%"."par%ent" (a int, "b %s" text, PRIMARY KEY (a, "b %s"))',
    """CREATE TABLE child (id int PRIMARY KEY, a int, b text,
        CONSTRAINT simple FOREIGN KEY (a, b) REFERENCES "odd ""schema%"."par%ent" ON DELETE CASCADE)""",
    """CREATE TABLE strict (id int PRIMARY KEY, a int, b text,
        CONSTRAINT full_match FOREIGN KEY (a, b) REFERENCES "odd ""schema%"."par%ent" MATCH FULL)""",
    "CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id)",
    "CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10)",
    "CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20)",
    """CREATE TABLE events (day int, part bigint, CONSTRAINT to_parts FOREIGN KEY (part) REFERENCES parts)
        PARTITION BY RANGE (day)""",
    "CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10)",
    "CREATE TABLE tree (id int PRIMARY KEY, up int CONSTRAINT itself REFERENCES tree)",
    "SET session_replication_role = replica",
)
ROWS = (
    """INSERT INTO "odd ""schema%"."par%ent" VALUES (1, 'x')""",
    "INSERT INTO child VALUES (1, 1, 'x'), (2, 1, NULL), (3, 1, 'y'), (4, 2, 'x')",
    "INSERT INTO strict VALUES (1, 1, 'x'), (2, NULL, NULL), (3, 1, NULL), (4, 2, 'x')",
    "INSERT INTO parts VALUES (1), (11)",
    "INSERT INTO events VALUES (1, 1), (2, 11), (3, 12)",
    "INSERT INTO tree VALUES (1, NULL), (2, 1), (3, 99)",
)


def violations(target: Target) -> list[Violation]:
    with session(target) as connection:
        return list(find_violations(connection, read_foreign_keys(connection)))


def test_orphans_of_every_kind_of_key_are_found(any_server: Target) -> None:
    with new_database(any_server, "template0") as target:
        execute_together(target, *SCENE, *ROWS)
        found = violations(target)

    parent = 'odd "schema%.par%ent'
    assert found == [
        Violation(
            "public", "child", "simple", parent, 2, ({"id": "3", "a": "1", "b": "y"}, {"id": "4", "a": "2", "b": "x"})
        ),
        Violation("public", "events", "to_parts", "public.parts", 1, ({"part": "12"},)),
        Violation(
            "public", "strict", "full_match", parent, 2,
            ({"id": "3", "a": "1", "b": None}, {"id": "4", "a": "2", "b": "x"}),
        ),
        Violation("public", "tree", "itself", "public.tree", 1, ({"id": "3", "up": "99"},)),
    ]  # fmt: skip


def test_keys_are_read_with_what_holds_for_them(any_server: Target) -> None:
    with new_database(any_server, "template0") as target:
        execute(target, *SCENE[:-1], "ALTER TABLE events_1 DISABLE TRIGGER ALL")
        execute(target, "ALTER TABLE tree ADD CONSTRAINT late FOREIGN KEY (up) REFERENCES tree NOT VALID")
        with session(target) as connection:
            keys = {key.name: key for key in read_foreign_keys(connection)}

    assert list(keys) == ["simple", "to_parts", "full_match", "itself", "late"]
    assert {(key.match, key.on_delete) for key in keys.values()} == {
        ("simple", "cascade"), ("full", "no action"), ("simple", "no action"),
    }  # fmt: skip
    assert [name for name, key in keys.items() if not key.is_valid] == ["late"]
    assert [name for name, key in keys.items() if not key.is_guarded] == ["to_parts"]


def test_a_table_that_hides_rows_is_refused_and_not_called_clean(server: Target, empty_database: Target) -> None:
    execute(
        empty_database, "CREATE TABLE a (id int PRIMARY KEY)", "CREATE TABLE b (a int REFERENCES a)",
        "ALTER TABLE b ENABLE ROW LEVEL SECURITY", "DROP ROLE IF EXISTS half_blind",
        "CREATE ROLE half_blind LOGIN PASSWORD 'x'", "GRANT SELECT ON a, b TO half_blind",
    )  # fmt: skip
    with (
        session(Target(server.host, server.port, "half_blind", empty_database.database, "x")) as connection,
        pytest.raises(Exception, match="row-level security"),
    ):
        list(find_violations(connection, read_foreign_keys(connection)))
    execute(empty_database, "DROP OWNED BY half_blind", "DROP ROLE half_blind")


def test_periods_and_keys_that_are_not_enforced(empty_database: Target) -> None:
    if not has_temporal_keys(empty_database):
        pytest.skip("PERIOD and NOT ENFORCED came with PostgreSQL 18")
    execute_together(
        empty_database,
        "CREATE TABLE terms (who int4range, at daterange, PRIMARY KEY (who, at WITHOUT OVERLAPS))",
        """CREATE TABLE stays (id int PRIMARY KEY, who int4range, at daterange,
            CONSTRAINT within FOREIGN KEY (who, PERIOD at) REFERENCES terms)""",
        "CREATE TABLE loose (who int CONSTRAINT wish REFERENCES stays NOT ENFORCED)",
        "SET session_replication_role = replica",
        "INSERT INTO terms VALUES ('[1,2)', '[2026-01-01,2026-02-01)'), ('[1,2)', '[2026-02-01,2026-03-01)')",
        """INSERT INTO stays VALUES (1, '[1,2)', '[2026-01-10,2026-02-10)'), (2, '[1,2)', '[2026-02-10,2026-03-10)'),
            (3, '[5,6)', '[2026-01-10,2026-01-11)')""",
        "INSERT INTO loose VALUES (7)",
    )
    with session(empty_database) as connection:
        assert {key.name: key.is_enforced for key in read_foreign_keys(connection)} == {"wish": False, "within": True}
    assert {(item.constraint, item.rows) for item in violations(empty_database)} == {("within", 2), ("wish", 1)}


def has_temporal_keys(target: Target) -> bool:
    return fetch(target, "SELECT current_setting('server_version_num')::int >= 180000") == [(True,)]


def execute_together(target: Target, *statements: str) -> None:
    """Run statements in one session, so that its settings hold for all."""
    with session(target) as connection, connection.cursor() as cursor:
        for text in statements:
            cursor.execute(text)
