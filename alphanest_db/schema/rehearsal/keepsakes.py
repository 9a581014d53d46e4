"""The hashes of all values as they were at first, so that it can be counted how many of them are not there any more."""

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.identifiers import name, statement
from alphanest_db.schema.rehearsal.contents import ColumnContent, Contents, TableKey, hash_of

MOST_ROWS = 1_000_000
MOST_COLUMNS = 200


class Keepsakes:
    """Kept in temporary tables of one session, which no migration sees; of larger tables nothing is kept."""

    def __init__(self, connection: Connection, contents: Contents) -> None:
        self._connection = connection
        self._contents = contents
        self._counted: dict[tuple[TableKey, str, ColumnContent, ColumnContent], int] = {}
        small = [key for key, held in contents.items() if held.rows <= MOST_ROWS and len(held.columns) <= MOST_COLUMNS]
        self._kept = {key: f"kept_{number}" for number, key in enumerate(small)}
        for key, kept in self._kept.items():
            self._keep(key, kept)

    def count_changed(self, key: TableKey, column: str, before: ColumnContent, now: ColumnContent | None) -> int | None:
        """How many values of `before` the column does not hold now; None where they are not the ones that were kept."""
        if key not in self._kept or now is None or self._contents[key].columns.get(column) != before:
            return None
        place = (key, column, before, now)
        if place not in self._counted:
            self._counted[place] = self._count(key, column)
        return self._counted[place]

    def _count(self, key: TableKey, column: str) -> int:
        query = statement(
            "SELECT pg_catalog.count(*) FROM (SELECT {column} FROM {kept} WHERE {column} IS NOT NULL"
            " EXCEPT ALL SELECT {hash} FROM {table}) AS gone",
            column=name(column), kept=name("pg_temp", self._kept[key]), hash=hash_of(name(column)), table=name(*key),
        )  # fmt: skip
        with self._connection.cursor() as cursor:
            cursor.execute(query)
            row = cursor.fetchone()
            return row[0] if row else 0

    def _keep(self, key: TableKey, kept: str) -> None:
        hashes = [
            sql.SQL("{} AS {}").format(hash_of(name(column)), name(column)) for column in self._contents[key].columns
        ]
        query = statement(
            "CREATE TEMP TABLE {} AS SELECT {} FROM {}", name(kept), sql.SQL(", ").join(hashes), name(*key)
        )
        with self._connection.cursor() as cursor:
            cursor.execute(query)
