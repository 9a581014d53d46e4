"""Watching the migrating session from inside: what every statement of a revision locks, rewrites and reads."""

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from psycopg2 import errors
from psycopg2.extensions import TRANSACTION_STATUS_IDLE
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case
from sqlalchemy import Engine, event

from alphanest_db.database.target import Target
from alphanest_db.schema.observing.documented import documented_locks
from alphanest_db.schema.observing.facts import ObservedEffect, ObservedStatement, Source, effects_between, strongest
from alphanest_db.schema.observing.modes import LockMode
from alphanest_db.schema.observing.snapshot import Snapshot, WatchedLocks, read_locks, take_snapshot
from alphanest_db.schema.observing.stopwatch import Stopwatch
from alphanest_db.schema.observing.trap import trapped

_CONTROL = re.compile(r"^\s*(BEGIN|START|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE)\b", re.I)
_EMPTIES = re.compile(r"^\s*TRUNCATE\b", re.I)
_BOOKKEEPING = re.compile(r"\balembic_version\b")
# What a revision does over the driver's own cursor shows in the locks that its transaction has at its end.
_UNSEEN = "-- statements that did not come through SQLAlchemy"
_ASKS_CATALOG = re.compile(r"^\s*(SELECT|SHOW)\b", re.I)
# What holds for the whole server would hold for the target too, whose server this may be.
_SERVER_WIDE = re.compile(
    r"\b(CREATE|ALTER|DROP)\s+(ROLE|USER(?!\s+MAPPING)|GROUP|DATABASE|TABLESPACE|SUBSCRIPTION)\b|\bALTER\s+SYSTEM\b"
    r"|^\s*(GRANT|REVOKE)\b(?!.*\bON\b)",
    re.I | re.S,
)


Watch = Callable[[Target, int, str, Snapshot], AbstractContextManager[WatchedLocks]]


class Tracer:
    """Listens to an engine's one connection; `statements` is what ran, `skipped` what must not be run on a scratch database.

    `ends` is when each transaction was over, by the stopwatch, which stands still while the tracer looks. `watch` looks at
    statements that cannot be run in a transaction.
    """

    def __init__(self, raw: Connection, scratch: Target, *, watch: Watch = trapped) -> None:
        self.statements: list[ObservedStatement] = []
        self.skipped: list[str] = []
        self.ends: dict[int, float] = {}
        self.stopwatch = Stopwatch()
        self.last = ""
        self._raw = raw
        self._scratch = scratch
        self._watch = watch
        self._pid = raw.info.backend_pid
        self._transaction = 0
        self._last_ended = 0.0
        self._held: dict[int, LockMode] = {}
        self.relations = self._relations = take_snapshot(raw)

    def listen(self, engine: Engine) -> None:
        """Run every statement of the engine from now on through this tracer."""
        for name in ("do_execute", "do_executemany"):
            event.listen(engine, name, self._listener(name))

    @property
    def relations_now(self) -> Snapshot:
        """The relations after the last statement."""
        return self._relations

    def finish(self) -> None:
        """The statements of this direction are through: its last transaction is over."""
        self.ends.setdefault(self._transaction, self.stopwatch.seconds)

    # Any: cursor, parameters and context are whatever SQLAlchemy's dialect passes

    def _listener(self, name: str) -> Callable[..., bool]:
        def listener(cursor: Any, sql: str, parameters: Any, context: Any) -> bool:
            self._trace(cursor, sql, bool(parameters), lambda: _run(context, name, cursor, sql, parameters))
            return True

        return listener

    def _trace(self, cursor: Any, sql: str, has_values: bool, run: Callable[[], None]) -> None:
        self.last = sql
        if _SERVER_WIDE.search(sql):
            self.skipped.append(sql)
        elif _CONTROL.match(sql):
            run()
            self._after_control()
        elif self._raw.autocommit and self._raw.info.transaction_status == TRANSACTION_STATUS_IDLE:
            self._alone(cursor, sql, has_values, run)
        else:
            self._in_transaction(cursor, sql, has_values, run)

    def _in_transaction(self, cursor: Any, sql: str, has_values: bool, run: Callable[[], None]) -> None:
        if self._raw.info.transaction_status == TRANSACTION_STATUS_IDLE:
            self._begin()
        begun = self.stopwatch.seconds
        run()
        self._remember(cursor, sql, has_values, begun, in_transaction=True)

    def _alone(self, cursor: Any, sql: str, has_values: bool, run: Callable[[], None]) -> None:
        """A statement in autocommit mode: in a transaction of ours, so that its locks can be read; else watched from outside."""
        self._begin()
        begun = self.stopwatch.seconds
        with self._raw.cursor() as control:
            control.execute("BEGIN")
            try:
                run()
                self._remember(cursor, sql, has_values, begun, in_transaction=False)
            except (errors.ActiveSqlTransaction, errors.InvalidTransactionTermination):
                control.execute("ROLLBACK")
                return self._watched(cursor, sql, has_values, run)
            except BaseException:
                control.execute("ROLLBACK")
                raise
            control.execute("COMMIT")
        return self.finish()

    def _watched(self, cursor: Any, sql: str, has_values: bool, run: Callable[[], None]) -> None:
        with self._watch(self._scratch, self._pid, sql, self._relations) as seen:
            begun = self.stopwatch.seconds
            run()
            self._last_ended = self.stopwatch.seconds
        with self.stopwatch.stopped():
            after = take_snapshot(self._raw)
            locks, source = frozenset(seen), Source.observed
            if not any(lock.oid in self._relations or lock.oid in after for lock in locks):
                locks, source = documented_locks(sql, self._relations), Source.documented
            now = strongest(locks)
            effects = effects_between(self._relations, after, {}, now, empties=False, source=source)
            sampled = {lock.oid: seconds for lock, seconds in seen.items() if now.get(lock.oid) is lock.mode}
            self._note(cursor, sql, has_values, False, effects, begun, sampled)
            self._relations = after

    def _remember(self, cursor: Any, sql: str, has_values: bool, begun: float, *, in_transaction: bool) -> None:
        ended = self.stopwatch.seconds
        with self.stopwatch.stopped():
            after = take_snapshot(self._raw)
            now = strongest(read_locks(self._raw, self._pid))
            effects = effects_between(self._relations, after, self._held, now, empties=bool(_EMPTIES.match(sql)))
            if _BOOKKEEPING.search(sql) and effects:
                sql, begun = _UNSEEN, self._last_ended
            self._last_ended = ended
            self._note(cursor, sql, has_values, in_transaction, effects, begun)
            self._relations, self._held = after, now

    def _note(
        self, cursor: Any, sql: str, has_values: bool, in_transaction: bool, effects: tuple[ObservedEffect, ...],
        begun: float, sampled: Mapping[int, float] | None = None,
    ) -> None:  # fmt: skip
        if _BOOKKEEPING.search(sql) or (_ASKS_CATALOG.match(sql) and not effects):
            return
        sent = sql if has_values or sql is _UNSEEN or not cursor.query else cursor.query.decode("utf-8", "replace")
        text = sent.strip().rstrip(";")
        self.statements.append(
            ObservedStatement(
                text, has_values, in_transaction, self._transaction, effects, begun, self._last_ended, sampled
            )
        )

    def _begin(self) -> None:
        self.finish()
        self._transaction += 1
        self._held = {}
        self._last_ended = self.stopwatch.seconds

    def _after_control(self) -> None:
        if self._raw.info.transaction_status != TRANSACTION_STATUS_IDLE:
            self._relations = take_snapshot(self._raw)
            self._held = strongest(read_locks(self._raw, self._pid))


def _run(context: Any, name: str, cursor: Any, sql: str, parameters: Any) -> None:
    getattr(context.dialect, name)(cursor, sql, parameters, context)
