"""Defaults of columns, as the server reads them.

Alembic computes both and asks whether they are equal: `gen_random_uuid()` never is, and json has no `=`. Its hook for a
function of ours fails on identity and generated columns (1.20).
"""

from typing import Any

import psycopg2
from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import AlterColumnOp
from alembic.util import PriorityDispatchResult
from sqlalchemy import Column, Connection, DefaultClause

from alphanest_db.schema.authoring.reading import reads_alike

# Any in this file: columns hold whatever they hold.


def compare_defaults(
    context: AutogenContext,
    operation: AlterColumnOp,
    _schema: str | None,
    _table_name: str,
    _column_name: str,
    existing: "Column[Any]",
    wanted: "Column[Any]",
) -> PriorityDispatchResult:
    """Whether a column that has a default on both sides has the same; what else there is, Alembic compares."""
    if not (isinstance(existing.server_default, DefaultClause) and isinstance(wanted.server_default, DefaultClause)):
        return PriorityDispatchResult.CONTINUE
    assert context.connection is not None  # autogenerate compares with a database
    if not _is_same(context.connection, existing, wanted):
        operation.modify_server_default = wanted.server_default
    return PriorityDispatchResult.STOP


def _is_same(connection: Connection, existing: "Column[Any]", wanted: "Column[Any]") -> bool:
    """As values of the column in the database; what the server cannot read is not what it has."""
    compiler = connection.dialect.ddl_compiler(connection.dialect, None)  # type: ignore[arg-type]  # it takes None: no statement
    type_name = connection.dialect.type_compiler_instance.process(existing.type)
    first, second = (
        f"CAST({compiler.get_column_default_string(column)} AS {type_name})" for column in (existing, wanted)
    )
    try:
        return reads_alike(connection, first, second)
    except psycopg2.Error:
        return False
