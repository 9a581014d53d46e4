"""Is the schema what it should be: nothing pending, migrations like the models, database like the migrations."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from alphanest_db.database.connect import session
from alphanest_db.database.target import Target
from alphanest_db.errors import EmbeddedServerError, ProgramFailed, ProgramNotFound, Refused
from alphanest_db.schema.revisions import read_revisions
from alphanest_db.schema.status import MigrationStatus, read_status

if TYPE_CHECKING:
    from alphanest_db.schema.comparison import Difference
    from alphanest_db.schema.drift.model import DriftReport, Ignore

# Why there may be no scratch database, or no dump of this one.
_CANNOT_LOOK = (Refused, EmbeddedServerError, ProgramNotFound, ProgramFailed)
_NOT_WANTED = "--no-drift was given"
_BEHIND = "migrations are pending, and the models are ahead of the database until they are applied"


@dataclass(frozen=True)
class DriftLook:
    """What looking for drift needs: the home of the embedded server, for a role that may create no database, and the ignores."""

    home: Path
    environ: Mapping[str, str]
    ignores: tuple["Ignore", ...]
    today: date


@dataclass(frozen=True)
class Skipped:
    """A part of the check (models, drift) that was not looked at, and why."""

    part: str
    reason: str


@dataclass(frozen=True)
class SchemaCheck:
    """What was found: pending migrations, differences of the models, and drift; None where drift was not looked for.

    `compared` is False where the models were not looked at. What was not asked for (`pending_only`) is not among the skipped.
    """

    database: str
    pending: tuple[str, ...]
    differences: tuple["Difference", ...] = ()
    compared: bool = False
    drift: "DriftReport | None" = None
    skipped: tuple[Skipped, ...] = ()

    @property
    def is_clean(self) -> bool:
        """True where nothing is to be done."""
        return not self.pending and not self.differences and (self.drift is None or self.drift.is_clean)


def check_pending(target: Target, folder: Path, *, timeout_seconds: int = 10) -> SchemaCheck:
    """Whether migrations are pending; reads the version table only. Raises DatabaseAhead."""
    return SchemaCheck(target.database, _status(target, folder, timeout_seconds).pending)


def check_schema(target: Target, folder: Path, look: DriftLook | None, *, timeout_seconds: int = 10) -> SchemaCheck:
    """Pending migrations, the models against the migrations, and the database against the migrations up to where it stands.

    The migrations are run on a scratch database. Without one (no `look`, or none can be made) there is no drift to be seen, and
    the models are compared with the database itself, where nothing is pending. Reads the target only. Raises DatabaseAhead and
    MigrationFailed.
    """
    status = _status(target, folder, timeout_seconds)
    reason = _NOT_WANTED
    if look:
        try:
            return _check_by_building(target, folder, look, status, timeout_seconds)
        except _CANNOT_LOOK as error:
            reason = error.message
    return _check_models_alone(target, folder, status, Skipped("drift", reason), timeout_seconds)


def _check_by_building(
    target: Target, folder: Path, look: DriftLook, status: MigrationStatus, timeout_seconds: int
) -> SchemaCheck:
    from alphanest_db.schema.comparison import (
        compare_models,  # loads Alembic, which a look for pending ones does without
    )
    from alphanest_db.schema.drift.find import built_database, compare_with
    from alphanest_db.schema.runs import upgrade

    with built_database(target, folder, look.home, status.current, timeout_seconds=timeout_seconds) as built:
        drift = compare_with(
            built, target, status.current, look.environ, ignores=look.ignores, today=look.today,
            timeout_seconds=timeout_seconds,
        )  # fmt: skip
        upgrade(built, folder)
        differences = compare_models(built, folder, timeout_seconds=timeout_seconds)
    return SchemaCheck(target.database, status.pending, tuple(differences), compared=True, drift=drift)


def _check_models_alone(
    target: Target, folder: Path, status: MigrationStatus, no_drift: Skipped, timeout_seconds: int
) -> SchemaCheck:
    from alphanest_db.schema.comparison import compare_models  # as above

    if status.pending:
        return SchemaCheck(target.database, status.pending, skipped=(Skipped("models", _BEHIND), no_drift))
    differences = compare_models(target, folder, timeout_seconds=timeout_seconds)
    return SchemaCheck(target.database, (), tuple(differences), compared=True, skipped=(no_drift,))


def _status(target: Target, folder: Path, timeout_seconds: int) -> MigrationStatus:
    with session(target, timeout_seconds=timeout_seconds) as connection:
        return read_status(connection, read_revisions(folder))
