"""Dumps from anywhere are told by their bytes, and looked through before anything is done with them."""

import bz2
import contextlib
import fcntl
import gzip
import io
import lzma
import os
import random
import stat
import tarfile
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import zstandard
from psycopg2.extensions import connection as Connection  # noqa: N812

from alphanest_db.backup.foreign.inspect import inspect
from alphanest_db.backup.foreign.kinds import Compression, DumpKind
from alphanest_db.backup.foreign.opening import OpenDump, open_dump
from alphanest_db.backup.plain.restore import restore_plain
from alphanest_db.database.connect import connect
from alphanest_db.database.target import Target
from alphanest_db.errors import AlphanestError, InvalidInput, NotRestorable, RefusedDump
from tests.archives import (
    CUSTOM,
    OUTSIDE_NAMES,
    ROWS,
    TABLE,
    Item,
    contents,
    custom,
    directory,
    hostile_archives,
    number,
    text,
)  # fmt: skip
from tests.dumping import nasty_database, pg_dump, plain_dump, write
from tests.servers import Installation, fetch, installations, running_server

VERSIONS = {installation.version: installation for installation in installations()}
PACKED: dict[Compression, Callable[[bytes], bytes]] = {
    Compression.none: bytes,
    Compression.gzip: gzip.compress,
    Compression.zstd: lambda content: zstandard.compress(content),
}


@dataclass(frozen=True)
class Scene:
    """The same database dumped in each form by one version."""

    installation: Installation
    plain: bytes
    inserts: bytes
    custom: bytes
    custom_unpacked: bytes
    folder: Path


@pytest.fixture(scope="module", params=sorted(VERSIONS))
def scene(request: pytest.FixtureRequest, worker_folder: Path) -> Iterator[Scene]:
    """Dumps by the programs of each version."""
    installation: Installation = VERSIONS[request.param]
    place = worker_folder / f"foreign-{installation.version}"
    with running_server(installation, place / "server") as server, nasty_database(server) as nasty:
        folder = place / "dump"
        pg_dump(installation, nasty, "--format=directory", f"--file={folder}", stable=False)
        yield Scene(
            installation, pg_dump(installation, nasty),
            pg_dump(installation, nasty, "--format=custom", "--inserts", stable=False),
            pg_dump(installation, nasty, "--format=custom", stable=False),
            pg_dump(installation, nasty, "--format=custom", "--compress=0", stable=False), folder,
        )  # fmt: skip


def is_refused(path: Path, *, thorough: bool = True) -> bool:
    """Whether this dump is refused, as it should be."""
    try:
        inspect(path, thorough=thorough)
    except (RefusedDump, NotRestorable):
        return True
    return False


@pytest.mark.parametrize("compression", Compression)
def test_honest_dump_is_known_by_its_bytes(scene: Scene, tmp_path: Path, compression: Compression) -> None:
    for kind, content in (
        (DumpKind.plain, scene.plain), (DumpKind.custom, scene.custom), (DumpKind.custom, scene.custom_unpacked),
        (DumpKind.custom, scene.inserts),
    ):  # fmt: skip
        found = inspect(write(tmp_path / "misleading.tar", PACKED[compression](content)))

        assert (found.kind, found.compression) == (kind, compression)
        assert found.server_version.startswith(f"{scene.installation.version}.")
        assert found.tool_version.startswith(f"{scene.installation.version}.")
        assert found.revisions == ("d9a4a7469274",)


def test_honest_directory_is_known(scene: Scene) -> None:
    found = inspect(scene.folder)

    assert (found.kind, found.revisions, found.database is not None) == (DumpKind.directory, ("d9a4a7469274",), True)
    assert found.size_bytes == sum(path.stat().st_size for path in scene.folder.iterdir())


def test_archive_that_a_shell_opened_is_whole(scene: Scene, server: Target, tmp_path: Path) -> None:
    """pg_dump 16 and newer append to it what they wrote at its beginning."""
    begin = inspect(write(tmp_path / "a", scene.custom))
    listed = contents(TABLE, form=CUSTOM, compressed=True)
    again = listed[len(listed) - len(_list_of(listed)) :]

    assert begin.kind is DumpKind.custom
    assert inspect(write(tmp_path / "b", listed + again)).kind is DumpKind.custom
    for more in (again[:-1], again + b"x", again.replace(b"TABLE", b"TABLF"), b"\0"):
        assert is_refused(write(tmp_path / "c", listed + more))


def _list_of(listed: bytes) -> bytes:
    head = len(contents(form=CUSTOM, compressed=True)) - len(number(0))
    return listed[head:]


def test_archive_is_refused_wherever_it_is_cut(scene: Scene, tmp_path: Path) -> None:
    chance = random.Random(4)
    for whole in (scene.custom, scene.custom_unpacked, scene.inserts):
        for length in (0, 5, 12, 60, len(whole) - 1, *(chance.randrange(len(whole)) for _ in range(25))):
            assert is_refused(write(tmp_path / "cut", whole[:length]))


def test_directory_is_refused_with_any_file_missing_or_cut(scene: Scene, tmp_path: Path) -> None:
    for path in sorted(scene.folder.iterdir()):
        content = path.read_bytes()
        try:
            path.unlink()
            assert is_refused(scene.folder)
            for length in (0, len(content) // 2, len(content) - 1):
                path.write_bytes(content[:length])
                assert is_refused(scene.folder)
        finally:
            path.write_bytes(content)
    assert inspect(scene.folder).kind is DumpKind.directory


def test_files_that_pg_restore_takes_for_tables_without_rows_are_refused_at_any_rate(scene: Scene) -> None:
    packed = sorted(scene.folder.glob("*.gz"))
    assert packed
    for path in packed:
        content = path.read_bytes()
        try:
            for other in (b"", b"\\.\n\n\n"):
                path.write_bytes(other)
                assert is_refused(scene.folder, thorough=False)
        finally:
            path.write_bytes(content)


_LZ4_BLOCK = (0x80000000 + len(ROWS)).to_bytes(4, "little") + ROWS  # not compressed, as its first bit says


@pytest.mark.parametrize(
    ("number", "suffix", "packed"),
    [
        (2, ".lz4", b"\x04\x22\x4d\x18\x60\x40\x82" + _LZ4_BLOCK + bytes(4)),
        (2, ".lz4", b"\x04\x22\x4d\x18\x64\x40\xa7" + _LZ4_BLOCK + bytes(4) + b"\x12\x34\x56\x78"),
        (3, ".zst", zstandard.compress(ROWS)),
    ],
    ids=["lz4", "lz4 with a checksum", "zstd"],
)
def test_a_file_that_is_cut_off_is_refused_at_any_rate(tmp_path: Path, number: int, suffix: str, packed: bytes) -> None:
    """pg_restore takes it, with whatever rows it has. `number` is pg_dump's of the compression."""
    folder = directory(tmp_path / "d", TABLE, Item())
    toc = bytearray((folder / "toc.dat").read_bytes())
    toc[11] = number
    (folder / "toc.dat").write_bytes(toc)
    (folder / "1.dat").unlink()

    for length in range(len(packed)):
        (folder / f"1.dat{suffix}").write_bytes(packed[:length])
        assert is_refused(folder, thorough=False)
    (folder / f"1.dat{suffix}").write_bytes(packed)
    assert inspect(folder, thorough=False).kind is DumpKind.directory


def test_damaged_rows_are_found(scene: Scene, tmp_path: Path) -> None:
    place = len(scene.custom) - 60  # in the last block
    flipped = scene.custom[:place] + bytes([scene.custom[place] ^ 4]) + scene.custom[place + 1 :]

    assert is_refused(write(tmp_path / "flipped", flipped))


@pytest.mark.parametrize("compression", Compression)
def test_plain_dump_that_is_cut_off_leaves_nothing(
    scene: Scene, tmp_path: Path, compression: Compression, empty_database: Target
) -> None:
    """Refused before anything is done with it, or if it is packed, where its end shows."""
    packed = PACKED[compression](scene.plain)
    path = write(tmp_path / "cut", packed[: len(packed) * 3 // 4])
    connection = connect(empty_database)

    with contextlib.closing(connection), pytest.raises(RefusedDump, match="cut off"):
        _restore_from(path, connection, tmp_path)
    assert fetch(empty_database, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace") == [(0,)]


def _restore_from(path: Path, connection: Connection, home: Path) -> None:
    with open_dump(path, home, io.BytesIO()) as dump:
        assert dump.stream is not None
        restore_plain(dump.stream, connection)


def test_hostile_archive_is_refused(tmp_path: Path) -> None:
    canary, count = tmp_path / "canary", 0
    for count, hostile in enumerate(hostile_archives(canary), 1):
        for compressed in (True, False):
            assert is_refused(write(tmp_path / "a", custom(*hostile.items, compressed=compressed)), thorough=False), (
                hostile.name
            )
        assert is_refused(directory(tmp_path / f"d{count}", *hostile.items), thorough=False), hostile.name
    assert count > 50
    assert not canary.exists()


def test_honest_archive_of_ours_is_taken(tmp_path: Path) -> None:
    """Else the hostile ones would be refused for being made by hand."""
    assert inspect(write(tmp_path / "a", custom(TABLE, Item()))).kind is DumpKind.custom
    assert inspect(write(tmp_path / "b", custom(TABLE, Item(), compressed=False))).kind is DumpKind.custom
    assert inspect(directory(tmp_path / "c", TABLE, Item())).kind is DumpKind.directory
    inserts = Item(copy="", rows=b"INSERT INTO public.t VALUES ('a;\\');\n\n\n")
    assert inspect(write(tmp_path / "d", custom(TABLE, inserts))).kind is DumpKind.custom


def test_unpacked_rows_without_their_end_are_refused_at_any_rate(tmp_path: Path) -> None:
    """pg_restore takes them: it reads to the end of the file."""
    for place, rows in enumerate((ROWS[:-1], ROWS[:2], b"")):
        assert is_refused(directory(tmp_path / f"d{place}", TABLE, Item(rows=rows)), thorough=False)
        assert is_refused(write(tmp_path / "a", custom(TABLE, Item(rows=rows), compressed=False)), thorough=False)


def test_names_that_lead_out_of_a_directory_are_refused(tmp_path: Path) -> None:
    (tmp_path / "1.dat").write_bytes(ROWS)
    for place, name in enumerate(OUTSIDE_NAMES):
        assert is_refused(_directory_naming(tmp_path / f"rows{place}", Item(file=name))), repr(name)
        assert is_refused(_directory_naming(tmp_path / f"blobs{place}", Item(type="BLOBS", copy="", file=name))), repr(
            name
        )
        listing = directory(
            tmp_path / f"list{place}", Item(type="BLOBS", copy="", file="blobs.toc", rows=f"1 {name}\n".encode())
        )
        assert is_refused(listing), repr(name)


def _directory_naming(folder: Path, item: Item) -> Path:
    made = directory(folder, replace(item, has_data=False))
    (made / "toc.dat").write_bytes(contents(item, form=3, compressed=False))
    return made


def test_links_in_a_directory_are_refused(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", ROWS)
    for place, name in enumerate(("toc.dat", "1.dat", "1.dat.gz")):
        folder = directory(tmp_path / f"d{place}", TABLE, Item())
        target = (
            write(tmp_path / f"outside{place}", (folder / name).read_bytes()) if (folder / name).exists() else outside
        )
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)
        assert is_refused(folder)
    pipe = directory(tmp_path / "pipe", TABLE, Item())
    (pipe / "1.dat").unlink()
    os.mkfifo(pipe / "1.dat")
    with pytest.raises(RefusedDump, match="no plain file"):
        inspect(pipe)


def test_absurd_numbers_cost_neither_time_nor_memory(tmp_path: Path) -> None:
    head = contents(form=CUSTOM, compressed=True)[: -len(number(0))]
    begun = time.monotonic()
    tracemalloc.start()
    first = head + number(1) + number(1) + number(0)
    version = b"PGDMP" + bytes([1, 16, 0])
    rows = contents(Item(), form=CUSTOM, compressed=True) + bytes([1]) + number(1)
    for absurd in (
        head + number(2**31 - 1), head + number(-5) + b"\1", first + number(2**31 - 1) + b"x" * 99,
        first + number(1 << 29) + b"x" * 99, custom(TABLE)[:-1], version + bytes([255, 8, 1, 0]), version + bytes([4, 0, 1, 0]),
        version + bytes([4, 8, 9, 0]), version + bytes([4, 8, 1, 77]), custom(TABLE, Item())[:-5] + number(-7),
        custom(TABLE) + bytes([1]) + number(77), custom(TABLE) + bytes([9]), rows + number(2**31 - 1) + b"x", rows + number(-1),
    ):  # fmt: skip
        assert is_refused(write(tmp_path / "absurd", absurd))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000
    assert time.monotonic() - begun < 5


OTHERS: dict[str, Callable[[], bytes]] = {
    "zip file": lambda: _zip(), "tar file": lambda: _tar(), "xz file": lambda: lzma.compress(b"x"),
    "bzip2 file": lambda: bz2.compress(b"x"), "empty": bytes, "dump of MySQL": lambda: b"-- MySQL dump 10.13\n",
    "UTF-16": lambda: plain_dump().decode().encode("utf-16"),
    "whole cluster": lambda: b"--\n-- PostgreSQL database cluster dump\n--\n",
    "version 1.99": lambda: b"PGDMP" + bytes([1, 99]) + bytes(99), "version 1.12": lambda: b"PGDMP" + bytes([1, 12]) + bytes(99),
    "toc.dat of a directory dump alone": lambda: contents(TABLE, form=3, compressed=False), "no dump": lambda: b"SELECT 1;\n",
    "JSON": lambda: b'{"a": 1}', "HTML": lambda: b"<!DOCTYPE html>", "SQLite": lambda: b"SQLite format 3\0",
    "cannot be unpacked": lambda: b"\x1f\x8b\x08\0\0\0\0\0\0\3garbage",
}  # fmt: skip


@pytest.mark.parametrize("said", OTHERS)
def test_what_is_no_dump_is_refused_with_what_it_seems_to_be(tmp_path: Path, said: str) -> None:
    with pytest.raises((NotRestorable, RefusedDump), match=said) as refused:
        inspect(write(tmp_path / "dump.sql", OTHERS[said]()))
    assert refused.value.hint


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("dump.sql", "x")
    return file.getvalue()


def _tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("toc.dat"))
    return file.getvalue()


def test_what_is_not_there_or_no_file_is_wrong_usage(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing", Path("/dev/null")):
        with pytest.raises(InvalidInput):
            inspect(path)
    with pytest.raises(NotRestorable, match=r"no toc\.dat"):
        inspect(tmp_path)


@pytest.mark.parametrize("compression", Compression)
def test_standard_input_is_streamed_if_plain_and_else_kept_for_a_while(
    scene: Scene, tmp_path: Path, compression: Compression
) -> None:
    with open_dump(None, tmp_path, io.BytesIO(PACKED[compression](scene.plain))) as dump:
        assert (dump.facts.kind, dump.facts.compression, dump.archive) == (DumpKind.plain, compression, None)
        assert _all_of(dump) == scene.plain
        assert not (tmp_path / "spool").exists()
    with open_dump(None, tmp_path, io.BytesIO(PACKED[compression](scene.custom))) as dump:
        assert dump.archive is not None
        assert dump.archive.read_bytes() == scene.custom
        assert stat.S_IMODE(dump.archive.stat().st_mode) == 0o600
        assert (dump.facts.kind, dump.facts.compression, dump.facts.path) == (DumpKind.custom, compression, None)
    assert [path.name for path in (tmp_path / "spool").iterdir()] == [".lock"]


def test_packed_archive_is_unpacked_for_a_while(scene: Scene, tmp_path: Path) -> None:
    path = write(tmp_path / "dump.gz", gzip.compress(scene.custom))

    with open_dump(path, tmp_path, io.BytesIO()) as dump:
        assert dump.archive is not None
        assert dump.archive.read_bytes() == scene.custom
    with open_dump(scene.folder, tmp_path, io.BytesIO()) as dump:
        assert dump.archive == scene.folder
    with open_dump(write(tmp_path / "plain", gzip.compress(scene.plain)), tmp_path, io.BytesIO()) as dump:
        assert _all_of(dump) == scene.plain


def _all_of(dump: OpenDump) -> bytes:
    assert dump.stream is not None
    return b"".join(iter(lambda: dump.stream.read(1 << 16), b""))  # type: ignore[union-attr] # asserted above


def test_what_a_killed_process_kept_is_removed_and_a_living_ones_is_not(scene: Scene, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    left, alive = write(spool / "left", b"x"), write(spool / "alive", b"x")
    with alive.open("rb") as file, open_dump(None, tmp_path, io.BytesIO(scene.custom)):
        assert not left.exists() or not alive.exists()  # nobody has locked them
        alive.touch()
        fcntl.flock(file, fcntl.LOCK_EX)
    with alive.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with open_dump(None, tmp_path, io.BytesIO(scene.custom)):
            assert alive.exists()
            assert not left.exists()


def test_nothing_is_kept_where_the_disk_is_full(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alphanest_db.backup.foreign.opening._RESERVE_BYTES", 1 << 60)

    with pytest.raises(AlphanestError, match="no room"), open_dump(None, tmp_path, io.BytesIO(scene.custom)):
        pass
    assert [path.name for path in (tmp_path / "spool").iterdir()] == [".lock"]


def test_text_with_a_length_is_text(tmp_path: Path) -> None:
    """The tools of this test write what pg_dump writes."""
    assert text("é") == b"\0\2\0\0\0\xc3\xa9"
    assert number(-1) == b"\1\1\0\0\0"
