"""Two schemas object by object: what one has and the other has not, and what is not the same."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from alphanest_db.schema.drift import meanings
from alphanest_db.schema.drift.catalog import Catalog, DisabledConstraint
from alphanest_db.schema.drift.compare_tables import compare_tables
from alphanest_db.schema.drift.found import FIRST, Found, place_of
from alphanest_db.schema.drift.meanings import meaning
from alphanest_db.schema.drift.model import Drift, DriftKind, DriftLevel
from alphanest_db.schema.drift.objects import Objects, SchemaObject, without_identity_sequences
from alphanest_db.schema.drift.repair import make, only_not_valid, repair


@dataclass(frozen=True)
class Schema:
    """All that is compared of a database."""

    objects: Objects
    catalog: Catalog
    server_version: int


def compare_schemas(expected: Schema, actual: Schema) -> list[Drift]:
    """The drifts, in the order in which they can be set right."""
    wanted = without_identity_sequences(expected.objects, actual.objects)
    present = without_identity_sequences(actual.objects, expected.objects)
    gone, added = _whole_tables(wanted, present), _whole_tables(present, wanted)
    found = [
        *(_missing(item, wanted) for item in _only_in(wanted, present, gone)),
        *(_extra(item) for item in _only_in(present, wanted, added) if item.type != "extension"),
        *_changed_objects(wanted, present),
        *compare_tables(expected.catalog, actual.catalog, wanted, present, actual.server_version),
        *_disabled(expected.catalog.disabled, actual.catalog.disabled),
    ]
    return [item.drift for item in sorted(found, key=lambda item: item.place)]


def _whole_tables(objects: Objects, others: Objects) -> frozenset[tuple[str, str]]:
    """The tables that only one side has; what belongs to them goes with them."""
    return frozenset((item.schema, item.tag) for key, item in objects.items() if item.is_table and key not in others)


def _only_in(objects: Objects, others: Objects, tables: frozenset[tuple[str, str]]) -> Iterator[SchemaObject]:
    for key, item in objects.items():
        belongs = (item.schema, item.table) in tables and not item.is_table
        if key not in others and not belongs and not _told_by_column(item, objects):
            yield item


def _told_by_column(item: SchemaObject, objects: Objects) -> bool:
    return item.type == "default" and ("table", item.schema, item.table) in objects


def _belonging(table: SchemaObject, objects: Objects) -> list[SchemaObject]:
    return sorted(
        (
            item
            for item in objects.values()
            if (item.schema, item.table) == (table.schema, table.table) and item != table
        ),
        key=lambda item: item.order,
    )


def _missing(item: SchemaObject, wanted: Objects) -> Found:
    parts = _belonging(item, wanted) if item.is_table else []
    # CREATE TABLE holds the checks, but for those that are NOT VALID.
    made = [part for part in parts if part.type != "check" or part.definition.endswith(" NOT VALID;")]
    sql = "\n".join([make(item), *(part.definition for part in made)])
    return _found(DriftKind.missing, item, item, None, sql=sql)


def _extra(item: SchemaObject) -> Found:
    sql = repair(DriftKind.extra, None, item)
    return _found(DriftKind.extra, item, None, item, sql=sql, says="" if item.valid else meanings.INVALID_INDEX)


def _changed_objects(wanted: Objects, present: Objects) -> Iterator[Found]:
    for key, expected in wanted.items():
        actual = present.get(key)
        if actual is None or _told_by_column(expected, wanted):
            continue
        if (expected.essence, expected.valid) != (actual.essence, actual.valid):
            says, level = _judged(expected, actual)
            sql = repair(DriftKind.changed, expected, actual)
            yield _found(DriftKind.changed, expected, expected, actual, sql=sql, says=says, level=level)


def _judged(expected: SchemaObject, actual: SchemaObject) -> tuple[str, DriftLevel]:
    if not actual.valid:
        return meanings.INVALID_INDEX, DriftLevel.warning
    if expected.type in ("check", "foreign key") and only_not_valid(actual, expected):
        return meanings.VALIDATED, DriftLevel.info
    if expected.type == "check" and only_not_valid(expected, actual):
        return meanings.NOT_VALIDATED_CHECK, DriftLevel.info
    if expected.type == "foreign key" and only_not_valid(expected, actual):
        return meanings.NOT_VALIDATED_KEY, DriftLevel.warning
    return "", DriftLevel.warning


def _disabled(expected: Iterable[DisabledConstraint], actual: Iterable[DisabledConstraint]) -> Iterator[Found]:
    known = {(item.schema, item.table, item.name) for item in expected}
    for item in actual:
        if (item.schema, item.table, item.name) not in known:
            statements = [f"ALTER TABLE {item.sql_table} ENABLE TRIGGER {trigger};" for trigger in item.triggers]
            drift = Drift(
                DriftKind.changed, DriftLevel.warning, "enforcement", item.schema, item.table, item.name,
                meanings.DISABLED.format(table=item.table), "enforced", "disabled", "\n".join(statements),
            )  # fmt: skip
            yield Found(FIRST, drift)  # a constraint that is made anew has triggers of other names


def _found(
    kind: DriftKind, item: SchemaObject, expected: SchemaObject | None, actual: SchemaObject | None, *,
    sql: str | None, says: str = "", level: DriftLevel = DriftLevel.warning,
) -> Found:  # fmt: skip
    drift = Drift(
        kind, level, item.type, item.schema, item.table, item.name, says or meaning(kind, item.type),
        _definition(expected), _definition(actual), sql,
    )  # fmt: skip
    return Found(place_of(item, dropped=kind is DriftKind.extra), drift)


def _definition(item: SchemaObject | None) -> str | None:
    if item is None:
        return None
    return item.definition if item.valid else f"{item.definition} -- INVALID"
