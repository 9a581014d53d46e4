"""Rows whose foreign key points to a row that is not there."""

from alphanest_db.checks.links import orphan_rules
from alphanest_db.checks.model import Check, Level

CHECK = Check(
    name="orphans",
    summary="Rows whose foreign key points to a row that is not there.",
    tags=("integrity", "links", "foreign-keys"),
    level=Level.error,
    why="PostgreSQL calls a foreign key valid that was valid once. Rows that came or went while its triggers slept"
    " (session_replication_role, DISABLE TRIGGER, a restore with --disable-triggers) are seen by nobody, VALIDATE does not look"
    " again, and the next restore of a dump loses the key. So the rows themselves are compared, for every foreign key of the"
    " database, valid ones too, and for those of the platform that the database lacks.",
    remedy="Find out what the row was for, then delete it, or put the row back that it points to.",
    rules=orphan_rules,
    by_hand="SELECT t.* FROM trades AS t LEFT JOIN users AS u ON u.id = t.user_id WHERE u.id IS NULL;",
)
