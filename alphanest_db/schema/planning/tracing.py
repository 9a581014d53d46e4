"""Watching the migrating session from inside: what every statement of a revision locks, rewrites and reads."""

import re
from collections.abc import Callable
from typing import Any

from psycopg2 import errors
from psycopg2.extensions import TRANSACTION_STATUS_IDLE
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case
from sqlalchemy import Engine, event

from alphanest_db.database.target import Target
from alphanest_db.schema.planning.documented import documented_locks
from alphanest_db.schema.planning.facts import ObservedEffect, ObservedStatement, effects_between, strongest
from alphanest_db.schema.planning.model import Source
from alphanest_db.schema.planning.modes import LockMode
from alphanest_db.schema.planning.snapshot import read_locks, take_snapshot
from alphanest_db.schema.planning.trap import trapped

_CONTROL = re.compile(r"^\s*(BEGIN|START|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE)\b", re.I)
_EMPTIES = re.compile(r"^\s*TRUNCATE\b", re.I)
_BOOKKEEPING = re.compile(r"\balembic_version\b")
_ASKS_CATALOG = re.compile(r"^\s*(SELECT|SHOW)\b", re.I)
# What holds for the whole server would hold for the target too, whose server this may be.
_SERVER_WIDE = re.compile(
    r"\b(CREATE|ALTER|DROP)\s+(ROLE|USER(?!\s+MAPPING)|GROUP|DATABASE|TABLESPACE|SUBSCRIPTION)\b|\bALTER\s+SYSTEM\b"
    r"|^\s*(GRANT|REVOKE)\b(?!.*\bON\b)",
    re.I | re.S,
)


class Tracer:
    """Listens to an engine's one connection; `statements` is what ran, `skipped` what must not be run on a scratch database."""

    def __init__(self, raw: Connection, scratch: Target) -> None:
        self.statements: list[ObservedStatement] = []
        self.skipped: list[str] = []
        self.last = ""
        self._raw = raw
        self._scratch = scratch
        self._pid = raw.info.backend_pid
        self._transaction = 0
        self._held: dict[int, LockMode] = {}
        self.relations = self._relations = take_snapshot(raw)

    def listen(self, engine: Engine) -> None:
        """Run every statement of the engine from now on through this tracer."""
        for name in ("do_execute", "do_executemany"):
            event.listen(engine, name, self._listener(name))

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
        run()
        self._remember(cursor, sql, has_values, in_transaction=True)

    def _alone(self, cursor: Any, sql: str, has_values: bool, run: Callable[[], None]) -> None:
        """A statement in autocommit mode: in a transaction of ours, so that its locks can be read; else watched from outside."""
        self._begin()
        with self._raw.cursor() as control:
            control.execute("BEGIN")
            try:
                run()
                self._remember(cursor, sql, has_values, in_transaction=False)
            except (errors.ActiveSqlTransaction, errors.InvalidTransactionTermination):
                control.execute("ROLLBACK")
                return self._watched(cursor, sql, has_values, run)
            except BaseException:
                control.execute("ROLLBACK")
                raise
            control.execute("COMMIT")
        return None

    def _watched(self, cursor: Any, sql: str, has_values: bool, run: Callable[[], None]) -> None:
        with trapped(self._scratch, self._pid, sql, self._relations) as seen:
            run()
        locks, source = frozenset(seen), Source.observed
        after = take_snapshot(self._raw)
        if not any(lock.oid in self._relations or lock.oid in after for lock in locks):
            locks, source = documented_locks(sql, self._relations), Source.documented
        effects = effects_between(self._relations, after, {}, strongest(locks), empties=False, source=source)
        self._note(cursor, sql, has_values, False, effects)
        self._relations = after

    def _remember(self, cursor: Any, sql: str, has_values: bool, *, in_transaction: bool) -> None:
        after = take_snapshot(self._raw)
        now = strongest(read_locks(self._raw, self._pid))
        effects = effects_between(self._relations, after, self._held, now, empties=bool(_EMPTIES.match(sql)))
        self._note(cursor, sql, has_values, in_transaction, effects)
        self._relations, self._held = after, now

    def _note(
        self, cursor: Any, sql: str, has_values: bool, in_transaction: bool, effects: tuple[ObservedEffect, ...]
    ) -> None:
        if _BOOKKEEPING.search(sql) or (_ASKS_CATALOG.match(sql) and not effects):
            return
        sent = sql if has_values or not cursor.query else cursor.query.decode("utf-8", "replace")
        text = sent.strip().rstrip(";")
        self.statements.append(ObservedStatement(text, has_values, in_transaction, self._transaction, effects))

    def _begin(self) -> None:
        self._transaction += 1
        self._held = {}

    def _after_control(self) -> None:
        if self._raw.info.transaction_status != TRANSACTION_STATUS_IDLE:
            self._relations = take_snapshot(self._raw)
            self._held = strongest(read_locks(self._raw, self._pid))


def _run(context: Any, name: str, cursor: Any, sql: str, parameters: Any) -> None:
    getattr(context.dialect, name)(cursor, sql, parameters, context)
