"""Getting the records of a file into temporary tables, some thousand at a time."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import fields
from operator import attrgetter

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.identifiers import load_sql, name, statement
from alphanest_db.database.unprinted import unprinted
from alphanest_db.seeding.local_storage.staged import Staged, StagedBooth, StagedItem, StagedUser

_TABLES: dict[type[Staged], str] = {
    StagedUser: "import_users", StagedBooth: "import_booths", StagedItem: "import_items",
}  # fmt: skip
_COLUMNS = {kind: tuple(field.name for field in fields(kind)) for kind in _TABLES}
_VALUES = {kind: attrgetter(*columns) for kind, columns in _COLUMNS.items()}
_ALL = (
    "import_users", "import_booths", "import_items", "import_refused", "import_people", "import_absent", "import_new_booths",
    "import_left_booths",
)  # fmt: skip
_DELETE = "; ".join(f"DELETE FROM {table}" for table in _ALL)  # noqa: S608 - names of our own
_TRUNCATE = f"TRUNCATE {', '.join(_ALL)}"
_ANALYZE = f"ANALYZE {', '.join(_ALL)}"
_HELD_CHARACTERS = 1 << 22
_DEAD_ROWS = 1000  # truncating takes 14 ms, deleting a few rows none; but dead ones are looked through ever after
_MANY_ROWS = 200  # from here on, PostgreSQL is to know how many there are, and to plan anew


def make_tables(connection: Connection) -> None:
    """Make this session's temporary tables; the caller commits."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "staging"))


class Staging:
    """Takes the rows of one file after the other; they are few where all of them were held at once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: dict[type[Staged], list[Staged]] = {kind: [] for kind in _TABLES}
        self._refused: list[str] = []
        self._held = 0
        self._count = 0
        self._dead = 0
        self._is_known = False
        self.are_few = True

    def begin(self) -> None:
        """Forget the file before."""
        for rows in self._rows.values():
            rows.clear()
        self._refused.clear()
        self._dead += self._count
        self._empty()
        self._held = self._count = 0
        self.are_few = True

    def add(self, row: Staged) -> None:
        """Stage a row, soon."""
        self._rows[type(row)].append(row)
        self._held += len(row.record)
        self._count += 1
        if self._held > _HELD_CHARACTERS:
            self.are_few = False
            self._flush()

    def refuse(self, user_id: str) -> None:
        """Remember a user who was rejected: nobody is to be made up in their place."""
        self._refused.append(user_id)

    def finish(self) -> None:
        """Stage what is held still."""
        self._flush()
        if self._refused:
            self._copy("import_refused", ("id",), ((id_,) for id_ in self._refused))
        if self._count >= _MANY_ROWS:
            with self._connection.cursor() as cursor:
                cursor.execute("ANALYZE import_users, import_booths, import_items")

    def _empty(self) -> None:
        """Let PostgreSQL know first how few rows a file has, or it plans for hundreds, and reads all users for them."""
        is_worn = self._dead > _DEAD_ROWS
        is_to_be_known = self._count > 0 and not is_worn and not self._is_known
        with self._connection.cursor() as cursor:
            cursor.execute(f"{_ANALYZE}; {_DELETE}" if is_to_be_known else _TRUNCATE if is_worn else _DELETE)
        self._is_known = not is_worn and (is_to_be_known or self._is_known)
        self._dead = 0 if is_worn else self._dead

    def _flush(self) -> None:
        for kind, rows in self._rows.items():
            if rows:
                self._copy(_TABLES[kind], _COLUMNS[kind], map(_VALUES[kind], rows))
                rows.clear()
        self._held = 0

    def _copy(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        copy = statement("COPY {} ({}) FROM STDIN", name(table), sql.SQL(", ").join(map(name, columns)))
        text = io.StringIO("".join(map(_line, rows)))
        with self._connection.cursor() as cursor, unprinted():
            cursor.copy_expert(copy, text)


def _line(row: Sequence[object]) -> str:
    return "\t".join(map(_field, row)) + "\n"


def _field(value: object) -> str:
    """A value as COPY reads it in its text form.

    >>> _field(None), _field("a\\\\b")
    ('\\\\N', 'a\\\\\\\\b')
    """
    if value is None:
        return r"\N"
    text = str(value)
    if text.isalnum():
        return text
    return text.replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")
