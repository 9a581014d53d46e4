"""What every step of a repair works with, and how rows are chosen: locked first, then looked at again."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.checks.ground import Ground
from alphanest_db.checks.ignores import Ignore
from alphanest_db.checks.repair.model import Companions, RepairOptions
from alphanest_db.database.identifiers import literal, name, statement
from alphanest_db.journal.shape import Shape, read_shape
from alphanest_db.journal.writing import Chosen, Recording

# Whoever has changed one of the rows meanwhile is waited for; the second look, under the lock, sees what they did.
_LOCK = """
CREATE TEMPORARY TABLE {locked} ON COMMIT DROP AS
SELECT t.tableoid AS _table, t.ctid AS _place FROM {source} AS t {joins} WHERE ({condition}) FOR UPDATE OF t
"""
_LOOK_AGAIN = """
SELECT t.tableoid AS _table, t.ctid AS _place {values}
FROM {source} AS t JOIN {locked} AS k ON t.tableoid = k._table AND t.ctid = k._place {joins}
WHERE ({condition}) AND {counts} AND {admitted}
"""


@dataclass(frozen=True)
class Work:
    """One repair: where it is written down, which checks it is for, and what is not to be touched."""

    ground: Ground
    recording: Recording
    wanted: frozenset[str]
    ignores: Mapping[str, Sequence[Ignore]]
    options: RepairOptions
    companions: Sequence[Companions]
    progress: Callable[[str], None]
    _names: Iterator[int] = field(default_factory=itertools.count, repr=False)

    @property
    def connection(self) -> Connection:
        """The connection in whose transaction all is done."""
        return self.recording.connection

    def wants(self, *checks: str) -> bool:
        """True where one of the checks is to be repaired."""
        return bool(self.wanted.intersection(checks))

    def find_shape(self, shown: str, *columns: str) -> Shape | None:
        """A table of the platform by its name, where it is there with these columns."""
        table = self.ground.tables.get(shown)
        if table is None or not set(columns) <= table.widths.keys():
            return None
        return read_shape(self.connection, table.schema, table.name)

    def new_name(self) -> sql.Identifier:
        """A name for a temporary table."""
        return name("pg_temp", f"alphanest_{next(self._names)}")

    def counts(self, check: str, shape: Shape) -> sql.Composable:
        """The condition that the row `t` is none that somebody said to live with."""
        patterns = [ignore.like for ignore in self.ignores.get(check, ())]
        if not patterns or not shape.key:
            return sql.SQL("true")
        columns = sql.SQL(", ").join(statement("t.{}::text", name(column)) for column in shape.key)
        key = statement("pg_catalog.array_to_string(ARRAY[{}], ',')", columns)
        return statement("NOT {} LIKE ANY (ARRAY[{}])", key, sql.SQL(", ").join(map(literal, patterns)))


@dataclass(frozen=True)
class Locked:
    """Rows of a table that nobody else can change until the end of the transaction; `table` says where they are."""

    shape: Shape
    table: sql.Composable

    def choose(
        self, work: Work, check: str, condition: sql.Composable, *,
        values: Mapping[str, sql.Composable] | None = None, joins: sql.Composable | None = None,
    ) -> Chosen:  # fmt: skip
        """Those of the rows `t` that meet the condition now, each with new values; but for those that may not be given these."""
        named = [statement(", {} AS {}", value, name(column)) for column, value in (values or {}).items()]
        again = statement(
            _LOOK_AGAIN, source=self.shape.source, locked=self.table, joins=joins or sql.SQL(""), condition=condition,
            values=sql.SQL("").join(named), counts=work.counts(check, self.shape),
            admitted=self.shape.admits(values) if values else sql.SQL("true"),
        )  # fmt: skip
        return Chosen(self.shape, again)


def lock(work: Work, shape: Shape, condition: sql.Composable, *, joins: sql.Composable | None = None) -> Locked | None:
    """The rows `t` that meet the condition, locked; None where there are none."""
    locked = work.new_name()
    parts = {"locked": locked, "source": shape.source, "joins": joins or sql.SQL(""), "condition": condition}
    with work.connection.cursor() as cursor:
        cursor.execute(statement(_LOCK, **parts))
        if cursor.rowcount == 0:
            return None
        cursor.execute(statement("ANALYZE {}", locked))
    return Locked(shape, locked)


def choose(
    work: Work, check: str, shape: Shape, condition: sql.Composable, *,
    values: Mapping[str, sql.Composable] | None = None, joins: sql.Composable | None = None,
) -> Chosen | None:  # fmt: skip
    """The rows `t` that meet the condition, locked and looked at again, each with new values; None where there are none."""
    counted = statement("({}) AND {}", condition, work.counts(check, shape))
    locked = lock(work, shape, counted, joins=joins)
    return locked.choose(work, check, condition, values=values, joins=joins) if locked else None
