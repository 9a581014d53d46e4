"""Alembic as we use it: its configuration, its scripts, and what its errors mean.

It is imported by the functions that run it, and not at the top: it takes longer to load than most answers need.
"""

import contextlib
from argparse import Namespace
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg2
from psycopg2 import errorcodes

from alphanest_db.database.failures import primary_message, translate
from alphanest_db.errors import AlphanestError, DatabaseAhead, InvalidInput, MigrationFailed, UnknownRevision
from alphanest_db.schema.faults import failed_by, find_fault, is_interrupted
from alphanest_db.schema.revisions import RevisionGraph, read_revisions

if TYPE_CHECKING:
    from alembic.config import Config

HEADS = ("head", "heads")


def script(folder: Path, revisions: str) -> str:
    """The SQL of a range (`A:B`, or `B` for base:B); a range that goes down is a downgrade. Asks no database.

    Raises UnknownRevision.
    """
    from alembic import command

    graph = read_revisions(folder)
    if revisions.count(":") > 1:
        raise InvalidInput(f"{revisions!r} is no range of revisions", "Write A:B, or B for base:B.")
    start, _, end = revisions.rpartition(":")
    buffer = StringIO()
    config = alembic_config(folder)
    config.output_buffer = buffer
    down = _goes_down(graph, start or "base", end)
    with translated(graph):
        (command.downgrade if down else command.upgrade)(config, f"{start or 'base'}:{end or 'head'}", sql=True)
    return buffer.getvalue()


def upgrade_goal(folder: Path, graph: RevisionGraph, current: tuple[str, ...], revision: str) -> str:
    """The id that a relative revision (`+2`) means now; others as they are. A second try must not count from elsewhere.

    Raises UnknownRevision.
    """
    from alembic.script import ScriptDirectory

    if "+" not in revision and "-" not in revision:
        return revision
    with translated(graph, current):
        directory = ScriptDirectory.from_config(alembic_config(folder))
        steps = list(directory.iterate_revisions(revision, _start(current), implicit_base=True))
        return steps[0].revision if steps else (current[0] if current else "base")


def pending_steps(folder: Path, graph: RevisionGraph, current: tuple[str, ...], revision: str) -> tuple[str, ...]:
    """The ids that an upgrade from `current` to `revision` applies, the first to be applied first. Raises UnknownRevision."""
    from alembic.script import ScriptDirectory

    if revision in HEADS:
        return graph.pending(current)
    with translated(graph, current):
        directory = ScriptDirectory.from_config(alembic_config(folder))
        steps = directory.iterate_revisions(revision, current, implicit_base=True)
        return tuple(reversed([step.revision for step in steps]))


def downgrade_steps(folder: Path, graph: RevisionGraph, current: tuple[str, ...], revision: str) -> tuple[str, ...]:
    """The ids that a downgrade from `current` to `revision` takes back, the newest first.

    Raises UnknownRevision.
    """
    from alembic.script import ScriptDirectory

    with translated(graph, current):
        directory = ScriptDirectory.from_config(alembic_config(folder))
        steps = directory.iterate_revisions(_start(current), revision, select_for_downgrade=True)
        return tuple(step.revision for step in steps)


def goal_below(graph: RevisionGraph, revision: str) -> str:
    """Where a downgrade must go to take back this revision and nothing else, also where there are branches."""
    known = graph.find(revision)
    parents = known.down_revisions if known else ()
    return f"{revision}@{parents[0] if parents else 'base'}"


def _start(current: tuple[str, ...]) -> str | tuple[str, ...]:
    return current[0] if len(current) == 1 else current  # as Alembic's commands hand it over


def alembic_config(folder: Path, **attributes: Any) -> "Config":  # Any: Alembic's attributes hold whatever env.py wants
    """Alembic's configuration for the migrations in `folder`, with the settings of the alembic.ini beside it if there is one."""
    from alembic.config import Config

    ini = folder.parent / "alembic.ini"
    quiet = Namespace(quiet=True)  # Alembic's own words would stand among our answers
    config = Config(ini, cmd_opts=quiet) if ini.is_file() else Config(cmd_opts=quiet)
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes.update(attributes, called_by_alphanest=True)
    return config


@contextlib.contextmanager
def translated(graph: RevisionGraph, current: tuple[str, ...] = ()) -> Iterator[None]:
    """Turns what Alembic, SQLAlchemy, the server and revisions raise into errors of ours; the database stands at `current`."""
    from sqlalchemy.exc import DBAPIError

    try:
        with _misunderstandings(graph, current):
            yield
    except AlphanestError:
        raise
    except DBAPIError as error:
        raise _failed(error.orig, current) from error
    except psycopg2.Error as error:
        raise _failed(error, current) from error
    except (Exception, SystemExit) as error:  # whatever a revision raises; SystemExit would end us as if all were well
        if is_interrupted(error):
            raise KeyboardInterrupt from error
        if fault := find_fault(error, graph):
            raise failed_by(error, fault) from error
        raise


@contextlib.contextmanager
def _misunderstandings(graph: RevisionGraph, current: tuple[str, ...]) -> Iterator[None]:
    """What Alembic says of an id that it cannot make sense of."""
    from alembic.script.revision import ResolutionError, RevisionError
    from alembic.util import CommandError

    try:
        yield
    except (CommandError, RevisionError, AssertionError) as error:
        if find_fault(error, graph):
            raise
        if isinstance(error, AssertionError):  # how Alembic says that there is nothing above head or below base
            raise AlphanestError("there is no migration that far", "See `alphanest db history`.") from error
        cause = error.__cause__ if isinstance(error, CommandError) else error
        if isinstance(cause, ResolutionError):
            argument = str(cause.argument)
            if argument in current:
                raise DatabaseAhead(argument) from error
            raise UnknownRevision(argument, graph.near(argument)) from error
        said = str(error).splitlines()[0].rstrip(".")
        if "didn't produce" in said:  # upgrade -1, downgrade +1
            said = "there is no migration that far"
        raise AlphanestError(said, "See `alphanest db history`.") from error


def _failed(error: BaseException | None, current: tuple[str, ...]) -> AlphanestError:
    if not isinstance(error, psycopg2.Error):
        return MigrationFailed(f"a migration failed: {error}")
    if error.pgcode == errorcodes.DUPLICATE_TABLE and not current:
        return MigrationFailed(
            f"a migration failed: {primary_message(error)}",
            "The tables are there already, but no revision is noted. If they are the platform's, "
            "`alphanest db stamp d9a4a7469274` says so; then upgrade again.",
            error.pgcode,
        )
    return translate(error) or MigrationFailed(
        f"a migration failed: {primary_message(error)}",
        "Revisions before it stay applied; mend the cause and run `alphanest db upgrade` again.",
        error.pgcode,
    )


def _goes_down(graph: RevisionGraph, start: str, end: str) -> bool:
    places = (_place(graph, start), _place(graph, end or "head"))
    return None not in places and places[0] > places[1]  # type: ignore[operator]  # None is excluded


def _place(graph: RevisionGraph, text: str) -> int | None:
    """Where a revision stands in the order; base is before all."""
    ids = [revision.id for revision in graph.revisions]
    if text in ("base", "head", "heads"):
        return -1 if text == "base" else len(ids) - 1
    return next((number for number, identifier in enumerate(ids) if identifier.startswith(text)), None)
