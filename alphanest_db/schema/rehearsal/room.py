"""Whether the server has room for a copy, as far as that can be known from here."""

from pathlib import Path
from shutil import disk_usage

from psycopg2 import errors
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.errors import Refused
from alphanest_db.units import human_bytes

_IS_HERE = """
SELECT pg_catalog.inet_server_addr() IS NULL OR pg_catalog.inet_server_addr() = pg_catalog.inet_client_addr()
"""


def find_free_bytes(connection: Connection) -> int | None:
    """The free space where the server keeps its data; None where it runs elsewhere, or does not tell where that is."""
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


def check_room(size_bytes: int | None, free_bytes: int | None, *, insist: bool) -> tuple[str, ...]:
    """Notes on what is not known. Raises Refused where the copy cannot fit, unless the user insists.

    >>> check_room(4096, None, insist=False)
    ('the copy takes about 4.0 KiB, and how much room the server has is not known',)
    """
    if size_bytes is None:
        return ("how much room the copy takes is not known",)
    if free_bytes is None:
        return (f"the copy takes about {human_bytes(size_bytes)}, and how much room the server has is not known",)
    if free_bytes < size_bytes and not insist:
        raise Refused(
            f"the copy takes about {human_bytes(size_bytes)}, and the server has room for {human_bytes(free_bytes)}",
            "Free some space, or add --yes if you know better.",
        )
    return ()
