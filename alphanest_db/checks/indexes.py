"""The indexes of the database, and which of them another one makes needless."""

from dataclasses import dataclass

from psycopg2 import sql

from alphanest_db.checks.asking import ask
from alphanest_db.checks.ground import Ground
from alphanest_db.checks.model import Finding
from alphanest_db.database.identifiers import name, statement


@dataclass(frozen=True)
class Index:
    """An index; `keys` hold column, operator class, collation and order each, `serves_key` is true for one of a foreign key."""

    schema: str
    name: str
    shown: str
    table: str
    is_valid: bool
    is_being_built: bool
    is_primary: bool
    is_unique: bool
    is_exclusion: bool
    is_immediate: bool
    nulls_not_distinct: bool
    is_needed: bool
    is_constraint: bool
    is_part: bool
    method: str
    keys: tuple[str, ...]
    included: frozenset[int]
    expressions: str
    predicate: str
    definition: str
    size_bytes: int
    scans: int
    serves_key: bool

    @property
    def quoted(self) -> sql.Identifier:
        """Its name for a statement."""
        return name(self.schema, self.name)

    def stands_for(self, other: "Index") -> bool:
        """True where this index does all that the other one does, having the same keys."""
        return self._is_alike(other) and self.keys == other.keys and self._is_as_strict(other)

    def covers(self, other: "Index") -> bool:
        """True where the other one, which guards nothing, has the first keys of this one and no more."""
        if self.method != "btree" or not self._is_alike(other) or other.is_unique or other.is_exclusion:
            return False
        return len(self.keys) > len(other.keys) and self.keys[: len(other.keys)] == other.keys

    def _is_alike(self, other: "Index") -> bool:
        return (
            (self.table, self.method, self.predicate) == (other.table, other.method, other.predicate)
            and self.expressions == other.expressions
            and other.included <= self.included
            and self.is_valid
        )

    def _is_as_strict(self, other: "Index") -> bool:
        if other.is_exclusion or not other.is_unique:
            return not other.is_exclusion
        return self.is_unique and self.is_immediate and self.nulls_not_distinct >= other.nulls_not_distinct

    @property
    def rank(self) -> tuple[int, ...]:
        """Which of two that say the same is to stay, or that can stand for the other: the greater one."""
        return (
            self.is_primary, self.is_constraint, self.is_unique, self.nulls_not_distinct, self.is_needed, len(self.included),
        )  # fmt: skip


def read_indexes(ground: Ground) -> tuple[Index, ...]:
    """All indexes of the tables; those of partitions that belong to a whole are marked so."""
    return ground.once(_read_indexes)


def _read_indexes(ground: Ground) -> tuple[Index, ...]:
    return tuple(
        Index(*row[:15], tuple(row.keys or ()), frozenset(row.included or ()), *row[17:])  # type: ignore[call-arg] # as many as the query names
        for row in ask(ground, "indexes")
    )


def index_finding(ground: Ground, index: Index, said: str, mend: str) -> Finding:
    """A finding on an index; `{}` in `mend` is its name."""
    text = statement(mend, index.quoted).as_string(ground.connection)
    return Finding(index.table, {"index": index.shown}, said, str(text))


def drop_statement(index: Index) -> str:
    """How the index is dropped; `{}` is its name. Partitioned ones cannot be dropped concurrently."""
    return "DROP INDEX {};" if "ON ONLY" in index.definition else "DROP INDEX CONCURRENTLY {};"
