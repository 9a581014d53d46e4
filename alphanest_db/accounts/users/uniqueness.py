"""One name, one user: without regard to case, for which the deployed schema has no index."""

import contextlib
from collections.abc import Iterator, Sequence

from psycopg2 import errors
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.folding import folding
from alphanest_db.database.identifiers import load_sql, statement
from alphanest_db.database.locks import ACCOUNTS, lock_for_transaction
from alphanest_db.errors import AlphanestError


class NameTaken(AlphanestError):
    """Somebody else has the username, the e-mail or another thing that only one can have."""

    def __init__(self, details: Sequence[str]) -> None:
        super().__init__("somebody else has that already", "Nothing was changed; choose another.", details)


def claim_names(connection: Connection, *, username: str, email: str, owner_id: str = "") -> None:
    """Make sure, until the end of the transaction, that no writer of ours takes the username or the e-mail.

    `owner_id` is whose they may be already. Waits for others who claim names. Raises NameTaken.
    """
    lock_for_transaction(connection, ACCOUNTS)
    with connection.cursor() as cursor:
        query = statement(load_sql(__package__, "taken"), fold=folding(connection))
        cursor.execute(query, {"username": username, "email": email, "owner_id": owner_id})
        taken = [f"{field}: {value} is that of user {holder}" for field, value, holder in cursor]
    if taken:
        raise NameTaken(taken)


@contextlib.contextmanager
def conflicts_told() -> Iterator[None]:
    """Turns the server's own word that something is taken into NameTaken: the platform writes too, and takes no lock."""
    try:
        yield
    except errors.UniqueViolation as error:
        constraint = error.diag.constraint_name or ""
        field = next((f for f in ("email", "username", "stripe", "api_key") if f in constraint), "a value")
        raise NameTaken([f"{field}: another user has it, says {constraint}"]) from error
