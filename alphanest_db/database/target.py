"""One database on one server, and how to reach it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlencode

import psycopg2
from psycopg2.extensions import parse_dsn

from alphanest_db.errors import InvalidInput
from alphanest_db.redact import HIDDEN
from alphanest_db.settings import DatabaseParts, DatabaseUrl

_SCHEME = re.compile(r"^(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://")
_PLACE = ("host", "port", "user", "password", "dbname")
_SECRET_OPTIONS = ("sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key")
_FORM = "postgresql://user:password@host:5432/database"
_ESCAPES = f"Write @ / : % # in a password as %40 %2F %3A %25 %23, as in {_FORM}."
_HIGHEST_PORT = 65535


@dataclass(frozen=True)
class Target:
    """Where a database is. `options` are further libpq parameters, such as sslmode."""

    host: str
    port: int
    user: str
    database: str
    password: str | None = field(default=None, repr=False)
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    source: str = ""
    embedded: bool = False

    @property
    def is_socket(self) -> bool:
        """True where the host is the folder of a Unix socket."""
        return self.host.startswith(("/", "@"))

    def libpq_parameters(self) -> dict[str, str]:
        """The parameters of the connection as libpq names them, password included."""
        place = {"host": self.host, "port": str(self.port), "user": self.user, "dbname": self.database}
        secret = {"password": self.password} if self.password else {}
        return {**self.options, **place, **secret}

    def with_database(self, database: str) -> "Target":
        """The same server, another database."""
        return replace(self, database=database)

    def url(self, *, show_password: bool = False) -> str:
        """A libpq URL; without `show_password` the password is written as ***.

        >>> Target("db", 5432, "anna", "nest", "s/t").url(show_password=True)
        'postgresql://anna:s%2Ft@db:5432/nest'
        """
        secret = "" if self.password is None else ":" + (quote(self.password, safe="") if show_password else HIDDEN)
        options = {
            key: value if show_password or key not in _SECRET_OPTIONS else HIDDEN for key, value in self.options.items()
        }
        if self.is_socket:
            place = "" if self.port == 5432 else f":{self.port}"
            options["host"] = self.host
        else:
            place = f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
        query = "?" + urlencode(options, safe="/*", quote_via=quote) if options else ""
        return f"postgresql://{quote(self.user, safe='')}{secret}@{place}/{quote(self.database, safe='')}{query}"


def target_from_parts(parts: DatabaseParts) -> Target:
    """The target that the DB_* variables name. Raises InvalidInput for several hosts."""
    host = _one_host({"host": parts.host}, parts.source)
    return Target(host, parts.port, parts.user, parts.name, parts.password, source=parts.source)


def target_from_url(choice: DatabaseUrl) -> Target:
    """The target that a URL names, in libpq's form or with a SQLAlchemy driver (`postgresql+psycopg2://`).

    Raises InvalidInput for another scheme and for what libpq cannot read; the message never holds a part of the password.
    """
    values = _parse(_libpq_url(choice), choice.source)
    user = values.get("user") or "alphanest"
    return Target(
        host=_one_host(values, choice.source),
        port=_port(values, choice.source),
        user=user,
        password=values.get("password"),
        database=values.get("dbname") or user,
        options={key: value for key, value in values.items() if key not in _PLACE},
        source=choice.source,
    )


def _libpq_url(choice: DatabaseUrl) -> str:
    url = choice.url.strip()
    match = _SCHEME.match(url)
    if match is None:
        raise InvalidInput(f"{choice.source} is not a URL", f"It looks like {_FORM}.")
    scheme = match["scheme"].lower()
    if scheme.split("+")[0] not in ("postgres", "postgresql"):
        raise InvalidInput(
            f"{choice.source} names {scheme!r}, and alphanest speaks to PostgreSQL only",
            "Use a URL that starts with postgresql://.",
        )
    rest = url[match.end() :]
    _refuse_two_readings(rest, choice.source)
    return "postgresql://" + rest


def _refuse_two_readings(rest: str, source: str) -> None:
    """An @ that is not the one before the host may belong to a password whose other half then is a host, shown to everybody."""
    authority, _, path = rest.partition("/")
    credentials, at, host = authority.partition(
        "@"
    )  # libpq ends a password at the first @, and a / before it begins a path
    place, _, query = f"{host if at else authority}/{path}".partition("?")
    has_password = ":" in (credentials if at else authority)
    if "@" in place or ("@" in query and has_password):
        raise InvalidInput(f"an unescaped @ or / in {source} leaves open where the password ends", _ESCAPES)


def _one_host(values: Mapping[str, str], source: str) -> str:
    host = values.get("host") or "localhost"
    if "," in host:
        raise InvalidInput(f"{source} names several hosts", "Name one: a command must know which database it changes.")
    return host


def _port(values: Mapping[str, str], source: str) -> int:
    text = values.get("port") or "5432"
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= _HIGHEST_PORT):
        # What stands there may be half a password.
        raise InvalidInput(f"the port in {source} is not a number from 1 to {_HIGHEST_PORT}", _ESCAPES)
    return int(text)


def _parse(url: str, source: str) -> dict[str, str]:
    try:
        return dict(parse_dsn(url))
    except (psycopg2.ProgrammingError, UnicodeError) as error:
        unknown = re.search(r'invalid URI query parameter: "([^"]*)"', str(error))
        why = f"it has an unknown parameter {unknown[1]!r}" if unknown else "libpq cannot read it"
        hint = "libpq's manual lists them: sslmode, application_name, …" if unknown else _ESCAPES
        raise InvalidInput(
            f"{source} is not a PostgreSQL URL: {why}", hint
        ) from None  # the original error repeats parts of the URL, password included
