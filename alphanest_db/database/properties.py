"""What belongs to a database itself: owner, locale, settings, grants, comment. No dump of its contents holds it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.failures import primary_message
from alphanest_db.database.identifiers import literal, load_sql, name, statement

# Settings whose value is a list of quoted names; SET takes them one by one (variable_is_guc_list_quote in pg_dump's dumputils.c).
_LISTS = frozenset(
    {
        "local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries",
        "temp_tablespaces", "unix_socket_directories",
    }
)  # fmt: skip
DEFAULT_TABLESPACE = "pg_default"
_LIST_ITEM = re.compile(r'"((?:[^"]|"")*)"|([^\s,]+)')


@dataclass(frozen=True)
class DatabaseSetting:
    """ALTER DATABASE … SET, or ALTER ROLE … IN DATABASE … SET where a role is named."""

    role: str | None
    name: str
    value: str


@dataclass(frozen=True)
class DatabaseGrant:
    """One right to the database that a role, or everybody, was given."""

    grantor: str
    grantee: str
    privilege: str
    is_grantable: bool
    is_public: bool


@dataclass(frozen=True)
class DatabaseProperties:
    """All that CREATE DATABASE and ALTER DATABASE say of a database."""

    owner: str
    encoding: str
    collate: str
    ctype: str
    provider: str
    locale: str | None
    icu_rules: str | None
    tablespace: str
    connection_limit: int
    is_template: bool
    comment: str | None
    has_own_grants: bool
    settings: tuple[DatabaseSetting, ...]
    grants: tuple[DatabaseGrant, ...]


def find_properties(connection: Connection, database: str) -> DatabaseProperties | None:
    """The properties of a database of the connection's server, None where there is no such database; reads only."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "database_properties"), {"database": database})
        row = cursor.fetchone()
    if row is None:
        return None
    *facts, settings, grants = row
    own_settings = tuple(DatabaseSetting(*setting) for setting in settings or ())
    return DatabaseProperties(*(*facts, own_settings, tuple(DatabaseGrant(*grant) for grant in grants or ())))


def create_database_like(connection: Connection, database: str, like: DatabaseProperties) -> None:
    """Make an empty database with the owner, encoding, locale and tablespace of another; the connection is in autocommit mode.

    Raises psycopg2's InsufficientPrivilege where the role may not.
    """
    options = {"OWNER": name(like.owner), "ENCODING": literal(like.encoding)}
    options |= {"LC_COLLATE": literal(like.collate), "LC_CTYPE": literal(like.ctype)}
    if like.tablespace != DEFAULT_TABLESPACE:  # to name it asks for a right that leaving it out does not
        options["TABLESPACE"] = name(like.tablespace)
    if like.provider != "libc":
        options["LOCALE_PROVIDER"] = sql.SQL(like.provider)
        options["ICU_LOCALE" if like.provider == "icu" else "BUILTIN_LOCALE"] = literal(like.locale)
    if like.icu_rules:
        options["ICU_RULES"] = literal(like.icu_rules)
    words = [sql.SQL(f"{key} ") + value for key, value in options.items()]
    with connection.cursor() as cursor:
        cursor.execute(statement("CREATE DATABASE {} TEMPLATE template0 {}", name(database), sql.SQL(" ").join(words)))


def copy_properties(connection: Connection, database: str, like: DatabaseProperties) -> list[str]:
    """Give a database the settings, grants, comment and limits of another; returns what the server would not let us, in words.

    The connection must be in autocommit mode and to another database of the same server.
    """
    refused = []
    for what, commands in _properties(database, like):
        try:
            with connection.cursor() as cursor:
                for command in commands:
                    cursor.execute(command)
        except psycopg2.Error as error:
            refused.append(f"{what}: {primary_message(error)}")
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET ROLE")
    return refused


def _properties(database: str, like: DatabaseProperties) -> Iterator[tuple[str, list[sql.Composed]]]:
    target = name(database)
    if like.comment is not None:
        yield "comment", [statement("COMMENT ON DATABASE {} IS {}", target, literal(like.comment))]
    for setting in like.settings:
        yield f"setting {setting.name}", [_set(target, setting)]
    if like.has_own_grants:
        yield "grants", [statement("REVOKE ALL ON DATABASE {} FROM PUBLIC, {}", target, name(like.owner))]
    for grant in like.grants:
        yield f"grant of {grant.privilege} to {grant.grantee}", list(_grant(target, grant, like.owner))
    if like.is_template:
        yield "is_template", [statement("ALTER DATABASE {} IS_TEMPLATE true", target)]
    if like.connection_limit != -1:
        limit = literal(like.connection_limit)
        yield "connection limit", [statement("ALTER DATABASE {} CONNECTION LIMIT {}", target, limit)]


def _set(target: sql.Identifier, setting: DatabaseSetting) -> sql.Composed:
    role = statement("ROLE {} IN ", name(setting.role)) if setting.role else sql.SQL("")
    return statement(
        "ALTER {role}DATABASE {target} SET {setting} TO {values}", role=role, target=target,
        setting=name(*setting.name.split(".")), values=sql.SQL(", ").join(literal(value) for value in _values(setting)),
    )  # fmt: skip


def _values(setting: DatabaseSetting) -> list[str]:
    """The value as SET takes it.

    >>> _values(DatabaseSetting(None, "search_path", '"$user", public'))
    ['$user', 'public']
    """
    if setting.name not in _LISTS:
        return [setting.value]
    return [quoted.replace('""', '"') or bare for quoted, bare in _LIST_ITEM.findall(setting.value)]


def _grant(target: sql.Identifier, grant: DatabaseGrant, owner: str) -> Iterator[sql.Composed]:
    """What others granted further is granted as them; the owner's grants are the owner's whoever of its members runs them."""
    if grant.grantor != owner:
        yield statement("SET ROLE {}", name(grant.grantor))
    yield statement(
        "GRANT {privilege} ON DATABASE {target} TO {grantee}{option}", privilege=sql.SQL(grant.privilege), target=target,
        grantee=sql.SQL("PUBLIC") if grant.is_public else name(grant.grantee),
        option=sql.SQL(" WITH GRANT OPTION" if grant.is_grantable else ""),
    )  # fmt: skip
