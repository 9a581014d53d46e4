"""Is the schema what it should be: nothing pending, models and database alike."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from alphanest_db.database.connect import session
from alphanest_db.database.target import Target
from alphanest_db.schema.revisions import read_revisions
from alphanest_db.schema.status import read_status

if TYPE_CHECKING:
    from alphanest_db.schema.comparison import Difference


@dataclass(frozen=True)
class SchemaCheck:
    """What was found; `compared` is False where only pending migrations were looked for."""

    database: str
    pending: tuple[str, ...]
    differences: tuple["Difference", ...]
    compared: bool

    @property
    def is_clean(self) -> bool:
        """True where nothing is to be done."""
        return not self.pending and not self.differences


def check_schema(target: Target, folder: Path, *, pending_only: bool = False, timeout_seconds: int = 10) -> SchemaCheck:
    """Whether migrations are pending, and whether models and database differ.

    With pending migrations the two differ for certain, and are not compared. Reads only. Raises DatabaseAhead.
    """
    with session(target, timeout_seconds=timeout_seconds) as connection:
        pending = read_status(connection, read_revisions(folder)).pending
    if pending_only or pending:
        return SchemaCheck(target.database, pending, (), compared=False)
    from alphanest_db.schema.comparison import compare_models  # loads Alembic, which the answer above does without

    return SchemaCheck(
        target.database, (), tuple(compare_models(target, folder, timeout_seconds=timeout_seconds)), compared=True
    )
