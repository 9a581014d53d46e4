"""What roles may do with the objects of a database, taken over by one that has objects of the same names."""

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg2
from psycopg2 import errors, sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.failures import primary_message
from alphanest_db.database.identifiers import load_sql, name, statement

_GRANT = "GRANT {privilege} ON {kind} {object} TO {grantee}{option}"
# What PostgreSQL gives everybody on the schema public may have been taken away.
_REVOKE = "REVOKE ALL ON SCHEMA {} FROM PUBLIC"
_MISSING = (errors.UndefinedTable, errors.InvalidSchemaName)


@dataclass(frozen=True)
class ObjectGrant:
    """A right that a role, or everybody, was given on a schema, or on a table or sequence in one."""

    kind: str
    names: tuple[str, ...]
    grantee: str
    is_public: bool
    privilege: str
    is_grantable: bool


def read_grants(connection: Connection) -> list[ObjectGrant]:
    """All rights that others than the owners were given; reads the catalog only."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "grants"))
        return [ObjectGrant(kind, tuple(names), *rest) for kind, names, *rest in cursor]


def keep_grants(connection: Connection, grants: Sequence[ObjectGrant]) -> tuple[str, ...]:
    """Give the same rights on objects of the same names; in words what the server would not let us. Autocommit mode.

    Objects that are not there are passed over: nobody can do anything with them.
    """
    return tuple(
        f"could not be kept: {what}: {refused}"
        for what, command in (
            ("rights of PUBLIC on public", statement(_REVOKE, name("public"))),
            *map(_command, grants),
        )
        if (refused := _try(connection, command))
    )


def _command(grant: ObjectGrant) -> tuple[str, sql.Composed]:
    grantee = sql.SQL("PUBLIC") if grant.is_public else name(grant.grantee)
    option = sql.SQL(" WITH GRANT OPTION" if grant.is_grantable else "")
    said = statement(
        _GRANT, privilege=sql.SQL(grant.privilege), kind=sql.SQL(grant.kind), object=name(*grant.names), grantee=grantee,
        option=option,
    )  # fmt: skip
    return f"{grant.privilege} on {'.'.join(grant.names)} for {grant.grantee}", said


def _try(connection: Connection, command: sql.Composed) -> str | None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(command)
    except _MISSING:
        return None
    except psycopg2.Error as error:
        return primary_message(error)
    return None
