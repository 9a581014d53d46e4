"""Names for constraints that have none in the models: what PostgreSQL would choose, so that they can be dropped again."""

from collections.abc import Iterable, Sequence

from alembic.operations.ops import CreateForeignKeyOp, CreateUniqueConstraintOp, MigrateOperation

from alphanest_db.schema.authoring.enums import flat

LONGEST_NAME_BYTES = 63


def name_constraints(operations: Iterable[MigrateOperation]) -> None:
    """Give unnamed foreign keys and unique constraints a name."""
    for op in flat(operations):
        if isinstance(op, CreateForeignKeyOp) and op.constraint_name is None:
            op.constraint_name = made_name(op.source_table, op.local_cols, "fkey")
        elif isinstance(op, CreateUniqueConstraintOp) and op.constraint_name is None:
            op.constraint_name = made_name(op.table_name, [str(column) for column in op.columns], "key")


def made_name(table: str, columns: Sequence[str], suffix: str) -> str:
    """A name made of the table, the columns and what it is, as long as PostgreSQL allows.

    >>> made_name("users", ["email"], "key")
    'users_email_key'
    """
    stem = "_".join((table, *columns)).encode()[: LONGEST_NAME_BYTES - len(suffix) - 1]
    return f"{stem.decode(errors='ignore')}_{suffix}"
