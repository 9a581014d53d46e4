"""Rights that every role of the server has on the schema and its tables."""

from collections.abc import Iterator

from alphanest_db.checks.asking import ask
from alphanest_db.checks.ground import Ground
from alphanest_db.checks.model import Check, Finding, Level
from alphanest_db.database.identifiers import name, statement


def _look(ground: Ground) -> Iterator[Finding]:
    for row in ask(ground, "public_rights"):
        of_schema = row.kind == "schema"
        revoke = "REVOKE CREATE ON SCHEMA {} FROM PUBLIC;" if of_schema else "REVOKE ALL ON {} FROM PUBLIC;"
        mend = statement(revoke, name(row.schema) if of_schema else name(row.schema, row.name))
        said = f"PUBLIC has {row.privilege} on the {row.kind} {row.shown}"
        key = {row.kind: row.shown, "privilege": row.privilege}
        yield Finding(None if of_schema else row.shown, key, said, str(mend.as_string(ground.connection)))


CHECK = Check(
    name="public-rights",
    summary="Rights of PUBLIC: CREATE on a schema, anything on a table or its columns.",
    tags=("security", "server"),
    level=Level.warning,
    why="Every role of the server has what PUBLIC has. Who may create in the schema public can put a function of their"
    " own in the way of the platform's (CVE-2018-1058); up to PostgreSQL 14 everybody could, and a database that came"
    " from there still lets them.",
    remedy="Revoke it, and grant the roles that need it.",
    look=_look,
    by_hand="\\dn+ public",
)
