"""The objects that `pg_dump --format=custom` lists, each with the statements that make and drop it.

The list is read instead of the plain text because every field has a length in front of it: no function body, comment or name
can be taken for the beginning of another object. The layout is WriteHead and WriteToc in pg_backup_archiver.c.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from alphanest_db.errors import AlphanestError

MAGIC = b"PGDMP"
# 1.14 is written by PostgreSQL 12 to 15, 1.15 by 16, 1.16 by 17 and newer.
OLDEST, NEWEST = (1, 14), (1, 16)
_CUSTOM = 1
_TIMESTAMP_FIELDS = 7


@dataclass(frozen=True)
class Entry:
    """One object. `depends_on` holds the `dump_id` of others; `type` is pg_dump's word, such as FK CONSTRAINT."""

    dump_id: int
    type: str
    schema: str
    tag: str
    definition: str
    drop: str
    access_method: str
    depends_on: frozenset[int]


def read_archive(archive: bytes) -> list[Entry]:
    """The objects of an archive in the order in which they can be made.

    Raises AlphanestError where this is no archive, or one of a version that is not known here.
    """
    try:
        return list(_Reader(archive).entries())
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise AlphanestError("what pg_dump wrote cannot be read: it is cut short") from error


class _Reader:
    """Walks through the bytes."""

    def __init__(self, archive: bytes) -> None:
        if not archive.startswith(MAGIC):
            raise AlphanestError("what pg_dump wrote is no archive")
        self._bytes = archive
        self._place = len(MAGIC)
        self._version = (self._byte(), self._byte())
        if not OLDEST <= self._version <= NEWEST:
            raise AlphanestError(
                f"pg_dump wrote an archive of version {self._version[0]}.{self._version[1]}, which is not known here",
                "Use an alphanest that knows this version of PostgreSQL.",
            )
        self._byte()  # the revision
        self._integer_bytes = self._byte()
        self._offset_bytes = self._byte()
        self._skip_head()

    def entries(self) -> Iterator[Entry]:
        for _number in range(self._integer()):
            yield self._entry()

    def _skip_head(self) -> None:
        if self._byte() != _CUSTOM:
            raise AlphanestError("what pg_dump wrote is no archive in the custom format")
        if self._version >= (1, 15):
            self._byte()  # the compression
        else:
            self._integer()
        for _field in range(_TIMESTAMP_FIELDS):
            self._integer()
        for _text in ("database", "server's version", "pg_dump's version"):
            self._text()

    def _entry(self) -> Entry:
        dump_id, _has_data = self._integer(), self._integer()
        _catalog, _oid = self._text(), self._text()
        tag, kind, _section = self._text(), self._text(), self._integer()
        definition, drop, _copy = self._text(), self._text(), self._text()
        schema, _tablespace, access_method = self._text(), self._text(), self._text()
        if self._version >= (1, 16):
            self._integer()  # the relation's kind
        _owner, _with_oids = self._text(), self._text()
        depends_on = frozenset(self._dependencies())
        self._place += 1 + self._offset_bytes  # where the rows are
        return Entry(dump_id, kind, schema, tag, definition.strip(), drop.strip(), access_method, depends_on)

    def _dependencies(self) -> Iterator[int]:
        while text := self._text():
            yield int(text)

    def _byte(self) -> int:
        self._place += 1
        return self._bytes[self._place - 1]

    def _integer(self) -> int:
        negative = self._byte()
        value = int.from_bytes(self._take(self._integer_bytes), "little")
        return -value if negative else value

    def _text(self) -> str:
        length = self._integer()
        return self._take(length).decode("utf-8") if length > 0 else ""

    def _take(self, count: int) -> bytes:
        taken = self._bytes[self._place : self._place + count]
        if len(taken) < count:
            raise IndexError(count)
        self._place += count
        return taken
