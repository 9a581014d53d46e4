"""What pg_dump writes is read to the letter, or refused."""

import io
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from alphanest_db.database.target import Target
from alphanest_db.errors import AlphanestError, ProgramNotFound
from alphanest_db.programs.archive import Contents, read_contents
from alphanest_db.programs.find import find_client
from alphanest_db.schema.drift.dump import dump_schema
from alphanest_db.schema.drift.objects import table_settings
from tests.conftest import new_database
from tests.servers import Installation, execute, installations

NEWEST = installations()[0]


@pytest.fixture(scope="module")
def archive(server: Target) -> Iterator[bytes]:
    """The dump of a function whose body looks like the beginning of another object."""
    with new_database(server, "template0") as target:
        execute(
            target, "CREATE FUNCTION fake() RETURNS text LANGUAGE sql AS $$SELECT '\n--\n-- Name: x; Type: TABLE\n'$$"
        )
        yield dump_schema(target, find_client("pg_dump", NEWEST.version).path, {})


def read(archive: bytes) -> Contents:
    return read_contents(io.BytesIO(archive))


def test_function_body_is_part_of_the_function(archive: bytes) -> None:
    entries = [entry for entry in read(archive).entries if entry.schema == "public"]

    assert [(entry.type, entry.tag, entry.drop) for entry in entries] == [
        ("FUNCTION", "fake()", "DROP FUNCTION public.fake();")
    ]
    assert "-- Name: x; Type: TABLE" in entries[0].definition


@pytest.mark.parametrize("length", [0, 4, 20, 100, 400])
def test_archive_that_is_cut_short_is_refused(archive: bytes, length: int) -> None:
    with pytest.raises(AlphanestError, match="cut off"):
        read(archive[:length])


def test_archive_of_an_unknown_version_is_refused(archive: bytes) -> None:
    newer = archive[:6] + bytes([99]) + archive[7:]

    with pytest.raises(AlphanestError, match=r"version 1\.99, which is not known here"):
        read(newer)


@pytest.mark.parametrize("installation", installations(), ids=lambda item: f"PostgreSQL {item.version}")
def test_pg_dump_is_of_the_servers_version_or_the_next_newer(installation: Installation) -> None:
    program = find_client("pg_dump", installation.version).path

    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    assert re.findall(r"\) (\d+)", said) == [str(installation.version)]


def test_too_old_programs_are_not_taken(tmp_path: Path) -> None:
    with pytest.raises(ProgramNotFound, match="version 99 or newer"):
        find_client("pg_dump", 99, places=[f"{tmp_path}/*/bin"])


def test_brackets_in_quotes_are_no_end_of_the_columns() -> None:
    table = """CREATE TABLE public."o)dd" (\n    a text DEFAULT ')',\n    CONSTRAINT c CHECK ((a <> '('''))\n)\nINHERITS (b);"""

    assert table_settings(table) == 'CREATE TABLE public."o)dd" ()\nINHERITS (b);'
