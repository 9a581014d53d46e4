"""Foreign keys that stop nobody."""

from psycopg2 import sql

from alphanest_db.checks.keys import Key, key_look
from alphanest_db.checks.model import Check, Level
from alphanest_db.database.identifiers import name, statement


def _problem(key: Key) -> str | None:
    if not key.declared.is_enforced:
        return "declared as NOT ENFORCED: any row is let in"
    return None if key.declared.is_guarded else "its triggers are disabled: any row is let in"


def _mend(key: Key) -> sql.Composable:
    if not key.declared.is_enforced:
        return statement("ALTER TABLE {} ALTER CONSTRAINT {} ENFORCED;", key.quoted_table, name(key.declared.name))
    target = name(key.declared.referenced_schema, key.declared.referenced_table)
    return statement("ALTER TABLE {} ENABLE TRIGGER ALL; ALTER TABLE {} ENABLE TRIGGER ALL;", key.quoted_table, target)


CHECK = Check(
    name="unenforced-foreign-keys",
    summary="Foreign keys that stop nobody: disabled triggers, NOT ENFORCED.",
    tags=("integrity", "structure", "foreign-keys"),
    level=Level.error,
    why="Somebody disabled the triggers for an import and did not enable them again, or a restore with --disable-triggers"
    " was interrupted. The catalog goes on calling the key valid, and orphans come in.",
    remedy="Enable the triggers, and look for orphans that came in meanwhile.",
    look=key_look(_problem, _mend),
    by_hand="SELECT tgrelid::regclass, tgconstraint, tgenabled FROM pg_trigger WHERE tgconstraint <> 0 AND tgenabled NOT IN"
    " ('O', 'A');",
)
