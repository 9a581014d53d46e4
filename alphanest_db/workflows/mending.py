"""From what the checks find in the schema to a migration that mends it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import assert_never

from alphanest_db.checks.ignores import Ignore, in_force
from alphanest_db.checks.model import Check, Options
from alphanest_db.checks.schema_defects import Kind, SchemaDefect, find_schema_defects
from alphanest_db.database.target import Target
from alphanest_db.schema.authoring.create import NewRevision
from alphanest_db.schema.authoring.mending import (
    Mending,
    MissingIndex,
    MissingKey,
    NeverValidated,
    create_mending_revision,
)
from alphanest_db.settings import Settings
from alphanest_db.workflows.checking import platform_of

_MESSAGE = "mend what check integrity found"


@dataclass(frozen=True)
class WrittenMending:
    """The revisions that were written, none where nothing can be mended by one; and what is left to people."""

    written: NewRevision
    mended: tuple[SchemaDefect, ...]
    left: tuple[SchemaDefect, ...]


def write_mending_revision(
    target: Target, folder: Path, settings: Settings, checks: Iterable[Check], *,
    ignores: Sequence[Ignore], options: Options, today: date,
) -> WrittenMending:  # fmt: skip
    """Write a revision of what the checks find in the schema; changes nothing in the database.

    Raises PendingMigrations, and Refused where the migrations belong to an installed package.
    """
    held = [ignore for entries in in_force(ignores, today).values() for ignore in entries]
    defects = find_schema_defects(target, checks, platform_of(settings), held, options)
    mended = tuple(defect for defect in defects if defect.hindrance is None)
    written = create_mending_revision(
        folder, _MESSAGE, [_mending(defect) for defect in mended], target=target,
        timeout_seconds=settings.connect_timeout_seconds,
    )  # fmt: skip
    return WrittenMending(written, mended, tuple(defect for defect in defects if defect.hindrance))


def _mending(defect: SchemaDefect) -> Mending:
    match defect.kind:
        case Kind.missing_index:
            return MissingIndex(defect.table, defect.name, defect.columns)
        case Kind.missing_key:
            return MissingKey(
                defect.table, defect.name, defect.columns, defect.target, defect.target_columns, defect.on_delete
            )
        case Kind.unvalidated_key | Kind.unvalidated_check:
            return NeverValidated(defect.table, defect.name)
        case _:
            assert_never(defect.kind)
