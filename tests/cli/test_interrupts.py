"""Ctrl-C ends a command soon, with exit code 130, and what it had begun on the server."""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from alphanest_db.database.target import Target
from alphanest_db.schema.location import migrations_folder
from tests.cli.terminal import mute_server, running_statements, stalling_server, wait_for_statement
from tests.conftest import Cli, On
from tests.servers import free_port

SLOW = """'''sleeps'''
from alembic import op
revision = "5100"
down_revision = "{head}"


def upgrade():
    {statement}
"""
IN_TRANSACTION = 'op.execute("{sql}")'
IN_AUTOCOMMIT = f"with op.get_context().autocommit_block():\n        {IN_TRANSACTION}"


@pytest.fixture(autouse=True)
def _hang_ups_are_heard() -> Iterator[None]:
    """Whoever runs the tests under nohup does not mean the program."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


def interrupted(process: "subprocess.Popen[str]", number: int = signal.SIGINT) -> int:
    begun = time.monotonic()
    process.send_signal(number)
    process.communicate(timeout=30)
    assert time.monotonic() - begun < 5
    return process.returncode


EARLY = """
import os, signal, sys

class Hurry:
    def find_spec(self, name, *_rest):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Hurry())
sys.argv = ["alphanest", "db", "heads"]
from alphanest_db.__main__ import main
main()
"""


@pytest.mark.parametrize(
    "module", ["alphanest_db.cli.boundary", "typer", "alphanest_db.cli.app", "alphanest_db.cli.commands.db"]
)
def test_while_modules_are_loaded(module: str, cli: Cli) -> None:
    command = [sys.executable, "-c", EARLY.format(module=module)]
    ended = subprocess.run(command, env=cli.environ, cwd=cli.folder, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


def migrations_with(folder: Path, head: str, statement: str) -> str:
    copy = folder / "migrations"
    shutil.copytree(migrations_folder(), copy)
    (copy / "versions" / "slow.py").write_text(SLOW.format(head=head, statement=statement))
    return str(copy)


def test_while_connecting(on: On) -> None:
    with mute_server() as target:
        process = on(target).start("db", "current")
        time.sleep(1.5)
        assert interrupted(process) == 130


@pytest.mark.parametrize("arguments", [("db", "wait"), ("init",)])
def test_while_waiting_for_a_server(arguments: tuple[str, ...], cli: Cli) -> None:
    process = cli.start(*arguments, DATABASE_URL=f"postgresql://127.0.0.1:{free_port()}/nest")
    assert process.stderr is not None
    while "waiting for the database" not in process.stderr.readline():
        pass
    assert interrupted(process) == 130


@pytest.mark.parametrize(
    ("number", "statement"),
    [
        (signal.SIGINT, IN_TRANSACTION),
        (signal.SIGTERM, IN_TRANSACTION),
        (signal.SIGHUP, IN_TRANSACTION),
        (signal.SIGINT, IN_AUTOCOMMIT),
    ],
    ids=["SIGINT", "SIGTERM", "SIGHUP", "SIGINT in an autocommit block"],
)
def test_in_a_long_migration_which_is_cancelled_and_taken_back(
    number: int, statement: str, database: Target, server: Target, on: On, tmp_path: Path
) -> None:
    head = on(database)("db", "current", "--output", "json").json["current"][0]
    sql = f"CREATE TABLE half AS SELECT pg_sleep(100)::text, '{database.database}'"
    folder = migrations_with(tmp_path, head, statement.format(sql=sql))

    process = on(database).start("db", "upgrade", ALPHANEST_MIGRATIONS=folder)
    wait_for_statement(server, sql.replace("'", "''"))

    assert interrupted(process, number) == 130
    assert running_statements(server, sql.replace("'", "''")) == []
    assert on(database)("db", "check").code == 0


def test_in_a_long_migration_whose_server_cannot_be_reached_any_more(
    database: Target, server: Target, on: On, tmp_path: Path
) -> None:
    head = on(database)("db", "current", "--output", "json").json["current"][0]
    sql = f"SELECT pg_sleep(20), '{database.database}'"
    folder = migrations_with(tmp_path, head, IN_TRANSACTION.format(sql=sql))

    with stalling_server(database) as (behind, stalled):
        process = on(behind).start("db", "upgrade", ALPHANEST_MIGRATIONS=folder)
        wait_for_statement(server, sql.replace("'", "''"))
        stalled.set()

        assert interrupted(process) == 130


def test_in_a_statement_of_psql_which_is_cancelled(database: Target, server: Target, on: On) -> None:
    statement = f"SELECT pg_sleep(100), ''{database.database}''"
    process = on(database).start("db", "shell", "-c", statement.replace("''", "'"))
    wait_for_statement(server, statement)

    assert interrupted(process) == 130
    assert running_statements(server, statement) == []
