"""Revisions that give a database back what its migrations gave it once: an index, a foreign key, a constraint that is valid.

A database made anew by the migrations has all of it already: what they do to it must do no harm there, and there is no way back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from alembic.operations.ops import CreateForeignKeyOp, CreateIndexOp

from alphanest_db.database.connect import session
from alphanest_db.database.identifiers import name
from alphanest_db.database.target import Target
from alphanest_db.schema.authoring.constraints import dropped, not_valid, validation
from alphanest_db.schema.authoring.create import NewRevision, create_staged_revision
from alphanest_db.schema.authoring.operations import Remark, qualified, run
from alphanest_db.schema.authoring.stages import Stages
from alphanest_db.schema.revisions import read_revisions
from alphanest_db.schema.status import require_head

_NO_WAY_BACK = Remark("Earlier revisions make all of it, and it was lost since: taking this one back changes nothing.")


@dataclass(frozen=True)
class MissingIndex:
    """An index that is not there."""

    table: str
    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class MissingKey:
    """A foreign key that is not there."""

    table: str
    name: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    on_delete: str


@dataclass(frozen=True)
class NeverValidated:
    """A foreign key or CHECK constraint that is NOT VALID."""

    table: str
    name: str


Mending = MissingIndex | MissingKey | NeverValidated


def create_mending_revision(
    folder: Path, message: str, mendings: Sequence[Mending], *, target: Target, timeout_seconds: int = 10
) -> NewRevision:
    """Write what mends the target's schema while the application goes on, in up to two revisions; none for nothing.

    Indexes are built CONCURRENTLY, keys come in as NOT VALID, and what is to be validated is validated by the last revision.
    Raises PendingMigrations where the target is behind: they may bring what is missing.
    """
    with session(target, timeout_seconds=timeout_seconds) as connection:
        require_head(connection, read_revisions(folder))
    if not mendings:
        return NewRevision(None, None)

    def fill(stages: Stages) -> None:
        for mending in mendings:
            _write(stages, mending)
        for stage in (stages.expand, stages.build):
            stage.undo_bodies.append([_NO_WAY_BACK])

    return create_staged_revision(folder, message, fill, target=target, timeout_seconds=timeout_seconds)


def _write(stages: Stages, mending: Mending) -> None:
    match mending:
        case MissingIndex():
            index = CreateIndexOp(
                mending.name, mending.table, list(mending.columns), if_not_exists=True, postgresql_concurrently=True
            )
            stages.build.block.append(index)
            stages.build.purposes.add("build")
        case MissingKey():
            key = CreateForeignKeyOp(
                mending.name, mending.table, mending.target, list(mending.columns), list(mending.target_columns),
                ondelete=mending.on_delete.upper(),
            )  # fmt: skip
            stages.expand.body += [dropped(key, if_exists=True), not_valid(key)]
            stages.build.block.append(validation(stages.connection, key))
            stages.build.purposes.add("validate")
        case NeverValidated():
            table = qualified(None, mending.table)
            said = "ALTER TABLE {} VALIDATE CONSTRAINT {}"
            stages.build.block.append(run(stages.connection, said, table, name(mending.name)))
            stages.build.purposes.add("validate")
        case _:
            assert_never(mending)
