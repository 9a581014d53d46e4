"""What is to be mended in the schema, in a form of which a migration can be made: indexes, foreign keys, constraints NOT VALID.

A migration may name only what the migrations before it have made, which is what the models have: on every other database, and on
a new one, it would fail.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from psycopg2 import sql

from alphanest_db.checks.declared_keys import as_declared
from alphanest_db.checks.ground import Ground, Platform, read_ground
from alphanest_db.checks.ignores import Ignore
from alphanest_db.checks.keys import missing_links, read_keys
from alphanest_db.checks.links import shown_name
from alphanest_db.checks.model import Check, Finding, Options
from alphanest_db.checks.moment import one_moment
from alphanest_db.checks.repair.holding import unvalidated_checks
from alphanest_db.database.foreign_keys import violating_rows
from alphanest_db.database.identifiers import name, statement
from alphanest_db.database.target import Target
from alphanest_db.journal.shape import read_shape


class Kind(StrEnum):
    """What is wrong; each is what the check of that name finds."""

    missing_index = "unindexed-foreign-keys"
    missing_key = "missing-foreign-keys"
    unvalidated_key = "unvalidated-foreign-keys"
    unvalidated_check = "unvalidated-constraints"


@dataclass(frozen=True)
class SchemaDefect:
    """An index or a constraint that is missing, or was never validated; `hindrance` says why no migration can mend it now."""

    kind: Kind
    table: str
    name: str
    columns: tuple[str, ...] = ()
    target: str = ""
    target_columns: tuple[str, ...] = ()
    on_delete: str = ""
    hindrance: str | None = None


def find_schema_defects(
    target: Target, checks: Iterable[Check], platform: Platform, ignores: Sequence[Ignore], options: Options
) -> list[SchemaDefect]:
    """Those that the checks find, but for what somebody lives with; reads the catalog, and tables with unvalidated constraints.

    An index that two keys lack is one index.
    """
    wanted = {check.name for check in checks}
    with one_moment(target, replace(options, jobs=1)) as moment:
        ground = read_ground(moment.connections[0], platform)
        defects = dict.fromkeys((*_keys(ground), *_missing_keys(ground), *_unvalidated_checks(ground)))
        return [
            _with_hindrance(defect)
            for defect in defects
            if defect.kind in wanted and not any(_fits(ignore, defect) for ignore in ignores)
        ]


def _keys(ground: Ground) -> Iterator[SchemaDefect]:
    for key in read_keys(ground):
        if not key.is_indexed:
            index = f"ix_{key.declared.table}_{'_'.join(key.columns)}"
            yield SchemaDefect(Kind.missing_index, key.table, index, key.columns)
        if key.declared.is_enforced and not key.declared.is_valid:
            hindrance = _violated(ground, violating_rows(key.declared))
            yield SchemaDefect(Kind.unvalidated_key, key.table, key.declared.name, hindrance=hindrance)


def _missing_keys(ground: Ground) -> Iterator[SchemaDefect]:
    """With the index, where none begins with the column."""
    for link in missing_links(ground, read_keys(ground)):
        yield SchemaDefect(
            Kind.missing_key, link.table, f"{link.table}_{link.column}_fkey", (link.column,), link.target, ("id",),
            link.on_delete, _violated(ground, violating_rows(as_declared(ground.tables, link))),
        )  # fmt: skip
        if link.column not in ground.tables[link.table].indexed_columns:
            yield SchemaDefect(Kind.missing_index, link.table, f"ix_{link.table}_{link.column}", (link.column,))


def _unvalidated_checks(ground: Ground) -> Iterator[SchemaDefect]:
    for schema, table, constraint in unvalidated_checks(ground.connection):
        shape = read_shape(ground.connection, schema, table)
        [expression] = [check.expression for check in shape.checks if check.name == constraint]
        rows = statement("FROM {} AS {} WHERE NOT ({})", shape.source, name(table), sql.SQL(expression))
        shown = shown_name(ground, schema, table)
        yield SchemaDefect(Kind.unvalidated_check, shown, constraint, hindrance=_violated(ground, rows))


def _violated(ground: Ground, rows: sql.Composable) -> str | None:
    with ground.connection.cursor() as cursor:
        cursor.execute(statement("SELECT EXISTS (SELECT {})", rows))
        violated = cursor.fetchone() == (True,)
    return "rows violate it: mend them first, with `alphanest check integrity --fix` or by hand" if violated else None


def _with_hindrance(defect: SchemaDefect) -> SchemaDefect:
    """What the models do not have is not for a migration."""
    if defect.hindrance or defect.name in _names_of_models().get(defect.table, ()):
        return defect
    return replace(defect, hindrance="the models do not have it, so that no migration may count on it: mend it by hand")


def _names_of_models() -> dict[str, set[str]]:
    """The constraints and indexes of the models, by table."""
    from alphanest_db.models.metadata import metadata  # SQLAlchemy takes longer to load than most checks take

    return {
        table.name: {*(str(c.name) for c in table.constraints), *(str(index.name) for index in table.indexes)}
        for table in metadata.tables.values()
    }


def _fits(ignore: Ignore, defect: SchemaDefect) -> bool:
    return ignore.check == defect.kind and ignore.fits(Finding(defect.table, {"constraint": defect.name}, "", ""))
