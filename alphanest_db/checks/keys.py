"""The foreign keys of the database as they are declared, with what checks say of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from psycopg2 import sql

from alphanest_db.checks.asking import ask
from alphanest_db.checks.ground import Ground
from alphanest_db.checks.links import OWN_SCHEMA, PLATFORM_LINKS, PlatformLink, foreign_keys, shown_name
from alphanest_db.checks.model import Finding, Look
from alphanest_db.database.foreign_keys import ForeignKey
from alphanest_db.database.identifiers import name, statement


@dataclass(frozen=True)
class Key:
    """A foreign key; `table` and `target` as PostgreSQL writes them, types in the order of the columns."""

    declared: ForeignKey
    table: str
    target: str
    is_indexed: bool
    types: tuple[str, ...]
    target_types: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Its own columns."""
        return tuple(column.name for column in self.declared.columns)

    @property
    def target_columns(self) -> tuple[str, ...]:
        """The columns that they refer to."""
        return tuple(column.referenced for column in self.declared.columns)

    @property
    def quoted_table(self) -> sql.Identifier:
        """The table's name for a statement."""
        return name(self.declared.schema, self.declared.table)


def read_keys(ground: Ground) -> tuple[Key, ...]:
    """All foreign keys, but for those of alphanest's own schema; reads the catalog only."""
    return ground.once(_read_keys)


def _read_keys(ground: Ground) -> tuple[Key, ...]:
    facts = {(row.schema, row.table_name, row.name): row for row in ask(ground, "key_facts")}
    return tuple(
        Key(
            key,
            shown_name(ground, key.schema, key.table),
            shown_name(ground, key.referenced_schema, key.referenced_table),
            row.is_indexed,
            tuple(row.types),
            tuple(row.target_types),
        )
        for key in foreign_keys(ground)
        if key.schema != OWN_SCHEMA and (row := facts.get((key.schema, key.table, key.name)))
    )


def missing_links(ground: Ground, keys: Sequence[Key]) -> list[PlatformLink]:
    """The platform's foreign keys that the database does not have, of tables that it has."""
    present = {(key.table, key.columns, key.target) for key in keys}
    return [
        link
        for link in PLATFORM_LINKS
        if link.table in ground.tables
        and link.target in ground.tables
        and (link.table, (link.column,), link.target) not in present
    ]


def key_look(problem: Callable[[Key], str | None], mend: Callable[[Key], sql.Composable]) -> Look:
    """A look at every foreign key for one problem."""

    def look(ground: Ground) -> Iterator[Finding]:
        for key in read_keys(ground):
            said = problem(key)
            if said:
                yield key_finding(ground, key, said, mend(key))

    return look


def key_finding(ground: Ground, key: Key, said: str, mend: sql.Composable) -> Finding:
    """A finding on a foreign key."""
    return Finding(key.table, {"constraint": key.declared.name}, said, str(mend.as_string(ground.connection)))


def listed(names: tuple[str, ...]) -> sql.Composable:
    """Names of columns for a statement."""
    return sql.SQL(", ").join(name(column) for column in names)


def validate(key: Key) -> sql.Composable:
    """The statement that looks at all rows of a key, without stopping those who write."""
    return statement("ALTER TABLE {} VALIDATE CONSTRAINT {};", key.quoted_table, name(key.declared.name))
