"""How much room there is where a server keeps its data, as far as that can be known from here."""

from pathlib import Path
from shutil import disk_usage

from psycopg2 import errors
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

_IS_HERE = """
SELECT pg_catalog.inet_server_addr() IS NULL OR pg_catalog.inet_server_addr() = pg_catalog.inet_client_addr()
"""


def find_free_bytes(connection: Connection) -> int | None:
    """The free space where the server keeps its data; None where it runs elsewhere, or does not tell where that is.

    The connection must be in autocommit mode.
    """
    with connection.cursor() as cursor:
        try:
            cursor.execute(_IS_HERE)
            if not (cursor.fetchone() or (False,))[0]:
                return None
            cursor.execute("SELECT pg_catalog.current_setting('data_directory')")
            (folder,) = cursor.fetchone() or ("",)
            return disk_usage(Path(folder)).free
        except (errors.InsufficientPrivilege, OSError):
            return None
