"""What stands between a command and a database that is precious."""

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.admin import read_environment
from alphanest_db.errors import Refused
from alphanest_db.settings import Environment


def effective_environment(connection: Connection, configured: Environment) -> Environment:
    """The stricter of the configured environment and the one recorded in the database."""
    return configured.stricter(read_environment(connection))


def refuse_in_protected(environment: Environment, what: str) -> None:
    """Raises Refused in staging and production."""
    if environment.is_protected:
        raise Refused(
            f"{what} is refused: this is a {environment} database",
            "The environment is the stricter of ALPHANEST_ENV and what the database remembers of itself; "
            "one whose memory may not be read counts as production.",
        )
