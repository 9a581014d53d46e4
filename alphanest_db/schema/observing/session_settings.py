"""A database's or a role's own settings that change what a statement means, or whether it rewrites (the time zone)."""

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

SessionSettings = tuple[tuple[str, str], ...]

_SETTINGS = ("search_path", "TimeZone")


def read_settings(live: Connection) -> SessionSettings:
    """What a session on the target has."""
    with live.cursor() as cursor:
        cursor.execute(
            "SELECT name, pg_catalog.current_setting(name) FROM pg_catalog.unnest(%s) AS name", (list(_SETTINGS),)
        )
        return tuple(cursor.fetchall())


def apply_settings(connection: Connection, settings: SessionSettings) -> None:
    """Make a session on the scratch database behave as one on the target; it must be in autocommit mode."""
    with connection.cursor() as cursor:
        for setting, value in settings:
            cursor.execute("SELECT pg_catalog.set_config(%s, %s, false)", (setting, value))
