"""The target's tables as they are now: how large, how many rows, how much is written."""

from collections.abc import Iterable

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.identifiers import load_sql
from alphanest_db.schema.planning.model import LiveTable

LOCK_TIMEOUT_MS = 5000
# Over less time, loading the first rows looks like a rush.
SHORTEST_SECONDS = 3600


def read_live_tables(connection: Connection, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], LiveTable]:
    """What is known of the named relations, by schema and name; those that do not exist are left out.

    Asking for a size takes ACCESS SHARE on the relation, so it gives up after five seconds. Reads the catalog only.
    """
    wanted = sorted(set(names))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.set_config('lock_timeout', %s, false)", (str(LOCK_TIMEOUT_MS),))
        cursor.execute(
            load_sql(__package__, "live_tables"),
            {
                "schemas": [schema for schema, _table in wanted],
                "tables": [table for _schema, table in wanted],
                "shortest_seconds": SHORTEST_SECONDS,
            },
        )
        return {
            (schema, table): LiveTable(shown_name(schema, table), size_bytes, rows, writes_per_second)
            for schema, table, size_bytes, rows, writes_per_second in cursor
        }


def shown_name(schema: str, table: str) -> str:
    """The name as one says it.

    >>> shown_name("public", "users"), shown_name("shop", "items")
    ('users', 'shop.items')
    """
    return table if schema == "public" else f"{schema}.{table}"
