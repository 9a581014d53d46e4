"""Connections to a target, and what their failure means."""

import contextlib
import os
import re
import socket
import weakref
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg2
from psycopg2.extensions import PYDATETIMETZ, new_type, register_type
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - the same

from alphanest_db.database.limits import lift_limits
from alphanest_db.database.target import Target
from alphanest_db.errors import DatabaseUnreachable, InvalidInput, UnreachableReason
from alphanest_db.redact import hide_secrets

APPLICATION_NAME = "alphanest"

# What libpq takes from the caller's PGHOSTADDR, PGPASSWORD and PGOPTIONS where we say nothing: another server than the one that
# we name, a password meant for it, or another search path. Empty means none; ~/.pgpass is asked all the same.
_NOT_FROM_THE_CALLER = {"hostaddr": "", "password": "", "options": ""}


def _read_time(text: str | bytes | None, cursor: Cursor) -> datetime | None:
    """A time of PostgreSQL's; one that Python cannot hold is its last or first, as psycopg2 reads infinity."""
    try:
        time: datetime | None = PYDATETIMETZ(text, cursor)
    except (ValueError, OverflowError):
        return (datetime.min if str(text).endswith("BC") else datetime.max).replace(tzinfo=UTC)
    return time


_TIMES = new_type((1184,), "TIMESTAMPTZ", _read_time)  # the type's number in every PostgreSQL

_open: "weakref.WeakSet[Connection]" = weakref.WeakSet()

# What libpq and the server say; the first that fits counts. psycopg2 gives no SQLSTATE before the session stands.
_SAYINGS = (
    (UnreachableReason.tls, ("certificate", "SSL error", "SSL was required", "TLS")),
    (UnreachableReason.no_such_database, ('" does not exist', "3D000")),
    (UnreachableReason.authentication, ("password authentication failed", "no password supplied", "authentication failed")),
    (UnreachableReason.not_allowed, ("no pg_hba.conf entry", "permission denied for database", "is not permitted to log in")),
    (UnreachableReason.starting_up, ("starting up", "shutting down", "not yet accepting", "in recovery mode")),
    (UnreachableReason.too_many_connections, ("too many clients", "too many connections", "remaining connection slots")),
    (UnreachableReason.unknown_host, ("could not translate host name", "could not parse network address")),
    (UnreachableReason.timeout, ("timeout expired", "timed out")),
    (UnreachableReason.refused, ("Connection refused", "No such file or directory", "No route to host", "Network is unreachable")),
)  # fmt: skip

_IMPOSSIBLE = re.compile(
    r"invalid (\w+ value|integer value|port number)|could not (look up|open) local user|definition of service"
)

_HINTS = {
    UnreachableReason.refused: "Is the server running, and are host and port right? `alphanest db wait` waits for one that starts.",
    UnreachableReason.timeout: "The host does not answer: check its address and the firewall between you and it.",
    UnreachableReason.unknown_host: "Check the host's name; `alphanest db url` shows which one is used.",
    UnreachableReason.authentication: "Check user and password; `alphanest db url --show-password` shows what is used.",
    UnreachableReason.no_such_database: "`alphanest init` or `alphanest db create` makes it.",
    UnreachableReason.not_allowed: "The server's pg_hba.conf and the role's rights say who may connect.",
    UnreachableReason.starting_up: "Try again in a moment; `alphanest db wait` does that.",
    UnreachableReason.too_many_connections: "End idle sessions, or raise max_connections.",
    UnreachableReason.tls: "Check sslmode and the certificates in the URL's parameters.",
    UnreachableReason.other: "`alphanest db url` shows which database is used.",
}  # fmt: skip


def place_of(target: Target) -> str:
    """Where the target is, as one says it: `host:port`, or the socket's folder.

    >>> place_of(Target("::1", 5432, "anna", "nest"))
    '[::1]:5432'
    """
    if target.is_socket:
        return target.host
    return f"[{target.host}]:{target.port}" if ":" in target.host else f"{target.host}:{target.port}"


def connect(
    target: Target,
    *,
    timeout_seconds: int = 10,
    application_name: str = APPLICATION_NAME,
    autocommit: bool = False,
    patient: bool = True,
) -> Connection:
    """An open connection; the caller closes it. A `connect_timeout` among the target's options wins.

    A patient one has none of the time limits that are set for the role or the database: see `lift_limits`.

    Raises DatabaseUnreachable, with the reason, and InvalidInput for parameters that libpq does not take.
    """
    parameters: dict[str, Any] = {**_NOT_FROM_THE_CALLER, "connect_timeout": str(timeout_seconds)}
    parameters |= {"application_name": application_name, **target.libpq_parameters(), "client_encoding": "UTF8"}
    try:
        connection = _opened(parameters, patient=patient)
    except (psycopg2.Error, UnicodeError) as error:
        failure = unreachable(target, error)
        if isinstance(failure, DatabaseUnreachable) and failure.reason is UnreachableReason.other:
            from alphanest_db.database.refusals import reason_of_refusal  # ctypes, which nobody else waits for

            failure = unreachable(target, error, reason_of_refusal(parameters, timeout_seconds))
        raise failure from None  # libpq's own words can hold parts of a password
    connection.autocommit = autocommit
    _open.add(connection)
    return connection


def _opened(parameters: dict[str, Any], *, patient: bool) -> Connection:  # Any: libpq's parameters
    connection: Connection = psycopg2.connect(**parameters)
    if patient:
        try:
            connection.autocommit = True
            lift_limits(connection)
        except BaseException:
            connection.close()
            raise
    return connection


def cancel_all() -> None:
    """Ask the servers to cancel what runs on our connections; may be called from another thread."""
    from alphanest_db.database.cancelling import request_cancel  # ctypes, which nobody else waits for

    for connection in list(_open):
        request_cancel(connection)


def cut(connection: Connection) -> None:
    """Let go of the server at once, also of one that answers no more; whoever waits for it in another thread gets an error."""
    with contextlib.suppress(psycopg2.Error, OSError), socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def session(
    target: Target, *, timeout_seconds: int = 10, application_name: str = APPLICATION_NAME
) -> Iterator[Connection]:
    """A patient connection in autocommit mode, closed at the end."""
    connection = connect(target, timeout_seconds=timeout_seconds, application_name=application_name, autocommit=True)
    with contextlib.closing(connection):
        yield connection


@contextlib.contextmanager
def transaction(
    target: Target, *, timeout_seconds: int = 10, application_name: str = APPLICATION_NAME, patient: bool = False
) -> Iterator[Connection]:
    """A connection in one transaction, with times in UTC: committed at the end, rolled back where an error leaves the block.

    What a role's time limits are for is not patient; what takes its time with many rows is.
    """
    connection = connect(target, timeout_seconds=timeout_seconds, application_name=application_name, patient=patient)
    register_type(_TIMES, connection)
    with contextlib.closing(connection), connection:
        with connection.cursor() as cursor:
            cursor.execute("SET TIME ZONE 'UTC'")
        yield connection


def unreachable(
    target: Target, error: Exception, reason: UnreachableReason | None = None
) -> DatabaseUnreachable | InvalidInput:
    """What a failed connection means, by what was said where the reason is not known."""
    said = hide_secrets(str(error), target.password)
    if _IMPOSSIBLE.search(said):
        return InvalidInput(
            f"{target.source or 'the target'} cannot be used: {_last_line(said)}", "Mend that parameter."
        )
    reason = reason or _reason_in(said)
    place = place_of(target)
    message = {
        UnreachableReason.refused: f"no PostgreSQL server answers at {place}",
        UnreachableReason.timeout: f"{place} did not answer in time",
        UnreachableReason.unknown_host: f"the host {target.host!r} is not known",
        UnreachableReason.authentication: f"{place} refused the password of user {target.user!r}",
        UnreachableReason.no_such_database: f"there is no database {target.database!r} at {place}",
        UnreachableReason.starting_up: f"the server at {place} is starting up or shutting down",
        UnreachableReason.too_many_connections: f"the server at {place} has no connection left",
    }.get(reason, f"cannot connect to {place}: {_last_line(said)}")
    if reason is UnreachableReason.no_such_database and "role " in said:
        reason, message = UnreachableReason.authentication, f"there is no user {target.user!r} at {place}"
    if "received invalid response" in said or "expected authentication request" in said:
        message = f"what answers at {place} is not PostgreSQL"
    if reason is UnreachableReason.authentication and "no password supplied" in said:
        message = f"{place} asks for the password of user {target.user!r}, and none is configured"
    return DatabaseUnreachable(place, reason, message, _HINTS.get(reason))


def _reason_in(said: str) -> UnreachableReason:
    return next((r for r, words in _SAYINGS if any(word in said for word in words)), UnreachableReason.other)


def _last_line(text: str) -> str:
    if "server closed the connection unexpectedly" in text:  # two lines of guesses follow
        return "the server closed the connection"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    said = lines[-1] if lines else "the server gave no reason"
    return re.split(r"FATAL: |failed: ", said)[-1].strip().rstrip(".")
