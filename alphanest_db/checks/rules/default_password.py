"""Roles with the password of the documentation."""

from collections.abc import Iterator

from psycopg2 import errors

from alphanest_db.checks.asking import ask
from alphanest_db.checks.ground import Ground
from alphanest_db.checks.model import Check, Finding, Level, Skip
from alphanest_db.checks.moment import attempt
from alphanest_db.checks.role_passwords import is_password_of
from alphanest_db.database.identifiers import name, statement


def _look(ground: Ground) -> Iterator[Finding]:
    """Every role's where that may be read, else the one that we came in with."""
    known = ground.platform.default_passwords
    info = ground.connection.info
    own = {info.user} if info.password in known else set()
    try:
        with attempt(ground.connection):
            stored = {row.role: row.stored for row in ask(ground, "role_passwords")}
    except errors.InsufficientPrivilege:
        stored = {}
    others = {role for role, form in stored.items() if any(is_password_of(role, form, password) for password in known)}
    for role in sorted(own | others):
        mend = statement("\\password {}", name(role))
        yield Finding(
            None, {"role": role}, "its password is the one of the documentation", str(mend.as_string(ground.connection))
        )
    if not stored:
        raise Skip(f"only the password of {info.user} was looked at: the role may not read those of others")


CHECK = Check(
    name="default-password",
    summary="Roles with the password of the documentation.",
    tags=("security", "server"),
    level=Level.error,
    quiet_level=Level.info,
    why="docker-compose.yml and .env.example bring a password with them, so that a beginning is easy; everybody can read it. In"
    " development and test this is only noted.",
    remedy="Set another one with \\password in `alphanest db shell`, and put it into DATABASE_URL or .env.",
    look=_look,
    by_hand="PGPASSWORD=alphanest psql -U alphanest",
)
