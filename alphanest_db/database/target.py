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


@dataclass(frozen=True)
class Target:
    """Where a database is. `options` are further libpq parameters, such as sslmode."""

    host: str
    port: int
    user: str
    database: str
    password: str | None = field(default=None, repr=False)
    options: Mapping[str, str] = field(default_factory=dict)
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
        options = dict(self.options)
        if self.is_socket:
            place = "" if self.port == 5432 else f":{self.port}"
            options["host"] = self.host
        else:
            place = f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
        query = "?" + urlencode(options, safe="/", quote_via=quote) if options else ""
        return f"postgresql://{quote(self.user, safe='')}{secret}@{place}/{quote(self.database, safe='')}{query}"


def target_from_parts(parts: DatabaseParts) -> Target:
    """The target that the DB_* variables name."""
    return Target(
        host=parts.host, port=parts.port, user=parts.user, password=parts.password, database=parts.name,
        source=parts.source,
    )  # fmt: skip


def target_from_url(choice: DatabaseUrl) -> Target:
    """The target that a URL names, in libpq's form or with a SQLAlchemy driver (`postgresql+psycopg2://`).

    Raises InvalidInput for another scheme and for what libpq cannot read; the message never holds a part of the password.
    """
    values = _parse(_libpq_url(choice), choice.source)
    user = values.get("user") or "alphanest"
    port = values.get("port") or "5432"
    if not port.isdigit():
        raise InvalidInput(
            f"the port in {choice.source} is not a number",
            "Name one host and one port, and write / @ : % # in a password as %2F %40 %3A %25 %23.",
        )
    return Target(
        host=values.get("host") or "localhost",
        port=int(port),
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
        raise InvalidInput(
            f"{choice.source} is not a URL", "It looks like postgresql://user:password@host:5432/database."
        )
    scheme = match["scheme"].lower()
    if scheme.split("+")[0] not in ("postgres", "postgresql"):
        raise InvalidInput(
            f"{choice.source} names {scheme!r}, and alphanest speaks to PostgreSQL only",
            "Use a URL that starts with postgresql://.",
        )
    authority = re.split(r"[/?#]", url[match.end() :], maxsplit=1)[0]
    if authority.count("@") > 1:
        raise InvalidInput(f"{choice.source} has more than one @ before the host", "Write an @ in a password as %40.")
    return "postgresql://" + url[match.end() :]


def _parse(url: str, source: str) -> dict[str, str]:
    try:
        return dict(parse_dsn(url))
    except (psycopg2.ProgrammingError, UnicodeError) as error:
        unknown = re.search(r'invalid URI query parameter: "([^"]*)"', str(error))
        why = f"it has an unknown parameter {unknown[1]!r}" if unknown else "libpq cannot read it"
        raise InvalidInput(
            f"{source} is not a PostgreSQL URL: {why}",
            "Write / @ : % # in a password as %2F %40 %3A %25 %23: postgresql://user:password@host:5432/database.",
        ) from None  # the original error repeats parts of the URL, password included
