"""Lines of pg_hba.conf that let people in without a password."""

from collections.abc import Iterator

from alphanest_db.checks.asking import ask
from alphanest_db.checks.ground import Ground
from alphanest_db.checks.model import Check, Finding, Level
from alphanest_db.database.identifiers import statement


def _look(ground: Ground) -> Iterator[Finding]:
    question = statement(
        "SELECT line_number, type, database, user_name, coalesce(address, '') AS address"
        " FROM pg_catalog.pg_hba_file_rules WHERE auth_method = 'trust' ORDER BY line_number"
    )
    for row in ask(ground, question):
        line = " ".join(filter(None, [row.type, ",".join(row.database), ",".join(row.user_name), row.address, "trust"]))
        mend = f"-- in pg_hba.conf, line {row.line_number}: scram-sha-256 (over the socket: peer) instead of trust"
        yield Finding(None, {"line": str(row.line_number)}, line, f"{mend}\nSELECT pg_reload_conf();")


CHECK = Check(
    name="trust-in-pg-hba",
    summary="Lines of pg_hba.conf that let people in without a password.",
    tags=("security", "server"),
    level=Level.error,
    quiet_level=Level.info,
    why="Whoever reaches the server from there is whoever they say they are, the superuser included. Containers begin so, for their"
    " own inside. Only a superuser may read the file through the server; else the check is skipped. In development and test this"
    " is only noted.",
    remedy="Ask for scram-sha-256, over the socket for peer.",
    look=_look,
    by_hand="SELECT * FROM pg_hba_file_rules WHERE auth_method = 'trust';",
)
