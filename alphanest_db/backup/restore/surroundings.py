"""What a dump needs of the server around the database: roles, extensions, tablespaces, locales. No dump brings them along."""

import re
from dataclasses import dataclass

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.backup.manifest import Manifest
from alphanest_db.database.identifiers import load_sql
from alphanest_db.errors import Refused

_SAYS_LACKING = re.compile(
    r'extension ".*" is not available|role ".*" does not exist|tablespace ".*" does not exist|access method ".*" does not exist'
    r'|collation ".*" .*does not exist|\bICU\b|could not (?:open collator|create locale|load library|access file|open extension)'
    r"|unrecognized (?:configuration )?parameter|syntax error"
)


@dataclass(frozen=True)
class Missing:
    """What a server has not."""

    roles: tuple[str, ...]
    extensions: tuple[str, ...]
    tablespaces: tuple[str, ...]


def find_missing(connection: Connection, manifest: Manifest) -> Missing:
    """What the dump of that backup refers to, and the connection's server has not. Reads the catalog only."""
    lacking = manifest.lacking
    wanted = {"roles": lacking.roles, "extensions": lacking.extensions, "tablespaces": lacking.tablespaces}
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "surroundings"), {kind: list(names) for kind, names in wanted.items()})
        [(roles, extensions, tablespaces)] = cursor.fetchall()
    return Missing(tuple(roles), tuple(extensions), tuple(tablespaces))


def refuse_missing_extensions(missing: Missing) -> None:
    """Raises Refused where an extension is missing, without which a restore is bound to fail."""
    if missing.extensions:
        raise Refused(
            f"the dump needs extensions that this server has not: {', '.join(missing.extensions)}",
            "Install their files on the server (postgresql-contrib or the extension's own package).",
        )


def says_lacking(message: str) -> bool:
    """Whether an error of the server speaks of what is missing there, and says nothing of the dump.

    >>> says_lacking('extension "citext" is not available'), says_lacking("duplicate key value violates unique constraint")
    (True, False)
    """
    return bool(_SAYS_LACKING.search(message))
