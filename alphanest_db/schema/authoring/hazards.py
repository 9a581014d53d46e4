"""What a change does to a database in use that cannot be written in another way."""

import re
from typing import Any

from alembic.operations.ops import AlterColumnOp
from sqlalchemy import CHAR, Column, Computed, Connection, DefaultClause, Enum, Float, Identity, Numeric, String
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.types import TypeEngine

from alphanest_db.database.engine import driver_connection
from alphanest_db.database.identifiers import load_sql

REWRITE = (
    "rewrites the table and its indexes while nobody can read or write it (ACCESS EXCLUSIVE). On a large table, add a new "
    "column, fill it in batches, and change over to it"
)
_CALL = re.compile(r"\b(\w+)\s*\(")


def hazard_of_new_column(connection: Connection, column: "Column[Any]") -> str | None:  # Any: whatever it holds
    """Why adding the column rewrites the table, None where it does not: a constant default is one entry in the catalog."""
    default = column.server_default
    if isinstance(default, Identity) or (isinstance(default, Computed) and default.persisted is not False):
        return f"a value is made for each row, which {REWRITE}."
    if isinstance(default, DefaultClause) and _is_volatile(connection, default):
        return f"the default is another one in each row, which {REWRITE}."
    return None


def hazard_of_new_type(op: AlterColumnOp) -> str | None:
    """Why changing the type rewrites the table, None where it does not."""
    if op.modify_type is None or _only_widens(op.existing_type, op.modify_type):
        return None
    return f"the new type {REWRITE}."


def _is_volatile(connection: Connection, default: DefaultClause) -> bool:
    if not isinstance(default.arg, ClauseElement):
        return False
    names = _CALL.findall(str(default.arg.compile(dialect=connection.dialect)).lower())
    with driver_connection(connection).cursor() as cursor:
        cursor.execute(load_sql(__package__, "volatile_functions"), {"names": names})
        row = cursor.fetchone()
        return bool(row and row[0])


def _only_widens(old: "TypeEngine[Any] | None", new: "TypeEngine[Any]") -> bool:  # Any: as above
    """True where every stored value is already one of the new type: https://www.postgresql.org/docs/current/sql-altertable.html."""
    match old, new:
        case (CHAR() | Enum(), _) | (_, CHAR() | Enum()):
            return False
        case String(), String():
            return new.length is None or (old.length is not None and old.length <= new.length)
        case Numeric(), Numeric() if not isinstance(old, Float) and not isinstance(new, Float):
            return new.precision is None or (
                old.precision is not None and old.precision <= new.precision and (old.scale or 0) == (new.scale or 0)
            )
    return False
