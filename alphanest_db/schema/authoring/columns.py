"""Columns: NOT NULL by way of a CHECK constraint that is validated first; what rewrites or loses rows says so."""

import copy
from typing import Any

from alembic.operations.ops import (
    AddColumnOp,
    AlterColumnOp,
    CreateCheckConstraintOp,
    DropColumnOp,
    DropConstraintOp,
)
from sqlalchemy import Column
from sqlalchemy.types import TypeEngine

from alphanest_db.database.identifiers import name
from alphanest_db.schema.authoring.constraints import not_valid, validation
from alphanest_db.schema.authoring.conversion import with_conversion
from alphanest_db.schema.authoring.hazards import hazard_of_new_column, hazard_of_new_type
from alphanest_db.schema.authoring.names import made_name
from alphanest_db.schema.authoring.operations import Hazard, Remark, as_text
from alphanest_db.schema.authoring.stages import Operations, Stages


def add_column(stages: Stages, op: AddColumnOp) -> None:
    """Add a column; one that is NOT NULL without a default comes in empty."""
    column = op.column
    needs_values = not column.nullable and column.server_default is None
    if needs_values:
        column = column._copy()
        column.nullable = True
    hazard = hazard_of_new_column(stages.connection, column)
    stages.expand.body += [*_hazards(hazard), AddColumnOp(op.table_name, column, schema=op.schema)]
    stages.expand.undo_bodies.append([DropColumnOp(op.table_name, column.name, schema=op.schema)])
    if needs_values:
        stages.build.block.append(
            Hazard(
                f"rows that are there have no value in {op.table_name}.{column.name}: fill it before this revision is run."
            )
        )
        set_not_null(stages, op.schema, op.table_name, column.name, column.type)


def drop_column(stages: Stages, op: DropColumnOp) -> None:
    """Drop a column, in the last revision: applications that know it must be gone by then."""
    where = f"{op.table_name}.{op.column_name}"
    stages.contract.body += [
        Hazard(
            f"drops {where}: its values are lost, and a downgrade brings it back without them. "
            "Applications that name it fail from then on."
        ),
        op,
    ]  # fmt: skip
    back = op.reverse()
    stages.contract.undo_bodies.append(_brought_back(back))
    stages.contract.purposes.add("drop")


def alter_column(stages: Stages, op: AlterColumnOp) -> None:
    """Change a column: NOT NULL on its own, all else at once."""
    rest = copy.copy(op)
    if op.modify_nullable is False:
        set_not_null(stages, op.schema, op.table_name, op.column_name, op.modify_type or op.existing_type)
        rest.modify_nullable = None
    if rest.has_changes():
        back = rest.reverse()
        there, here = (with_conversion(stages.connection, way) for way in (rest, back))
        stages.expand.body += [*_hazards(hazard_of_new_type(rest)), there]
        stages.expand.undo_bodies.append([*_hazards(hazard_of_new_type(back)), *_hazards(_scan(back)), here])


def set_not_null(
    stages: Stages, schema: str | None, table: str, column: str, type_: "TypeEngine[Any] | None"
) -> None:  # Any: whatever the column holds
    """Make a column NOT NULL; with a validated CHECK constraint PostgreSQL does not look at the rows again."""
    condition = as_text(stages.connection, name(column)) + " IS NOT NULL"
    check = CreateCheckConstraintOp(made_name(f"ck_{table}", [column], "not_null"), table, condition, schema=schema)
    drop = DropConstraintOp(check.constraint_name, table, "check", schema=schema)

    def nullable(value: bool) -> AlterColumnOp:
        return AlterColumnOp(table, column, schema=schema, existing_type=type_, modify_nullable=value)

    stages.expand.body.append(not_valid(check))
    stages.expand.undo_bodies.append([drop])
    stages.build.block.append(validation(stages.connection, check))
    stages.build.body += [nullable(False), drop]
    stages.build.undo_bodies.append([not_valid(check), nullable(True)])
    stages.build.purposes.add("validate")


def _brought_back(op: AddColumnOp) -> Operations:
    """A dropped column; without values it cannot be NOT NULL."""
    column: Column[Any] = op.column  # Any: whatever it holds
    if column.nullable or column.server_default is not None:
        return [op]
    column = column._copy()
    column.nullable = True
    return [
        Remark(f"{op.table_name}.{column.name} was NOT NULL; the rows that are there have no value for it."),
        AddColumnOp(op.table_name, column, schema=op.schema),
    ]


def _scan(op: AlterColumnOp) -> str | None:
    if op.modify_nullable is not False:
        return None
    return "reads the whole table while nobody can read or write it (ACCESS EXCLUSIVE), and fails where a row has no value."


def _hazards(text: str | None) -> list[Hazard]:
    return [Hazard(text)] if text else []
