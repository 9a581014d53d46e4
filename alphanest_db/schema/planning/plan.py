"""The plan of an upgrade: the pending revisions are run on a scratch database, and what they did there is told."""

from collections.abc import Mapping
from pathlib import Path

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.connect import session
from alphanest_db.database.target import Target
from alphanest_db.errors import ProgramFailed
from alphanest_db.schema.alembic_bridge import pending_steps
from alphanest_db.schema.planning.assembly import assemble
from alphanest_db.schema.planning.ground import rehearsing_ground
from alphanest_db.schema.planning.live import read_live_tables
from alphanest_db.schema.planning.model import Level, LiveTable, SchemaPlan, worst
from alphanest_db.schema.planning.squawk import NOT_INSTALLED, Remark, find_squawk, lint
from alphanest_db.schema.planning.trial import APPLICATION_NAME, Trial, try_out
from alphanest_db.schema.revisions import read_revisions
from alphanest_db.schema.status import read_status


def plan_upgrade(
    target: Target, folder: Path, home: Path, environ: Mapping[str, str], revision: str = "head", *,
    timeout_seconds: int = 10,
) -> SchemaPlan:  # fmt: skip
    """What an upgrade to `revision` (an id or the start of one, head, +1) would do to the target, which is only read.

    The revisions, their Python code too, are run on a scratch database. Raises UnknownRevision and DatabaseAhead.
    """
    graph = read_revisions(folder)
    with session(target, timeout_seconds=timeout_seconds, application_name=APPLICATION_NAME) as live:
        status = read_status(live, graph)
        version = (live.info.parameter_status("server_version") or "").partition(" ")[0]
        pending = pending_steps(folder, graph, status.current, revision)
        if not pending:
            return SchemaPlan(target.database, version, status.current, (), None, (), Level.none)
        with rehearsing_ground(
            target, live, status.current, folder, home, environ, timeout_seconds=timeout_seconds
        ) as ground:
            trial = try_out(ground.target, ground.settings, folder, graph, pending, timeout_seconds=timeout_seconds)
        remarks, skipped = _lint(trial, live.server_version)
        revisions = assemble(trial, remarks, _live_tables(live, trial), graph)
    notes = (*ground.notes, *trial.notes, *skipped)
    level = worst([item.level for item in revisions])
    return SchemaPlan(target.database, version, status.current, revisions, ground.origin, notes, level)


def _live_tables(live: Connection, trial: Trial) -> dict[tuple[str, str], LiveTable]:
    """The live counterparts of what the revisions touched, under the names they have there."""
    effects = [effect for tried in trial.revisions for statement in tried.statements for effect in statement.effects]
    touched = [relation for effect in effects if (relation := trial.relations.get(effect.oid))]
    tables = [trial.relations.get(relation.index_of, relation) for relation in touched]
    return read_live_tables(live, [(table.schema, table.name) for table in tables])


def _lint(trial: Trial, server_version: int) -> tuple[list[Remark], tuple[str, ...]]:
    """What squawk says of all statements, or why it said nothing."""
    program = find_squawk()
    if program is None:
        return [], (NOT_INSTALLED,)
    try:
        statements = [statement for tried in trial.revisions for statement in tried.statements]
        return lint(program, statements, server_version), ()
    except ProgramFailed as error:
        return [], (f"squawk: skipped: {error.message}",)
