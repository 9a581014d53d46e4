"""Comparing without regard to case, the same way everywhere."""

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.identifiers import Statement, statement

_BUILTIN_COLLATION_SINCE = 170000


def folding(connection: Connection) -> Statement:
    """What to put behind a text for lower() to know all of Unicode, where the server can; else its database's own rules hold.

    A database with the locale C, such as the platform's containers may have, folds the letters of ASCII only.
    """
    is_utf8 = connection.info.parameter_status("server_encoding") == "UTF8"
    knows = connection.server_version >= _BUILTIN_COLLATION_SINCE and is_utf8
    return statement("COLLATE pg_catalog.pg_c_utf8" if knows else "")
