"""New types that PostgreSQL does not make of the old ones by itself: text to numbers, one enum to another."""

import copy

from alembic.operations.ops import AlterColumnOp
from psycopg2 import sql
from sqlalchemy import Connection, Enum

from alphanest_db.database.engine import driver_connection
from alphanest_db.database.identifiers import load_sql, name, statement
from alphanest_db.schema.authoring.operations import USING, as_text


def with_conversion(connection: Connection, op: AlterColumnOp) -> AlterColumnOp:
    """The same change, told how to make the new values where PostgreSQL asks for that; reads the catalog only."""
    if op.modify_type is None or op.existing_type is None:
        return op
    existing, wanted = (type_.compile(dialect=connection.dialect) for type_ in (op.existing_type, op.modify_type))
    with driver_connection(connection).cursor() as cursor:
        cursor.execute(load_sql(__package__, "converts_by_itself"), {"existing": existing, "wanted": wanted})
        if cursor.fetchone() == (True,):
            return op
    told = copy.copy(op)
    through = "{}::text::{}" if isinstance(op.existing_type, Enum) else "{}::{}"
    told.kw = {**op.kw, USING: as_text(connection, statement(through, name(op.column_name), sql.SQL(wanted)))}
    return told
