"""A backup holds one moment of a database, whatever the database is like, and says so; otherwise there is none."""

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alphanest_db.backup.checksums import verify_checksums
from alphanest_db.backup.choices import FormatChoice
from alphanest_db.backup.complete import Backup
from alphanest_db.backup.create import BackupReport, create_backup
from alphanest_db.backup.manifest import TableContent
from alphanest_db.backup.options import BackupOptions, choose_form
from alphanest_db.backup.restore.compare import compare, read_contents
from alphanest_db.backup.restore.dumps import dump_of, opened
from alphanest_db.backup.space import estimate_bytes, has_plenty, require_room
from alphanest_db.backup.store import Store
from alphanest_db.database.connect import connect
from alphanest_db.database.locks import name_lock
from alphanest_db.database.target import Target
from alphanest_db.errors import (
    AlphanestError,
    DatabaseUnreachable,
    InvalidInput,
    LockTimeout,
    NoRoom,
    ProgramFailed,
    Refused,
)
from alphanest_db.programs.environment import client_environment, database_argument
from alphanest_db.programs.find import find_client
from alphanest_db.settings import Environment
from tests.backup_scenes import VALUES, put
from tests.conftest import new_database
from tests.servers import Installation, execute, fetch, installations

FORMS = [
    (FormatChoice.plain, None), (FormatChoice.plain_gz, None), (FormatChoice.plain, "zstd:3"), (FormatChoice.custom, None),
    (FormatChoice.custom, "gzip:1"), (FormatChoice.custom, "none"), (FormatChoice.directory, None),
    (FormatChoice.directory, "none"),
]  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "backups")


@pytest.fixture(scope="module", params=installations(), ids=lambda installation: f"PostgreSQL {installation.version}")
def filled(request: pytest.FixtureRequest, server_of: Callable[[Installation], Target]) -> Iterator[Target]:
    """A database that has something of everything, on each version of the server."""
    with new_database(server_of(request.param), "template0") as target:
        execute(target, VALUES)
        yield target


def take(
    target: Target, store: Store, options: BackupOptions | None = None, report: BackupReport | None = None
) -> Backup:
    return create_backup(
        target,
        store,
        options or BackupOptions(),
        os.environ,
        environment=Environment.test,
        now=datetime.now(UTC),
        report=report,
    )


def formed(choice: FormatChoice, compress: str | None = None, jobs: int = 1) -> BackupOptions:
    dump_format, compression = choose_form(choice, compress)
    return BackupOptions(dump_format, compression, jobs)


def left_in(store: Store) -> list[str]:
    return [path.name for path in store.folder.iterdir() if path.name != ".lock"] if store.folder.exists() else []


def restore_by_hand(backup: Backup, target: Target) -> None:
    """As somebody without alphanest would: with gunzip or zstd, and PostgreSQL's own programs."""
    environ = client_environment(target, os.environ)
    program = "psql" if backup.manifest.format == "plain" else "pg_restore"
    client = find_client(program, backup.manifest.server_version // 10_000)
    place = f"--dbname={database_argument(target.database)}"
    if backup.dump.is_dir():
        subprocess.run([client.path, place, backup.dump], env=environ, check=True)
        return
    strict = ["--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null"] if program == "psql" else ["--exit-on-error"]
    with opened(dump_of(backup)) as stream:
        data = b"".join(iter(lambda: stream.read(1 << 20), b""))
        subprocess.run([client.path, place, *strict], env=environ, input=data, check=True)


@pytest.mark.parametrize(("choice", "compress"), FORMS, ids=lambda value: str(value))
def test_dump_of_each_form_holds_what_the_manifest_says(
    filled: Target, store: Store, choice: FormatChoice, compress: str | None
) -> None:
    backup = take(filled, store, formed(choice, compress, jobs=2 if choice is FormatChoice.directory else 1))

    verify_checksums(backup)
    with new_database(filled, "template0") as copy:
        restore_by_hand(backup, copy)
        assert compare(backup.manifest, read_contents(copy, jobs=1)) == ()
    assert all(path.stat().st_mode & 0o077 == 0 for path in (store.folder, *store.folder.rglob("*")))


def test_dump_and_manifest_are_of_the_same_moment(empty_database: Target, store: Store, server: Target) -> None:
    execute(
        empty_database, "CREATE TABLE busy (id bigserial PRIMARY KEY, at timestamptz DEFAULT clock_timestamp(), what text)",
        "INSERT INTO busy (what) SELECT md5(n::text) FROM generate_series(1, 20000) AS n",
    )  # fmt: skip
    with writing_to(empty_database) as written:
        backups = [take(empty_database, store) for _round in range(3)]
    assert written() > 50

    for backup in backups:
        with new_database(server, "template0") as copy:
            restore_by_hand(backup, copy)
            assert compare(backup.manifest, read_contents(copy, jobs=1)) == ()
    assert len({backup.manifest.rows for backup in backups}) == 3


@contextlib.contextmanager
def writing_to(target: Target) -> Iterator[Callable[[], int]]:
    """Somebody inserts, updates and deletes all the time."""
    over, rounds = threading.Event(), [0]

    def write() -> None:
        with contextlib.closing(connect(target, autocommit=True)) as connection, connection.cursor() as cursor:
            while not over.is_set():
                cursor.execute("INSERT INTO busy (what) VALUES (md5(random()::text))")
                cursor.execute("UPDATE busy SET what = md5(what) WHERE id = (SELECT max(id) / 2 FROM busy)")
                cursor.execute("DELETE FROM busy WHERE id = %s", (rounds[0],))
                rounds[0] += 1

    with ThreadPoolExecutor(2) as pool:
        tasks = [pool.submit(write) for _writer in range(2)]
        try:
            yield lambda: rounds[0]
        finally:
            over.set()
            for task in tasks:
                task.result()


NASTY = [
    "port=1 dbname=zzz",
    "postgresql://nobody@nowhere/x",
    'it\'s "q" \\ x',
    "host=/nowhere",
    "-Fp",
    "a b/../c",
    "наше",
]


@pytest.mark.parametrize("name", NASTY)
def test_database_with_a_name_that_looks_like_something_else(server: Target, store: Store, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    execute(server, f"CREATE DATABASE {quoted} TEMPLATE template0")
    target = server.with_database(name)
    try:
        execute(target, "CREATE TABLE here (id int)", "INSERT INTO here VALUES (1)")
        options = BackupOptions(include_globals=True)
        backup = take(target, store, options)
    finally:
        execute(server, f"DROP DATABASE {quoted}")

    assert (backup.manifest.database, backup.manifest.rows) == (name, 1)
    assert store.get("latest", database=name) == backup


def test_manifest_tells_what_the_dump_lacks_and_globals_add_it(database: Target, store: Store) -> None:
    role, password = f"role_{os.urandom(4).hex()}", "s3cret-of-the-role"
    execute(
        database, f"CREATE ROLE {role} LOGIN PASSWORD '{password}'", f"GRANT SELECT ON users TO {role}",
    )  # fmt: skip
    try:
        backup = take(database, store, BackupOptions(include_globals=True))
    finally:
        execute(database, f"DROP OWNED BY {role}", f"DROP ROLE {role}")
    globals_sql = (backup.folder / "globals.sql").read_text()

    assert {role, database.user} <= set(backup.manifest.lacking.roles)
    assert backup.manifest.globals_included
    assert f"CREATE ROLE {role};" in globals_sql
    assert "PASSWORD" not in globals_sql
    assert {file.path for file in backup.manifest.files} == {"dump.pgc.zst", "globals.sql"}


def test_rows_that_were_left_out_are_said_to_be(empty_database: Target, store: Store, server: Target) -> None:
    execute(empty_database, VALUES)
    patterns = ("Parts", "pare*", '"odd ""schema"" x"."t"')
    backup = take(empty_database, store, BackupOptions(exclude_table_data=patterns))

    assert [table for table in backup.manifest.tables if not table.excluded] == [
        table for table in backup.manifest.tables if table.table in ("child", "nothing")
    ]
    assert TableContent("public", "parts_a", None, None, excluded=True) in backup.manifest.tables
    with new_database(server, "template0") as copy:
        restore_by_hand(backup, copy)
        assert fetch(copy, "SELECT count(*) FROM parts") == [(0,)]
        assert fetch(copy, "SELECT count(*) FROM ONLY parent") == [(0,)]
        assert fetch(copy, "SELECT count(*) FROM child") == [(2,)]
        assert compare(backup.manifest, read_contents(copy, jobs=1)) == ()


@pytest.mark.parametrize("pattern", ["nothing_like_it", "a.b.c", "", '"open', "."])
def test_pattern_that_names_no_table_is_wrong_usage(database: Target, store: Store, pattern: str) -> None:
    with pytest.raises(InvalidInput):
        take(database, store, BackupOptions(exclude_table_data=(pattern,)))
    assert left_in(store) == []


def test_schema_alone_has_no_rows(deployed_database: Target, store: Store) -> None:
    backup = take(deployed_database, store, BackupOptions(schema_only=True, note="only the schema"))

    made = backup.manifest
    assert (made.schema_only, made.rows, made.has_fingerprints, made.large_objects, made.note) == (
        True, 0, False, None, "only the schema",
    )  # fmt: skip
    assert {table.rows for table in made.tables} == {None}


def test_rows_are_counted_without_fingerprints_too(deployed_database: Target, store: Store) -> None:
    backup = take(deployed_database, store, BackupOptions(fingerprints=False))

    counted = {table.table: table.rows for table in backup.manifest.tables}
    assert counted == {table: fetch(deployed_database, f"SELECT count(*) FROM {table}")[0][0] for table in counted}
    assert not backup.manifest.has_fingerprints


def test_locked_table_is_waited_for_so_long_and_its_holder_is_named(database: Target, store: Store) -> None:
    holder = connect(database, application_name="the holder")
    with contextlib.closing(holder), holder.cursor() as cursor:
        cursor.execute("LOCK TABLE trades IN ACCESS EXCLUSIVE MODE")
        pid, begun = holder.info.backend_pid, time.monotonic()
        with pytest.raises(LockTimeout) as caught:
            take(database, store, BackupOptions(lock_timeout_seconds=0.3))

    assert time.monotonic() - begun < 5
    assert f"public.trades by process {pid} of {database.user} (the holder, " in caught.value.message
    assert left_in(store) == []


def test_one_backup_of_a_database_at_a_time(database: Target, store: Store) -> None:
    with name_lock(database, wait_seconds=0), pytest.raises(LockTimeout, match="another alphanest is at work"):
        take(database, store, BackupOptions(lock_wait_seconds=0.2))

    assert left_in(store) == []


def test_role_that_would_not_see_all_is_refused(database: Target, store: Store) -> None:
    role = f"reader_{os.urandom(4).hex()}"
    execute(
        database, f"CREATE ROLE {role} LOGIN PASSWORD 'r'", f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"
    )
    execute(database, "ALTER TABLE users ENABLE ROW LEVEL SECURITY", f"GRANT USAGE ON SCHEMA alphanest_admin TO {role}")
    execute(database, f"GRANT SELECT ON ALL TABLES IN SCHEMA alphanest_admin TO {role}")
    execute(database, f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA alphanest_admin TO {role}")
    reader = Target(database.host, database.port, role, database.database, "r")
    try:
        with pytest.raises(Refused, match=r"row-level security would hide rows of public\.users"):
            take(reader, store)
        execute(database, f"ALTER ROLE {role} BYPASSRLS")
        assert take(reader, store).manifest.user == role
    finally:
        execute(database, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_lost_connection_leaves_nothing(empty_database: Target, store: Store) -> None:
    """Whichever of our sessions the server ends, and whenever: there is a whole backup, or none and an error."""
    execute(
        empty_database, "CREATE TABLE big AS SELECT n, repeat(md5(n::text), 4) AS t FROM generate_series(1, 60000) AS n"
    )
    outcomes: list[int | str] = []
    for delay in (0.0, 0.03, 0.06, 0.1, 0.15):
        with ending_sessions(empty_database, after_seconds=delay):
            try:
                outcomes.append(verify_checksums(take(empty_database, store)).files)
            except (DatabaseUnreachable, ProgramFailed) as error:
                outcomes.append(type(error).__name__)
        assert left_in(store) == [backup.id for backup in store.list().backups]
    assert "DatabaseUnreachable" in outcomes


@contextlib.contextmanager
def ending_sessions(target: Target, *, after_seconds: float) -> Iterator[None]:
    """All sessions of a backup are ended at once, so long after the first has come."""
    over = threading.Event()

    def end() -> None:
        connection = connect(target.with_database("postgres"), autocommit=True)
        with contextlib.closing(connection), connection.cursor() as cursor:
            while not over.is_set():
                cursor.execute("SELECT 1 FROM pg_stat_activity WHERE application_name = 'alphanest backup'")
                if cursor.fetchone():
                    time.sleep(after_seconds)
                    cursor.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'alphanest backup'"
                    )
                    return

    thread = threading.Thread(target=end)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_too_little_room_is_refused_beforehand_with_numbers(database: Target, store: Store) -> None:
    with pytest.raises(NoRoom, match="free, and about") as caught:
        require_room(store.folder, 1 << 60)

    assert caught.value.needed_bytes > caught.value.free_bytes
    earlier = put(store, "20261124-211203-alphanest-aaaa", data=b"x" * 1000, table_size_bytes=10_000)
    learned = estimate_bytes(1_000_000, "alphanest", earlier.manifest.compression, [earlier])
    assert learned == 110_000
    assert estimate_bytes(1_000_000, "other", earlier.manifest.compression, [earlier]) == 450_000


def test_with_plenty_of_room_earlier_backups_need_not_be_asked(tmp_path: Path) -> None:
    free_bytes = shutil.disk_usage(tmp_path).free

    assert has_plenty(tmp_path / "not made yet", free_bytes // 20)
    assert not has_plenty(tmp_path, free_bytes // 5)


@pytest.mark.skipif(sys.platform != "linux", reason="the limit on a file's size is set by Linux's shell")
@pytest.mark.parametrize(("choice", "limit_kib"), [("custom", 1), ("custom", 2000), ("plain", 3000)])
def test_full_disk_leaves_nothing_and_older_backups_untouched(
    empty_database: Target, tmp_path: Path, choice: str, limit_kib: int
) -> None:
    store = Store(tmp_path / "backups")
    execute(
        empty_database, "CREATE TABLE big AS SELECT n, sha256(n::text::bytea) AS t FROM generate_series(1, 80000) AS n"
    )
    older = put(store, "20261124-211203-alphanest-aaaa")
    environ = os.environ | {"DATABASE_URL": empty_database.url(show_password=True)}
    arguments = f"{sys.executable} -m alphanest_db backup --format {choice} --to {store.folder}"
    command = ["bash", "-c", f"ulimit -f {limit_kib}; exec {arguments}"]

    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)

    assert done.returncode == 3, done.stderr
    assert "cannot write the backup" in done.stderr
    assert left_in(store) == [older.id]
    verify_checksums(store.get(older.id))


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's private mounts")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
@pytest.mark.parametrize("choice", ["custom", "directory"])
def test_small_disk_that_fills_up_is_said_and_left_as_it_was(
    empty_database: Target, tmp_path: Path, choice: str
) -> None:
    bytes_of = "(SELECT string_agg(sha256((n * 100 + i)::text::bytea), '') FROM generate_series(1, 32) AS i)"
    execute(empty_database, f"CREATE TABLE big AS SELECT n, {bytes_of} AS t FROM generate_series(1, 34000) AS n")
    script = (
        f"mount -t tmpfs -o size=34m tmpfs {tmp_path} || exit 77; mkdir -p {tmp_path}/b/keep; echo x > {tmp_path}/b/keep/me; "
        f"{sys.executable} -m alphanest_db backup --format {choice} --compress gzip:1 --to {tmp_path}/b; echo $?; find {tmp_path}/b"
    )
    environ = os.environ | {"DATABASE_URL": empty_database.url(show_password=True)}

    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script], env=environ, capture_output=True, text=True, check=False
    )

    if done.returncode == 77 or "unshare failed" in done.stderr:
        pytest.skip("this container may not mount")
    left = f"{tmp_path}/b\n{tmp_path}/b/.lock\n{tmp_path}/b/keep\n{tmp_path}/b/keep/me"
    assert (done.stdout.splitlines()[0], sorted(done.stdout.splitlines()[1:])) == ("3", left.splitlines()), done.stderr
    assert "cannot write the backup" in done.stderr
    assert "No space left on device" in done.stderr


def test_folder_that_cannot_be_made_is_said(database: Target, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(AlphanestError, match=r"cannot (make|read) the folder .*/file/backups"):
        take(database, Store(tmp_path / "file" / "backups"))
