"""Collations whose library has changed under the indexes."""

from collections.abc import Iterator

from psycopg2 import sql

from alphanest_db.checks.asking import ask
from alphanest_db.checks.ground import Ground
from alphanest_db.checks.model import Check, Finding, Level
from alphanest_db.database.identifiers import name, statement


def _look(ground: Ground) -> Iterator[Finding]:
    for row in ask(ground, "collation_versions"):
        said = f"sorted by version {row.recorded} of its library, which is {row.actual or 'none'} now: indexes on text may be wrong"
        text = _mend(ground, row.schema, row.name).as_string(ground.connection)
        yield Finding(None, {row.kind: row.name}, said, str(text))


def _mend(ground: Ground, schema: str | None, collation: str) -> sql.Composable:
    reindex = statement("REINDEX DATABASE CONCURRENTLY {};", name(ground.database))
    if schema is None:
        return statement("{} ALTER DATABASE {} REFRESH COLLATION VERSION;", reindex, name(collation))
    return statement("{} ALTER COLLATION {} REFRESH VERSION;", reindex, name(schema, collation))


CHECK = Check(
    name="collation-versions",
    summary="Collations whose library has changed under the indexes.",
    tags=("integrity", "structure", "indexes"),
    level=Level.error,
    why="A new C library or ICU may sort texts in another order. Indexes that were built in the old one then miss rows: a username"
    " that is there is not found, and a second one is let in.",
    remedy="Rebuild the indexes on text, look for doubles, and only then record the new version.",
    look=_look,
    by_hand="SELECT datcollversion, pg_database_collation_actual_version(oid) FROM pg_database WHERE datname = current_database();",
)
