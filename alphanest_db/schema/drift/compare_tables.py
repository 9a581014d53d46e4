"""The tables that both schemas have: their columns, and the order of these."""

from collections.abc import Iterator

from alphanest_db.schema.drift import meanings
from alphanest_db.schema.drift.catalog import Catalog, Column
from alphanest_db.schema.drift.columns import add_column, alter_column, compare_columns, describe
from alphanest_db.schema.drift.found import AFTER_CONSTRAINTS, Found, place_of
from alphanest_db.schema.drift.meanings import meaning, meaning_of_property
from alphanest_db.schema.drift.model import Drift, DriftKind, DriftLevel
from alphanest_db.schema.drift.objects import Objects, SchemaObject

Columns = dict[str, Column]


def compare_tables(
    expected: Catalog, actual: Catalog, wanted: Objects, present: Objects, server_version: int
) -> Iterator[Found]:
    """What differs inside the tables that are in both."""
    all_ours, all_theirs = _by_table(expected), _by_table(actual)
    for key, table in wanted.items():
        if table.is_table and key in present:
            ours, theirs = (columns.get((table.schema, table.name), {}) for columns in (all_ours, all_theirs))
            yield from _columns(table, ours, theirs, server_version)
            yield from _order(table, ours, theirs)


def _by_table(catalog: Catalog) -> dict[tuple[str, str], Columns]:
    found: dict[tuple[str, str], Columns] = {}
    for item in catalog.columns:
        found.setdefault((item.schema, item.table), {})[item.name] = item
    return found


def _columns(table: SchemaObject, expected: Columns, actual: Columns, server_version: int) -> Iterator[Found]:
    for name, column in expected.items():
        if name not in actual:
            yield _found(table, DriftKind.missing, column, None, sql=add_column(column))
        elif differences := compare_columns(column, actual[name], server_version):
            sql = alter_column(column, differences)
            says = "; ".join(f"{item}: {meaning_of_property(item.name, item.actual)}" for item in differences)
            yield _found(table, DriftKind.changed, column, actual[name], sql=sql, says=says)
    for name, column in actual.items():
        if name not in expected:
            yield _found(table, DriftKind.extra, None, column, sql=None)


def _found(
    table: SchemaObject,
    kind: DriftKind,
    expected: Column | None,
    actual: Column | None,
    *,
    sql: str | None,
    says: str = "",
) -> Found:
    name = next(item.name for item in (expected, actual) if item)
    drift = Drift(
        kind, DriftLevel.warning, "column", table.schema, table.table, name, says or meaning(kind, "column"),
        describe(expected) if expected else None, describe(actual) if actual else None, sql,
    )  # fmt: skip
    loosened = expected is not None and actual is not None and actual.not_null and not expected.not_null
    # A primary key keeps its columns NOT NULL, until it is another one.
    return Found(AFTER_CONSTRAINTS if loosened else place_of(table, within=1), drift)


def _order(table: SchemaObject, expected: Columns, actual: Columns) -> Iterator[Found]:
    ours = [name for name in expected if name in actual]
    theirs = [name for name in actual if name in expected]
    if ours != theirs:
        drift = Drift(
            DriftKind.changed, DriftLevel.info, "column order", table.schema, table.table, table.name,
            meanings.COLUMN_ORDER, ", ".join(ours), ", ".join(theirs), None,
        )  # fmt: skip
        yield Found(place_of(table, within=2), drift)
