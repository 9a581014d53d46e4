"""Connections that can be listened to."""

from collections.abc import Iterator

from alphanest_db.checks.asking import ask
from alphanest_db.checks.ground import Ground
from alphanest_db.checks.model import Check, Finding, Level
from alphanest_db.database.identifiers import statement

_HERE = frozenset({"", "localhost", "127.0.0.1", "::1"})
_MEND = "ALTER SYSTEM SET ssl = on; SELECT pg_reload_conf(); -- with server.crt and server.key in place"


def _look(ground: Ground) -> Iterator[Finding]:
    """What goes over a socket or the loopback address leaves the machine nowhere."""
    info = ground.connection.info
    host = info.host or ""
    if not (info.ssl_in_use or host.startswith(("/", "@")) or host in _HERE):
        said = "this connection is not encrypted"
        yield Finding(None, {"host": host}, said, "-- add ?sslmode=verify-full to DATABASE_URL")
    question = statement(
        "SELECT pg_catalog.current_setting('ssl')::boolean AS tls, pg_catalog.current_setting('listen_addresses') AS addresses"
    )
    [server] = ask(ground, question)
    listens_on = {address.strip() for address in server.addresses.split(",")}
    if not server.tls and not listens_on <= _HERE:
        yield Finding(None, {"setting": "ssl"}, f"the server listens on {server.addresses} and speaks no TLS", _MEND)


CHECK = Check(
    name="no-tls",
    summary="Connections over a network that are not encrypted.",
    tags=("security", "server"),
    level=Level.error,
    quiet_level=Level.info,
    why="Queries and rows, hashes and keys among them, go over the network as they are. A server that listens beyond its"
    " own machine and has ssl = off lets every client do that. In development and test this is only noted.",
    remedy="Turn ssl on, and say sslmode=verify-full in DATABASE_URL: a client that does not insist can be talked out of it.",
    look=_look,
    by_hand="SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid(); SHOW ssl;",
)
