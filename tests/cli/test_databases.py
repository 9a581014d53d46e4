"""Databases with odd names, roles with few rights, psql and the URL."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alphanest_db.database.connect import connect
from alphanest_db.database.target import Target
from tests.cli.terminal import on_terminal, wait_for_statement
from tests.conftest import On
from tests.servers import execute

ODD = 'My "DB"; %s é-'


@pytest.fixture
def odd_user(server: Target) -> Iterator[Target]:
    """A user with an odd name and password who may create databases."""
    odd = ODD + secrets.token_hex(3)
    user = replace(server, user=odd, database=odd, password="p@ss/w:rd#% ü'\"\\")
    name = odd.replace('"', '""')
    execute(server, f"""CREATE ROLE "{name}" LOGIN CREATEDB PASSWORD 'p@ss/w:rd#% ü''"\\'""")
    yield user
    execute(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'DROP ROLE "{name}"')


@pytest.fixture
def guest(database: Target) -> Iterator[Target]:
    """A user who may connect, and nothing else."""
    role = f"guest_{secrets.token_hex(4)}"
    execute(database, f"CREATE ROLE {role} LOGIN PASSWORD 'guest-password'")
    yield replace(database, user=role, password="guest-password")
    execute(database, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_names_that_need_quotes_work_through_the_whole_life(odd_user: Target, on: On) -> None:
    cli = on(odd_user)
    calls = [
        ("init", "--demo"),
        ("db", "check"),
        ("db", "history"),
        ("db", "downgrade", "base", "--yes"),
        ("db", "drop", "--yes"),
    ]
    results = [cli(*call) for call in calls]
    assert [result.code for result in results] == [0] * len(calls), [result.err for result in results]
    assert cli("db", "current").code == 4


def test_parts_name_the_same_database_as_a_url(database: Target, on: On, odd_user: Target) -> None:
    assert on(odd_user)("db", "create").code == 0
    parts = {
        "DATABASE_URL": "", "DB_HOST": odd_user.host, "DB_PORT": str(odd_user.port), "DB_USER": odd_user.user,
        "DB_PASSWORD": odd_user.password or "", "DB_NAME": odd_user.database,
    }  # fmt: skip
    result = on(database)("db", "shell", "-c", "SELECT current_database()", **parts)
    assert ODD in result.out, result.err


def test_database_is_created_once(absent_database: Target, on: On) -> None:
    first, second = on(absent_database)("db", "create"), on(absent_database)("db", "create")
    assert (first.code, first.out) == (0, f"created the database {absent_database.database}\n")
    assert second.code == 3
    assert f"error: database '{absent_database.database}' exists already" in second.err


@pytest.mark.parametrize("command", [("db", "create"), ("init",)])
def test_role_without_the_right_to_create_a_database_is_told_so(
    command: tuple[str, ...], guest: Target, on: On
) -> None:
    result = on(guest.with_database("nest_of_nobody"))(*command)
    assert result.code == 3
    assert f"error: user '{guest.user}' may not create the database 'nest_of_nobody'\nhint: " in result.err


def test_role_without_the_right_to_drop_is_told_so(guest: Target, on: On) -> None:
    result = on(guest)("db", "drop", "--yes")
    assert (result.code, "error: " in result.err, "hint: " in result.err) == (3, True, True), result.err


def test_role_that_may_not_create_tables_is_told_so(empty_database: Target, guest: Target, on: On) -> None:
    result = on(guest.with_database(empty_database.database))("db", "upgrade")
    assert result.code == 3
    assert "permission denied" in result.err


def test_role_without_a_schema_of_its_own_still_upgrades(empty_database: Target, guest: Target, on: On) -> None:
    execute(empty_database, f"GRANT CREATE, USAGE ON SCHEMA public TO {guest.user}")
    result = on(guest.with_database(empty_database.database))("db", "upgrade")
    execute(empty_database, f"DROP OWNED BY {guest.user}")
    assert result.code == 0, result.err
    assert "could not be recorded" in result.err


def test_url_hides_the_password_unless_asked(database: Target, on: On) -> None:
    cli = on(database)
    assert cli("db", "url").out == database.url() + "\n"
    assert cli("db", "url", "--show-password").out == database.url(show_password=True) + "\n"


def test_shell_runs_a_command_and_a_file(database: Target, on: On, tmp_path: Path) -> None:
    (tmp_path / "two.sql").write_text("SELECT 'the ' || 'file';\n")
    assert "the command" in on(database)("db", "shell", "-c", "SELECT 'the ' || 'command'").out
    assert "the file" in on(database)("db", "shell", "-f", "two.sql").out
    assert "the input" in on(database)("db", "shell", stdin="SELECT 'the ' || 'input';\n").out


def test_shell_is_a_psql_that_knows_the_catalog_of_the_server(database: Target, on: On) -> None:
    result = on(database)("db", "shell", "-c", "\\l")
    assert (result.code, database.database in result.out) == (0, True)


def test_script_stops_at_its_first_error(database: Target, on: On, tmp_path: Path) -> None:
    script = "SELECT 1 / 0;\nSELECT 'never ' || 'reached';\n"
    (tmp_path / "bad.sql").write_text(script)
    shell = on(database)
    for result in (shell("db", "shell", "-f", "bad.sql"), shell("db", "shell", stdin=script)):
        assert (result.code, "never reached" in result.out) == (3, False)
        assert "division by zero" in result.err


def test_shell_on_a_terminal_goes_on_after_an_error(database: Target, on: On) -> None:
    screen = on_terminal(on(database), "db", "shell", typed="SELECT 1 / 0; SELECT 'still ' || 'here'; \\q")
    assert (screen.code, "division by zero" in screen.text, "still here" in screen.text) == (0, True, True)


def test_shell_that_loses_its_server_is_unreachable(database: Target, on: On) -> None:
    result = on(database)("db", "shell", "-c", "SELECT pg_terminate_backend(pg_backend_pid())")
    assert (result.code, "error: psql lost its connection to the server" in result.err) == (4, True)


def test_password_is_in_nobodys_arguments(database: Target, server: Target, on: On) -> None:
    statement = f"SELECT pg_sleep(30), ''{database.database}''"
    process = on(database).start("db", "shell", "-c", statement.replace("''", "'"))
    wait_for_statement(server, statement)
    arguments = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    execute(server, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database.database}'")
    process.communicate(timeout=30)
    assert database.password is not None
    assert [line for line in arguments if database.password.encode() in line] == []


def test_server_that_goes_away_in_the_middle_is_unreachable(database: Target, server: Target, on: On) -> None:
    execute(database, "CREATE TABLE trap (x int)")
    holder = connect(database)
    with holder.cursor() as cursor:
        cursor.execute("LOCK TABLE trap")
    process = on(database).start("db", "drop", "--dry-run")
    wait_for_statement(server, 'SELECT count(*) FROM "public"."trap"')
    execute(server, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'alphanest'"
            f" AND datname = '{database.database}' AND state = 'active'")  # fmt: skip
    _out, err = process.communicate(timeout=30)
    holder.close()
    assert (process.returncode, "error: the connection was lost" in err) == (4, True), err
