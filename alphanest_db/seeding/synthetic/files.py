"""The rows as files for COPY, with a script for psql: in a folder that is there when it is whole."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alphanest_db.errors import AlphanestError, InvalidInput
from alphanest_db.seeding.synthetic.load import LoadReport
from alphanest_db.seeding.synthetic.parameters import Request
from alphanest_db.seeding.synthetic.producing import Production
from alphanest_db.seeding.synthetic.tables import COLUMNS, TABLES

LOAD_FILE = "load.sql"
_SCRIPT = """-- Synthetic data of seed {seed}, {days} days until {until}. In this folder: psql -f {file}
\\set ON_ERROR_STOP on
BEGIN;
{copies}
COMMIT;
"""


@dataclass(frozen=True)
class WrittenFiles:
    """The script that loads the files, and how large all of them are."""

    load_file: Path
    size_bytes: int


def write_files(folder: Path, production: Production, request: Request, report: LoadReport) -> WrittenFiles:
    """Write the rows of each table into a file of a new folder.

    Raises InvalidInput where there is something by that name, and AlphanestError where it cannot be written.
    """
    with _new_folder(folder) as scratch:
        with contextlib.ExitStack() as stack:
            files = {table: stack.enter_context((scratch / _file_of(table)).open("wb")) for table in TABLES}
            for rows in production.rows(report.rows):
                files[rows.table].writelines(rows)
        (scratch / LOAD_FILE).write_text(_script(request), encoding="utf-8")
        size_bytes = sum(path.stat().st_size for path in scratch.iterdir())
    return WrittenFiles(folder / LOAD_FILE, size_bytes)


def _script(request: Request) -> str:
    parameters = request.parameters
    copies = "\n".join(f"\\copy {table} ({', '.join(COLUMNS[table])}) FROM '{_file_of(table)}'" for table in TABLES)
    return _SCRIPT.format(
        seed=parameters.seed, days=parameters.days, until=parameters.until, file=LOAD_FILE, copies=copies
    )


def _file_of(table: str) -> str:
    return f"{table}.copy"


@contextlib.contextmanager
def _new_folder(folder: Path) -> Iterator[Path]:
    """A folder beside it, which gets the name at the end."""
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise InvalidInput(f"{folder} is there already", "Name a new folder: nothing is overwritten.")
    scratch = None
    try:
        scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        yield scratch
        scratch.rename(folder)  # over an empty one, too
        scratch = None
    except OSError as error:
        raise AlphanestError(
            f"cannot write {folder}: {error.strerror}", "Check the folder above it, and try again."
        ) from error
    finally:
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)
