"""Links between tables: the foreign keys that the database knows, those that it should know, and rules that find their orphans."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from psycopg2 import sql

from alphanest_db.checks.ground import Ground
from alphanest_db.checks.items import ORPHANS
from alphanest_db.checks.rows import DELETE, Join, Link, Lookup, RowRule
from alphanest_db.checks.tables import Tables
from alphanest_db.database.foreign_keys import ForeignKey, KeyColumn, read_foreign_keys
from alphanest_db.database.identifiers import literal, name, statement


@dataclass(frozen=True)
class PlatformLink:
    """A column that refers to the id of another table, and what the platform wants to happen when that row goes."""

    table: str
    column: str
    target: str
    on_delete: str = "cascade"


OWN_SCHEMA = "alphanest_admin"
# Those of the models, which would take half a second to load; a test compares the two.
PLATFORM_LINKS = (
    PlatformLink("subscriptions", "user_id", "users"),
    PlatformLink("trades", "user_id", "users"),
    PlatformLink("market_booths", "user_id", "users"),
    PlatformLink("nft_items", "owner_id", "users"),
    PlatformLink("nft_items", "booth_id", "market_booths"),
)


def orphan_rules(ground: Ground) -> Iterator[RowRule]:
    """A rule for every foreign key, whatever PostgreSQL says of it, and for those of the platform that are missing.

    Keys that say the same have the same orphans, which count once.
    """
    missing = list(PLATFORM_LINKS)
    for number, key in enumerate(distinct_keys(foreign_keys(ground))):
        link = platform_link(ground.tables, key)
        if link:
            missing.remove(link)
        if link and _compares_plainly(key.columns[0]):
            yield link_rule(link.table, link.column, link.target)
        else:
            yield _general_rule(ground, key, f"key{number}")
    for link in missing:
        yield link_rule(link.table, link.column, link.target)


def foreign_keys(ground: Ground) -> tuple[ForeignKey, ...]:
    """All foreign keys of the database, as they are declared."""
    return ground.once(_foreign_keys)


def _foreign_keys(ground: Ground) -> tuple[ForeignKey, ...]:
    return tuple(read_foreign_keys(ground.connection))


def distinct_keys(keys: Iterable[ForeignKey]) -> list[ForeignKey]:
    """The keys without alphanest's own, and of those that say the same, the first by name."""
    first: dict[tuple[object, ...], ForeignKey] = {}
    for key in keys:
        match = key.match if len(key.columns) > 1 else ""
        target = (key.referenced_schema, key.referenced_table)
        first.setdefault((key.schema, key.table, target, frozenset(key.columns), match, key.is_temporal), key)
    return [key for key in first.values() if key.schema != OWN_SCHEMA]


def platform_link(tables: Tables, key: ForeignKey) -> PlatformLink | None:
    """The link of the platform that the key guards, if it is one."""
    [column, *more] = key.columns
    if more or column.referenced != "id":
        return None
    ends = (
        _shown(tables, key.schema, key.table),
        column.name,
        _shown(tables, key.referenced_schema, key.referenced_table),
    )
    return next((link for link in PLATFORM_LINKS if (link.table, link.column, link.target) == ends), None)


def link_rule(table: str, column: str, target: str) -> RowRule:
    """Rows whose column names an id that the target has not."""
    if table == "nft_items" and column in ORPHANS:
        return ORPHANS[column]
    lookup = Lookup(column, target)
    return RowRule(
        table,
        f"t.{column} IS NOT NULL AND {lookup.alias}.id IS NULL",
        f"format('{column} is %L, which is not among {target}.id', t.{column})",
        DELETE,
        (lookup,),
        Link(column, target, "id"),
    )


def shown_name(ground: Ground, schema: str, table: str) -> str:
    """A table as PostgreSQL writes it."""
    return _shown(ground.tables, schema, table)


def _shown(tables: Tables, schema: str, table: str) -> str:
    return next((t.shown for t in tables.values() if (t.schema, t.name) == (schema, table)), f"{schema}.{table}")


def _compares_plainly(column: KeyColumn) -> bool:
    """True where the key is asked in the platform's words, so that others share its look-up."""
    return column.operator == ("pg_catalog", "=") and not column.collation


def _general_rule(ground: Ground, key: ForeignKey, alias: str) -> RowRule:
    """Any key: composite, MATCH FULL, temporal, of tables and columns with any name."""
    own = [statement("t.{}", name(column.name)) for column in key.columns]
    parts: dict[str, sql.Composable] = {
        "all_there": _joined(" AND ", (statement("{} IS NOT NULL", column) for column in own)),
        "any_there": _joined(" OR ", (statement("{} IS NOT NULL", column) for column in own)),
        "missing": _is_missing(key, name(alias)),
    }
    full = "({any_there}) AND (NOT ({all_there}) OR {missing})"
    condition = statement(full if key.match == "full" else "{all_there} AND {missing}", **parts)
    message = statement(
        "pg_catalog.format('(%s) is (%s), which is not in %s', {}, {}, {})",
        literal(", ".join(column.name for column in key.columns)),
        statement(
            "pg_catalog.concat_ws(', ', {})", _joined(", ", (statement("coalesce({}::text, 'NULL')", c) for c in own))
        ),
        literal(shown_name(ground, key.referenced_schema, key.referenced_table)),
    )

    def text(part: sql.Composable) -> str:
        return str(part.as_string(ground.connection))

    joins = () if key.is_temporal else (Join(alias, text(_target(key)), text(_equal(key.columns, name(alias)))),)
    table = shown_name(ground, key.schema, key.table)
    return RowRule(table, text(condition), text(message), DELETE, joins, _link(ground, key))


def _is_missing(key: ForeignKey, alias: sql.Composable) -> sql.Composable:
    """True where no row was joined; of a temporal key, where the other rows together do not cover the period (PostgreSQL 18)."""
    if not key.is_temporal:
        return statement("{}.{} IS NULL", alias, name(key.columns[0].referenced))
    period = key.columns[-1]
    return statement(
        "NOT EXISTS (SELECT FROM {target} AS {alias} WHERE {equal} AND t.{own} && {alias}.{other}"
        " HAVING t.{own} <@ pg_catalog.range_agg({alias}.{other}))",
        target=_target(key), alias=alias, equal=_equal(key.columns[:-1], alias), own=name(period.name),
        other=name(period.referenced),
    )  # fmt: skip


def _equal(columns: Iterable[KeyColumn], alias: sql.Composable) -> sql.Composable:
    return _joined(" AND ", (_equals(column, alias) for column in columns))


def _equals(column: KeyColumn, alias: sql.Composable) -> sql.Composable:
    schema, operator = column.operator
    collate = statement(" COLLATE {}", name(*column.collation)) if column.collation else sql.SQL("")
    return statement(
        "{}.{} OPERATOR({}.{}) t.{}{}", alias, name(column.referenced), name(schema), sql.SQL(operator),
        name(column.name), collate,
    )  # fmt: skip


def _link(ground: Ground, key: ForeignKey) -> Link | None:
    """Of a key on one column, the gaps between what it refers to can be looked into."""
    [column, *more] = key.columns
    if more or not _compares_plainly(column):
        return None
    return Link(column.name, shown_name(ground, key.referenced_schema, key.referenced_table), column.referenced)


def _target(key: ForeignKey) -> sql.Composable:
    target = name(key.referenced_schema, key.referenced_table)
    return target if key.references_partitioned else statement("ONLY {}", target)


def _joined(separator: str, parts: Iterable[sql.Composable]) -> sql.Composable:
    return sql.SQL(separator).join(parts)
