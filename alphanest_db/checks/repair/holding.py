"""Constraints that hold now: validated, and enforced again."""

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.checks.links import OWN_SCHEMA
from alphanest_db.checks.repair.work import Work
from alphanest_db.database.foreign_keys import ForeignKey, read_foreign_keys, violating_rows
from alphanest_db.database.identifiers import load_sql, name, statement
from alphanest_db.journal.enforcement import enable, validate
from alphanest_db.journal.shape import read_shape

ENFORCED = "unenforced-foreign-keys"
VALID = "unvalidated-foreign-keys"
VALID_CHECKS = "unvalidated-constraints"

Place = tuple[str, str, str]


def make_constraints_hold(work: Work) -> None:
    """Enforce and validate what no row violates; last, because nobody may write to a table whose triggers are switched on.

    What is not wanted by name is validated where the run mended rows that violated it.
    """
    mended = _mended(work)
    keys = [key for key in read_foreign_keys(work.connection) if key.schema != OWN_SCHEMA and key.is_enforced]
    for schema, table, constraint in unvalidated_checks(work.connection):
        if work.wants(VALID_CHECKS) or (schema, table, constraint) in mended:
            _validate(work, schema, table, constraint, VALID_CHECKS)
    for key in keys:
        if not key.is_valid and (work.wants(VALID) or (key.schema, key.table, key.name) in mended):
            _validate(work, key.schema, key.table, key.name, VALID)
    for key in keys:
        if not key.is_guarded and work.wants(ENFORCED) and not _is_violated(work, key):
            _enforce(work, key)


def _validate(work: Work, schema: str, table: str, constraint: str, check: str) -> None:
    work.progress(f"validating {constraint}")
    validate(work.recording, read_shape(work.connection, schema, table), constraint, check)


def _enforce(work: Work, key: ForeignKey) -> None:
    """Looks again when nobody can put an orphan in any more: nothing keeps them from it until then."""
    target = name(key.referenced_schema, key.referenced_table)
    with work.connection.cursor() as cursor:
        cursor.execute(statement("LOCK TABLE {}, {} IN SHARE ROW EXCLUSIVE MODE", name(key.schema, key.table), target))
    if not _is_violated(work, key):
        enable(work.recording, read_shape(work.connection, key.schema, key.table), key.name, ENFORCED)


def _is_violated(work: Work, key: ForeignKey) -> bool:
    with work.connection.cursor() as cursor:
        cursor.execute(statement("SELECT EXISTS (SELECT {})", violating_rows(key)))
        return cursor.fetchone() == (True,)


def _mended(work: Work) -> set[Place]:
    with work.connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "mended_constraints"), {"run": work.recording.id})
        return {(schema, table, constraint) for schema, table, constraint in cursor}


def unvalidated_checks(connection: Connection) -> list[Place]:
    """The CHECK constraints of tables that are NOT VALID: schema, table, name; reads the catalog only."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "unvalidated_checks"))
        return list(cursor.fetchall())
