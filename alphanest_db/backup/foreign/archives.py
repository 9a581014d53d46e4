"""What an archive of pg_dump holds, looked through before pg_restore gets it: names, statements, and whether it is whole."""

import io
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from alphanest_db.backup.foreign.files import data_files
from alphanest_db.backup.plain.lexer import Lexer, MetaCommand, refused_command
from alphanest_db.backup.plain.source import Readable, Source
from alphanest_db.backup.plain.statements import Kind, kind_of
from alphanest_db.errors import RefusedDump
from alphanest_db.programs.archive import Contents, Entry
from alphanest_db.programs.archive_data import END_OF_ROWS, Block, data_blocks, unpacked
from alphanest_db.redact import printable

_TYPES = frozenset(
    """ACCESS METHOD|ACL|AGGREGATE|BLOB|BLOB METADATA|BLOBS|CAST|CHECK CONSTRAINT|COLLATION|COMMENT|CONSTRAINT|CONVERSION|
    DATABASE|DATABASE PROPERTIES|DEFAULT|DEFAULT ACL|DOMAIN|ENCODING|EVENT TRIGGER|EXTENSION|FK CONSTRAINT|
    FOREIGN DATA WRAPPER|FOREIGN TABLE|FUNCTION|INDEX|INDEX ATTACH|MATERIALIZED VIEW|MATERIALIZED VIEW DATA|OPERATOR|
    OPERATOR CLASS|OPERATOR FAMILY|POLICY|PROCEDURAL LANGUAGE|PROCEDURE|PUBLICATION|PUBLICATION TABLE|
    PUBLICATION TABLES IN SCHEMA|ROW SECURITY|RULE|SCHEMA|SEARCHPATH|SECURITY LABEL|SEQUENCE|SEQUENCE OWNED BY|
    SEQUENCE SET|SERVER|SHELL TYPE|STATISTICS|STATISTICS DATA|STDSTRINGS|SUBSCRIPTION|TABLE|TABLE ATTACH|TABLE DATA|
    TEXT SEARCH CONFIGURATION|TEXT SEARCH DICTIONARY|TEXT SEARCH PARSER|TEXT SEARCH TEMPLATE|TRANSFORM|TRIGGER|TYPE|
    USER MAPPING|VIEW""".replace("\n    ", "").split("|")
)
_NOT_IN_DEFINITIONS = frozenset({Kind.copy, Kind.insert, Kind.begin, Kind.commit, Kind.large_object})
_LARGE_OBJECT_TYPES = ("BLOB", "BLOB METADATA")
_LARGE_OBJECT_NUMBERS = re.compile(r"[0-9\s]*")
# pg_restore takes a file of these that ends too early for one with fewer rows.
_UNPROVED = ("none", "zstd")
_REVISION_TABLE = "alembic_version"
_REVISION_ROW = re.compile(rb"^(?:INSERT INTO [^ ]+ VALUES \(')?([A-Za-z0-9_]{1,32})(?:'\);)?$", re.M)
_REVISION_BYTES = 4096


@dataclass(frozen=True)
class Data:
    """What was found among the rows; `revisions` is None where Alembic's table is not in the dump."""

    revisions: tuple[str, ...] | None


def check_statements(contents: Contents) -> None:
    """Raises RefusedDump for an object of a kind, and for a statement, that pg_dump does not write."""
    standard_strings = _standard_strings(contents)
    for entry in contents.entries:
        if entry.type not in _TYPES:
            raise RefusedDump(f"the archive holds an object of the unknown kind {printable(entry.type)!r}")
        is_list = entry.type == "BLOB METADATA" and _LARGE_OBJECT_NUMBERS.fullmatch(entry.definition)
        _check_text(entry, "" if is_list else entry.definition, standard_strings)
        _check_text(entry, entry.drop, standard_strings)
        if entry.copy and set(_kinds(entry, entry.copy, standard_strings)) != {Kind.copy}:
            raise _refused(entry)


def _standard_strings(contents: Contents) -> bool:
    return not any(entry.type == "STDSTRINGS" and "'off'" in entry.definition for entry in contents.entries)


def check_custom(stream: Readable, contents: Contents, *, thorough: bool) -> Data:
    """Walk to the last block of a custom dump, of which the contents have been read. Raises RefusedDump where it is not whole."""
    return _check_data(data_blocks(stream, contents), contents, in_file=False, thorough=thorough)


def check_directory(folder: Path, contents: Contents, *, thorough: bool) -> Data:
    """Look at every file of a directory dump. Raises RefusedDump where one is missing, no plain file, or not whole."""
    return _check_data(data_files(folder, contents), contents, in_file=True, thorough=thorough)


def _check_data(blocks: Iterable[Block], contents: Contents, *, in_file: bool, thorough: bool) -> Data:
    revisions, large_objects = None, set()
    for block in blocks:
        rows = unpacked(block.pieces, contents.compression, in_file=in_file)
        if block.large_object is not None:
            large_objects.add(block.large_object)
        elif block.entry.tag == _REVISION_TABLE:
            first = list(_first(rows))
            revisions, rows = _revisions(b"".join(first)), itertools.chain(first, rows)
        if block.large_object is None and not block.entry.copy:
            _check_inserts(block.entry, rows, contents)
        elif thorough or contents.compression in _UNPROVED:
            _check_rows(block, rows, contents.compression)
    has_large_objects = any(entry.type == "BLOBS" and entry.has_data for entry in contents.entries)
    if has_large_objects and large_objects != _listed_large_objects(contents):
        raise RefusedDump("the dump is not whole: large objects are missing", None, "Get all of it, or dump again.")
    return Data(revisions)


def _listed_large_objects(contents: Contents) -> set[int]:
    """Those that the table of contents makes: each as an object (before PostgreSQL 17), or many in one."""
    lists = (
        entry.tag if entry.type == "BLOB" else entry.definition
        for entry in contents.entries
        if entry.type in _LARGE_OBJECT_TYPES
    )
    return {int(number) for text in lists for number in text.split() if number.isdigit()}


def _check_rows(block: Block, rows: Iterator[bytes], compression: str) -> None:
    end = b""
    for piece in rows:
        end = (end + piece[-len(END_OF_ROWS) :])[-len(END_OF_ROWS) :]
    if compression != "lz4" and block.large_object is None and end != END_OF_ROWS:
        raise RefusedDump(
            f"the rows of {printable(block.entry.tag)} are cut off", None, "Get the whole file, or dump again."
        )


def _check_inserts(entry: Entry, rows: Iterator[bytes], contents: Contents) -> None:
    """Rows that are statements (pg_dump --inserts) are looked at as such."""
    if contents.compression == "lz4":
        raise RefusedDump(
            f"the rows of {printable(entry.tag)} are statements, packed with lz4, which cannot be looked into", None,
            "Dump without --inserts, or with --compress=gzip.",
        )  # fmt: skip
    for kind in _kinds_of_stream(entry, _Joined(rows), _standard_strings(contents)):
        if kind is not Kind.insert:
            raise _refused(entry)


def _check_text(entry: Entry, text: str, standard_strings: bool) -> None:
    if _NOT_IN_DEFINITIONS.intersection(_kinds(entry, text, standard_strings)):
        raise _refused(entry)


def _kinds(entry: Entry, text: str, standard_strings: bool) -> Iterator[Kind]:
    ended = text if text.endswith(";") or not text else text + ";"  # ENABLE ROW LEVEL SECURITY of old versions has none
    yield from _kinds_of_stream(entry, io.BytesIO(ended.encode("utf-8", "surrogateescape")), standard_strings)


def _kinds_of_stream(entry: Entry, stream: Readable, standard_strings: bool) -> Iterator[Kind]:
    lexer = Lexer(Source(stream))
    try:
        while (piece := lexer.next(standard_strings=standard_strings)) is not None:
            if isinstance(piece, MetaCommand):
                raise refused_command(piece.text, piece.line)
            yield kind_of(piece.text, piece.line, standard_strings=standard_strings)
    except RefusedDump as error:
        raise RefusedDump(f"{_name(entry)}: {error.message.replace(' of the dump', '')}", None, error.hint) from error


def _refused(entry: Entry) -> RefusedDump:
    return RefusedDump(f"{_name(entry)} holds a statement that pg_dump does not write there")


def _name(entry: Entry) -> str:
    return f"the archive's {printable(entry.type)} {printable(entry.tag)}"


def _first(rows: Iterator[bytes]) -> Iterator[bytes]:
    """The first pieces, which hold all revisions that there can be."""
    taken = 0
    for piece in rows:
        yield piece
        taken += len(piece)
        if taken > _REVISION_BYTES:
            return


def _revisions(text: bytes) -> tuple[str, ...]:
    return tuple(match[1].decode() for match in _REVISION_ROW.finditer(text[:_REVISION_BYTES]))


class _Joined:
    """Pieces as a stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, _size: int, /) -> bytes:
        return next((piece for piece in self._pieces if piece), b"")
