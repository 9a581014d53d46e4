"""SQLAlchemy engines and sessions for a target."""

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case
from sqlalchemy import Connection as EngineConnection
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from alphanest_db.database.connect import connect
from alphanest_db.database.target import Target
from alphanest_db.settings import PoolSettings

DIALECT = "postgresql+psycopg2://"  # SQLAlchemy 2.1 reads plain postgresql:// as psycopg 3


def pooled_engine(target: Target, pool: PoolSettings | None = None, *, timeout_seconds: int = 10) -> Engine:
    """An engine for an application: checked connections, five of them and ten more at need, as `pool` says.

    Errors never show parameters, which may be secrets. Time limits of the role hold.
    """
    pool = pool or PoolSettings()

    def creator() -> Connection:
        return connect(target, timeout_seconds=timeout_seconds, patient=False)

    return create_engine(
        DIALECT, creator=creator, pool_pre_ping=pool.pre_ping, pool_size=pool.size, max_overflow=pool.max_overflow,
        hide_parameters=True,
    )  # fmt: skip


def single_engine(connection: Connection) -> Engine:
    """An engine over one open connection, which closes with the engine's own connection."""
    return create_engine(DIALECT, creator=lambda: connection, poolclass=NullPool, hide_parameters=True)


def driver_connection(connection: EngineConnection) -> Connection:
    """psycopg2's own connection behind SQLAlchemy's."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, Connection)  # the one dialect that we have engines for
    return raw
