"""Foreign keys that do something else on deletion than the models say."""

from psycopg2 import sql

from alphanest_db.checks.keys import Key, key_look, listed
from alphanest_db.checks.links import PLATFORM_LINKS
from alphanest_db.checks.model import Check, Level
from alphanest_db.database.identifiers import name, statement

_WANTED: dict[tuple[str, tuple[str, ...]], str] = {
    (link.table, (link.column,)): link.on_delete for link in PLATFORM_LINKS
}


def _problem(key: Key) -> str | None:
    wanted = _WANTED.get((key.table, key.columns))
    actual = key.declared.on_delete
    return f"ON DELETE {actual.upper()}, and {wanted.upper()} in the models" if wanted and wanted != actual else None


def _mend(key: Key) -> sql.Composable:
    parts = (key.quoted_table, name(key.declared.name))
    target = name(key.declared.referenced_schema, key.declared.referenced_table)
    return statement(
        "ALTER TABLE {0} DROP CONSTRAINT {1}, ADD CONSTRAINT {1} FOREIGN KEY ({2}) REFERENCES {3} ({4}) ON DELETE CASCADE"
        " NOT VALID; ALTER TABLE {0} VALIDATE CONSTRAINT {1};",
        *parts, listed(key.columns), target, listed(key.target_columns),
    )  # fmt: skip


CHECK = Check(
    name="model-on-delete",
    summary="Foreign keys that do something else on deletion than the models say.",
    tags=("integrity", "structure", "models"),
    level=Level.error,
    why="Deleting a user removes its subscriptions, trades, booth and items by the database itself. With NO ACTION the"
    " deletion fails; with SET NULL it leaves rows of nobody.",
    remedy="Put the key anew, NOT VALID first so that nobody waits.",
    look=key_look(_problem, _mend),
    by_hand="SELECT conrelid::regclass, conname, confdeltype FROM pg_constraint WHERE contype = 'f';",
)
