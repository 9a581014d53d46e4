"""Whether two expressions are the same to the server: it is asked how it would compute them, and computes nothing."""

import json

from psycopg2 import sql
from sqlalchemy import Connection

from alphanest_db.database.engine import driver_connection
from alphanest_db.database.identifiers import statement

_EXPLAIN = "EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) SELECT {}, {}"
_OF_A_TABLE = f"{_EXPLAIN} FROM {{}}"


def reads_alike(connection: Connection, first: str, second: str, table: sql.Composable | None = None) -> bool:
    """True where the server reads both expressions alike; they may name columns of the table, where one is given.

    Raises psycopg2.Error where it cannot read one; the transaction can go on after that.
    """
    both = sql.SQL(first), sql.SQL(second)
    question = statement(_OF_A_TABLE, *both, table) if table else statement(_EXPLAIN, *both)
    with connection.begin_nested(), driver_connection(connection).cursor() as cursor:
        cursor.execute(question)
        (answer,) = cursor.fetchone() or ("[]",)
    plan = answer if isinstance(answer, list) else json.loads(answer)
    one, other = plan[0]["Plan"]["Output"]
    return bool(one == other)
