"""CHECK constraints that guard new rows while old ones violate them."""

from dataclasses import dataclass

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.identifiers import load_sql, name, statement


@dataclass(frozen=True)
class NotValidConstraint:
    """A constraint that was not validated, and how many rows keep it from being so."""

    table: str
    constraint: str
    definition: str
    violating_rows: int


def find_not_valid(connection: Connection) -> list[NotValidConstraint]:
    """The CHECK constraints that are NOT VALID, with their violating rows counted; reads the tables concerned."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "not_valid_constraints"))
        found = []
        for schema, table, constraint, expression in cursor.fetchall():
            # The expression is the server's own text of a constraint that it holds already.
            condition = sql.SQL("NOT ({})").format(sql.SQL(expression.replace("{", "{{").replace("}", "}}")).format())
            cursor.execute(statement("SELECT count(*) FROM {} WHERE {}", name(schema, table), condition))
            row = cursor.fetchone()
            found.append(NotValidConstraint(table, constraint, expression, row[0] if row else 0))
        return found
