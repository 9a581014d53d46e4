"""Partitions whose rows need not come back into the same one: those by the hash of an enum, which is that of its values' numbers.

Those numbers are new in each database, so pg_dump has such rows loaded through the table that is divided.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.identifiers import load_sql

Names = tuple[str, str]


class Content(Protocol):
    """What a table holds; no rows and no fingerprint where its rows were left out."""

    @property
    def rows(self) -> int | None: ...
    @property
    def fingerprint(self) -> str | None: ...


@dataclass(frozen=True)
class Together:
    """Tables, by schema and name, that only make sense as a whole. The fingerprints of those that are `alike` add up."""

    tables: tuple[Names, ...]
    alike: bool = True


def read_moving(connection: Connection) -> tuple[Together, ...]:
    """The partitions of each table between which a restore moves rows; reads the catalog only."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "moving"))
        return tuple(Together(tuple((schema, table) for schema, table in names), alike) for names, alike in cursor)


def in_groups(tables: Collection[Names], moving: Sequence[Together]) -> Iterator[Together]:
    """The tables, each for itself but for those of a group that is there as a whole."""
    groups = [group for group in moving if set(group.tables) <= set(tables)]
    yield from groups
    for names in set(tables).difference(*(group.tables for group in groups)):
        yield Together((names,))


def sum_of(group: Together, contents: Mapping[Names, Content]) -> tuple[int, str | None]:
    """How many rows the tables hold, and the fingerprint of them all where there is one."""
    held = [contents[names] for names in group.tables]
    rows = [item.rows for item in held if item.rows is not None]
    known = [int(item.fingerprint) for item in held if item.fingerprint is not None]
    is_whole = group.alike and known and len(known) == len(rows)
    return sum(rows), str(sum(known)) if is_whole else None
