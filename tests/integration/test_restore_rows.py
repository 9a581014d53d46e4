"""Rows on their way from an archive into tables, over several connections, while they are unpacked."""

import os
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alphanest_db.backup.manifest import DumpFormat, Method
from alphanest_db.backup.restore import watching
from alphanest_db.backup.restore.copying import settings_of
from alphanest_db.backup.restore.dumps import dump_of
from alphanest_db.backup.restore.load import load_and_compare
from alphanest_db.backup.restore.model import RestoreOptions, RestoreReport
from alphanest_db.backup.restore.rows import load_rows
from alphanest_db.backup.restore.streaming import streamed
from alphanest_db.backup.restore.watching import LoadWatch
from alphanest_db.backup.store import Store
from alphanest_db.database.connect import session
from alphanest_db.database.target import Target
from alphanest_db.errors import DatabaseUnreachable, DumpNotRestored, ProgramFailed, RefusedDump
from alphanest_db.programs.archive import Entry
from alphanest_db.programs.archive_rows import Rows
from tests.cli.terminal import stalling_server
from tests.conftest import new_database
from tests.embedded_scenes import wait_until
from tests.restore_scenes import fill, take_backup
from tests.servers import execute, fetch

TABLE = Entry(1, "TABLE DATA", "public", "t", "", "", "", frozenset(), True, "COPY public.t (a) FROM stdin;")


@pytest.fixture
def place(server: Target) -> Iterator[Target]:
    """A database with an empty table."""
    with new_database(server, "template0") as target:
        execute(target, "CREATE TABLE t (a int)")
        yield target


def put(place: Target, rows: Iterator[Rows] | list[Rows], patience_seconds: float = 60) -> None:
    load_rows(
        rows, [], place, jobs=2, timeout_seconds=10, patience_seconds=patience_seconds, watch=lambda: "nothing new"
    )


@pytest.mark.parametrize("kind", [DumpFormat.custom, DumpFormat.directory])
def test_hard_tables_come_back_equal_without_pg_restore_seeing_a_row(
    kind: DumpFormat, any_server: Target, tmp_path: Path
) -> None:
    with new_database(any_server, "template0") as live, new_database(any_server, "template0") as copy:
        fill(live)
        execute(
            live,
            "SELECT lo_unlink(oid) FROM pg_largeobject_metadata",
            "CREATE TABLE large (a int, b text)",
            "INSERT INTO large SELECT n, repeat(md5(n::text), 64) FROM generate_series(1, 4000) AS n",
            "CREATE TABLE wide (a text)",
            "INSERT INTO wide SELECT repeat('x', n) FROM unnest('{0, 1, 253, 254, 255, 256, 65530, 65536, 3000000}'::int[]) AS n",
            "CREATE TABLE empty (a int)",
        )
        backup = take_backup(live, Store(tmp_path), kind)
        with streamed(dump_of(backup), tmp_path) as stream:
            assert stream is not None
            given = stream.path / "toc.dat" if kind is DumpFormat.directory else stream.path
            assert given.stat().st_size == stream.contents.size_bytes

        load_and_compare(
            dump_of(backup), copy, tmp_path, os.environ, RestoreOptions(jobs=3), RestoreReport()
        )  # raises where a row differs

        writers = fetch(copy, "SELECT count(DISTINCT xmin::text) FROM large")
        assert int(str(writers[0][0])) > 1
        assert fetch(copy, "SELECT count(*) FROM pg_index WHERE NOT indisvalid") == [(0,)]
        assert fetch(copy, "SELECT count(*) > 0 FROM totals WHERE sum > 0") == [(True,)]
        assert fetch(copy, "SELECT nextval('people_id_seq')") == [(301,)]


def test_rows_that_pg_dump_compressed_within_one_file_are_left_to_pg_restore(place: Target, tmp_path: Path) -> None:
    backup = take_backup(place, Store(tmp_path), DumpFormat.custom, Method.gzip)

    with streamed(dump_of(backup), tmp_path) as stream:
        assert stream is None


def test_a_folder_with_large_objects_is_left_to_pg_restore(place: Target, tmp_path: Path) -> None:
    execute(place, "SELECT lo_from_bytea(0, 'x')")
    backup = take_backup(place, Store(tmp_path), DumpFormat.directory)

    with streamed(dump_of(backup), tmp_path) as stream:
        assert stream is None


def test_a_folder_whose_contents_lead_out_of_it_is_not_read(place: Target, tmp_path: Path) -> None:
    backup = take_backup(place, Store(tmp_path), DumpFormat.directory)
    contents_file = backup.dump / "toc.dat"
    contents_file.write_bytes(re.sub(rb"[0-9]+\.dat", lambda name: b"/" * len(name[0]), contents_file.read_bytes()))

    with streamed(dump_of(backup), tmp_path) as stream:
        assert stream is not None
        with pytest.raises(RefusedDump, match="as pg_dump names none"):
            list(stream.rows)


@pytest.mark.parametrize("what", ["missing", "a pipe"])
def test_a_folder_whose_contents_were_taken_away_meanwhile_is_refused(what: str, place: Target, tmp_path: Path) -> None:
    backup = take_backup(place, Store(tmp_path), DumpFormat.directory)
    (backup.dump / "toc.dat").unlink()
    if what == "a pipe":
        os.mkfifo(backup.dump / "toc.dat")

    with pytest.raises(RefusedDump), streamed(dump_of(backup), tmp_path):
        pass


def test_names_and_rows_in_another_encoding_come_back(server: Target, tmp_path: Path) -> None:
    names = ("rows_latin1", "rows_latin1_copy")
    for name in names:
        execute(server, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    live, copy = (server.with_database(name) for name in names)
    execute(live, 'CREATE TABLE "Größe" ("Maß" text)', """INSERT INTO "Größe" VALUES ('Öl'), (E'\\t\\n\\\\')""")
    backup = take_backup(live, Store(tmp_path))

    load_and_compare(dump_of(backup), copy, tmp_path, os.environ, RestoreOptions(), RestoreReport())

    found = fetch(copy, 'SELECT "Maß" FROM "Größe"')
    for name in names:
        execute(server, f"DROP DATABASE {name}")
    assert found == [("Öl",), ("\t\n\\",)]


@pytest.mark.parametrize(
    "asked",
    [
        "COPY public.t (a) FROM PROGRAM 'touch {canary}';", "COPY public.t (a) FROM '/etc/passwd';",
        "COPY public.t TO PROGRAM 'touch {canary}';", "DROP TABLE t; COPY public.t (a) FROM stdin;",
        "COPY public.t (a) FROM stdin; DROP TABLE t;", "COPY public.t (a) FROM stdin WHERE pg_sleep(9) IS NULL;",
        'COPY public."t (a) FROM PROGRAM \'touch {canary}\' --" FROM stdin;', "COPY (SELECT 1) TO stdout;", "",
    ],
)  # fmt: skip
def test_rows_are_for_a_table_and_nothing_else(asked: str, place: Target, tmp_path: Path) -> None:
    entry = replace(TABLE, copy=asked.format(canary=tmp_path / "canary"))

    with pytest.raises((RefusedDump, DumpNotRestored), match=r"does not write there|does not exist"):
        put(place, [Rows(entry, b"1\n")])

    assert not (tmp_path / "canary").exists()
    assert fetch(place, "SELECT count(*) FROM t") == [(0,)]


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("ENCODING", "SET client_encoding = 'UTF8'; DROP TABLE t;"), ("ENCODING", "ALTER SYSTEM SET port = 1;"),
        ("STDSTRINGS", "SET standard_conforming_strings = 'maybe';"), ("SEARCHPATH", "SELECT pg_read_file('/etc/passwd');"),
    ],
)  # fmt: skip
def test_what_an_archive_sets_are_settings_and_nothing_else(kind: str, asked: str) -> None:
    with pytest.raises(RefusedDump, match=f"the archive's {kind} t holds a statement"):
        settings_of([replace(TABLE, type=kind, definition=asked)])


def test_rows_come_in_their_order_where_a_key_looks_at_them(place: Target) -> None:
    execute(place, "CREATE TABLE above (id int PRIMARY KEY)", "CREATE TABLE below (id int REFERENCES above)")
    above, below = (replace(TABLE, copy=f"COPY public.{table} (id) FROM stdin;") for table in ("above", "below"))

    put(place, (Rows(entry, b"%d\n" % number) for number in range(200) for entry in (above, below)))

    assert fetch(place, "SELECT (SELECT count(*) FROM above), (SELECT count(*) FROM below)") == [(200, 200)]


def test_few_long_rows_wait_in_memory_however_many_connections_are_slow(place: Target) -> None:
    given, long = 0, b"1" + b" " * (20 << 20) + b"\n"

    def rows() -> Iterator[Rows]:
        nonlocal given
        for given in range(1, 101):  # noqa: B007 - looked at from outside
            yield Rows(TABLE, long)

    with session(place) as holder, holder.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE t")
        with pytest.raises(ProgramFailed):
            put(place, rows(), patience_seconds=1)

    assert given <= 2 + 2  # one for each connection, one that waits, and one to come


def test_rows_that_the_server_refuses_end_it_without_being_told(place: Target) -> None:
    rows = [Rows(TABLE, b"1\n"), *[Rows(TABLE, b"secret\n")] * 3]

    with pytest.raises(DumpNotRestored, match=r"^the server took not all rows: invalid input .* integer: \*\*\*$"):
        put(place, rows)


def test_what_comes_in_the_way_of_reading_ends_it(place: Target) -> None:
    def broken() -> Iterator[Rows]:
        yield Rows(TABLE, b"1\n")
        raise RefusedDump("the archive is damaged")

    with pytest.raises(RefusedDump):
        put(place, broken())
    assert fetch(place, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY%'") == [(0,)]


def test_a_lost_connection_says_nothing_about_the_dump(place: Target, capsys: pytest.CaptureFixture[str]) -> None:
    def losing() -> Iterator[Rows]:
        for number in range(1000):
            if number == 100:  # COPY may not have begun by now
                wait_until(lambda: fetch(place, "SELECT pg_terminate_backend(pid) FROM pg_stat_progress_copy"))
            yield Rows(TABLE, b"1\n" * 1000)

    with pytest.raises(DatabaseUnreachable):
        put(place, losing())
    assert capsys.readouterr().err == ""


def test_a_server_that_takes_nothing_is_not_waited_for_without_end(place: Target) -> None:
    with session(place) as holder, holder.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE t")
        begun = time.monotonic()

        with pytest.raises(ProgramFailed, match="took no rows for 1 s"):
            put(place, [Rows(TABLE, b"1\n")], patience_seconds=1)

        assert time.monotonic() - begun < 30


def test_a_network_that_brings_nothing_more_is_not_waited_for(place: Target) -> None:
    def stalling() -> Iterator[Rows]:
        yield from [Rows(TABLE, b"1\n")] * 3
        stalled.set()
        yield from [Rows(TABLE, b"1\n" * 500_000)] * 100

    with stalling_server(place) as (behind, stalled):
        begun = time.monotonic()
        with pytest.raises(ProgramFailed, match="took no rows for 1 s"):
            put(behind, stalling(), patience_seconds=1)
        assert time.monotonic() - begun < 30


def test_who_watches_a_load_does_not_wait_for_an_answer_that_does_not_come(
    place: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "_ANSWER_SECONDS", 0.5)
    with stalling_server(place) as (behind, stalled), session(behind) as connection:
        with LoadWatch(connection, lambda _progress: None) as watch:
            assert watch() is not None
            stalled.set()
            begun = time.monotonic()
            assert [watch(), watch()] == [None, None]
        assert time.monotonic() - begun < 10
