"""A change written so that the application can go on: each operation in the form that the linter asks for.

What takes time (building indexes, looking at rows) is done under locks that let others read and write; what locks a table is
done in a moment. On tables that the same change makes, nothing of this is needed.
"""

from collections.abc import Sequence

from alembic.operations.ops import (
    AddColumnOp,
    AlterColumnOp,
    CreateCheckConstraintOp,
    CreateForeignKeyOp,
    CreateIndexOp,
    CreateTableOp,
    CreateUniqueConstraintOp,
    DropColumnOp,
    DropConstraintOp,
    DropIndexOp,
    DropTableOp,
    MigrateOperation,
    MigrationScript,
    ModifyTableOps,
)
from sqlalchemy import Connection

from alphanest_db.schema.authoring.columns import add_column, alter_column, drop_column
from alphanest_db.schema.authoring.constraints import change_constraint
from alphanest_db.schema.authoring.indexes import change_index
from alphanest_db.schema.authoring.operations import AutocommitBlock, DropEnum, Hazard
from alphanest_db.schema.authoring.stages import Stages


def safe_scripts(connection: Connection, script: MigrationScript) -> list[MigrationScript]:
    """The revisions, one to three, that do what the script does to the connection's database."""
    assert script.upgrade_ops is not None
    operations = script.upgrade_ops.ops
    new = {(op.schema, op.table_name) for op in operations if isinstance(op, CreateTableOp)}
    gone = {(op.schema, op.table_name) for op in operations if isinstance(op, DropTableOp)}
    stages = Stages(connection)
    for op in operations:
        if isinstance(op, ModifyTableOps) and (op.schema, op.table_name) in gone:
            stages.contract.undo_bodies.append([op.reverse()])  # its indexes go with the table
        elif isinstance(op, ModifyTableOps) and (op.schema, op.table_name) not in new:
            _write_table(stages, op.ops)
        else:
            _write(stages, op)
    return stages.scripts(script)


def _write_table(stages: Stages, operations: Sequence[MigrateOperation]) -> None:
    """What is done to a table in use; what is dropped and made under one name is a replacement."""
    old = {key: made for op in operations if (made := _dropped(op)) and (key := _key(made))}
    new = {key: op for op in operations if (key := _key(op))}
    for op in operations:
        if key := _key(op):
            _change(stages, old.get(key), op)
        elif made := _dropped(op):
            if _key(made) not in new:
                _change(stages, made, None)
        else:
            _write(stages, op)


def _dropped(op: MigrateOperation) -> MigrateOperation | None:
    """What a DROP of an index or a constraint takes away, as the operation that made it."""
    return op.reverse() if isinstance(op, (DropIndexOp, DropConstraintOp)) else None


def _key(op: MigrateOperation) -> tuple[str, str] | None:
    """Which replaces which: indexes and unique constraints of one name, or others of one name."""
    match op:
        case CreateIndexOp():
            return "index", str(op.index_name)
        case CreateUniqueConstraintOp():
            return "index", str(op.constraint_name)
        case CreateForeignKeyOp() | CreateCheckConstraintOp():
            return "constraint", str(op.constraint_name)
    return None


def _write(stages: Stages, op: MigrateOperation) -> None:
    match op:
        case AddColumnOp():
            add_column(stages, op)
        case DropColumnOp():
            drop_column(stages, op)
        case AlterColumnOp():
            alter_column(stages, op)
        case DropTableOp():
            stages.contract.body.append(
                Hazard(f"drops the table {op.table_name}: its rows are lost, and a downgrade brings it back empty.")
            )
            _last(stages, op)
        case DropEnum():
            _last(stages, op)
        case AutocommitBlock():
            stages.expand.block += op.ops
            stages.expand.undo_bodies.append([op.reverse()])
        case _:
            stages.expand.body.append(op)
            stages.expand.undo_bodies.append([op.reverse()])


def _last(stages: Stages, op: MigrateOperation) -> None:
    stages.contract.body.append(op)
    stages.contract.undo_bodies.append([op.reverse()])
    stages.contract.purposes.add("drop")


def _change(stages: Stages, old: MigrateOperation | None, new: MigrateOperation | None) -> None:
    """Bring in the new one for the old one; both are of one kind."""
    match old or new:
        case CreateIndexOp() | CreateUniqueConstraintOp():
            change_index(stages, old, new)  # type: ignore[arg-type]  # the other one is of the same kind
        case CreateForeignKeyOp() | CreateCheckConstraintOp():
            change_constraint(stages, old, new)  # type: ignore[arg-type]  # as above
