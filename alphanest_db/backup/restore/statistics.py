"""What the planner needs to know of a database that was just loaded; no dump holds it."""

from concurrent.futures import ThreadPoolExecutor

from alphanest_db.database.connect import session
from alphanest_db.database.identifiers import load_sql, name, statement
from alphanest_db.database.target import Target


def analyze(target: Target, *, jobs: int, timeout_seconds: int = 10) -> None:
    """ANALYZE every table, `jobs` at a time."""
    with session(target, timeout_seconds=timeout_seconds) as connection, connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "analysable_tables"))
        tables: list[tuple[str, str]] = cursor.fetchall()

    def work(mine: list[tuple[str, str]]) -> None:
        with session(target, timeout_seconds=timeout_seconds) as connection, connection.cursor() as cursor:
            for schema, table in mine:
                cursor.execute(statement("ANALYZE {}", name(schema, table)))

    with ThreadPoolExecutor(jobs, thread_name_prefix="analyze") as pool:
        list(pool.map(work, (tables[number::jobs] for number in range(jobs))))
