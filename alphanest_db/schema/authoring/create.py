"""New revision files: empty, with what makes the database like the models, or with that in a form that is safe in use."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.operations.ops import MigrateOperation, MigrationScript
from alembic.runtime.migration import MigrationContext
from alembic.util import to_list

from alphanest_db.database.connect import session
from alphanest_db.database.target import Target
from alphanest_db.errors import InvalidInput, Refused
from alphanest_db.schema.alembic_bridge import alembic_config, translated
from alphanest_db.schema.authoring.enums import enums_of, existing_enums, flat, with_enum_types
from alphanest_db.schema.authoring.names import name_constraints
from alphanest_db.schema.authoring.operations import EnumDiffers, Nothing, Remark
from alphanest_db.schema.authoring.safe import safe_scripts
from alphanest_db.schema.authoring.stages import Stages
from alphanest_db.schema.comparison import model_connection
from alphanest_db.schema.revisions import read_revisions
from alphanest_db.schema.status import require_head


@dataclass(frozen=True)
class WrittenRevision:
    """A revision file."""

    revision: str
    path: Path


@dataclass(frozen=True)
class NewRevision:
    """The revision file that was written, or none because nothing differs; `followed_by` are those on top of it."""

    revision: str | None
    path: Path | None
    followed_by: tuple[WrittenRevision, ...] = ()


def create_revision(
    folder: Path, message: str, *, target: Target | None, safe: bool = False, timeout_seconds: int = 10
) -> NewRevision:
    """Write a revision on top of the head; with a `target`, with what makes that database like the models.

    Where nothing differs, nothing is written. With `safe`, the change is written so that the application can go on, in up to
    three revisions. Raises PendingMigrations where the target is behind, and Refused where the migrations belong to an
    installed package, or the difference is one that no statement sets right.
    """
    _refuse_installed(folder)
    if safe and target is None:
        raise InvalidInput("--safe is about what --autogenerate writes", "Give both.")
    if not message.isprintable() or '"""' in message or "\\" in message:
        raise InvalidInput(
            "the message cannot stand in a Python file", "Write it without quotes, backslashes and line breaks."
        )
    graph = read_revisions(folder)
    if target is None:
        with translated(graph):
            return _written(command.revision(alembic_config(folder), message=message))
    with session(target, timeout_seconds=timeout_seconds) as raw:
        require_head(raw, graph)
    with model_connection(target, timeout_seconds) as connection, translated(graph):
        config = alembic_config(folder, connection=connection)
        hook = _write_safely if safe else _write_plainly
        return _written(command.revision(config, message=message, autogenerate=True, process_revision_directives=hook))


def create_staged_revision(
    folder: Path, message: str, fill: Callable[[Stages], None], *, target: Target, timeout_seconds: int = 10
) -> NewRevision:
    """Write what `fill` puts into the stages of a change to the target's database, as `create_revision` does with `safe`.

    Raises Refused where the migrations belong to an installed package.
    """
    _refuse_installed(folder)

    def write(context: MigrationContext, _revision: Any, directives: list[Any]) -> None:  # Any: Alembic's own types
        assert context.connection is not None  # autogenerate has one
        stages = Stages(context.connection)
        fill(stages)
        directives[:] = stages.scripts(directives[0])
        for script in directives:
            _fill(script)

    with model_connection(target, timeout_seconds) as connection, translated(read_revisions(folder)):
        config = alembic_config(folder, connection=connection)
        return _written(command.revision(config, message=message, autogenerate=True, process_revision_directives=write))


# Any: Alembic's own types


def _write_plainly(context: MigrationContext, _revision: Any, directives: list[Any]) -> None:
    for script in _completed(context, directives):
        script.upgrade_ops.reverse_into(script.downgrade_ops)
        _fill(script)


def _write_safely(context: MigrationContext, _revision: Any, directives: list[Any]) -> None:
    assert context.connection is not None  # autogenerate compares with a database
    scripts = [made for script in _completed(context, directives) for made in safe_scripts(context.connection, script)]
    directives[:] = scripts
    for script in scripts:
        _fill(script)


def _completed(context: MigrationContext, directives: list[Any]) -> list[Any]:
    """The one script there is, with what Alembic leaves out; none where it is empty."""
    operations = directives[0].upgrade_ops.ops
    _refuse_what_cannot_be_written(operations)
    if not operations:
        directives.clear()
        return []
    name_constraints(operations)
    assert context.connection is not None  # autogenerate compares with a database
    models = [table for metadata in to_list(context.opts["target_metadata"]) for table in metadata.tables.values()]
    directives[0].upgrade_ops.ops = with_enum_types(operations, existing_enums(context.connection), enums_of(models))
    return directives


def _refuse_what_cannot_be_written(operations: list[MigrateOperation]) -> None:
    for op in operations:
        if isinstance(op, EnumDiffers):
            raise Refused(
                f"the type {op.name} has the values {', '.join(op.existing)} in the database, and {', '.join(op.wanted)} "
                "in the models",
                "PostgreSQL takes no value away and moves none: write a revision by hand that makes a new type and converts "
                "the columns.",
            )


def _fill(script: MigrationScript) -> None:
    """A body of comments alone is no Python."""
    for body in (script.upgrade_ops, script.downgrade_ops):
        if body is not None and all(isinstance(op, Remark) for op in flat(body.ops)):
            body.ops.append(Nothing())


def _written(result: Any) -> NewRevision:
    made = [item for item in (result if isinstance(result, list) else [result]) if item is not None]
    if not made:
        return NewRevision(None, None)
    first, *others = [WrittenRevision(item.revision, Path(item.path)) for item in made]
    return NewRevision(first.revision, first.path, tuple(others))


def _refuse_installed(folder: Path) -> None:
    if folder.parent.name == "alphanest_db":
        raise Refused(
            f"{folder} belongs to an installed alphanest",
            "Write revisions in a checkout of the project, or set ALPHANEST_MIGRATIONS.",
        )
