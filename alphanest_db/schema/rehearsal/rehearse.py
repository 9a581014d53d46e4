"""A rehearsal: the pending revisions up, down and up again on a copy that holds the data."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.connect import session
from alphanest_db.database.disk import find_free_bytes
from alphanest_db.database.scratch import scratch_database
from alphanest_db.database.target import Target
from alphanest_db.programs.find import find_client, major_version
from alphanest_db.schema.alembic_bridge import goal_below, pending_steps
from alphanest_db.schema.drift.compare import Schema
from alphanest_db.schema.drift.model import DriftLevel
from alphanest_db.schema.history import Action
from alphanest_db.schema.observing.running import not_run_notes
from alphanest_db.schema.observing.session_settings import SessionSettings, apply_settings, read_settings
from alphanest_db.schema.rehearsal.accounts import PER_SESSION_SINCE, WHOLE_SERVER
from alphanest_db.schema.rehearsal.contents import Contents, read_contents
from alphanest_db.schema.rehearsal.copying import DataSource, LiveDatabase
from alphanest_db.schema.rehearsal.keepsakes import Keepsakes
from alphanest_db.schema.rehearsal.losing import find_losses, newly_lost
from alphanest_db.schema.rehearsal.model import DataLoss, Direction, Progress, Rehearsal, SchemaDifference, Step
from alphanest_db.schema.rehearsal.room import check_room
from alphanest_db.schema.rehearsal.schemas import SchemaReader, find_differences, newly_different
from alphanest_db.schema.rehearsal.stage import Performed, Stage, stage_on
from alphanest_db.schema.rehearsal.telling import step_of
from alphanest_db.schema.revisions import RevisionGraph, read_revisions
from alphanest_db.schema.status import read_status


@dataclass(frozen=True)
class RehearsalOptions:
    """`downgrade` is False for the way up only; `insist` copies even where there seems to be no room."""

    downgrade: bool = True
    insist: bool = False
    timeout_seconds: int = 10


def rehearse_live(
    target: Target, folder: Path, home: Path, environ: Mapping[str, str], revision: str = "head", *,
    options: RehearsalOptions | None = None, progress: Progress | None = None,
) -> Rehearsal:  # fmt: skip
    """The rehearsal on a copy of the target, which is only read, in one snapshot; where nothing is pending, none is made.

    Raises UnknownRevision, DatabaseAhead, Refused where there is no room or the role may not read a table, and what copying
    raises.
    """
    options = options or RehearsalOptions()
    with session(target, timeout_seconds=options.timeout_seconds) as live:
        current = read_status(live, read_revisions(folder)).current
        settings = read_settings(live)
        source = LiveDatabase(target, environ, _size_bytes(live), current, options.timeout_seconds)
    return rehearse(target, source, settings, folder, home, environ, revision, options=options, progress=progress)


def rehearse(
    target: Target, source: DataSource, settings: SessionSettings, folder: Path, home: Path, environ: Mapping[str, str],
    revision: str = "head", *, options: RehearsalOptions | None = None, progress: Progress | None = None,
) -> Rehearsal:  # fmt: skip
    """The rehearsal on a scratch database that the source fills, on the target's server or on the embedded one."""
    options, progress = options or RehearsalOptions(), progress or Progress()
    timeout_seconds = options.timeout_seconds
    graph = read_revisions(folder)
    if source.current is not None and not pending_steps(folder, graph, source.current, revision):
        return _nothing(target, source)
    with scratch_database(target, home, like_target=True, timeout_seconds=timeout_seconds) as copy:
        begun = time.monotonic()
        notes = _fill(copy, source, options, progress)
        copy_seconds = time.monotonic() - begun
        with session(copy, timeout_seconds=timeout_seconds) as connection:
            size_bytes = _size_bytes(connection)
        with stage_on(copy, settings, folder, graph, timeout_seconds=timeout_seconds) as stage:
            current = _stands_at(copy, settings, graph, timeout_seconds)
            pending = pending_steps(folder, graph, current, revision)
            number = stage.observer.server_version
            client = find_client("pg_dump", major_version(number), needs_tls=bool(stage.observer.info.ssl_in_use))
            play = _Play(stage, SchemaReader(copy, client.path, environ, timeout_seconds), graph, pending, progress)
            play.run(downgrade=options.downgrade)
            notes += _notes_on_place(target, copy) + not_run_notes(stage.tracer)
            notes += (WHOLE_SERVER,) if number < PER_SESSION_SINCE else ()
            version = (stage.observer.info.parameter_status("server_version") or "").partition(" ")[0]
    return Rehearsal(
        target.database, version, source.description, size_bytes, copy_seconds, current, pending, tuple(play.steps),
        tuple(play.losses), tuple(play.differences), play.downgraded, play.is_fine, notes,
    )  # fmt: skip


def _fill(copy: Target, source: DataSource, options: RehearsalOptions, progress: Progress) -> tuple[str, ...]:
    """Afterwards it is as a database in use is: vacuumed, with statistics, so that autovacuum has nothing to do in it."""
    with session(copy, timeout_seconds=options.timeout_seconds) as connection:
        notes = check_room(source.size_bytes, find_free_bytes(connection), insist=options.insist)
        notes += source.fill(copy, progress)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")
    return notes


def _stands_at(copy: Target, settings: SessionSettings, graph: RevisionGraph, timeout_seconds: int) -> tuple[str, ...]:
    """The copy's own word: whoever migrated the live database meanwhile did not migrate the copy."""
    with session(copy, timeout_seconds=timeout_seconds) as connection:
        apply_settings(connection, settings)
        return read_status(connection, graph).current


@dataclass
class _Play:
    """The revisions up, down and up again, and what was found on the way."""

    stage: Stage
    schemas: SchemaReader
    graph: RevisionGraph
    pending: tuple[str, ...]
    progress: Progress
    steps: list[Step] = field(default_factory=list)
    losses: list[DataLoss] = field(default_factory=list)
    differences: list[SchemaDifference] = field(default_factory=list)
    downgraded: bool = False

    @property
    def failed(self) -> bool:
        """Whether the last step did; nothing comes after it."""
        return bool(self.steps and self.steps[-1].error)

    @property
    def is_fine(self) -> bool:
        """Whether all went as it should."""
        return not (self.failed or self.losses or any(item.level is DriftLevel.warning for item in self.differences))

    def run(self, *, downgrade: bool) -> None:
        """Play it, up to the first step that fails."""
        first = self._read()
        keepsakes = Keepsakes(self.stage.observer, first if downgrade else {})
        contents, schemas = self._up(Direction.up, first, self.schemas.read())
        if not downgrade or self.failed:
            return
        lowest = self._down(contents, schemas, keepsakes)
        self.downgraded = not self.failed
        if self.downgraded:
            _, again = self._up(Direction.up_again, lowest, schemas[0])
            if not self.failed:
                self.differences += find_differences(None, schemas[-1], again[-1])

    def _up(self, direction: Direction, contents: Contents, schema: Schema) -> tuple[list[Contents], list[Schema]]:
        """What was there before the first revision, and after each."""
        all_contents, schemas = [contents], [schema]
        for number, revision in enumerate(self.pending):
            performed = self._perform(Action.upgrade, direction, revision, revision, number)
            contents = self._after(performed, direction, contents)
            if performed.error:
                break
            all_contents.append(contents)
            if direction is Direction.up or number == len(self.pending) - 1:
                schemas.append(self.schemas.read())
        return all_contents, schemas

    def _down(self, contents: list[Contents], schemas: list[Schema], keepsakes: Keepsakes) -> Contents:
        """What is there at the end; the loss of each revision is told once."""
        now = contents[-1]
        lost: list[DataLoss] = []
        different: list[SchemaDifference] = []
        for number, revision in enumerate(reversed(self.pending)):
            place = len(self.pending) - 1 - number
            performed = self._perform(
                Action.downgrade, Direction.down, revision, goal_below(self.graph, revision), number
            )
            now = self._after(performed, Direction.down, now, all_of_it=place == 0)
            if performed.error:
                break
            known_losses, lost = lost, find_losses(revision, contents[place], now, keepsakes.count_changed)
            self.losses += newly_lost(lost, known_losses)
            known, different = different, find_differences(revision, schemas[place], self.schemas.read())
            self.differences += newly_different(different, known)
        return now

    def _perform(self, action: Action, direction: Direction, revision: str, goal: str, number: int) -> Performed:
        self.progress.stepping(direction, revision, number + 1, len(self.pending))
        return self.stage.perform(action, revision, goal)

    def _after(
        self, performed: Performed, direction: Direction, before: Contents, *, all_of_it: bool = False
    ) -> Contents:
        """The contents after a step, which is told; the verdict on the data does not rely on what the server counted."""
        after = before if performed.error else self._read(None if all_of_it else before)
        known = self.graph.find(performed.revision)
        self.steps.append(step_of(performed, direction, known.message if known else "", before, after))
        return after

    def _read(self, known: Contents | None = None) -> Contents:
        return read_contents(self.stage.observer, known=known, progress=self.progress.reading)


def _nothing(target: Target, source: DataSource) -> Rehearsal:
    return Rehearsal(
        target.database, None, source.description, None, 0.0, source.current or (), (), (), (), (), downgraded=False,
        is_fine=True, notes=(),
    )  # fmt: skip


def _size_bytes(connection: Connection) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.pg_database_size(pg_catalog.current_database())")
        row = cursor.fetchone()
        return int(row[0]) if row else 0


def _notes_on_place(target: Target, copy: Target) -> tuple[str, ...]:
    if (copy.host, copy.port) == (target.host, target.port):
        return ()
    return (f"user {target.user!r} may not create databases: rehearsed on the embedded server",)
