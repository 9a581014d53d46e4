"""A restore replaces the live database by what was dumped, all of it, or changes nothing."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alphanest_db.backup.complete import Backup
from alphanest_db.backup.manifest import DumpFormat, Method, TableContent
from alphanest_db.backup.restore.beside import restore_beside
from alphanest_db.backup.restore.compare import Contents, read_contents
from alphanest_db.backup.restore.dumps import dump_of
from alphanest_db.backup.restore.in_place import restore_in_place
from alphanest_db.backup.restore.kept import clean_up, list_kept, newest_kept, undo_restore
from alphanest_db.backup.restore.model import Restored, RestoreOptions, RestoreReport, Way
from alphanest_db.backup.store import Store
from alphanest_db.database.admin import read_environment, record_environment
from alphanest_db.database.connect import session
from alphanest_db.database.locks import MIGRATOR, advisory_lock, name_lock
from alphanest_db.database.properties import find_properties
from alphanest_db.database.scratch import PREFIX
from alphanest_db.database.target import Target
from alphanest_db.errors import AlphanestError, LockTimeout, Refused, RestoredDiffers
from alphanest_db.settings import Environment
from tests.conftest import new_database
from tests.restore_scenes import fill, take_backup
from tests.servers import execute, fetch

NOW = datetime(2026, 11, 24, 9, 30, 15, tzinfo=UTC)
IMPATIENT = RestoreOptions(lock_wait_seconds=0.2, lock_timeout_seconds=0.2)


@dataclass(frozen=True)
class Scene:
    """A live database with something of everything, and where its backups are."""

    live: Target
    store: Store
    folder: Path

    def restore(self, backup: Backup, options: RestoreOptions = RestoreOptions(), **rest: object) -> Restored:  # noqa: B008
        """Restore it beside the live one."""
        return restore_beside(
            self.live, dump_of(backup), self.folder, os.environ, now=NOW, options=options, report=RestoreReport(),
            **rest,  # type: ignore[arg-type] # prepare
        )  # fmt: skip

    def in_place(self, backup: Backup, target: Target | None = None) -> Restored:
        """Restore it in place."""
        return restore_in_place(
            target or self.live, dump_of(backup), self.folder, os.environ, options=IMPATIENT, report=RestoreReport()
        )

    def contents(self) -> Contents:
        """What the live database holds now."""
        return read_contents(self.live, jobs=1)

    def names(self) -> set[str]:
        """The databases that restores made, or kept, on the server."""
        query = f"SELECT datname FROM pg_database WHERE datname ~ '^{self.live.database}_|^{PREFIX}'"
        return {str(row[0]) for row in fetch(self.live.with_database("postgres"), query)}


@pytest.fixture
def scene_on(tmp_path: Path) -> Iterator[Callable[[Target], Scene]]:
    """`scene_on(server)` is a scene on that server."""
    made: list[Target] = []

    def make(server: Target) -> Scene:
        manager = new_database(server, "template0")
        live = manager.__enter__()
        made.append(live)
        fill(live)
        return Scene(live, Store(tmp_path / "backups"), tmp_path)

    yield make
    for live in made:
        server = live.with_database("postgres")
        query = f"SELECT datname FROM pg_database WHERE datname ~ '^{live.database}'"
        for (name,) in fetch(server, query):
            execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def scene(server: Target, scene_on: Callable[[Target], Scene]) -> Scene:
    return scene_on(server)


@pytest.mark.parametrize("kind", list(DumpFormat))
def test_every_row_comes_back_and_can_be_undone(
    kind: DumpFormat, any_server: Target, scene_on: Callable[[Target], Scene]
) -> None:
    scene = scene_on(any_server)
    before = scene.contents()
    backup = take_backup(scene.live, scene.store, kind)
    execute(
        scene.live,
        "DELETE FROM events",
        "DROP MATERIALIZED VIEW totals",
        "SELECT lo_unlink(oid) FROM pg_largeobject_metadata",
    )
    changed = scene.contents()

    restored = scene.restore(backup)
    again = scene.contents()
    undone = undo_restore(scene.live, newest_kept(scene.live), now=NOW, lock_wait_seconds=1)
    after_undo = scene.contents()
    redone = undo_restore(scene.live, newest_kept(scene.live), now=NOW, lock_wait_seconds=1)

    assert (restored.way, restored.verified, restored.rows, restored.tables) == (Way.swap, True, 1300, 4)
    assert again == before != changed
    assert after_undo == changed
    assert scene.contents() == before
    assert (undone.back, redone.back) == (restored.kept, undone.kept)
    assert scene.names() == {redone.kept}


@pytest.mark.parametrize("kind", list(DumpFormat))
def test_in_place_is_equal_as_well_and_leaves_nothing_behind(
    kind: DumpFormat, any_server: Target, scene_on: Callable[[Target], Scene]
) -> None:
    scene = scene_on(any_server)
    before = scene.contents()
    backup = take_backup(scene.live, scene.store, kind)
    execute(
        scene.live, "CREATE SCHEMA later", "CREATE TABLE later.t (id int)", "CREATE TABLE z (LIKE people)",
        "DROP TABLE events CASCADE", "DELETE FROM people",
    )  # fmt: skip

    restored = scene.in_place(backup)

    assert (restored.way, restored.verified, restored.kept) == (Way.in_place, True, None)
    assert scene.contents() == before
    assert fetch(scene.live, "SELECT 1 FROM pg_namespace WHERE nspname = 'later'") == []


def test_in_place_is_all_or_nothing(scene: Scene) -> None:
    backup = take_backup(scene.live, scene.store, DumpFormat.plain, Method.none)
    before = scene.contents()
    other = replace(backup.manifest, tables=(*backup.manifest.tables[:-1], TableContent("public", "people", 299, None)))
    with pytest.raises(RestoredDiffers, match=r"people: 300 rows instead of 299 rows"):
        scene.in_place(replace(backup, manifest=other))
    with session(scene.live) as reader, reader.cursor() as cursor:
        cursor.execute("BEGIN; SELECT count(*) FROM people")
        with pytest.raises(Exception, match="lock timeout"):
            scene.in_place(backup)
    assert scene.contents() == before


def test_a_single_changed_row_is_found_and_nothing_is_changed(scene: Scene) -> None:
    backup = take_backup(scene.live, scene.store)
    [people] = [table for table in backup.manifest.tables if table.table == "people"]
    others = tuple(table for table in backup.manifest.tables if table is not people)
    wrong = replace(people, fingerprint=str(int(people.fingerprint or 0) + 1))
    before = scene.contents()

    with pytest.raises(RestoredDiffers, match=r"public\.people: fingerprint"):
        scene.restore(replace(backup, manifest=replace(backup.manifest, tables=(*others, wrong))))

    assert (scene.contents(), scene.names()) == (before, set())


def test_what_belongs_to_the_database_stays_with_its_name(scene: Scene) -> None:
    me, server = scene.live.database, scene.live.with_database("postgres")
    execute(server, "DROP ROLE IF EXISTS nest_owner", "CREATE ROLE nest_owner")
    execute(
        server, f"ALTER DATABASE {me} OWNER TO nest_owner", f"ALTER DATABASE {me} SET work_mem TO '7MB'",
        f"COMMENT ON DATABASE {me} IS 'ours'", f"REVOKE CONNECT ON DATABASE {me} FROM PUBLIC",
        f"ALTER DATABASE {me} CONNECTION LIMIT 77",
    )  # fmt: skip
    with session(server) as connection:
        before = find_properties(connection, me)
        scene.restore(take_backup(scene.live, scene.store))
        assert find_properties(connection, me) == before
    execute(
        server, *(f"ALTER DATABASE {name} OWNER TO tester" for name in {*scene.names(), me}), "DROP ROLE nest_owner"
    )


def test_copy_leaves_the_live_one_alone(scene: Scene) -> None:
    backup = take_backup(scene.live, scene.store)
    execute(scene.live, "DELETE FROM events")
    name = f"{scene.live.database}_copy"

    restored = scene.restore(backup, RestoreOptions(into=name))

    assert (restored.way, restored.database, restored.kept) == (Way.copy, name, None)
    assert fetch(scene.live, "SELECT count(*) FROM events") == [(0,)]
    assert fetch(scene.live.with_database(name), "SELECT count(*) FROM events") == [(700,)]
    with pytest.raises(Refused, match="exists already"):
        scene.restore(backup, RestoreOptions(into=name))


def test_where_there_is_no_database_it_is_made(scene: Scene) -> None:
    backup = take_backup(scene.live, scene.store)
    before = scene.contents()
    execute(scene.live.with_database("postgres"), f"DROP DATABASE {scene.live.database}")

    restored = scene.restore(backup)

    assert (restored.way, restored.kept, restored.outage_seconds) == (Way.create, None, None)
    assert scene.contents() == before


@pytest.mark.parametrize("kind", [DumpFormat.custom, DumpFormat.plain])
@pytest.mark.parametrize("jobs", [1, 3])
def test_violated_keys_are_kept_not_valid_and_their_rows_reported(kind: DumpFormat, jobs: int, scene: Scene) -> None:
    orphans = 'INSERT INTO "odd schema"."Order %s" VALUES (9001, 7001, 1), (9002, 7002, 2)'
    child = 'CREATE TABLE child (person int CONSTRAINT "my % key" REFERENCES people)'
    execute(scene.live, child, f"SET session_replication_role = replica; {orphans}; INSERT INTO child VALUES (8001)")

    restored = scene.restore(take_backup(scene.live, scene.store, kind), RestoreOptions(jobs))

    assert [(item.constraint, item.rows) for item in restored.violations] == [
        ("Order %s_person_fkey", 2), ("my % key", 1),
    ]  # fmt: skip
    assert restored.violations[0].samples == ({"id": "9001", "person": "7001"}, {"id": "9002", "person": "7002"})
    assert restored.not_valid == ("odd schema.Order %s.Order %s_person_fkey", "public.child.my % key")
    with pytest.raises(Exception, match="violates foreign key"):
        execute(scene.live, "INSERT INTO child VALUES (8002)")


def test_violated_key_of_a_partitioned_table_is_kept_on_every_server(
    any_server: Target, scene_on: Callable[[Target], Scene]
) -> None:
    scene = scene_on(any_server)
    execute(
        scene.live, "SET session_replication_role = replica; INSERT INTO events VALUES ('2026-02-03', 'orphan', 4711)"
    )

    restored = scene.restore(take_backup(scene.live, scene.store))

    assert [(item.rows, item.samples) for item in restored.violations] == [(1, ({"person": "4711"},))]
    for day in ("2025-02-03", "2026-02-03"):
        with pytest.raises(Exception, match="violates foreign key"):
            execute(scene.live, f"INSERT INTO events VALUES ('{day}', 'another', 4712)")


@pytest.mark.parametrize("kind", [DumpFormat.custom, DumpFormat.plain])
def test_roles_that_are_missing_cost_their_grants_and_no_others(kind: DumpFormat, scene: Scene) -> None:
    execute(scene.live, "DROP ROLE IF EXISTS here", "CREATE ROLE here", "DROP ROLE IF EXISTS gone", "CREATE ROLE gone")
    execute(
        scene.live, "ALTER TABLE events OWNER TO gone", "GRANT SELECT ON people TO here", "GRANT INSERT ON people TO gone",
        "GRANT SELECT ON happy TO here WITH GRANT OPTION",
    )  # fmt: skip
    backup = take_backup(scene.live, scene.store, kind)
    execute(scene.live, "ALTER TABLE events OWNER TO tester", "REVOKE ALL ON people FROM gone", "DROP ROLE gone")

    restored = scene.restore(backup)

    assert fetch(scene.live, "SELECT relowner::regrole::text FROM pg_class WHERE relname = 'events'") == [("tester",)]
    granted = "SELECT has_table_privilege('here', 'people', 'SELECT'), has_table_privilege('here', 'happy', 'SELECT')"
    assert fetch(scene.live, granted) == [(True, True)]
    assert "2 statements on owners and grants left out" in restored.notes[0]
    for name in {*scene.names(), scene.live.database}:
        execute(scene.live.with_database(name), "DROP OWNED BY here")
    execute(scene.live, "DROP ROLE here")


def test_a_policy_for_a_missing_role_is_not_lost_silently(scene: Scene) -> None:
    execute(
        scene.live,
        "DROP ROLE IF EXISTS gone",
        "CREATE ROLE gone",
        "CREATE POLICY theirs ON people TO gone USING (false)",
    )
    backup = take_backup(scene.live, scene.store)
    execute(scene.live, "DROP POLICY theirs ON people", "DROP ROLE gone")

    with pytest.raises(AlphanestError, match=r'role "gone" does not exist \(CREATE POLICY\)'):
        scene.restore(backup)
    assert scene.names() == set()


def test_the_environment_of_the_place_is_remembered(scene: Scene) -> None:
    backup = take_backup(scene.live, scene.store)
    with session(scene.live) as connection:
        record_environment(connection, Environment.production)
    scene.restore(backup)
    with session(scene.live) as connection:
        assert read_environment(connection) is Environment.production


def test_whatever_preparing_raises_the_live_one_stays(scene: Scene) -> None:
    backup = take_backup(scene.live, scene.store)

    def refuse(fresh: Target) -> None:
        assert fetch(fresh, "SELECT count(*) FROM people") == [(300,)]
        raise Refused("not like this")

    with pytest.raises(Refused, match="not like this"):
        scene.restore(backup, prepare=refuse)
    assert scene.names() == set()


def test_one_restore_at_a_time_and_none_during_a_migration(scene: Scene) -> None:
    backup = take_backup(scene.live, scene.store)
    with name_lock(scene.live, wait_seconds=1), pytest.raises(LockTimeout, match=r"process \d+ of tester"):
        scene.restore(backup, IMPATIENT)
    with advisory_lock(scene.live, MIGRATOR, wait_seconds=1), pytest.raises(LockTimeout, match="another alphanest"):
        scene.restore(backup, IMPATIENT)
    assert scene.names() == set()


def test_clean_up_drops_what_restores_kept_and_nothing_else(scene: Scene) -> None:
    backup = take_backup(scene.live, scene.store)
    mine = f"{scene.live.database}_before_2020"
    execute(scene.live.with_database("postgres"), f"CREATE DATABASE {mine}")
    scene.restore(backup)
    execute(scene.live.with_database("postgres"), f"ALTER DATABASE {scene.live.database} IS_TEMPLATE true")
    scene.restore(backup)

    kept = list_kept(scene.live)
    cleaned = clean_up(scene.live, kept, lock_wait_seconds=1)
    execute(scene.live.with_database("postgres"), f"ALTER DATABASE {scene.live.database} IS_TEMPLATE false")

    assert [item.database for item in kept] == sorted((item.database for item in kept), reverse=True)
    assert (len(cleaned.dropped), scene.names()) == (2, {mine})
    with pytest.raises(AlphanestError, match="there is no restore"):
        newest_kept(scene.live)
    with pytest.raises(AlphanestError, match=f"there is no database '{kept[0].database}'"):
        clean_up(scene.live, kept, lock_wait_seconds=1)


def test_a_role_that_is_not_superuser_restores_its_database(scene: Scene, server: Target) -> None:
    for role in ("plain_owner", "stranger"):
        execute(server, f"DROP ROLE IF EXISTS {role}", f"CREATE ROLE {role} LOGIN PASSWORD 'x' CREATEDB")
    with new_database(server, "template0") as live:
        execute(server, f"ALTER DATABASE {live.database} OWNER TO plain_owner")
        owner = replace(live, user="plain_owner", password="x")
        execute(owner, "CREATE TABLE a (id int PRIMARY KEY)", "INSERT INTO a SELECT generate_series(1, 50)")
        own = Scene(owner, scene.store, scene.folder)
        backup = take_backup(owner, scene.store)
        restored = own.restore(backup)
        stranger = replace(owner, user="stranger")
        with pytest.raises(Refused, match="user 'stranger' may not drop the database"):
            clean_up(stranger, list_kept(owner), lock_wait_seconds=1)
        clean_up(owner, list_kept(owner), lock_wait_seconds=1)
        execute(server, "ALTER ROLE plain_owner NOCREATEDB")
        execute(owner, "DELETE FROM a")
        in_place = own.in_place(backup)
        assert (restored.rows, in_place.rows, fetch(owner, "SELECT count(*) FROM a")) == (50, 50, [(50,)])
    execute(server, "DROP ROLE plain_owner", "DROP ROLE stranger")


def test_an_owner_that_may_create_only_by_a_grant_costs_an_owner_and_no_restore(scene: Scene, server: Target) -> None:
    execute(
        server, "DROP ROLE IF EXISTS maker, app", "CREATE ROLE maker LOGIN PASSWORD 'x' CREATEDB", "CREATE ROLE app"
    )
    execute(server, "GRANT app TO maker")
    with new_database(server, "template0") as live:
        execute(server, f"ALTER DATABASE {live.database} OWNER TO maker")
        maker = replace(live, user="maker", password="x")
        execute(live, "ALTER SCHEMA public OWNER TO maker")
        execute(maker, "GRANT CREATE ON SCHEMA public TO app", "SET ROLE app; CREATE TABLE a (id int)")
        own = Scene(maker, scene.store, scene.folder)

        restored = own.restore(take_backup(live, scene.store))

        assert [note.split(",")[0] for note in restored.notes] == ["1 statement on owners and grants left out"]
        clean_up(maker, list_kept(maker), lock_wait_seconds=1)
    execute(server, "DROP ROLE maker, app")


def test_an_undo_that_waited_for_another_restore_does_not_swap_in_what_is_older(scene: Scene) -> None:
    backup = take_backup(scene.live, scene.store)
    scene.restore(backup)
    planned = newest_kept(scene.live)
    scene.restore(backup)

    with pytest.raises(Refused, match="was replaced meanwhile"):
        undo_restore(scene.live, planned, now=NOW, lock_wait_seconds=1)
    assert newest_kept(scene.live) != planned


def test_indexes_of_partitions_of_partitions_are_attached_one_by_one(scene: Scene) -> None:
    execute(
        scene.live, "CREATE TABLE part (id int, k int, PRIMARY KEY (id, k)) PARTITION BY LIST (k)",
        "CREATE TABLE part_a PARTITION OF part FOR VALUES IN (1)",
        "CREATE TABLE part_d PARTITION OF part DEFAULT PARTITION BY RANGE (id)",
        "CREATE TABLE part_d1 PARTITION OF part_d DEFAULT",
        "CREATE TABLE child (id int, k int, FOREIGN KEY (id, k) REFERENCES part)",
        "INSERT INTO part VALUES (1, 1), (2, 2)", "INSERT INTO child VALUES (1, 1), (2, 2)",
    )  # fmt: skip
    before = scene.contents()

    scene.restore(take_backup(scene.live, scene.store, DumpFormat.directory), RestoreOptions(jobs=4))

    assert scene.contents() == before
    assert fetch(scene.live, "SELECT 1 FROM pg_index WHERE NOT indisvalid") == []
