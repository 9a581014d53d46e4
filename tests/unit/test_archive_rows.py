"""The rows of an archive come out to the letter, however it is cut into blocks, or it is refused."""

import gzip
import io
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from alphanest_db.errors import RefusedDump
from alphanest_db.programs.archive import OFFSET_IS_SET, read_contents
from alphanest_db.programs.archive_data import END_OF_ROWS, Block
from alphanest_db.programs.archive_rows import (
    ArchiveRows,
    Rows,
    has_plain_rows,
    has_rows_in_files,
    rows_in_files,
)
from tests.archives import Item, contents, custom, number

# Lengths whose bytes are zero, line breaks, or look like what ends a table.
ROWS = st.one_of(
    st.binary(max_size=30).map(lambda row: row.replace(b"\0", b"0").replace(b"\n", b"n")),
    st.sampled_from([0, 1, 9, 255, 256, 257, 2559, 2560, 65535, 65536]).map(lambda length: b"r" * length),
    st.just(rb"\\."),
)
TABLES = st.lists(st.lists(ROWS, max_size=6), min_size=1, max_size=4)


class Dribble(io.BytesIO):
    """A file that gives so many bytes at once, at most."""

    def __init__(self, content: bytes, at_once: int) -> None:
        super().__init__(content)
        self.at_once = at_once

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self.at_once if size is None or size < 0 else min(size, self.at_once))


def archive_of(tables: list[list[bytes]]) -> tuple[bytes, list[int]]:
    """An archive as pg_dump writes it, each row with its length, and where each table's rows are."""
    items = [Item(place + 1, rows=b"") for place in range(len(tables))]
    archive = contents(*items, form=1, compressed=False)
    places = []
    for item, rows in zip(items, tables, strict=True):
        places.append(len(archive))
        pieces = [row + b"\n" for row in rows] + [END_OF_ROWS]
        archive += (
            bytes([1]) + number(item.dump_id) + b"".join(number(len(piece)) + piece for piece in pieces) + number(0)
        )
    return archive, places


@given(tables=TABLES, at_once=st.one_of(st.integers(1, 12), st.integers(13, 200_000)))
def test_rows_come_out_to_the_letter_and_whole_wherever_blocks_end(tables: list[list[bytes]], at_once: int) -> None:
    archive, places = archive_of(tables)
    stream = Dribble(archive, at_once)
    rows = ArchiveRows(stream, read_contents(stream))

    found = dict.fromkeys(range(1, len(tables) + 1), b"")
    for item in rows:
        assert item.text.endswith(b"\n")
        found[item.entry.dump_id] += item.text

    assert list(found.values()) == [b"".join(row + b"\n" for row in table) for table in tables]
    assert (list(rows.places.values()), rows.place) == (places, len(archive))


@pytest.mark.parametrize(
    ("tables", "at_once"), [([[b"row"]] * 5000, 1 << 20), ([[b"r" * (8 << 20)]], 1 << 10)], ids=["many tables", "a long row"]
)  # fmt: skip
def test_time_does_not_grow_with_the_square(tables: list[list[bytes]], at_once: int) -> None:
    archive, _places = archive_of(tables)
    stream = Dribble(archive, at_once)
    rows = ArchiveRows(stream, read_contents(stream))

    begun = time.process_time()
    assert sum(len(item.text) for item in rows) == sum(len(row) + 1 for table in tables for row in table)

    assert time.process_time() - begun < 1  # it was 4 s


@pytest.mark.parametrize("length", range(1, 40))
def test_archive_whose_rows_are_cut_off_is_refused(length: int) -> None:
    archive, places = archive_of([[b"one", b"two"], [b"three"]])
    stream = io.BytesIO(archive[: min(places[0] + length, len(archive) - 1)])

    with pytest.raises(RefusedDump):
        list(ArchiveRows(stream, read_contents(stream)))


@pytest.mark.parametrize("damage", [bytes([3]) + number(1), bytes([1]) + number(7)])
def test_what_belongs_to_no_table_is_refused(damage: bytes) -> None:
    archive, places = archive_of([[b"one"]])
    stream = io.BytesIO(archive[: places[0]] + damage + archive[places[0] + len(damage) :])

    with pytest.raises(RefusedDump, match="belongs to no table"):
        list(ArchiveRows(stream, read_contents(stream)))


def test_rows_without_an_end_are_refused() -> None:
    stream = io.BytesIO(custom(Item(rows=b"1\n2\n"), compressed=False))

    with pytest.raises(RefusedDump, match="have no end"):
        list(ArchiveRows(stream, read_contents(stream)))


def test_only_rows_that_copy_takes_as_they_are_count_as_plain() -> None:
    plain, objects, inserts = Item(), Item(type="BLOBS", copy=""), Item(copy="")

    found = [
        has_plain_rows(read_contents(io.BytesIO(contents(item, form=form, compressed=compressed))))
        for item, form, compressed in (
            (plain, 1, False), (plain, 1, True), (plain, 3, False), (objects, 1, False), (inserts, 1, False),
            (replace(objects, has_data=False), 1, False),
        )
    ]  # fmt: skip

    assert found == [True, False, False, False, False, True]


@given(table=st.lists(ROWS, max_size=6), at_once=st.one_of(st.integers(1, 12), st.integers(13, 200_000)))
@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_rows_of_a_file_come_out_to_the_letter_and_whole_wherever_it_is_cut(
    compression: str, table: list[bytes], at_once: int
) -> None:
    rows = b"".join(row + b"\n" for row in table)

    found = list(rows_of_file(packed(compression, rows + END_OF_ROWS), compression, at_once))

    assert b"".join(item.text for item in found) == rows
    assert all(item.text.endswith(b"\n") for item in found)


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_a_file_that_is_cut_off_is_refused_wherever_that_is(compression: str) -> None:
    whole = packed(compression, b"one\ntwo\n" * 100 + END_OF_ROWS)

    for length in range(len(whole)):
        with pytest.raises(RefusedDump):
            list(rows_of_file(whole[:length], compression))


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_few_bytes_that_stand_for_many_rows_are_not_unpacked_at_once(compression: str) -> None:
    rows = b"t\tf\t\\N\n" * 20_000_000
    file = packed(compression, rows + END_OF_ROWS)

    lengths = [len(item.text) for item in rows_of_file(file, compression, len(file))]

    assert sum(lengths) == len(rows)
    assert max(lengths) <= 64 << 20


def test_a_file_in_gzip_with_a_flipped_bit_gives_no_other_rows() -> None:
    rows = b"".join(b"%d\t%d\n" % (number, number**3) for number in range(50))
    whole = packed("gzip", rows + END_OF_ROWS)
    refused = 0

    for place in range(len(whole) * 8):
        damaged = bytearray(whole)
        damaged[place // 8] ^= 1 << place % 8
        try:
            assert b"".join(item.text for item in rows_of_file(bytes(damaged), "gzip")) == rows
        except RefusedDump:
            refused += 1

    assert refused >= (len(whole) - 10 - 1) * 8  # the header has a time, and a last byte bits that nobody reads


def test_only_files_with_rows_that_copy_takes_in_a_known_compression_are_read() -> None:
    plain, objects, inserts = Item(), Item(type="BLOBS", copy=""), Item(copy="")

    found = [
        has_rows_in_files(read_contents(io.BytesIO(contents(item, form=form, compressed=compressed))))
        for item, form, compressed in (
            (plain, 3, False), (plain, 3, True), (plain, 1, False), (objects, 3, False), (inserts, 3, False),
            (replace(objects, has_data=False), 3, False),
        )
    ]  # fmt: skip
    lz4 = replace(read_contents(io.BytesIO(contents(plain, form=3, compressed=False))), compression="lz4")

    assert [*found, has_rows_in_files(lz4)] == [True, True, False, False, False, True, False]


def packed(compression: str, content: bytes) -> bytes:
    """A file of a directory dump."""
    match compression:
        case "gzip":
            return gzip.compress(content)
        case "zstd":
            return zstandard.ZstdCompressor().compress(content)
    return content


def rows_of_file(content: bytes, compression: str, at_once: int = 10) -> Iterator[Rows]:
    """What is read of it, so many bytes at a time."""
    found = read_contents(io.BytesIO(contents(Item(), form=3, compressed=False)))
    pieces = (content[place : place + at_once] for place in range(0, len(content), at_once))
    return rows_in_files([Block(found.entries[0], pieces)], replace(found, compression=compression))


def test_archive_in_which_a_place_behind_4_gib_cannot_be_told_is_not_read() -> None:
    found = read_contents(io.BytesIO(contents(Item(), form=1, compressed=False)))

    assert not has_plain_rows(replace(found, layout=replace(found.layout, offset_bytes=4)))


def test_contents_tell_where_they_say_where_the_rows_are() -> None:
    archive, _places = archive_of([[b"one"], [b"two"]])

    entries = read_contents(io.BytesIO(archive)).entries
    told = bytearray(archive)
    for entry in entries:
        told[entry.offset_at : entry.offset_at + 9] = bytes([OFFSET_IS_SET]) + (77).to_bytes(8, "little")

    again = read_contents(io.BytesIO(bytes(told))).entries
    assert [entry.offset for entry in again] == [77, 77]
    assert list(again) == [replace(entry, offset=77) for entry in entries]
