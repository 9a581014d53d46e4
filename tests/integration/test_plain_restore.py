"""Plain dumps of others: honest ones come back byte by byte, hostile ones leave nothing behind."""

import contextlib
import gzip
import io
import itertools
import random
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.backup.plain.lexer import Lexer, Statement
from alphanest_db.backup.plain.report import PlainReport
from alphanest_db.backup.plain.restore import restore_plain
from alphanest_db.backup.plain.source import Readable, Source
from alphanest_db.database.connect import connect
from alphanest_db.database.target import Target
from alphanest_db.errors import AlphanestError, DumpNotRestored, RefusedDump
from tests.conftest import new_database
from tests.dumping import nasty_database, pg_dump, plain_dump, trigger
from tests.hostile import COMMANDS, PLACES, Hostile, hostile_dumps
from tests.puzzles import SETUP, puzzle
from tests.servers import Installation, execute, fetch, installations, running_server

VERSIONS = {installation.version: installation for installation in installations()}
OPTIONS = {
    "as it is": (),
    "by insert": ("--inserts", "--rows-per-insert=3"),
    "with create and clean": ("--create", "--clean", "--if-exists", "--verbose", "--column-inserts"),
}
TABLES = "SELECT count(*) FROM pg_catalog.pg_class WHERE relnamespace = 'public'::regnamespace"


@pytest.fixture(scope="module", params=sorted(VERSIONS))
def scene(request: pytest.FixtureRequest, worker_folder: Path) -> Iterator[tuple[Installation, Target, Target]]:
    """A version's programs, its server, and a database there that is hard to dump."""
    installation = VERSIONS[request.param]
    folder = worker_folder / f"plain-{installation.version}"
    with running_server(installation, folder) as server, nasty_database(server) as nasty:
        yield installation, server, nasty


def restored(stream: Readable, target: Target) -> PlainReport:
    """What restoring into the target came to."""
    connection = connect(target)
    try:
        return restore_plain(stream, connection)
    finally:
        connection.close()


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_honest_dump_comes_back_byte_by_byte(
    scene: tuple[Installation, Target, Target], options: tuple[str, ...]
) -> None:
    installation, server, nasty = scene
    with new_database(server, "template0") as target:
        report = restored(io.BytesIO(pg_dump(installation, nasty, *options)), target)

        assert pg_dump(installation, target) == pg_dump(installation, nasty)
        assert not report.violated_keys
        assert {skipped.reason for skipped in report.skipped} <= {"it is about the dumped database, not about this one"}


def test_dump_of_a_newer_version_restores_into_an_older(scene: tuple[Installation, Target, Target]) -> None:
    installation, server, _nasty = scene
    newest = VERSIONS[max(VERSIONS)]
    with new_database(server, "template0") as source, new_database(server, "template0") as target:
        execute(source, "CREATE TABLE t (a text)", r"INSERT INTO t VALUES (E'\\.'), (E'a\nb')")

        report = restored(io.BytesIO(pg_dump(newest, source)), target)

        assert fetch(target, "SELECT * FROM t") == fetch(source, "SELECT * FROM t")
        assert len(report.skipped) == (installation.version < 17)


def test_hostile_dump_is_refused_and_nothing_is_run(empty_database: Target, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    connection, accepted = connect(empty_database), []
    for dump in _chosen(list(hostile_dumps(canary))):
        with contextlib.suppress(RefusedDump, DumpNotRestored):
            accepted.append((dump.name, restore_plain(io.BytesIO(dump.content), connection)))
        assert not canary.exists(), dump.name
        with connection.cursor() as cursor:
            cursor.execute(f"RESET ALL; {TABLES}")
            assert cursor.fetchone() == (0,), dump.name
        connection.rollback()
    connection.close()
    assert accepted == []


def _chosen(dumps: list[Hostile]) -> Iterator[Hostile]:
    """Each kind, each command somewhere and each place with some commands; `python -m benchmarks hostile` takes all."""
    commanding = len(COMMANDS) * len(PLACES)
    yield from dumps[:-commanding]
    yield from dumps[-commanding :: len(PLACES) // 2 + 1]


def test_hundreds_of_hostile_dumps_are_generated(tmp_path: Path) -> None:
    assert len({dump.content for dump in hostile_dumps(tmp_path)}) > 1000


def test_strings_are_read_as_the_server_reads_them_at_that_moment(empty_database: Target) -> None:
    """A trigger of the dump turns standard_conforming_strings off: what looks like three statements is one comment."""
    dump = plain_dump(
        "CREATE TABLE public.t (a text);",
        trigger("SET standard_conforming_strings = off;"),
        "COPY public.t (a) FROM stdin;\n1\n\\.\n",
        r"COMMENT ON TABLE public.t IS '\'; COMMIT; --';",
    )

    restored(io.BytesIO(dump), empty_database)

    assert fetch(empty_database, "SELECT obj_description('t'::regclass)") == [("'; COMMIT; --",)]


@pytest.mark.parametrize("strings", ["on", "off"])
def test_no_piece_is_two_statements_for_the_server(empty_database: Target, strings: str) -> None:
    """Whatever a hostile file looks like: what the lexer takes for one statement, the server does not take for two."""
    execute(empty_database, *SETUP)
    chance, done = random.Random(strings), 0
    connection = connect(empty_database)
    with connection, connection.cursor() as cursor:
        cursor.execute(f"SET standard_conforming_strings = {strings}; SET escape_string_warning = off; SAVEPOINT s")
        for _ in range(600):
            text = puzzle(chance)
            for piece in _pieces(text.encode(), strings == "on"):
                run = _statements_run(cursor, piece)
                assert run <= 1, (text, piece)
                done += run
    connection.close()
    assert done > 300, "the server took too few of them to tell anything"


def _pieces(text: bytes, standard_strings: bool) -> Iterator[bytes]:
    lexer = Lexer(Source(io.BytesIO(text)))
    with contextlib.suppress(RefusedDump):
        while isinstance(piece := lexer.next(standard_strings=standard_strings), Statement):
            if not piece.text.startswith(b"END"):  # no kind of statement that is run
                yield piece.text


def _statements_run(cursor: Cursor, piece: bytes) -> int:
    """How many statements the server saw in it, by what they left behind."""
    cursor.execute("SELECT pg_catalog.setval('n', 1)")
    try:
        cursor.execute(piece)
    except psycopg2.Error:
        cursor.execute("ROLLBACK TO SAVEPOINT s")
        return 0
    cursor.execute(
        "SELECT last_value - 1 + (SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace) "
        "+ (SELECT count(*) FROM pg_rewrite WHERE ev_class = 't'::regclass) FROM n"
    )
    row = cursor.fetchone()
    cursor.execute("ROLLBACK TO SAVEPOINT s")
    return int(row[0]) if row else 0


def test_rows_of_any_block_size_arrive(empty_database: Target) -> None:
    """The end of the rows may begin in one block and go on in the next."""
    rows = "".join(f"{number}\\n\\\\.\\n\t\\\\.{'x' * (number % 50)}\n" for number in range(3000))
    dump = plain_dump(
        "CREATE TABLE public.t (a text, b text);",
        f"COPY public.t (a, b) FROM stdin;\n{rows}\\.",
        "COPY public.t (a, b) FROM stdin;\n\\.",
    )

    for size in (1, 5, 13):
        connection = connect(empty_database)
        report = restore_plain(_Blocks(dump, itertools.cycle([size])), connection)
        connection.close()

        assert report.rows == 3000
        assert fetch(empty_database, "SELECT count(*), count(DISTINCT a), min(length(b)) FROM t") == [(3000, 3000, 2)]
        execute(empty_database, "DROP TABLE t")


class _Blocks:
    """A stream that gives blocks of these sizes, a bit smaller than what is asked for."""

    def __init__(self, content: bytes, sizes: Iterator[int]) -> None:
        self._stream, self._sizes = io.BytesIO(content), sizes

    def read(self, _size: int, /) -> bytes:
        return self._stream.read(next(self._sizes))


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.99, 1.0])
def test_cut_off_dump_leaves_nothing(scene: tuple[Installation, Target, Target], part: float) -> None:
    installation, server, nasty = scene
    whole = pg_dump(installation, nasty).rstrip()
    with new_database(server, "template0") as target:
        with pytest.raises(RefusedDump, match=r"cut off|psql command"):
            restored(io.BytesIO(whole[: int(len(whole) * part) - len("\\unrestrict stable") * (part == 1)]), target)

        assert fetch(target, TABLES) == [(0,)]


def test_missing_roles_are_left_out_and_told(empty_database: Target) -> None:
    dump = plain_dump(
        "CREATE TABLE public.t (a text);", "ALTER TABLE public.t OWNER TO nobody_here;",
        "GRANT SELECT,INSERT ON TABLE public.t TO nobody_here;",
        "ALTER DEFAULT PRIVILEGES FOR ROLE nobody_here GRANT SELECT ON TABLES TO PUBLIC;",
        "SET SESSION AUTHORIZATION nobody_here;\nGRANT SELECT ON TABLE public.t TO PUBLIC;\nRESET SESSION AUTHORIZATION;",
        "CREATE SCHEMA public;",
    )  # fmt: skip

    report = restored(io.BytesIO(dump), empty_database)

    assert [(item.line, item.statement, item.reason) for item in report.skipped] == [
        (18, "ALTER TABLE public.t OWNER TO nobody_here", "that role is missing here, or may not be given to"),
        (20, "GRANT SELECT,INSERT ON TABLE public.t TO nobody_here", "that role is missing here"),
        (22, "ALTER DEFAULT PRIVILEGES FOR ROLE nobody_here GRANT SELECT O", "that role is missing here"),
        (24, "SET SESSION AUTHORIZATION nobody_here", "the owner grants it instead"),
        (26, "RESET SESSION AUTHORIZATION", "the owner grants it instead"),
        (28, "CREATE SCHEMA public", "it is there"),
    ]
    assert fetch(empty_database, "SELECT has_table_privilege('public', 't', 'SELECT')") == [(True,)]


def test_violated_key_is_added_not_valid_and_told(empty_database: Target) -> None:
    key = 'ALTER TABLE ONLY public.child\n    ADD CONSTRAINT "k;y" FOREIGN KEY (id) REFERENCES public.parent(id) ON DELETE CASCADE;'
    dump = plain_dump(
        "CREATE TABLE public.parent (id int PRIMARY KEY);\nCREATE TABLE public.child (id int);",
        "COPY public.child (id) FROM stdin;\n1\n\\.", key,
    )  # fmt: skip

    report = restored(io.BytesIO(dump), empty_database)

    assert [(item.statement, item.added) for item in report.violated_keys] == [(key, True)]
    assert fetch(empty_database, "SELECT conname, convalidated FROM pg_constraint WHERE contype = 'f'") == [
        ("k;y", False)
    ]
    assert fetch(empty_database, "SELECT id FROM child") == [(1,)]


def test_error_of_the_server_names_the_line_and_no_row(empty_database: Target) -> None:
    dump = plain_dump("CREATE TABLE public.t (a int);", "COPY public.t (a) FROM stdin;\n1\nsecret@example.org\n\\.")

    with pytest.raises(DumpNotRestored) as failed:
        restored(io.BytesIO(dump), empty_database)

    assert failed.value.message == "line 20 of the dump (COPY public.t): invalid input syntax for type integer: ***"
    assert dump.splitlines()[failed.value.line - 1] == b"secret@example.org"
    assert fetch(empty_database, TABLES) == [(0,)]


def test_dump_in_another_encoding_and_from_windows(empty_database: Target) -> None:
    dump = plain_dump(
        "CREATE TABLE public.t (a text);",
        "COPY public.t (a) FROM stdin;\né\\r\\n\n\\.",
        "COMMENT ON TABLE public.t IS 'a\nb';",
    )
    latin = dump.decode().replace("'UTF8'", "'LATIN1'").encode("latin-1")

    restored(io.BytesIO(latin.replace(b"\n", b"\r\n")), empty_database)

    assert fetch(empty_database, "SELECT a, obj_description('t'::regclass) FROM t") == [("é\r\n", "a\nb")]


def test_stream_that_fails_midway_says_why(empty_database: Target) -> None:
    class Broken:
        given = io.BytesIO(
            plain_dump("CREATE TABLE public.t (a text);", "COPY public.t (a) FROM stdin;\n" + "x\n" * 300_000)
        )

        def read(self, size: int, /) -> bytes:
            if self.given.tell() > 300_000:
                raise AlphanestError("the disk broke")
            return self.given.read(size)

    with pytest.raises(AlphanestError, match="the disk broke"):
        restored(Broken(), empty_database)
    assert fetch(empty_database, TABLES) == [(0,)]


def test_rows_are_not_printed_when_the_connection_is_lost(
    empty_database: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    class Losing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 1 << 20:
                execute(empty_database, "SELECT pg_terminate_backend(pid) FROM pg_stat_progress_copy")
            return super().read(1 << 18)

    dump = plain_dump(
        "CREATE TABLE public.t (a text);", "COPY public.t (a) FROM stdin;\n" + "secret\n" * 1_000_000 + "\\.\n"
    )

    with pytest.raises(AlphanestError), contextlib.closing(connect(empty_database)) as connection:
        restore_plain(Losing(dump), connection)

    assert capsys.readouterr().err == ""


def test_large_dump_is_not_kept_in_memory(empty_database: Target) -> None:
    import tracemalloc

    dump = gzip.compress(
        plain_dump(
            "CREATE TABLE public.t (a text);", "COPY public.t (a) FROM stdin;\n" + ("x" * 99 + "\n") * 300_000 + "\\."
        ),
        1,
    )
    tracemalloc.start()
    report = restored(gzip.GzipFile(fileobj=io.BytesIO(dump)), empty_database)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert report.rows == 300_000
    assert peak < 6_000_000
