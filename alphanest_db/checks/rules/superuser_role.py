"""The application connects as a superuser."""

from collections.abc import Iterator

from alphanest_db.checks.asking import ask
from alphanest_db.checks.ground import Ground
from alphanest_db.checks.model import Check, Finding, Level
from alphanest_db.database.identifiers import name, statement


def _look(ground: Ground) -> Iterator[Finding]:
    question = statement("SELECT rolname, rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user")
    for role in ask(ground, question):
        if role.rolsuper:
            mend = statement(
                "CREATE ROLE alphanest_app LOGIN; GRANT ALL ON DATABASE {} TO alphanest_app;"
                " REASSIGN OWNED BY {} TO alphanest_app;",
                name(ground.database), name(role.rolname),
            )  # fmt: skip
            said = "a superuser: what it is tricked into doing, it may do to the whole server"
            yield Finding(None, {"role": role.rolname}, said, str(mend.as_string(ground.connection)))


CHECK = Check(
    name="superuser-role",
    summary="The application connects as a superuser.",
    tags=("security", "server"),
    level=Level.error,
    quiet_level=Level.info,
    why="A superuser reads every database of the server, files of the machine, and runs programs there. One hole in the application"
    " is then one in everything. In development and test this is only noted.",
    remedy="Make a role that owns the database and no more, and put that one into DATABASE_URL.",
    look=_look,
    by_hand="SELECT rolname FROM pg_roles WHERE rolsuper;",
)
