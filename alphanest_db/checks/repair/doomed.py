"""The rows that go: orphans, and whatever refers to a row that goes.

That would be deleted with it by the database, unseen, or would keep it from going; so it is found first, and goes the same way.
The rows that go are locked, so that nothing new can refer to them meanwhile.
"""

import itertools
from collections.abc import Iterable, Sequence

from psycopg2 import sql

from alphanest_db.checks.links import distinct_keys
from alphanest_db.checks.repair.work import Work
from alphanest_db.database.foreign_keys import ForeignKey, equality, referenced_rows, rows_of, violation
from alphanest_db.database.identifiers import literal, name, statement
from alphanest_db.journal.shape import Column, Shape, read_shape
from alphanest_db.journal.writing import Chosen

_MAKE = """
CREATE TEMPORARY TABLE {doomed} (
    _of integer NOT NULL, _table oid NOT NULL, _place tid NOT NULL, _note text NOT NULL, _link integer, _round integer NOT NULL
) ON COMMIT DROP
"""
_NOT_YET = "NOT EXISTS (SELECT FROM {doomed} AS d WHERE d._table = t.tableoid AND d._place = t.ctid)"
_ADD = """
INSERT INTO {doomed} SELECT {of}, t.tableoid, t.ctid, {note}, {link}, {round} FROM {source} AS t
WHERE ({condition}) AND {counts} FOR UPDATE OF t
"""
# Apart from adding: the planner takes orphans for none or few, and would look for each of a million in all the others.
_FORGET_KNOWN = """
DELETE FROM {doomed} AS d WHERE d._round = {round}
AND EXISTS (SELECT FROM {doomed} AS e WHERE e._table = d._table AND e._place = d._place AND e._round < {round})
"""
# Somebody may have put in what was missing while we waited for the lock. Asked for what is still wrong, the planner goes to the
# rows; asked for what is not, it would look all of the table over.
_LOOK_AGAIN = """
DELETE FROM {doomed} AS d USING (
    SELECT _table, _place FROM {doomed} WHERE _link = {link}
    EXCEPT
    SELECT t.tableoid, t.ctid FROM {doomed} AS k JOIN {source} AS t ON t.tableoid = k._table AND t.ctid = k._place
    WHERE k._link = {link} AND ({condition})
) AS mended WHERE d._link = {link} AND d._table = mended._table AND d._place = mended._place
"""
_REFERS = """
EXISTS (
    SELECT FROM {doomed} AS d JOIN {referenced} AS r ON r.tableoid = d._table AND r.ctid = d._place
    WHERE d._of = {target} AND d._round >= {round} AND {equal}
)
"""
# A row that refers to nothing in two ways is one row.
_CHOSEN = """
SELECT d._table, d._place, pg_catalog.string_agg(DISTINCT d._note, '; ') AS _note FROM {doomed} AS d WHERE d._of = {of}
GROUP BY d._table, d._place
"""
_NULLED = "SELECT t.tableoid AS _table, t.ctid AS _place, {nulls} FROM {source} AS t WHERE {refers} AND {not_yet}"
_SUMS = "SELECT d._of, count(*) FROM {doomed} AS d GROUP BY 1"
_NEW = "SELECT d._of, count(*) FROM {doomed} AS d WHERE d._round >= {round} GROUP BY 1"


class Doomed:
    """The rows of one repair that go, in a temporary table: of which of our tables, where they are, and why."""

    def __init__(self, work: Work, check: str, links: Sequence[ForeignKey]) -> None:
        self._work = work
        self._check = check
        self._links = links
        self._shapes: dict[tuple[str, str], Shape] = {}
        self._table = work.new_name()
        self._execute(_MAKE)

    def add_orphans(self) -> None:
        """The rows that violate a foreign key; those that somebody lives with are spared."""
        for number, link in enumerate(distinct_keys(self._links)):
            condition = statement("{} AND {}", violation(link, "t"), self._has_no_owner(link))
            counts = self._work.counts(self._check, self._shape(link.schema, link.table))
            if self._add(link, condition, _what_is_missing(link), number, counts):
                self._execute(_LOOK_AGAIN, link=literal(number), source=rows_of(link), condition=condition)

    def add_what_refers_to_them(self) -> None:
        """Rows that the database would delete with them, or that would keep them from going; and so on."""
        for round_ in itertools.count():
            added = sum(self._add_children(link, round_) for link in self._links_to_new(round_))
            if added == self._execute(_FORGET_KNOWN, round=literal(round_ + 1)):
                return

    def chosen(self) -> list[Chosen]:
        """The rows by table, those tables first that refer to others."""
        tables = _referring_first(list(self._counted(_SUMS)), self._links)
        return [
            Chosen(shape, statement(_CHOSEN, doomed=self._table, of=literal(self._number(shape))), with_note=True)
            for shape in tables
        ]

    def let_go(self) -> None:
        """Give NULL to what refers to rows that go and is let go of by ON DELETE SET NULL; before they go, so that it is told."""
        for link in self._links:
            if self._lets_go(link):
                shape, columns = self._shape(link.schema, link.table), self._nullable(link)
                nulls = sql.SQL(", ").join(statement("{} AS {}", column.null, name(column.name)) for column in columns)
                query = self._statement(_NULLED, nulls=nulls, source=rows_of(link), refers=self._refers(link, 0))
                self._work.recording.update(Chosen(shape, query), [column.name for column in columns], self._check)

    def _has_no_owner(self, link: ForeignKey) -> sql.Composable:
        """An item in no booth that could not be moved to its owner's is no orphan as long as the owner is there."""
        items, users = self._work.find_shape("nft_items", "owner_id"), self._work.find_shape("users", "id")
        if not (items and users and rows_of(link) == items.source and _own(link) == ["booth_id"]):
            return sql.SQL("true")
        return statement("NOT EXISTS (SELECT FROM {} AS o WHERE o.id = t.owner_id)", users.source)

    def _links_to_new(self, round_: int) -> list[ForeignKey]:
        """The keys that refer to a table of which rows were added in that round; what refers to no such row is not read."""
        new = {(shape.schema, shape.table) for shape in self._counted(_NEW, round=literal(round_))}
        return [
            link
            for link in self._links
            if (link.referenced_schema, link.referenced_table) in new and not self._lets_go(link)
        ]

    def _add_children(self, link: ForeignKey, round_: int) -> int:
        target = f"refers to a row of {link.referenced_table} that goes"
        note = literal(f"{', '.join(_own(link))} {target}")
        return self._add(link, self._refers(link, round_), note, None, sql.SQL("true"), round_ + 1)

    def _refers(self, link: ForeignKey, round_: int) -> sql.Composable:
        return self._statement(
            _REFERS, referenced=referenced_rows(link), round=literal(round_),
            target=literal(self._number(self._shape(link.referenced_schema, link.referenced_table))),
            equal=sql.SQL(" AND ").join(equality(column, name("t")) for column in link.columns),
        )  # fmt: skip

    def _add(
        self, link: ForeignKey, condition: sql.Composable, note: sql.Composable, number: int | None,
        counts: sql.Composable, round_: int = 0,
    ) -> int:  # fmt: skip
        """How many more; the planner is told, for which a table that it does not know is a small one."""
        added = self._execute(
            _ADD, of=literal(self._number(self._shape(link.schema, link.table))), note=note, link=literal(number),
            round=literal(round_), source=rows_of(link), condition=condition, counts=counts,
        )  # fmt: skip
        if added:
            self._execute("ANALYZE {doomed}")
        return added

    def _lets_go(self, link: ForeignKey) -> bool:
        """True where what refers to a row that goes stays, with NULL; which must be told, so that it can be undone."""
        keyed = bool(self._shape(link.schema, link.table).key)
        return link.on_delete == "set null" and keyed and bool(self._nullable(link))

    def _nullable(self, link: ForeignKey) -> list[Column]:
        own = _own(link)
        return [c for c in self._shape(link.schema, link.table).columns if c.name in own and c.nullable]

    def _shape(self, schema: str, table: str) -> Shape:
        if (schema, table) not in self._shapes:
            self._shapes[schema, table] = read_shape(self._work.connection, schema, table)
        return self._shapes[schema, table]

    def _number(self, shape: Shape) -> int:
        return list(self._shapes.values()).index(shape)

    def _by_number(self, number: int) -> Shape:
        return list(self._shapes.values())[number]

    def _statement(self, text: str, **parts: sql.Composable) -> sql.Composed:
        not_yet = statement(_NOT_YET, doomed=self._table)
        return statement(text, doomed=self._table, not_yet=not_yet, **parts)

    def _execute(self, text: str, **parts: sql.Composable) -> int:
        with self._work.connection.cursor() as cursor:
            cursor.execute(self._statement(text, **parts))
            return int(cursor.rowcount)

    def _counted(self, text: str, **parts: sql.Composable) -> dict[Shape, int]:
        with self._work.connection.cursor() as cursor:
            cursor.execute(self._statement(text, **parts))
            return {self._by_number(of): count for of, count in cursor}


def _referring_first(shapes: Sequence[Shape], links: Iterable[ForeignKey]) -> list[Shape]:
    """Children before parents, as far as the tables do not refer to each other in a circle."""
    pairs = {((k.schema, k.table), (k.referenced_schema, k.referenced_table)) for k in links}
    left, ordered = list(shapes), list[Shape]()
    while left:
        names = {(shape.schema, shape.table) for shape in left}
        referred = {target for own, target in pairs if own in names and own != target}
        free = [shape for shape in left if (shape.schema, shape.table) not in referred] or left[:1]
        ordered += free
        left = [shape for shape in left if shape not in free]
    return ordered


def _what_is_missing(link: ForeignKey) -> sql.Composable:
    """A sentence on the row `t`."""
    own = sql.SQL(", ").join(statement("coalesce(t.{}::text, 'NULL')", name(column)) for column in _own(link))
    return statement(
        "pg_catalog.format('%s is %L, which is not in %s', {}, pg_catalog.concat_ws(', ', {}), {})",
        literal(", ".join(_own(link))), own, literal(link.referenced_table),
    )  # fmt: skip


def _own(link: ForeignKey) -> list[str]:
    return [column.name for column in link.columns]
