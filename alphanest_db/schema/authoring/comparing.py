"""What Alembic's autogenerate does not compare, or not well: the text of CHECK constraints, defaults, the values of enums."""

from collections.abc import Iterator

import psycopg2
from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import AddConstraintOp, DropConstraintOp, MigrateOperation, ModifyTableOps, UpgradeOps
from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult
from sqlalchemy import CheckConstraint, Table, inspect

from alphanest_db.schema.authoring.defaults import compare_defaults
from alphanest_db.schema.authoring.enums import enums_of, existing_enums
from alphanest_db.schema.authoring.operations import AddEnumValue, EnumDiffers, qualified
from alphanest_db.schema.authoring.reading import reads_alike

NAME = "alphanest.models"
# Alembic's own, its comparison of CHECK constraints by name, and this one.
PLUGINS = ["alembic.autogenerate.*", "alembic.ext.checkconstraint_byname", NAME]


def _compare_check_texts(
    context: AutogenContext,
    operations: ModifyTableOps,
    schema: str | None,
    table_name: str,
    existing: Table | None,
    wanted: Table | None,
) -> PriorityDispatchResult:
    if existing is not None and wanted is not None:
        found = {
            check["name"]: check for check in inspect(context.connection).get_check_constraints(table_name, schema)
        }
        for constraint in wanted.constraints:
            check = found.get(str(constraint.name))
            if (
                isinstance(constraint, CheckConstraint)
                and check
                and not _mean_the_same(context, constraint, check["sqltext"])
            ):
                old = CheckConstraint(check["sqltext"], name=check["name"], table=existing)
                operations.ops += [DropConstraintOp.from_constraint(old), AddConstraintOp.from_constraint(constraint)]
    return PriorityDispatchResult.CONTINUE


def _mean_the_same(context: AutogenContext, constraint: CheckConstraint, existing: str) -> bool:
    """Whether the server reads both conditions alike; where it does not say, True."""
    table = constraint.table
    wanted = context.migration_context.impl.render_ddl_sql_expr(constraint.sqltext)
    assert context.connection is not None  # autogenerate compares with a database
    try:
        return reads_alike(context.connection, wanted, existing, qualified(table.schema, table.name))
    except psycopg2.errors.UndefinedColumn:  # the new condition is about a column that is not there yet
        return False
    except psycopg2.Error:
        return True


def _compare_enums(
    context: AutogenContext, operations: UpgradeOps, _schemas: set[str | None]
) -> PriorityDispatchResult:
    assert context.connection is not None  # autogenerate compares with a database
    existing = existing_enums(context.connection)
    for (schema, name), values in enums_of(context.sorted_tables).items():
        if labels := existing.get((schema, name)):
            operations.ops[:0] = _changes(schema, name, labels, values)
    return PriorityDispatchResult.CONTINUE


def _changes(
    schema: str | None, name: str, existing: tuple[str, ...], wanted: tuple[str, ...]
) -> Iterator[MigrateOperation]:
    if [value for value in wanted if value in existing] != list(existing):
        yield EnumDiffers(schema, name, existing, wanted)
        return
    for place, value in enumerate(wanted):
        if value not in existing:
            yield AddEnumValue(schema, name, value, ("AFTER", wanted[place - 1]) if place else ("BEFORE", existing[0]))


def setup(plugin: Plugin) -> None:
    """Register the comparisons, as Alembic asks of a plugin."""
    plugin.add_autogenerate_comparator(_compare_check_texts, "table", "checktexts", qualifier="postgresql")
    plugin.add_autogenerate_comparator(
        compare_defaults, "column", "server_default", priority=DispatchPriority.LAST, qualifier="postgresql"
    )
    plugin.add_autogenerate_comparator(_compare_enums, "schema", "enums", qualifier="postgresql")


setup(Plugin(NAME))
