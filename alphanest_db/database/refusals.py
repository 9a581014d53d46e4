"""Why a server refused a session, whatever language its messages are in.

Its answer has an SQLSTATE, which libpq leaves out of its sentence, and psycopg2 of its error. Its words before a session stands
follow its lc_messages, which no option of the client changes: https://www.postgresql.org/docs/current/runtime-config-client.html.
"""

import contextlib
import ctypes
import re
import select
import time
from collections.abc import Mapping
from typing import Any

import psycopg2
from psycopg2 import _psycopg, extensions

from alphanest_db.errors import UnreachableReason

_SQLSTATE_ONLY = (
    3  # PQERRORS_SQLSTATE of libpq-fe.h, since version 12; https://www.postgresql.org/docs/current/libpq-control.html
)
_SQLSTATE = re.compile(r"\b[0-9A-Z]{5}$")
_REASONS = {
    "28P01": UnreachableReason.authentication,
    "28000": UnreachableReason.not_allowed,
    "3D000": UnreachableReason.no_such_database,
    "42501": UnreachableReason.not_allowed,
    "53300": UnreachableReason.too_many_connections,
    "57P03": UnreachableReason.starting_up,
}


def reason_of_refusal(
    parameters: Mapping[str, Any],  # Any: whatever libpq takes
    timeout_seconds: float,
) -> UnreachableReason | None:
    """What the server says when it is asked again, told by its SQLSTATE; None where it gives none, or is not there."""
    try:
        with contextlib.closing(psycopg2.connect(**parameters, async_=True)) as connection:
            _let_libpq_say_the_sqlstate(connection)
            _wait(connection, timeout_seconds)
    except psycopg2.Error as error:
        found = _SQLSTATE.search(str(error).strip())
        return _REASONS.get(found[0]) if found else None
    return None


def _let_libpq_say_the_sqlstate(connection: extensions.connection) -> None:
    libpq = ctypes.CDLL(_psycopg.__file__)  # symbols are looked for in what it is linked with, too
    libpq.PQsetErrorVerbosity(ctypes.c_void_p(connection.pgconn_ptr), _SQLSTATE_ONLY)


def _wait(connection: extensions.connection, timeout_seconds: float) -> None:
    deadline = time.monotonic() + timeout_seconds
    while (state := connection.poll()) != extensions.POLL_OK and time.monotonic() < deadline:
        readers, writers = ([connection], []) if state == extensions.POLL_READ else ([], [connection])
        select.select(readers, writers, [], max(0.0, deadline - time.monotonic()))
