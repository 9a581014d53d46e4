"""Migrations whose files are gone, completed from what the database remembers of them."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.schema.history import read_applied, still_applied
from alphanest_db.schema.revisions import read_revisions
from alphanest_db.schema.status import read_current


@contextlib.contextmanager
def completed_folder(connection: Connection, folder: Path) -> Iterator[Path]:
    """The migrations in `folder`; where the database stands at one that is not there, a copy with the remembered ones added.

    The remembered source is code that was run on this database before. The connection must be in autocommit mode.
    """
    graph, current = read_revisions(folder), read_current(connection)
    if all(graph.find(identifier) for identifier in current):
        yield folder
        return
    applied = still_applied(read_applied(connection), graph, current)
    missing = [record for record in applied if graph.find(record.revision) is None]
    with tempfile.TemporaryDirectory(prefix="alphanest-") as scratch:
        copy = Path(scratch) / "migrations"
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("__pycache__"))
        for number, record in enumerate(missing):
            (copy / "versions" / f"remembered_{number}.py").write_text(record.source, encoding="utf-8")
        yield copy
