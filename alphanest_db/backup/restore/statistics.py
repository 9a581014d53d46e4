"""What the planner needs to know of a database that was just loaded; no dump holds it."""

import contextlib
import queue
from concurrent.futures import ThreadPoolExecutor

from alphanest_db.database.connect import session
from alphanest_db.database.identifiers import load_sql, name, statement
from alphanest_db.database.target import Target


def analyze(target: Target, *, jobs: int, timeout_seconds: int = 10) -> None:
    """ANALYZE every table, `jobs` at a time."""
    with session(target, timeout_seconds=timeout_seconds) as connection, connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "analysable_tables"))
        tables: list[tuple[str, str]] = cursor.fetchall()

    waiting: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
    for table in tables:
        waiting.put(table)

    def work() -> None:
        with (
            session(target, timeout_seconds=timeout_seconds) as connection,
            connection.cursor() as cursor,
            contextlib.suppress(queue.Empty),
        ):
            while True:
                cursor.execute(statement("ANALYZE {}", name(*waiting.get_nowait())))

    with ThreadPoolExecutor(jobs, thread_name_prefix="analyze") as pool:
        for task in [pool.submit(work) for _number in range(jobs)]:
            task.result()
