"""Foreign keys without an index on their columns."""

from psycopg2 import sql

from alphanest_db.checks.keys import Key, key_look, listed
from alphanest_db.checks.model import Check, Level
from alphanest_db.database.identifiers import name, statement


def _problem(key: Key) -> str | None:
    columns = ", ".join(key.columns)
    return (
        None
        if key.is_indexed
        else f"no index begins with {columns}: each row deleted from {key.target} reads the whole table"
    )


def _mend(key: Key) -> sql.Composable:
    index = name(f"ix_{key.declared.table}_{'_'.join(key.columns)}")
    return statement("CREATE INDEX CONCURRENTLY {} ON {} ({});", index, key.quoted_table, listed(key.columns))


CHECK = Check(
    name="unindexed-foreign-keys",
    summary="Foreign keys without an index on their columns.",
    tags=("integrity", "structure", "foreign-keys"),
    level=Level.warning,
    why="PostgreSQL indexes what a key refers to, not the key. Deleting one user then reads all trades, and holds a lock for as"
    " long.",
    remedy="Build the index CONCURRENTLY; `alphanest db upgrade` does it for the platform's own keys.",
    look=key_look(_problem, _mend),
    by_hand="SELECT indexrelid::regclass, pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'trades'::regclass;",
)
