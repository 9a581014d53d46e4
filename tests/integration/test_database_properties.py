"""What belongs to a database itself is read and can be given to another one."""

from dataclasses import replace

from alphanest_db.database.connect import session
from alphanest_db.database.properties import (
    DatabaseProperties,
    copy_properties,
    create_database_like,
    find_properties,
)
from alphanest_db.database.target import Target
from tests.conftest import new_database
from tests.servers import execute

ROLES = ("anest owner", "anest_reader", "anest_agent")


def properties(server: Target, database: str) -> DatabaseProperties:
    with session(server) as connection:
        found = find_properties(connection, database)
    assert found is not None
    return found


def dress(target: Target) -> None:
    """Give a database of everything something."""
    owner, reader, agent = (f'"{role}"' for role in ROLES)
    me = target.database
    execute(
        target, *(f'DROP ROLE IF EXISTS "{role}"' for role in ROLES), *(f'CREATE ROLE "{role}"' for role in ROLES),
        f"ALTER DATABASE {me} OWNER TO {owner}",
        f"REVOKE CONNECT ON DATABASE {me} FROM PUBLIC",
        f"GRANT CONNECT, TEMPORARY ON DATABASE {me} TO {agent} WITH GRANT OPTION",
        f"SET ROLE {agent}; GRANT CONNECT ON DATABASE {me} TO {reader}; RESET ROLE",
        f"""ALTER DATABASE {me} SET search_path TO '$user', 'odd "na,me%%', public""",
        f"ALTER DATABASE {me} SET statement_timeout TO '90s'",
        f"""ALTER DATABASE {me} SET "my.words" TO 'it''s = 50%, "all"'""",
        f"ALTER ROLE {reader} IN DATABASE {me} SET default_transaction_read_only TO on",
        f"COMMENT ON DATABASE {me} IS 'the nest''s %s own'",
        f"ALTER DATABASE {me} CONNECTION LIMIT 42",
    )  # fmt: skip


def test_a_copy_has_the_same_properties(any_server: Target) -> None:
    with new_database(any_server, "template0") as target:
        dress(target)
        original = properties(any_server, target.database)
        with session(any_server) as connection:
            create_database_like(connection, "copy of it", original)
            refused = copy_properties(connection, "copy of it", original)
        copied = properties(any_server, "copy of it")
        execute(any_server, 'DROP DATABASE "copy of it"')
    execute(any_server, *(f'DROP ROLE "{role}"' for role in ROLES))

    assert refused == []
    assert copied == original
    assert (len(original.settings), len(original.grants), original.connection_limit) == (4, 7, 42)


def test_locale_of_every_provider_is_kept(any_server: Target) -> None:
    with session(any_server) as connection, connection.cursor() as cursor:
        base = replace(properties(any_server, "postgres"), comment=None)
        kinds = [replace(base, collate="C", ctype="C.UTF-8")]
        if connection.server_version >= 170000:
            kinds.append(replace(base, provider="builtin", locale="C.UTF-8"))
        for kind in kinds:
            create_database_like(connection, "of_locale", kind)
            assert find_properties(connection, "of_locale") == kind
            cursor.execute("DROP DATABASE of_locale")


def test_what_the_server_refuses_is_said_and_the_rest_is_kept(server: Target) -> None:
    execute(server, "DROP ROLE IF EXISTS plain_owner", "CREATE ROLE plain_owner LOGIN PASSWORD 'x' CREATEDB")
    with new_database(server, "template0") as target:
        execute(target, f"ALTER DATABASE {target.database} OWNER TO plain_owner")
        execute(target, f"ALTER DATABASE {target.database} SET log_statement TO 'all'")
        execute(target, f"COMMENT ON DATABASE {target.database} IS 'kept'")
        original = properties(server, target.database)
        with session(Target(server.host, server.port, "plain_owner", "postgres", "x")) as connection:
            create_database_like(connection, "copy_of_it", original)
            refused = copy_properties(connection, "copy_of_it", original)
        copied = properties(server, "copy_of_it")
        execute(server, "DROP DATABASE copy_of_it")
    execute(server, "DROP ROLE plain_owner")

    assert refused == ['setting log_statement: permission denied to set parameter "log_statement"']
    assert (copied.comment, copied.settings) == ("kept", ())
