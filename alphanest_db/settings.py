"""What the environment, `.env` and the command line ask for, read once into one value.

Loads neither SQLAlchemy nor psycopg2: help and completion read settings too.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from alphanest_db.errors import InvalidInput, NoDatabaseConfigured

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"", "0", "false", "no", "off"})
# What says which server or database is meant; a lone DB_PASSWORD names nothing.
PLACE_VARIABLES = ("DB_HOST", "DB_PORT", "DB_USER", "DB_NAME")
DATABASE_VARIABLES = (*PLACE_VARIABLES, "DB_PASSWORD")
DEFAULT_DATABASE = "alphanest"

Choice = TypeVar("Choice", bound=StrEnum)


class Environment(StrEnum):
    """Where a database serves; ordered from harmless to precious."""

    development = "development"
    test = "test"
    staging = "staging"
    production = "production"

    @property
    def is_protected(self) -> bool:
        """True where real people's data live."""
        return self in (Environment.staging, Environment.production)

    def stricter(self, other: "Environment | None") -> "Environment":
        """The more precious one of the two.

        >>> Environment.development.stricter(Environment.production).value
        'production'
        """
        ranks = list(Environment)
        return self if other is None or ranks.index(self) >= ranks.index(other) else other


class KeyStorage(StrEnum):
    """How API keys are stored: `auto` keeps to what the database holds already."""

    auto = "auto"
    hashed = "hashed"
    plain = "plain"


class PasswordScheme(StrEnum):
    """The form in which new passwords are stored."""

    bcrypt = "bcrypt"
    bcrypt_sha256 = "bcrypt-sha256"


@dataclass(frozen=True)
class DatabaseUrl:
    """A database named by a URL."""

    url: str = field(repr=False)
    source: str


@dataclass(frozen=True)
class DatabaseParts:
    """A database named by DB_HOST, DB_PORT, DB_USER, DB_PASSWORD and DB_NAME."""

    host: str
    port: int
    user: str
    password: str | None = field(repr=False)
    name: str
    source: str


@dataclass(frozen=True)
class EmbeddedDatabase:
    """The database of the embedded server, because nothing else was named."""

    source: str = "embedded server"


DatabaseChoice = DatabaseUrl | DatabaseParts | EmbeddedDatabase


@dataclass(frozen=True)
class PoolSettings:
    """How many connections an application keeps (SQLAlchemy's QueuePool)."""

    size: int = 5
    max_overflow: int = 10
    pre_ping: bool = True


@dataclass(frozen=True)
class Settings:
    """All settings.

    `database` is None where nothing names one and the embedded server is not allowed; `unattended` means CI: nobody watches.
    """

    environment: Environment
    home: Path
    database: DatabaseChoice | None
    migrations: Path | None
    connect_timeout_seconds: int
    pool: PoolSettings
    api_key_storage: KeyStorage
    password_scheme: PasswordScheme
    bcrypt_cost: int
    password_min_length: int
    unattended: bool

    def require_database(self) -> DatabaseChoice:
        """Which database is meant.

        Raises NoDatabaseConfigured in CI, staging and production, where the embedded server is not taken silently.
        """
        if self.database is None:
            raise NoDatabaseConfigured(
                "no database is configured",
                "Set DATABASE_URL (or DB_HOST, DB_USER, DB_PASSWORD, DB_NAME), or ALPHANEST_EMBEDDED=1 "
                "for the embedded server, which CI, staging and production do not take by themselves.",
            )
        return self.database


def load_settings(
    environ: Mapping[str, str], folder: Path, *, database_url: str | None = None, env_file: Path | None = None
) -> Settings:
    """The settings that hold in `folder` under `environ`; a real variable wins over the same one in `.env`.

    The `.env` is `env_file`, else the nearest one upwards from `folder`.
    Raises InvalidInput for a value that cannot be meant.
    """
    environ = {name: value for name, value in environ.items() if value}  # an empty variable is one that is not set
    file_values = _read_env_file(env_file, folder)
    merged = {**file_values, **environ}
    environment = _choice(merged, "ALPHANEST_ENV", Environment.development)
    return Settings(
        environment=environment,
        home=_home(merged),
        database=_database(environ, file_values, database_url) or _embedded(merged, environment),
        migrations=_path(merged, "ALPHANEST_MIGRATIONS"),
        connect_timeout_seconds=_integer(merged, "ALPHANEST_CONNECT_TIMEOUT", 10, least=1, most=3600),
        pool=PoolSettings(
            size=_integer(merged, "DB_POOL_SIZE", 5, least=1, most=1000),
            max_overflow=_integer(merged, "DB_MAX_OVERFLOW", 10, least=0, most=1000),
            pre_ping=_flag(merged, "DB_POOL_PRE_PING", default=True),
        ),
        api_key_storage=_choice(merged, "ALPHANEST_API_KEY_STORAGE", KeyStorage.auto),
        password_scheme=_choice(merged, "ALPHANEST_PASSWORD_SCHEME", PasswordScheme.bcrypt),
        bcrypt_cost=_integer(merged, "ALPHANEST_BCRYPT_COST", 12, least=4, most=20),
        password_min_length=_integer(merged, "ALPHANEST_PASSWORD_MIN_LENGTH", 6, least=6, most=72),
        unattended=_is_ci(merged),
    )


def _read_env_file(env_file: Path | None, folder: Path) -> dict[str, str]:
    path = env_file or next((f / ".env" for f in (folder, *folder.parents) if os.path.isfile(f / ".env")), None)  # noqa: PTH113 - Path.is_file raises where a folder above may not be read
    if path is None:
        return {}
    from dotenv import dotenv_values  # only where there is a file: it costs a start 15 ms

    try:
        values = dotenv_values(path, encoding="utf-8") if path.exists() and not path.is_dir() else None
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InvalidInput(f"cannot read {path}: {why}", "Check the file, or name another with --env-file.") from error
    if values is None:
        raise InvalidInput(f"there is no file {path}", "Name an existing file with --env-file.")
    return {key: value for key, value in values.items() if value}


def _database(
    environ: Mapping[str, str], file_values: Mapping[str, str], database_url: str | None
) -> DatabaseChoice | None:
    if database_url is not None:
        return DatabaseUrl(database_url, "--database-url")
    for values, parts, where in (
        (environ, {**file_values, **environ}, ""),
        (file_values, {**file_values, **environ}, " of .env"),
    ):
        if values.get("DATABASE_URL"):
            return DatabaseUrl(values["DATABASE_URL"], f"DATABASE_URL{where}")
        if any(values.get(name) for name in PLACE_VARIABLES):
            return _from_parts(parts, where)
    return None


def _from_parts(values: Mapping[str, str], where: str) -> DatabaseParts:
    return DatabaseParts(
        host=values.get("DB_HOST") or "localhost",
        port=_integer(values, "DB_PORT", 5432, least=1, most=65535),
        user=values.get("DB_USER") or "alphanest",
        password=values.get("DB_PASSWORD") or None,
        name=values.get("DB_NAME") or DEFAULT_DATABASE,
        source=f"DB_* variables{where}",
    )


def _embedded(values: Mapping[str, str], environment: Environment) -> EmbeddedDatabase | None:
    careful = _is_ci(values) or environment.is_protected
    allowed = _flag(values, "ALPHANEST_EMBEDDED", default=not careful)
    return EmbeddedDatabase() if allowed else None


def _home(values: Mapping[str, str]) -> Path:
    if home := _path(values, "ALPHANEST_HOME"):
        return home.absolute()
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/alphanest")
    from platformdirs import user_data_path  # only where no home is set: it costs a start 10 ms

    try:
        return user_data_path("alphanest", appauthor=False)
    except RuntimeError as error:  # a container's user without a name and without HOME
        raise InvalidInput("there is no home folder for this user", "Set ALPHANEST_HOME.") from error


def _path(values: Mapping[str, str], name: str) -> Path | None:
    text = values.get(name)
    try:
        return Path(text).expanduser() if text else None
    except RuntimeError as error:
        raise InvalidInput(f"{name} cannot be {text!r}: no such user", "Set it to the path of a folder.") from error


def _choice(values: Mapping[str, str], name: str, default: Choice) -> Choice:
    text = values.get(name) or default.value
    try:
        return type(default)(text.strip().lower())
    except ValueError as error:
        known = ", ".join(item.value for item in type(default))
        raise InvalidInput(f"{name} cannot be {text!r}", f"Set it to one of: {known}.") from error


def _integer(values: Mapping[str, str], name: str, default: int, *, least: int, most: int) -> int:
    text = (values.get(name) or str(default)).strip()
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise InvalidInput(f"{name} cannot be {text!r}", f"Set it to a whole number from {least} to {most}.")
    return int(text)


def _flag(values: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = values.get(name)
    if text is None:
        return default
    if text.strip().lower() in TRUE_WORDS | FALSE_WORDS:
        return text.strip().lower() in TRUE_WORDS
    raise InvalidInput(f"{name} cannot be {text!r}", "Set it to 1 or 0.")


def _is_ci(values: Mapping[str, str]) -> bool:
    """CI systems put anything into CI; all but the words for no count."""
    return values.get("CI", "").strip().lower() not in FALSE_WORDS
