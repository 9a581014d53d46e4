"""From settings to a database that can be connected to."""

from collections.abc import Callable
from typing import assert_never

from alphanest_db.database.target import Target, target_from_parts, target_from_url
from alphanest_db.settings import DatabaseParts, DatabaseUrl, EmbeddedDatabase, Settings


def reach_target(settings: Settings, *, notify: Callable[[str], None] = lambda _text: None) -> Target:
    """The database that is meant; starts the embedded server where that is it.

    Raises NoDatabaseConfigured, InvalidInput for an impossible URL, and EmbeddedServerError.
    """
    choice = settings.require_database()
    match choice:
        case DatabaseUrl():
            return target_from_url(choice)
        case DatabaseParts():
            return target_from_parts(choice)
        case EmbeddedDatabase():
            from alphanest_db.database.embedded.server import ensure_running  # only where it is the target: 20 ms

            return ensure_running(settings.home, notify=notify)
        case _:
            assert_never(choice)
