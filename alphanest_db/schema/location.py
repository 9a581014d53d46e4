"""Where the migrations are: beside the package in a checkout, inside it once it is installed from a wheel."""

from pathlib import Path

import alphanest_db
from alphanest_db.errors import InvalidInput


def migrations_folder(chosen: Path | None = None) -> Path:
    """The folder that holds env.py and versions/; `chosen` (ALPHANEST_MIGRATIONS) wins.

    Raises InvalidInput where there is none.
    """
    package = Path(alphanest_db.__file__).parent
    candidates = [chosen.absolute()] if chosen else [package / "migrations", package.parent / "migrations"]
    for folder in candidates:
        if (folder / "env.py").is_file():
            return folder
    raise InvalidInput(
        f"there are no migrations in {candidates[-1]}", "Set ALPHANEST_MIGRATIONS to the folder of env.py."
    )
