"""Migrations whose files are gone, completed from what the database remembers of them."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.schema.history import read_applied
from alphanest_db.schema.revisions import read_revisions
from alphanest_db.schema.status import read_current


@contextlib.contextmanager
def completed_folder(connection: Connection, folder: Path) -> Iterator[Path]:
    """The migrations in `folder`; where the database stands at one that is not there, a copy with the remembered ones added.

    The remembered source is code that was run on this database before. The connection must be in autocommit mode.
    """
    known = {revision.id for revision in read_revisions(folder).revisions}
    if known.issuperset(read_current(connection)):
        yield folder
        return
    missing = [record for record in read_applied(connection).values() if record.revision not in known]
    with tempfile.TemporaryDirectory(prefix="alphanest-") as scratch:
        copy = Path(scratch) / "migrations"
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("__pycache__"))
        for number, record in enumerate(missing):
            (copy / "versions" / f"remembered_{number}.py").write_text(record.source, encoding="utf-8")
        yield copy
