"""Synthetic data as a set among others: at scale 1, put in by itself, and something that sets of others may depend on."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.target import Target
from alphanest_db.journal.model import Run
from alphanest_db.journal.reading import list_runs
from alphanest_db.seeding.sets.model import DEFAULT_ENVIRONMENTS, SeedFailed, SeedSet, SetKind, TableChange, TableRows
from alphanest_db.seeding.sets.remembering import Remembered
from alphanest_db.seeding.synthetic.parameters import Parameters, Request
from alphanest_db.settings import Settings
from alphanest_db.workflows.seed_runs import KIND
from alphanest_db.workflows.synthetic import SyntheticRun, seed_synthetic

SYNTHETIC = "synthetic"
_LOCK_WAIT_SECONDS = 30.0


def synthetic_set() -> SeedSet:
    """The set as one that others depend on: it has to be there, of any size."""

    def rows(connection: Connection) -> list[TableRows]:
        if _run_of(connection) is None:
            raise SeedFailed(
                SYNTHETIC, "it is put in by itself, and is not there", "Run `alphanest seed synthetic` first."
            )
        return []

    return SeedSet(SYNTHETIC, SetKind.builtin, DEFAULT_ENVIRONMENTS, (), SYNTHETIC, rows)


def synthetic_changes(connection: Connection, now: datetime) -> tuple[TableChange, ...]:
    """What putting it in would do: all of it, or nothing where it is there; reads only."""
    run = _run_of(connection)
    if run is None:
        return tuple(TableChange(table, rows, 0, 0) for table, rows in _parameters(now).rows.items())
    return tuple(
        TableChange(table, 0, 0, rows)
        for table, rows in Request.from_json(run.details["request"]).parameters.rows.items()
    )


def remembered_synthetic(connection: Connection) -> dict[str, Remembered]:
    """Its last run that was not undone; reads only."""
    run = _run_of(connection)
    return {SYNTHETIC: Remembered(SYNTHETIC, run.id, run.started_at, run.by)} if run else {}


def seed_synthetic_set(
    target: Target, settings: Settings, migrations: Path, environ: Mapping[str, str], *, now: datetime
) -> SyntheticRun:
    """Put it in, in a transaction of its own. Raises what `seed_synthetic` raises."""
    return seed_synthetic(target, settings, migrations, _parameters(now), environ, lock_wait_seconds=_LOCK_WAIT_SECONDS)


def _parameters(now: datetime) -> Parameters:
    return Parameters.at_scale(1, seed=1, until=now.date())


def _run_of(connection: Connection) -> Run | None:
    runs = list_runs(connection, KIND)
    return next((run for run in runs if run.details.get("set") == SYNTHETIC and not run.undone_at), None)
