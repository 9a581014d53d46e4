"""Wrong usage: exit code 2, one line that says what, and a hint; and bugs of ours: 70 and a log file."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from alphanest_db.database.target import Target
from alphanest_db.schema.location import migrations_folder
from tests.conftest import Cli, On
from tests.servers import execute

SECRET = "tr0ub4dor-and-3"


@pytest.mark.parametrize(
    ("arguments", "message", "suggestion"),
    [
        (("dbb",), "no such command 'dbb'", "Did you mean 'db'?"),
        (("db", "upgrad"), "no such command 'upgrad'", "Did you mean 'upgrade'?"),
        (("db", "current", "--outptu", "json"), "no such option: --outptu", "Did you mean --output?"),
        (("db", "upgrade", "--lock-wiat", "3"), "no such option: --lock-wiat", "Did you mean --lock-wait"),
        (("db", "current", "-o", "yaml"), "invalid value for '--output' / '-o': 'yaml' is not one of", "--help"),
        (("db", "current", "extra"), "got unexpected extra argument(s) (extra)", "`alphanest db current --help`"),
        (("db", "downgrade"), "missing argument 'revision'", "`alphanest db downgrade --help`"),
        (("db", "wait", "--wait", "nan"), "invalid value for '--wait'", "--help"),
        (("db", "wait", "--wait", "inf"), "invalid value for '--wait'", "--help"),
        (("db", "wait", "--wait", "-1"), "invalid value for '--wait'", "--help"),
        (("seed", "demo", "--forec"), "no such option: --forec", "Did you mean --force?"),
        (("db", "current", "--env-file", "nowhere.env"), "there is no file nowhere.env", "--env-file"),
    ],
)
def test_wrong_usage_is_said_in_one_line_with_a_hint(
    arguments: tuple[str, ...], message: str, suggestion: str, cli: Cli
) -> None:
    result = cli(*arguments, DATABASE_URL="postgresql://127.0.0.1:1/nest")
    error, hint = result.err.splitlines()
    assert (result.code, result.out) == (2, "")
    assert error.startswith(f"error: {message}")
    assert hint.startswith("hint: ")
    assert suggestion in hint


@pytest.mark.parametrize("arguments", [(), ("db",), ("server",)])
def test_group_without_a_command_shows_its_help_as_wrong_usage(arguments: tuple[str, ...], cli: Cli) -> None:
    result = cli(*arguments)
    assert (result.code, result.out) == (2, "")
    assert "Commands:" in result.err


@pytest.mark.parametrize(
    "arguments",
    [
        (f"postgresql://anna:{SECRET}@db/nest",),
        ("db", "current", f"postgresql://anna:{SECRET}@db/nest"),
        ("--database-url", f"postgresql://anna:{SECRET}/x@db/nest", "db", "current"),
        ("db", "url", "--database-url", f"mysql://anna:{SECRET}@db/nest"),
        ("db", "url", "--database-url", f"postgresql://anna:{SECRET}@db/nest"),
    ],
)
def test_password_typed_in_the_wrong_place_is_not_repeated(arguments: tuple[str, ...], cli: Cli) -> None:
    result = cli(*arguments)
    assert SECRET not in result.out + result.err


def test_ci_without_a_database_is_told_what_to_set(cli: Cli) -> None:
    result = cli("init", CI="true")
    assert (result.code, result.err.splitlines()[0]) == (2, "error: no database is configured")
    assert "DATABASE_URL" in result.err


def test_options_before_and_after_the_command_are_the_same(database: Target, cli: Cli) -> None:
    url = database.url(show_password=True)
    before, after = cli("--database-url", url, "db", "url"), cli("db", "url", "--database-url", url)
    assert before.out == after.out == database.url() + "\n"


@pytest.mark.parametrize(("typed", "near"), [("d9a4a746", "d9a4a7469274"), ("3f7c1e9a5b21", "3f7c1e9a5b20")])
@pytest.mark.parametrize("command", ["upgrade", "stamp"])
def test_unknown_revision_names_near_ones(command: str, typed: str, near: str, database: Target, on: On) -> None:
    result = on(database)("db", command, f"{typed}0" if typed in near else typed)
    assert result.code == 3
    assert "no migration has the revision id" in result.err
    assert f"Did you mean {near}" in result.err


def test_database_ahead_of_the_code_is_left_alone(database: Target, on: On) -> None:
    execute(database, "UPDATE alembic_version SET version_num = 'f00df00d'")
    codes = [
        on(database)("db", *arguments).code for arguments in (("current",), ("check",), ("upgrade",), ("history",))
    ]
    assert codes == [3, 3, 3, 3]
    assert "'f00df00d'" in on(database)("db", "upgrade").err


def test_bug_leaves_a_private_log_without_secrets(database: Target, on: On, tmp_path: Path) -> None:
    shutil.copytree(migrations_folder(), tmp_path / "m")
    url = database.url(show_password=True)
    (tmp_path / "m/env.py").write_text(f"raise RuntimeError('{url} password={SECRET} ak_{'x' * 32}')\n")
    result = on(database)("db", "sql", ALPHANEST_MIGRATIONS=str(tmp_path / "m"))

    (log,) = (tmp_path / "home/logs").iterdir()
    text = log.read_text()
    assert (result.code, result.err) == (70, f"error: a bug in alphanest: RuntimeError\nhint: Details are in {log}.\n")
    assert "Traceback" in text
    assert not [secret for secret in (database.password or "", SECRET, "x" * 32) if secret in text]
    assert (log.stat().st_mode & 0o777, log.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_vanished_working_folder_does_not_matter(database: Target, on: On) -> None:
    cli = on(database)
    gone = cli.folder / "gone"
    script = f'mkdir {gone}; cd {gone}; rmdir {gone}; exec "$0" -m alphanest_db db current'
    done = subprocess.run(
        ["/bin/sh", "-c", script, sys.executable], env=cli.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
