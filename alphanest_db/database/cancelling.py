"""Asking a server to cancel what it does for us, while all other threads go on.

psycopg2's own way holds Python's lock until the server answers. Where the network brings nothing more, that is never, and neither
a time limit nor Ctrl-C would end us.
"""

import ctypes

from psycopg2 import _psycopg
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

_MESSAGE_BYTES = 256


def request_cancel(connection: Connection) -> None:
    """Ask for it, and wait for the server to have heard; whether there was anything to cancel, nobody says."""
    libpq = _libpq()
    if request := libpq.PQgetCancel(connection.pgconn_ptr):  # None of a closed connection gives none
        libpq.PQcancel(request, ctypes.create_string_buffer(_MESSAGE_BYTES), _MESSAGE_BYTES)
        libpq.PQfreeCancel(request)


def _libpq() -> ctypes.CDLL:
    """libpq, whose functions ctypes calls without Python's lock: https://www.postgresql.org/docs/current/libpq-cancel.html."""
    libpq = ctypes.CDLL(_psycopg.__file__)  # symbols are looked for in what it is linked with, too
    libpq.PQgetCancel.argtypes, libpq.PQgetCancel.restype = (ctypes.c_void_p,), ctypes.c_void_p
    libpq.PQcancel.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int)
    libpq.PQfreeCancel.argtypes = (ctypes.c_void_p,)
    return libpq
