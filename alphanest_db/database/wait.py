"""Waiting for a server that is about to start."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from alphanest_db.database.connect import connect, place_of
from alphanest_db.database.target import Target
from alphanest_db.errors import DatabaseUnreachable, UnreachableReason

# Waiting does not mend these.
HOPELESS = frozenset({UnreachableReason.authentication, UnreachableReason.not_allowed, UnreachableReason.tls})
PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 2.0

WaitProgress = Callable[[float, DatabaseUnreachable], None]


@dataclass(frozen=True)
class Reached:
    """A server answered."""

    database: str
    place: str
    server_version: str
    waited_seconds: float
    attempts: int
    database_exists: bool


def wait_for_server(
    target: Target,
    *,
    wait_seconds: float,
    timeout_seconds: int = 10,
    need_database: bool = True,
    progress: WaitProgress = lambda _waited, _error: None,
) -> Reached:
    """Try until the server lets us in, at most for `wait_seconds`; at least once.

    Without `need_database`, a server that says the database does not exist counts as reached.
    Raises DatabaseUnreachable with what was tried; at once for what waiting does not mend, such as a wrong password.
    """
    begun = time.monotonic()
    attempts = 0
    pause = PAUSE_SECONDS
    while True:
        attempts += 1
        left = wait_seconds - (time.monotonic() - begun)
        try:
            version = _server_version(target, timeout_seconds=max(1, min(timeout_seconds, round(left))))
            return Reached(target.database, place_of(target), version, time.monotonic() - begun, attempts, True)
        except DatabaseUnreachable as error:
            waited = time.monotonic() - begun
            if error.reason is UnreachableReason.no_such_database and not need_database:
                return Reached(target.database, place_of(target), "", waited, attempts, False)
            if error.reason in HOPELESS or waited + pause > wait_seconds:
                raise _given_up(error, waited, attempts) from error
            progress(waited, error)
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)


def _server_version(target: Target, *, timeout_seconds: int) -> str:
    connection = connect(target, timeout_seconds=timeout_seconds, patient=False)
    try:
        return str(connection.info.parameter_status("server_version"))
    finally:
        connection.close()


def _given_up(error: DatabaseUnreachable, waited_seconds: float, attempts: int) -> DatabaseUnreachable:
    if attempts == 1:
        return error
    message = f"{error.message} (tried {attempts} times in {waited_seconds:.0f} s; the last answer: {error.reason})"
    return DatabaseUnreachable(error.place, error.reason, message, error.hint)
