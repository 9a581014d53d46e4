"""A database that cannot be reached: one line, a hint, exit code 4, in time."""

import time
from dataclasses import replace

import pytest

from alphanest_db.database.target import Target
from tests.cli.terminal import german_server, mute_server, on_terminal, talking_server
from tests.conftest import Cli, On
from tests.servers import execute, free_port

HTTP = b"HTTP/1.1 400 Bad Request\r\n\r\n"


def assert_one_line_and_a_hint(err: str, message: str) -> None:
    lines = err.splitlines()
    assert lines[0] == f"error: {message}"
    assert lines[1].startswith("hint: ")
    assert len(lines) == 2


def test_wrong_password(database: Target, on: On) -> None:
    result = on(replace(database, password="wrong-password-of-mine"))("db", "current")
    assert result.code == 4
    assert_one_line_and_a_hint(result.err, f"127.0.0.1:{database.port} refused the password of user 'tester'")


def test_no_password(database: Target, on: On) -> None:
    result = on(replace(database, password=None))("db", "current", PGPASSWORD=database.password or "")
    assert result.code == 4
    assert_one_line_and_a_hint(
        result.err, f"127.0.0.1:{database.port} asks for the password of user 'tester', and none is configured"
    )


def test_unknown_host(cli: Cli) -> None:
    result = cli("db", "current", DATABASE_URL="postgresql://anna:secret@nowhere.invalid/nest")
    assert result.code == 4
    assert_one_line_and_a_hint(result.err, "the host 'nowhere.invalid' is not known")


def test_closed_port(cli: Cli) -> None:
    port = free_port()
    result = cli("db", "current", DATABASE_URL=f"postgresql://anna:p@127.0.0.1:{port}/nest")
    assert result.code == 4
    assert_one_line_and_a_hint(result.err, f"no PostgreSQL server answers at 127.0.0.1:{port}")
    assert "host and port right" in result.err, "a password of one letter hides no letters of words"


def test_missing_socket(cli: Cli) -> None:
    result = cli("db", "current", DATABASE_URL="postgresql:///nest?host=/nowhere")
    assert result.code == 4
    assert_one_line_and_a_hint(result.err, "no PostgreSQL server answers at /nowhere")


@pytest.mark.parametrize("arguments", [("db", "current"), ("db", "upgrade"), ("db", "shell", "-c", "SELECT 1")])
def test_missing_database(arguments: tuple[str, ...], absent_database: Target, on: On) -> None:
    result = on(absent_database)(*arguments)
    place = f"127.0.0.1:{absent_database.port}"
    assert result.code == 4
    assert result.err.endswith(
        f"error: there is no database '{absent_database.database}' at {place}\n"
        "hint: `alphanest init` or `alphanest db create` makes it.\n"
    )


def test_refusals_are_recognised_whatever_language_the_server_speaks(absent_database: Target, on: On) -> None:
    with german_server(absent_database) as target:
        current = on(target)("db", "current")
        init = on(target)("init", "--wait", "5")
        password = on(replace(target, password="wrong"))("db", "current")
    assert password.code == 4
    assert_one_line_and_a_hint(password.err, f"127.0.0.1:{target.port} refused the password of user 'tester'")
    assert current.code == 4
    assert f"error: there is no database '{target.database}' at 127.0.0.1:{target.port}" in current.err
    assert (init.code, "created" in init.out + init.err) == (0, True), init.err


def test_password_that_is_the_name_of_the_database_does_not_hide_it(server: Target, on: On) -> None:
    execute(server, "CREATE ROLE nestling LOGIN PASSWORD 'nestling'")
    result = on(replace(server, user="nestling", password="nestling", database="nestling"))("db", "current")
    execute(server, "DROP ROLE nestling")
    assert "there is no database 'nestling' at" in result.err


@pytest.mark.parametrize(
    "arguments", [("db", "current"), ("db", "wait", "--wait", "1"), ("db", "shell", "-c", "SELECT 1")]
)
def test_server_that_never_speaks_is_given_up_in_time(arguments: tuple[str, ...], on: On) -> None:
    with mute_server() as target:
        begun = time.monotonic()
        result = on(target)(*arguments, ALPHANEST_CONNECT_TIMEOUT="1")
        took = time.monotonic() - begun
    assert result.code == 4
    assert result.err.splitlines()[-2].startswith(f"error: 127.0.0.1:{target.port} did not answer in time")
    assert took < 6, "one second, and what a start costs on a busy machine"


def test_something_else_that_listens_there_is_called_so(on: On) -> None:
    with talking_server(HTTP) as target:
        result = on(target)("db", "current", ALPHANEST_CONNECT_TIMEOUT="2")
    assert result.code == 4
    assert_one_line_and_a_hint(result.err, f"what answers at 127.0.0.1:{target.port} is not PostgreSQL")


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ({"sslmode": "require"}, 4, "cannot connect to {place}: server does not support SSL, but SSL was required"),
        ({"sslmode": "perhaps"}, 2, 'DATABASE_URL cannot be used: invalid sslmode value: "perhaps"'),
        (
            {"connect_timeout": "soon"},
            2,
            'DATABASE_URL cannot be used: invalid integer value "soon" for connection option',
        ),
    ],
)
def test_parameters_that_do_not_work_are_named(
    options: dict[str, str], code: int, message: str, database: Target, on: On
) -> None:
    result = on(replace(database, options=options))("db", "current")
    assert (result.code, result.err.startswith("error: " + message.format(place=f"127.0.0.1:{database.port}"))) == (
        code,
        True,
    )


def test_waiting_says_what_was_tried(cli: Cli) -> None:
    port = free_port()
    result = cli("init", "--wait", "1", DATABASE_URL=f"postgresql://127.0.0.1:{port}/nest")
    assert result.code == 4
    assert f"error: no PostgreSQL server answers at 127.0.0.1:{port} (tried " in result.err
    assert "the last answer: refused)" in result.err


def test_line_that_tells_the_waiting_is_gone_before_the_error(cli: Cli) -> None:
    url = f"postgresql://127.0.0.1:{free_port()}/nest"
    screen = on_terminal(cli, "db", "wait", "--wait", "1", DATABASE_URL=url, NO_COLOR="1")
    assert screen.code == 4
    assert "waiting for the database" in screen.text
    assert "\r\x1b[Kerror: no PostgreSQL server answers" in screen.text


def test_waiting_ends_at_once_where_it_is_no_help(database: Target, on: On) -> None:
    begun = time.monotonic()
    result = on(replace(database, password="wrong"))("db", "wait", "--wait", "60")
    assert (result.code, time.monotonic() - begun < 10) == (4, True)


@pytest.mark.parametrize("url", ["sqlite:///nest.db", "mysql://anna:secret@db/nest"])
def test_other_scheme_is_wrong_usage(url: str, cli: Cli) -> None:
    result = cli("db", "current", DATABASE_URL=url)
    scheme = url.split(":")[0]
    assert (result.code, result.err.splitlines()[0]) == (
        2, f"error: DATABASE_URL names '{scheme}', and alphanest speaks to PostgreSQL only"
    )  # fmt: skip
    assert "secret" not in result.err


def test_libpq_variables_of_the_caller_lead_nowhere_else(database: Target, on: On) -> None:
    elsewhere = {
        "PGHOSTADDR": "127.0.0.9",
        "PGPORT": "1",
        "PGOPTIONS": "-c search_path=nowhere",
        "PGCLIENTENCODING": "LATIN1",
    }
    result = on(database)("db", "check", "--pending", **elsewhere)
    shell = on(database)("db", "shell", "-c", "SHOW search_path", **elsewhere)
    assert (result.code, shell.code) == (0, 0), result.err + shell.err
    assert "nowhere" not in shell.out
