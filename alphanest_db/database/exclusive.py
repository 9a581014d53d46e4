"""Who holds tables so that nobody can even read them."""

from dataclasses import dataclass
from datetime import UTC, datetime

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.identifiers import load_sql


@dataclass(frozen=True)
class ExclusiveHolder:
    """A session that holds a table in ACCESS EXCLUSIVE mode; `since` is when its transaction began, in UTC."""

    table: str
    pid: int
    user: str
    application_name: str
    client: str
    since: datetime

    def described(self) -> str:
        """Table and session, as one says it."""
        who = f"process {self.pid} of {self.user} ({self.application_name or 'no name'}, {self.client})"
        return f"{self.table} by {who} since {self.since:%Y-%m-%d %H:%M:%S} UTC"


def exclusive_holders(connection: Connection) -> list[ExclusiveHolder]:
    """The tables that are held at this moment, the oldest transaction first; reads only."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "exclusive_locks"))
        return [
            ExclusiveHolder(table, pid, user, application_name, client, since.astimezone(UTC))
            for table, pid, user, application_name, client, since in cursor
        ]
