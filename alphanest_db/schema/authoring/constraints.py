"""Foreign keys and CHECK constraints: added NOT VALID in a moment, validated by the next revision while others go on."""

import copy

from alembic.operations.ops import CreateCheckConstraintOp, CreateForeignKeyOp, DropConstraintOp, ExecuteSQLOp
from sqlalchemy import Connection

from alphanest_db.database.identifiers import name
from alphanest_db.schema.authoring.operations import qualified, run
from alphanest_db.schema.authoring.stages import Operations, Stages

Validated = CreateForeignKeyOp | CreateCheckConstraintOp
_NOT_VALID = "postgresql_not_valid"


def change_constraint(stages: Stages, old: Validated | None, new: Validated | None) -> None:
    """Drop the old one, and bring the new one in."""
    connection = stages.connection
    if old is not None:
        stages.expand.body.append(dropped(old))
        stages.expand.undo_blocks.append(_brought_back(connection, old, instead_of=new or old))
    if new is not None:
        stages.expand.body.append(not_valid(new))
        stages.build.block.append(validation(connection, new))
        stages.build.undo_bodies.append([dropped(new), not_valid(new)])  # there is no other way back to NOT VALID
        stages.build.purposes.add("validate")
        if old is None:
            stages.expand.undo_bodies.append([dropped(new)])


def not_valid(op: Validated) -> Validated:
    """The same constraint, which no row that is there is looked at for."""
    made = copy.copy(op)
    made.kw = {**op.kw, _NOT_VALID: True}
    return made


def dropped(op: Validated, *, if_exists: bool | None = None) -> DropConstraintOp:
    """The constraint goes."""
    type_ = "foreignkey" if isinstance(op, CreateForeignKeyOp) else "check"
    schema, table = _place(op)
    return DropConstraintOp(op.constraint_name, table, type_, schema=schema, if_exists=if_exists)


def validation(connection: Connection, op: Validated) -> ExecuteSQLOp:
    """The old rows are looked at; which stands being done twice."""
    return run(
        connection, "ALTER TABLE {} VALIDATE CONSTRAINT {}", qualified(*_place(op)), name(str(op.constraint_name))
    )


def _brought_back(connection: Connection, old: Validated, *, instead_of: Validated) -> Operations:
    """The old constraint as it was, by statements that can be run twice."""
    was_valid = not old.kw.get(_NOT_VALID)
    return [
        dropped(instead_of, if_exists=True),
        not_valid(old),
        *([validation(connection, old)] if was_valid else []),
    ]


def _place(op: Validated) -> tuple[str | None, str]:
    if isinstance(op, CreateForeignKeyOp):
        return op.kw.get("source_schema"), op.source_table
    return op.schema, op.table_name
