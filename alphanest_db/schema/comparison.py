"""The models against the database, by Alembic's autogenerate, and the revision that would make them equal."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from alphanest_db.database.connect import connect, session
from alphanest_db.database.engine import single_engine
from alphanest_db.database.target import Target
from alphanest_db.errors import AlphanestError, InvalidInput, Refused
from alphanest_db.models.metadata import metadata
from alphanest_db.schema.alembic_bridge import alembic_config, translated
from alphanest_db.schema.environment import compare_default
from alphanest_db.schema.revisions import read_revisions
from alphanest_db.schema.status import require_head

_VERBS = {
    "add_table": "is missing in the database",
    "remove_table": "is not in the models",
    "add_column": "is missing in the database",
    "remove_column": "is not in the models",
    "add_index": "is missing in the database",
    "remove_index": "is not in the models",
    "add_constraint": "is missing in the database",
    "remove_constraint": "is not in the models",
    "add_fk": "is missing in the database",
    "remove_fk": "is not in the models",
    "modify_type": "has another type",
    "modify_nullable": "differs in NOT NULL",
    "modify_default": "has another default",
    "modify_comment": "has another comment",
}


@dataclass(frozen=True)
class Difference:
    """One object that is not the same in the models and in the database."""

    kind: str
    table: str
    object: str
    description: str


@dataclass(frozen=True)
class NewRevision:
    """A revision file that was written, or none because nothing differs."""

    revision: str | None
    path: Path | None


def compare_models(target: Target, *, timeout_seconds: int = 10) -> list[Difference]:
    """Where models and database differ, as far as Alembic's autogenerate sees; reads the catalog only."""
    with _connection(target, timeout_seconds) as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": compare_default}
        )
        return [difference for entry in compare_metadata(context, metadata) for difference in _differences(entry)]


def create_revision(folder: Path, message: str, *, target: Target | None, timeout_seconds: int = 10) -> NewRevision:
    """Write a revision on top of the head; with a `target`, with what makes that database like the models.

    Where nothing differs, nothing is written. Raises PendingMigrations where the target is behind, and Refused where the
    migrations belong to an installed package.
    """
    _refuse_installed(folder)
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
    with _connection(target, timeout_seconds) as connection, translated(graph):
        config = alembic_config(folder, connection=connection)
        return _written(
            command.revision(config, message=message, autogenerate=True, process_revision_directives=_skip_empty)
        )


def _skip_empty(_context: MigrationContext, _revision: Any, directives: list[Any]) -> None:  # Any: Alembic's own types
    if directives and directives[0].upgrade_ops.is_empty():
        directives.clear()


def _written(result: Any) -> NewRevision:  # Any: Alembic gives a Script, None, or a list of them
    made = [item for item in (result if isinstance(result, list) else [result]) if item is not None]
    return NewRevision(made[0].revision, Path(made[0].path)) if made else NewRevision(None, None)


def _refuse_installed(folder: Path) -> None:
    if folder.parent.name == "alphanest_db":
        raise Refused(
            f"{folder} belongs to an installed alphanest",
            "Write revisions in a checkout of the project, or set ALPHANEST_MIGRATIONS.",
        )


@contextlib.contextmanager
def _connection(target: Target, timeout_seconds: int) -> Iterator[Connection]:
    raw = connect(target, timeout_seconds=timeout_seconds)
    with contextlib.closing(raw), single_engine(raw).connect() as connection:
        yield connection


def _differences(entry: Any) -> Iterator[Difference]:  # Any: Alembic gives tuples of many shapes, or lists of them
    if isinstance(entry, Sequence) and entry and not isinstance(entry[0], str):
        for part in entry:
            yield from _differences(part)
        return
    kind = str(entry[0])
    table, name = _named(kind, entry)
    if kind not in _VERBS:
        raise AlphanestError(f"Alembic reports a difference of an unknown kind: {kind}")
    yield Difference(kind, table, name, _VERBS[kind] + _details(kind, entry))


def _named(kind: str, entry: Any) -> tuple[str, str]:
    if kind.startswith("modify_"):
        return str(entry[2]), str(entry[3])
    if kind.endswith("_column"):
        return str(entry[2]), str(entry[3].name)
    item = entry[1]
    if kind.endswith("_table"):
        return str(item.name), str(item.name)
    table = getattr(item, "table", None)
    return str(table.name if table is not None else ""), str(item.name)


def _details(kind: str, entry: Any) -> str:
    if kind in ("modify_type", "modify_nullable"):
        return f": {entry[5]} in the database, {entry[6]} in the models"
    return ""
