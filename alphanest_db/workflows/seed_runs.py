"""Runs that put seeds in: one at a time, written down so that they can be undone, where the role may make the journal."""

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.locks import ACCOUNTS, SEEDER, lock_for_transaction
from alphanest_db.journal.writing import begin_run
from alphanest_db.seeding.sets.hands import Hand, PlainHand, RecordingHand
from alphanest_db.whoever import whoever_runs_this

KIND = "seed"


def lock_seeds(connection: Connection) -> None:
    """Be the only one who seeds, until the transaction ends, and who gives users names: seeds have users."""
    for purpose in (SEEDER, ACCOUNTS):
        lock_for_transaction(connection, purpose)


def hand_for(connection: Connection, name: str, *, can_remember: bool) -> Hand:
    """Puts the rows of a set in, and writes them down if that is possible."""
    if not can_remember:
        return PlainHand(connection)
    return RecordingHand(lambda: begin_run(connection, KIND, {"set": name}, by=whoever_runs_this()))
